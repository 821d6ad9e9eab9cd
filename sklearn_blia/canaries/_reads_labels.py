"""What samplers and defences share: they read labels, and what they keep of them is secret."""

from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, validate_data

from ._labels import plain_labels
from ._pairs import check_classes, positions_of


class ReadsLabels:
    """Mixin of estimators with parameters ``classes`` and ``random_state``, which keep secrets.

    Attributes that hold secrets are named in ``_secrets``, so that `forget` drops them all; those and what follows
    from them, named in ``_hidden``, are in no notebook's display.
    """

    _secrets: tuple = ()

    @property
    def _hidden(self):
        return self._secrets

    def forget(self):
        """Drop everything secret: what fitting kept, and the seed that could draw it again.

        Returns
        -------
        self
            With ``random_state=None``; it has to be fitted again before it can serve an audit.
        """
        for name in self._secrets:
            if hasattr(self, name):
                delattr(self, name)
        self.random_state = None
        self._forgotten = True
        return self

    def _check_labels(self, X, y):
        validate_data(self, X, y, skip_check_array=True)  # feature names, and the message for a missing y
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
        labels = plain_labels(y, warn=True)
        check_consistent_length(X, labels)
        check_classification_targets(labels)
        return labels

    def _find_classes(self: Any, labels):
        classes = np.unique(labels if self.classes is None else check_classes(self.classes))
        if len(classes) < 2:
            raise ValueError(
                f"There is only one class ({classes[0]}): {type(self).__name__} needs at least two. If y is a "
                "part of the data in which a class is missing, pass all classes as classes=[...]."
            )
        return classes

    def _encode(self, labels, classes):
        codes = positions_of(labels, classes)
        if (codes < 0).any():
            raise ValueError(f"y holds the label {labels[codes < 0][0]}, which is not in classes={classes.tolist()}.")
        return codes

    def _get_fitted_attr_html(self, doc_link=""):
        # scikit-learn's notebook display would show private labels and the rows that carry them.
        shown = super()._get_fitted_attr_html(doc_link)  # type: ignore[misc]
        for name in self._hidden:
            shown.pop(name, None)
        return shown
