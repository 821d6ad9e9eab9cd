"""Transformer encoder over token ids, trained from scratch."""

from numbers import Integral, Real

import torch
from sklearn.utils._param_validation import Interval
from torch import nn

from ._docs import with_shared_docs
from ._tokens import PADDING, BaseTokenClassifier, lengths_of


class TransformerEncoder(nn.Module):
    """Embeddings of tokens and positions, encoder layers, and a linear layer on the mean over the tokens.

    Parameters
    ----------
    vocabulary_size : int
        Number of token ids.
    n_classes : int
        Number of outputs.
    max_length : int
        Largest number of tokens in a row.
    embedding_size, n_heads, n_layers, hidden_size : int
        Dimensions.
    dropout : float
        Share of the units that a training step drops.
    """

    def __init__(self, vocabulary_size, n_classes, max_length, embedding_size, n_heads, n_layers, hidden_size, dropout):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary_size, embedding_size, padding_idx=PADDING)
        self.positions = nn.Embedding(max_length, embedding_size)
        # Normalised before each part (Xiong et al. 2020), which trains without a warm-up of the learning rate.
        layer = nn.TransformerEncoderLayer(
            embedding_size, n_heads, hidden_size, dropout, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(
            layer, n_layers, norm=nn.LayerNorm(embedding_size), enable_nested_tensor=False
        )
        self.output = nn.Linear(embedding_size, n_classes)

    def forward(self, ids):
        lengths = lengths_of(ids)
        ids = ids[:, : int(lengths.max())]
        positions = torch.arange(ids.shape[1], device=ids.device)
        padding = positions >= lengths[:, None]
        encoded = self.encoder(self.tokens(ids) + self.positions(positions), src_key_padding_mask=padding)
        mean = encoded.masked_fill(padding[:, :, None], 0.0).sum(dim=1) / lengths[:, None]
        return self.output(mean)


@with_shared_docs
class TransformerClassifier(BaseTokenClassifier):
    """Transformer encoder over token ids, trained from scratch with torch through skorch.

    The encoder of Vaswani et al. (2017) with normalisation before each part and learned positions, averaged
    over the tokens. Rows are token ids padded with 0 at the end, as `TextVectorizer` makes them; the padding
    is never attended to.

    Parameters
    ----------
    embedding_size : int, default=64
        Length of the vector that stands for a token; a multiple of `n_heads`.
    n_heads : int, default=4
        Attention heads of a layer.
    n_layers : int, default=2
        Encoder layers.
    hidden_size : int, default=128
        Units of the feed-forward part of a layer.
    dropout : float, default=0.1
        Share of the units that a training step drops.
    {token_parameters}
    {training_parameters}

    Attributes
    ----------
    {fitted_attributes}
    {token_attributes}

    See Also
    --------
    TextVectorizer : Turns texts into token ids.
    RNNClassifier : Recurrence in place of attention.
    PretrainedTransformerClassifier : Fine-tunes a transformer that was trained before.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_blia.neural import TextVectorizer, TransformerClassifier
    >>> functions = ["free(p); return p[0];", "v = p[0]; free(p);"] * 50
    >>> model = make_pipeline(TextVectorizer(analyzer="c"), TransformerClassifier(random_state=0))
    >>> model.fit(functions, ["vulnerable", "safe"] * 50).predict(functions[:2]).tolist()
    ['vulnerable', 'safe']
    """

    _parameter_constraints: dict = {
        **BaseTokenClassifier._parameter_constraints,
        "embedding_size": [Interval(Integral, 1, None, closed="left")],
        "n_heads": [Interval(Integral, 1, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }
    _module_class = TransformerEncoder
    _apart = "the attention of several networks at once is not written"

    def __init__(
        self,
        embedding_size=64,
        *,
        n_heads=4,
        n_layers=2,
        hidden_size=128,
        dropout=0.1,
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
        self.embedding_size = embedding_size
        self.n_heads = n_heads
        self.n_layers = n_layers
        self.hidden_size = hidden_size
        self.dropout = dropout
        self.vocabulary_size = vocabulary_size

    def _module_params(self):
        if self.embedding_size % self.n_heads:
            raise ValueError(
                f"embedding_size={self.embedding_size} must be a multiple of n_heads={self.n_heads}: each head takes "
                "an equal part."
            )
        names = ("embedding_size", "n_heads", "n_layers", "hidden_size", "dropout")
        dimensions = {"max_length": self.n_features_in_} | {name: getattr(self, name) for name in names}
        return super()._module_params() | dimensions
