"""Recurrent network over token ids."""

from numbers import Integral, Real
from typing import Any

import torch
from sklearn.utils._param_validation import Interval, StrOptions
from torch import nn
from torch.nn.functional import embedding, linear, pad
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from ._docs import with_shared_docs
from ._tokens import PADDING, BaseTokenClassifier, lengths_of

# On a CPU torch's backward pass through n steps takes time in n²: every step fills and adds a gradient of the length of
# all. Steps are handed over in spans of this length, with the state passed on; at 200 steps that saves a third of the
# time and more (benchmarks/neural.py).
_SPAN = 16


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
        Share of the states that a training step drops before each layer but the first, the output included.
    """

    def __init__(self, vocabulary_size, n_classes, cell, embedding_size, hidden_size, n_layers, bidirectional, dropout):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, embedding_size, padding_idx=PADDING)
        kind = nn.GRU if cell == "gru" else nn.LSTM
        n_directions = 1 + bidirectional
        self.layers = nn.ModuleList()
        n_in = embedding_size
        for _ in range(n_layers):
            self.layers.append(nn.ModuleList(kind(n_in, hidden_size, batch_first=True) for _ in range(n_directions)))
            n_in = hidden_size * n_directions
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(n_in, n_classes)

    def forward(self, ids):
        lengths, order = lengths_of(ids).sort(descending=True)
        lengths = lengths.cpu()  # where torch wants them
        states = self.embedding(ids[order, : int(lengths[0])])
        backwards = _backwards(lengths, states.shape[1]).to(ids.device)
        return self._read_layers(states, lengths, backwards, read_rows)[order.argsort()]

    def _read_layers(self, states, lengths, backwards, read):
        """Scores, with `read` to run one layer over the rows."""
        for number, directions in enumerate(self.layers):
            if number:
                states = self.dropout(states)
            outputs, last = read(directions[0], states, lengths)
            if len(directions) == 2:
                reversed_outputs, reversed_last = read(directions[1], _in_order(states, backwards), lengths)
                outputs = torch.cat([outputs, _in_order(reversed_outputs, backwards)], dim=2)
                last = torch.cat([last, reversed_last], dim=1)
            states = outputs
        return self.output(self.dropout(last))

    def crop(self, ids):
        """Cut off the columns that are padding in every row."""
        return ids[:, : int(lengths_of(ids).max())]

    def forward_together(self, ids):
        """As `forward`, but no shape depends on the rows: what vmap can batch over networks."""
        lengths = lengths_of(ids)
        # The padding's vector stays zero. nn.Embedding's padding_idx would see to it for the first network alone.
        states = embedding(ids, self.embedding.weight)
        states = torch.where((ids == PADDING)[:, :, None], states.detach(), states)
        return self._read_layers(states, lengths, _backwards(lengths, ids.shape[1]), read_rows_masked)


def read_rows_masked(layer, inputs, lengths):
    """As `read_rows`, step by step in plain products: every row takes every step, and what is behind its end is void.

    Parameters
    ----------
    layer : nn.GRU or nn.LSTM
        One layer, one direction, batch first.
    inputs : Tensor of shape (n_rows, n_steps, n_in)
        Rows in any order.
    lengths : Tensor of shape (n_rows,)
        Their lengths.

    Returns
    -------
    outputs : Tensor of shape (n_rows, n_steps, n_out)
        Outputs of every step; void behind a row's end.
    last : Tensor of shape (n_rows, n_out)
        Output of each row's last step.
    """
    cell = _gru_step if isinstance(layer, nn.GRU) else _lstm_step
    entering = linear(inputs, layer.weight_ih_l0, layer.bias_ih_l0)
    hidden = memory = inputs.new_zeros(len(inputs), layer.hidden_size)
    outputs = []
    for step, gates in enumerate(entering.unbind(dim=1)):
        going_on = (lengths > step)[:, None]
        new_hidden, new_memory = cell(gates, linear(hidden, layer.weight_hh_l0, layer.bias_hh_l0), hidden, memory)
        hidden, memory = torch.where(going_on, new_hidden, hidden), torch.where(going_on, new_memory, memory)
        outputs.append(hidden)
    return torch.stack(outputs, dim=1), hidden


def _gru_step(entering, returning, hidden, memory):
    """The equations of nn.GRU."""
    (r, z, n), (hr, hz, hn) = entering.chunk(3, dim=1), returning.chunk(3, dim=1)
    update = torch.sigmoid(z + hz)
    new = torch.tanh(n + torch.sigmoid(r + hr) * hn)
    return new + update * (hidden - new), memory


def _lstm_step(entering, returning, hidden, memory):
    """The equations of nn.LSTM."""
    keep_in, forget, new, out = (entering + returning).chunk(4, dim=1)
    memory = torch.sigmoid(forget) * memory + torch.sigmoid(keep_in) * torch.tanh(new)
    return torch.sigmoid(out) * torch.tanh(memory), memory


def read_rows(layer, inputs, lengths):
    """Run one recurrent layer over packed rows, a span of steps at a time.

    Parameters
    ----------
    layer : nn.GRU or nn.LSTM
        One layer, one direction, batch first.
    inputs : Tensor of shape (n_rows, n_steps, n_in)
        Rows, the longest first.
    lengths : Tensor of shape (n_rows,), on the CPU
        Their lengths.

    Returns
    -------
    outputs : Tensor of shape (n_rows, n_steps, n_out)
        Outputs of every step; 0 behind a row's end.
    last : Tensor of shape (n_rows, n_out)
        Output of each row's last step.
    """
    span = inputs.shape[1] if inputs.is_cuda else _SPAN
    outputs: list = []
    state: Any = None
    for start, part in zip(range(0, inputs.shape[1], span), inputs.split(span, dim=1), strict=True):
        n_left = int((lengths > start).sum())  # rows that have not ended yet
        steps = (lengths[:n_left] - start).clamp(max=part.shape[1])
        packed = pack_padded_sequence(part[:n_left], steps, batch_first=True)
        packed_out, new = layer(packed, _map(state, lambda old, n=n_left: old[:, :n].contiguous()))
        out = pad_packed_sequence(packed_out, batch_first=True, total_length=part.shape[1])[0]
        outputs.append(pad(out, (0, 0, 0, 0, 0, len(inputs) - n_left)))
        state = new if state is None else _with_ended(new, state)
    return torch.cat(outputs, dim=1), (state[0] if isinstance(state, tuple) else state)[0]


def _map(state, function):
    """Apply to the state of a GRU, or to both of an LSTM."""
    if state is None or not isinstance(state, tuple):
        return None if state is None else function(state)
    return tuple(function(part) for part in state)


def _with_ended(new, old):
    """The new states of the rows that went on, and the old ones of those that had ended."""
    if isinstance(new, tuple):
        return tuple(_with_ended(*pair) for pair in zip(new, old, strict=True))
    return torch.cat([new, old[:, new.shape[1] :]], dim=1)


def _backwards(lengths, n_steps):
    """Positions that turn every row around within its length."""
    steps = torch.arange(n_steps, device=lengths.device)
    turned = lengths[:, None] - 1 - steps
    return torch.where(turned >= 0, turned, steps)


def _in_order(states, positions):
    return states.gather(1, positions[:, :, None].expand_as(states))


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
        Share of the states that a training step drops before each layer but the first, the output included.
    {token_parameters}
    {training_parameters}

    Attributes
    ----------
    {fitted_attributes}
    {token_attributes}

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
    _fits_together = True
    _apart_on_cpu = "a CPU takes hardly less time for the steps of many recurrent networks at once, and more memory"

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
