"""Documentation of the parameters that all neural classifiers share, written once."""

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
_PLACE = re.compile(r"^( *)\{(training_parameters|fitted_attributes)\}$", re.M)


def with_shared_docs(cls):
    """Fill ``{training_parameters}`` and ``{fitted_attributes}`` into the docstring of a classifier."""
    if cls.__doc__ is None:  # python -OO
        return cls
    signature = inspect.signature(cls).parameters

    def entry(name, kind, text):
        default = f", default={_quoted(signature[name].default)}" if name in signature else ""
        return f"{name} : {kind}{default}\n{indent(text, '    ')}"

    def fill(match):
        entries = _PARAMETERS if match[2] == "training_parameters" else _ATTRIBUTES
        return indent("\n".join(entry(name, *rest) for name, rest in entries.items()), match[1])

    cls.__doc__ = _PLACE.sub(fill, cls.__doc__)
    return cls


def _quoted(value):
    return f'"{value}"' if isinstance(value, str) else repr(value)
