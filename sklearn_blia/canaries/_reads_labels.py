"""What samplers and defences share: they read labels, and what they keep of them is secret."""

from typing import Any

from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, validate_data

from ._labels import plain_labels
from ._pairs import encode, find_classes


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
        return find_classes(labels, self.classes, type(self).__name__)

    def _encode(self, labels, classes):
        return encode(labels, classes)

    def _get_fitted_attr_html(self, doc_link=""):
        # scikit-learn's notebook display would show private labels and the rows that carry them.
        shown = super()._get_fitted_attr_html(doc_link)  # type: ignore[misc]
        for name in self._hidden:
            shown.pop(name, None)
        return shown
