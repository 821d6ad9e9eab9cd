"""Several networks of one shape, trained at once: parameters stacked, products batched."""

from copy import deepcopy
from inspect import signature

import torch
from torch.func import functional_call, stack_module_state, vmap
from torch.nn.functional import cross_entropy

from ._rows import next_order


class StackedNets:
    """Networks of one shape as one: every parameter has one more dimension, over the networks.

    Parameters
    ----------
    nets : list of Net
        Initialised and not trained yet. A module whose ``forward`` decides by the values in its rows what to
        compute cannot be batched: it offers ``forward_together``, which does not. A module may also write out
        the batched products itself, in a static method ``forward_stacked(params, X)``.
    """

    def __init__(self, nets):
        self.nets = nets
        params, buffers = stack_module_state([net.module_ for net in nets])
        # Weights of linear layers are held as the products read and write them; as a layer has them, every step would
        # copy its gradients around.
        layers = nets[0].module_.named_modules()
        self._turned = {f"{name}.weight" for name, layer in layers if isinstance(layer, torch.nn.Linear)}
        self._held = {name: self._turn(name, value.detach()).clone(memory_format=torch.contiguous_format)
                      .requires_grad_() for name, value in params.items()}  # fmt: skip
        self._forward = _stacked_forward(nets[0].module_, buffers)
        first = nets[0].optimizer_
        accepted = signature(type(first)).parameters.keys() - {"params"}
        settings = {name: value for name, value in first.param_groups[0].items() if name in accepted}
        self._optimizer = type(first)(list(self._held.values()), **settings)

    def step(self, X, codes):
        """Train on one minibatch of each network.

        The loss is the sum of the networks' mean losses: no network's gradient depends on another.

        Parameters
        ----------
        X : Tensor of shape (n_nets, n_rows, ...)
            Rows.
        codes : Tensor of shape (n_nets, n_rows)
            Labels as positions in the classes.

        Returns
        -------
        Tensor of shape (n_nets,)
            Mean losses.
        """
        self._optimizer.zero_grad()
        with self.nets[0].mixed():
            scores = self._forward({name: self._turn(name, value) for name, value in self._held.items()}, X)
        scores = scores if scores.dtype == torch.float64 else scores.float()
        losses = cross_entropy(scores.flatten(0, 1), codes.flatten(), reduction="none").view(codes.shape).mean(dim=1)
        losses.sum().backward()
        self._optimizer.step()
        return losses.detach()

    @torch.no_grad()
    def write_back(self):
        """Give each network its own parameters, and its optimiser the state in which to go on."""
        for number, net in enumerate(self.nets):
            for name, own in net.module_.named_parameters():
                held = self._held[name]
                own.copy_(self._turn(name, held)[number])
                # Laid out as the parameter is: fused optimisers go through the memory of both side by side.
                net.optimizer_.state[own] = {
                    key: torch.empty_like(own).copy_(self._turn(name, value)[number])
                    if torch.is_tensor(value) and value.shape == held.shape
                    else deepcopy(value)
                    for key, value in self._optimizer.state[held].items()
                }

    def _turn(self, name, value):
        """From the order of axes in which a parameter is held to the layer's, and back."""
        return value.mT if name in self._turned else value


def _stacked_forward(module, buffers):
    """Scores of all networks, from their parameters and rows."""
    by_hand = getattr(module, "forward_stacked", None)
    if by_hand:
        return by_hand
    shape = deepcopy(module).to("meta")  # says what to compute, and holds no numbers
    shape.forward = getattr(shape, "forward_together", shape.forward)
    shape.train()
    batched = vmap(lambda params, buffers, X: functional_call(shape, (params, buffers), (X,)))
    return lambda params, X: batched(params, buffers, X)


def train_stacked(nets, streams, X, codes, epochs, on_batch):
    """Train networks of one shape on the same rows, each with its own labels and its own order of the rows.

    Each gets what training it alone gives, up to the rounding of sums: the initial parameters are its own, and
    the orders come from its own random stream.

    Parameters
    ----------
    nets : list of Net
        Initialised; trained in place.
    streams : list of list of Tensor
        Where the initialisation left their random streams; in place, where the training leaves them.
    X : Tensor of shape (n_rows, ...)
        Rows.
    codes : Tensor of shape (n_nets, n_rows)
        Labels as positions in the classes.
    epochs : int
        Passes over the rows.
    on_batch : callable
        Called before every minibatch; an exception that it raises ends the training.

    Returns
    -------
    Tensor of shape (epochs, n_nets), float64
        Mean loss in every epoch; NaN or infinite from where a training diverged.
    """
    device, batch_size = torch.device(nets[0].device), nets[0].batch_size
    stacked = StackedNets(nets)
    crop = getattr(nets[0].module_, "crop", lambda rows: rows)
    history = torch.zeros(epochs, len(nets), dtype=torch.float64)
    for epoch in range(epochs):
        orders = torch.stack([next_order(stream, device, len(X)) for stream in streams])
        total = torch.zeros(len(nets), dtype=torch.float64, device=device)
        for rows in orders.split(batch_size, dim=1):
            on_batch()
            # Cut out by flat positions, which copies whole rows; an index of two dimensions goes number by number.
            part = crop(X.index_select(0, rows.flatten()))
            part = part.view(*rows.shape, *part.shape[1:])
            total += stacked.step(part.to(device), codes.gather(1, rows).to(device)) * rows.shape[1]
        history[epoch] = (total / len(X)).cpu()
    stacked.write_back()
    return history
