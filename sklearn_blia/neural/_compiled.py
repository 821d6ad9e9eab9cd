"""Many perceptrons, trained one by one in a compiled loop, over threads: what one needs fits a core's cache."""

import threading
from dataclasses import dataclass
from functools import cache
from itertools import cycle

import numpy as np
import torch
from joblib import Parallel, delayed
from scipy.sparse import csr_array

from .._blas import limited_blas
from ._rows import next_order

_OPERATIONS_A_CALL = 5e8  # some milliseconds, between which a training can be ended
_SPARSE = 0.25  # share of numbers that are not zero, up to which the zeros are skipped
_OPTIMIZERS = [torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW]  # in the order of the loop's numbers
_LARGE = 10**6  # parameters of a network whose products are worth several threads each


def is_compilable(nets):
    """Tell whether networks are best trained by the compiled loop.

    Parameters
    ----------
    nets : list of Net
        Of one shape, initialised.

    Returns
    -------
    bool
        Whether numba is there, and they are perceptrons on the CPU in single or double precision; a few large ones are
        better off with torch, which takes several threads for each product.
    """
    first = nets[0]
    if torch.device(first.device).type != "cpu" or first.precision == "bfloat16" or not _has_numba():
        return False
    if len(nets) < torch.get_num_threads() and sum(part.numel() for part in first.module_.parameters()) > _LARGE:
        return False
    if not isinstance(first.module_, torch.nn.Sequential) or type(first.optimizer_) not in _OPTIMIZERS:
        return False
    kinds = zip(first.module_, cycle((torch.nn.Linear, torch.nn.ReLU)), strict=False)
    return len(first.module_) % 2 == 1 and all(
        type(layer) is kind and getattr(layer, "bias", True) is not None for layer, kind in kinds
    )


@cache
def _has_numba():
    """Whether numba is there and takes this NumPy, of which newer ones than it knows are refused."""
    try:
        from . import _perceptron_loop  # noqa: F401
    except ImportError:
        return False
    return True


def compile_loop():
    """Compile the loop now, where numba is there: the first training would, and its time may be limited."""
    if _has_numba():
        for dtype in (np.float32, np.float64):
            X, codes, rows = np.zeros((2, 1), dtype), np.arange(2), np.arange(2)
            network = _Network(np.array([1, 2]), np.zeros(4, dtype), np.zeros((2, 4), dtype), (0, *[0.0] * 5), 2)
            network.pass_over(X, _sparse_parts(X), codes, rows, lambda: None)


def train_compiled(nets, streams, X, codes, epochs, on_batch):
    """Train perceptrons on the same rows, each with its own labels and its own order of the rows.

    Parameters, result and what each network gets are those of `train_stacked`; `on_batch` is called every few
    milliseconds, from the thread that trains.
    """
    rows, labels = X.numpy(), codes.numpy()
    sparse = _sparse_parts(rows)
    losses = np.zeros((epochs, len(nets)))
    ended, why = threading.Event(), []

    def each_time():
        if ended.is_set():
            raise SystemExit  # of this thread: what another one raised, or the user's Ctrl-C, is on its way
        on_batch()

    def train(number):
        try:
            network = _Network.of(nets[number])
            for epoch in range(epochs):
                order = next_order(streams[number], torch.device("cpu"), len(X)).numpy()
                losses[epoch, number] = network.pass_over(rows, sparse, labels[number], order, each_time) / len(X)
            network.write_back(nets[number])
        except BaseException as error:
            why.append(error)
            ended.set()

    n_threads = min(torch.get_num_threads(), len(nets))
    with limited_blas(1):
        try:
            Parallel(n_threads, backend="threading")(delayed(train)(number) for number in range(len(nets)))
        finally:
            ended.set()
    if why:
        raise why[0]
    return torch.from_numpy(losses)


def _sparse_parts(X):
    """What is not zero, row by row, where that is little, as after one-hot encoding; else nothing."""
    if np.count_nonzero(X) > _SPARSE * X.size:
        return np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, X.dtype)
    found = csr_array(X)
    return found.indptr.astype(np.int64), found.indices.astype(np.int32), found.data


@dataclass
class _Network:
    """A perceptron and its optimiser as the loop takes them: one vector of parameters, rooms to calculate in."""

    sizes: np.ndarray
    params: np.ndarray
    state: np.ndarray
    optimizer: tuple
    batch_size: int
    n_done: int = 0

    @classmethod
    def of(cls, net):
        layers = _layers(net.module_)
        params = np.concatenate([part.detach().numpy().T.ravel() for layer in layers for part in _parts(layer)])
        group = net.optimizer_.param_groups[0]
        kind = _OPTIMIZERS.index(type(net.optimizer_))
        decays = group["betas"] if "betas" in group else (group["momentum"], 0.0)
        optimizer = (kind, *map(float, (group["lr"], *decays, group.get("eps", 0.0), group["weight_decay"])))
        sizes = [layers[0].in_features, *(layer.out_features for layer in layers)]
        return cls(np.array(sizes), params, np.zeros((2, len(params)), params.dtype), optimizer, net.batch_size)

    def pass_over(self, X, sparse, codes, order, each_time):
        """Train for one pass and return the sum of the losses."""
        from ._perceptron_loop import train_batches

        batch_size = min(self.batch_size, len(order))
        room = np.empty((2, batch_size * self.sizes.sum()), self.params.dtype)
        grads = np.empty_like(self.params)
        n_at_once = batch_size * max(1, int(_OPERATIONS_A_CALL / (6 * batch_size * len(self.params))))
        total = 0.0
        for start in range(0, len(order), n_at_once):
            each_time()
            part = order[start : start + n_at_once]
            total += train_batches(
                X, sparse, codes, part, batch_size, self.sizes, self.params, grads, self.state, self.n_done,
                self.optimizer, *room,
            )  # fmt: skip
            self.n_done += -(-len(part) // batch_size)
        return total

    def write_back(self, net):
        """Give a net the parameters, and its optimiser the state in which to go on."""
        start = 0
        for layer in _layers(net.module_):
            for part in _parts(layer):
                place = slice(start, start + part.numel())
                start = place.stop
                turned = part.shape[::-1]
                with torch.no_grad():
                    part.copy_(torch.from_numpy(self.params[place].reshape(turned).T))
                net.optimizer_.state[part] = self._state_of(place, turned)

    def _state_of(self, place, turned):
        mean, square = (torch.from_numpy(one[place].reshape(turned).T.copy()) for one in self.state)
        kind, _, momentum, *_ = self.optimizer
        if kind:
            return {"step": torch.tensor(float(self.n_done)), "exp_avg": mean, "exp_avg_sq": square}
        return {"momentum_buffer": mean} if momentum else {}


def _layers(module):
    return [layer for layer in module if isinstance(layer, torch.nn.Linear)]


def _parts(layer):
    return layer.weight, layer.bias
