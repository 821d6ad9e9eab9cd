"""Documentation of parameters and attributes that neural classifiers share, written once."""

import inspect
import re
from textwrap import indent

_PARAMETERS = {
    "max_epochs": ("int", "Passes over the data. The more, the more the network memorizes."),
    "batch_size": ("int", "Rows of a minibatch."),
    "lr": ("float", "Learning rate."),
    "optimizer": ('{"adam", "adamw", "sgd"}', "Optimiser."),
    "momentum": ("float", 'Momentum of "sgd"; the others do not use it.'),
    "weight_decay": ("float", 'L2 penalty (decoupled for "adamw").'),
    "early_stopping": (
        "bool",
        "Hold out a part of the rows, stop when the loss on it has not fallen for `n_iter_no_change` epochs, and\n"
        "go back to the epoch where it was lowest. Canaries in the held-out part are never trained on, so that\n"
        "an audit finds no more than the rest of them.",
    ),
    "validation_fraction": ("float", "Share of the rows, of every class alike, that `early_stopping` holds out."),
    "n_iter_no_change": ("int", "Epochs without a lower loss after which `early_stopping` ends the training."),
    "warm_start": (
        "bool",
        "Let `fit` go on with the network as it is: two fits of five epochs are one of ten.",
    ),
    "precision": (
        '{"auto", "float32", "float64", "bfloat16"}',
        'Arithmetic. "bfloat16" is mixed precision: single-precision parameters, products in bfloat16. "auto"\n'
        "takes it on a GPU that has it, and single precision elsewhere.",
    ),
    "callbacks": (
        "list of skorch callbacks or None",
        "Passed on to the net, as copies: learning-rate schedules, gradient clipping, records.",
    ),
    "device": ("str", 'A torch device; "auto" takes a GPU where there is one.'),
    "random_state": (
        "int, RandomState instance or None",
        "Seeds the initial weights, the order of the minibatches, dropout and the held-out part.",
    ),
    "verbose": ("bool or int", "Show progress: a bar on a terminal, one line an epoch in a log."),
}
_ATTRIBUTES = {
    "classes_": ("ndarray of shape (n_classes,)", "Class labels."),
    "net_": ("skorch.NeuralNetClassifier", "The trained net; ``net_.history`` holds the losses of every epoch."),
}
_IMAGE_PARAMETERS = {
    "image_shape": (
        "tuple of int",
        "Height, width and channels of images that come as flat rows, the channels innermost; (height, width)\n"
        "for grey ones. None takes the shape from X, and flat rows for square images, grey or of three channels.",
    ),
}
_IMAGE_ATTRIBUTES = {
    "image_shape_": ("tuple of int", "Height, width and channels."),
    "channel_mean_, channel_scale_": (
        "ndarray of shape (n_channels,)",
        "Statistics of the training images that the network standardises by; of the first call's with `partial_fit`.",
    ),
    "n_features_in_": ("int", "Number of values of an image."),
    "feature_names_in_": ("ndarray of str", "Names of the columns, where X was a table that had them."),
}
_TOKEN_PARAMETERS = {
    "vocabulary_size": ("int", "Number of token ids, padding included; None takes the largest id in `fit`, plus 1."),
}
_TOKEN_ATTRIBUTES = {
    "vocabulary_size_": ("int", "Number of token ids."),
    "n_features_in_": ("int", "Length of the rows."),
    "feature_names_in_": ("ndarray of str", "Names of the columns, where X had them."),
}
_ENTRIES = {
    "training_parameters": _PARAMETERS,
    "image_parameters": _IMAGE_PARAMETERS,
    "token_parameters": _TOKEN_PARAMETERS,
    "fitted_attributes": _ATTRIBUTES,
    "image_attributes": _IMAGE_ATTRIBUTES,
    "token_attributes": _TOKEN_ATTRIBUTES,
}
_PLACE = re.compile(rf"^( *)\{{({'|'.join(_ENTRIES)})\}}$", re.M)


def with_shared_docs(cls):
    """Fill places such as ``{training_parameters}`` in the docstring of a classifier with what several share."""
    if cls.__doc__ is None:  # python -OO
        return cls
    signature = inspect.signature(cls).parameters

    def entry(name, kind, text):
        default = f", default={_quoted(signature[name].default)}" if name in signature else ""
        return f"{name} : {kind}{default}\n{indent(text, '    ')}"

    def fill(match):
        return indent("\n".join(entry(name, *rest) for name, rest in _ENTRIES[match[2]].items()), match[1])

    cls.__doc__ = _PLACE.sub(fill, cls.__doc__)
    return cls


def _quoted(value):
    return f'"{value}"' if isinstance(value, str) else repr(value)
