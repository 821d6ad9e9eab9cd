"""Recurrent network over token ids."""

from numbers import Integral, Real

import torch
from sklearn.utils._param_validation import Interval, StrOptions
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from ._docs import with_shared_docs
from ._tokens import PADDING, BaseTokenClassifier, lengths_of


class RecurrentNetwork(nn.Module):
    """Embedding, GRU or LSTM over the packed rows, and a linear layer on the last states.

    Parameters
    ----------
    vocabulary_size : int
        Number of token ids.
    n_classes : int
        Number of outputs.
    cell : {"gru", "lstm"}
        Kind of the recurrent layers.
    embedding_size, hidden_size, n_layers : int
        Dimensions.
    bidirectional : bool
        Whether a second network reads the rows backwards.
    dropout : float
        Share of the states that a training step drops before each layer but the first.
    """

    def __init__(self, vocabulary_size, n_classes, cell, embedding_size, hidden_size, n_layers, bidirectional, dropout):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, embedding_size, padding_idx=PADDING)
        self.recurrent = (nn.GRU if cell == "gru" else nn.LSTM)(
            embedding_size,
            hidden_size,
            n_layers,
            batch_first=True,
            bidirectional=bidirectional,
            dropout=dropout if n_layers > 1 else 0.0,  # torch has no layer to put it behind, and would warn
        )
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden_size * (1 + bidirectional), n_classes)

    def forward(self, ids):
        lengths = lengths_of(ids).cpu()  # where torch wants them
        embedded = self.embedding(ids[:, : lengths.max()])
        packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
        states = self.recurrent(packed)[1]
        states = states[0] if isinstance(states, tuple) else states
        last = states[-1 - self.recurrent.bidirectional :]  # of the last layer, one for each direction
        return self.output(self.dropout(torch.cat(tuple(last), dim=1)))


@with_shared_docs
class RNNClassifier(BaseTokenClassifier):
    """Recurrent network (GRU or LSTM) over token ids, trained with torch through skorch.

    The architecture that the BLIA paper (arXiv 2503.12801, Table 1) trains on the IMDB reviews. Rows are token
    ids padded with 0 at the end, as `TextVectorizer` makes them; the padding is never read.

    Parameters
    ----------
    cell : {"gru", "lstm"}, default="gru"
        Kind of the recurrent layers.
    embedding_size : int, default=64
        Length of the vector that stands for a token.
    hidden_size : int, default=64
        Units of a recurrent layer, in each direction.
    n_layers : int, default=1
        Recurrent layers.
    bidirectional : bool, default=True
        Whether a second network reads the rows backwards.
    dropout : float, default=0.0
        Share of the states that a training step drops before each layer but the first.
    vocabulary_size : int, default=None
        Number of token ids, padding included; None takes the largest id in `fit`, plus 1.
    {training_parameters}

    Attributes
    ----------
    {fitted_attributes}
    vocabulary_size_ : int
        Number of token ids.
    n_features_in_ : int
        Length of the rows.
    feature_names_in_ : ndarray of str
        Names of the columns, where X had them.

    See Also
    --------
    TextVectorizer : Turns texts into token ids.
    TransformerClassifier : Attention in place of recurrence.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_blia.neural import RNNClassifier, TextVectorizer
    >>> texts = ["a fine film", "a dull film", "fine acting", "dull acting"] * 25
    >>> model = make_pipeline(TextVectorizer(), RNNClassifier(lr=0.01, random_state=0))
    >>> model.fit(texts, ["good", "bad", "good", "bad"] * 25).predict(["fine", "so dull"]).tolist()
    ['good', 'bad']
    """

    _parameter_constraints: dict = {
        **BaseTokenClassifier._parameter_constraints,
        "cell": [StrOptions({"gru", "lstm"})],
        "embedding_size": [Interval(Integral, 1, None, closed="left")],
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "bidirectional": ["boolean"],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }
    _module_class = RecurrentNetwork

    def __init__(
        self,
        cell="gru",
        *,
        embedding_size=64,
        hidden_size=64,
        n_layers=1,
        bidirectional=True,
        dropout=0.0,
        vocabulary_size=None,
        max_epochs=10,
        batch_size=64,
        lr=0.001,
        optimizer="adam",
        momentum=0.9,
        weight_decay=0.0,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        warm_start=False,
        precision="auto",
        callbacks=None,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        super().__init__(
            max_epochs=max_epochs,
            batch_size=batch_size,
            lr=lr,
            optimizer=optimizer,
            momentum=momentum,
            weight_decay=weight_decay,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            warm_start=warm_start,
            precision=precision,
            callbacks=callbacks,
            device=device,
            random_state=random_state,
            verbose=verbose,
        )
        self.cell = cell
        self.embedding_size = embedding_size
        self.hidden_size = hidden_size
        self.n_layers = n_layers
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.vocabulary_size = vocabulary_size

    def _module_params(self):
        names = ("cell", "embedding_size", "hidden_size", "n_layers", "bidirectional", "dropout")
        return super()._module_params() | {name: getattr(self, name) for name in names}
