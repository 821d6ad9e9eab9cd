"""DP-SGD for the neural classifiers, by Opacus: clipped gradients of single rows, noise, Poisson sampling."""

import secrets
import warnings
from typing import Any

import numpy as np
import torch
from sklearn.utils import check_random_state
from torch.nn.functional import cross_entropy

from ._device import find_device
from ._net import divergence
from ._random import own_random_stream
from ._rows import own_memory


class PrivateMixin:
    """Adds `fit_private` to a neural classifier."""

    def private_steps(self: Any, n_rows):
        """Return how a private training samples: each step takes each row with one probability.

        Parameters
        ----------
        n_rows : int
            Rows to train on.

        Returns
        -------
        sample_rate : float
            ``batch_size`` over the rows, so that a step sees ``batch_size`` of them on average.
        n_steps : int
            As many as ``max_epochs`` take in minibatches of that size.
        """
        rate = min(1.0, self.batch_size / n_rows)
        return rate, self.max_epochs * max(1, round(1 / rate))

    def fit_private(self: Any, X, y, *, noise_multiplier, max_grad_norm=1.0, group_norm=False, classes=None):
        """Train by DP-SGD: the mean of clipped gradients, with Gaussian noise (Abadi et al. 2016).

        Which rows a step sees and the noise follow `random_state`; without one they are drawn afresh from the
        operating system's entropy. The optimiser sees gradients after the noise alone.

        Parameters
        ----------
        X : array-like of n_samples rows
            Rows of the kind that the class describes.
        y : array-like of shape (n_samples,)
            Class labels.
        noise_multiplier : float
            Standard deviation of the noise, in units of `max_grad_norm`.
        max_grad_norm : float, default=1.0
            L2 norm to which the gradient of each row is clipped.
        group_norm : bool, default=False
            Whether to train group normalisation in place of batch normalisation, which mixes rows.
        classes : array-like of shape (n_classes,), default=None
            All class labels; by default those in y.

        Returns
        -------
        self
            The fitted classifier.

        Raises
        ------
        ValueError
            If rows or labels are unfit, if the network mixes rows, or if a parameter has no meaning here.
        ImportError
            Without Opacus.
        """
        self._check_private()
        source, (X, y) = X, self._read(X, y, reset=True)
        self._look_at(X, None)
        self.classes_ = self._find_classes(y, classes)
        codes = self._encode(y)
        device = find_device(self.device)
        self._seeds = check_random_state(self.random_state).randint(2**31, size=2)
        seed = secrets.randbits(62) if self.random_state is None else int(self._seeds[0])
        rows = torch.from_numpy(own_memory(X, source)), torch.from_numpy(codes)
        with own_random_stream(device, seed) as self._stream:
            net = self._make_net(device).initialize()
            rate, n_steps = self.private_steps(len(codes))
            module, optimizer = _make_private(net, rate * len(codes), noise_multiplier, max_grad_norm, group_norm)
            try:
                with warnings.catch_warnings():
                    # Opacus' hooks look at outputs alone, and the rows need no gradient.
                    warnings.filterwarnings("ignore", "Full backward hook is firing", UserWarning)
                    for step in range(n_steps):
                        _step(module, optimizer, rows, rate, device, step, self.lr)
            finally:
                net.module_ = module.to_standard_module()
                for parameter in net.module_.parameters():
                    vars(parameter).clear()  # sums of gradients before the noise, which are as secret as the labels
                    parameter.grad = None
        net.initialize_optimizer()  # the private one holds the gradient of each row
        self.net_ = net
        self._built_with = self.get_params(deep=False)
        return self

    def _check_private(self: Any):
        if self.early_stopping:
            raise ValueError("early_stopping=True looks at labels that no account knows of: set it to False.")
        if self.warm_start or self.callbacks or self.precision == "bfloat16":
            raise ValueError("A private training takes no warm_start, no callbacks and no bfloat16: leave them out.")


def _make_private(net, expected_batch_size, noise_multiplier, max_grad_norm, group_norm):
    try:
        from opacus import GradSampleModule
        from opacus.optimizers import DPOptimizer
        from opacus.validators import ModuleValidator
    except ImportError as error:
        raise ImportError("DP-SGD needs Opacus: install the extra, pip install 'sklearn-blia[dp]'.") from error
    if group_norm:
        net.module_ = ModuleValidator.fix(net.module_).to(net.device)
        net.initialize_optimizer()
    wrong = ModuleValidator.validate(net.module_, strict=False)
    if wrong:
        told = "; ".join(dict.fromkeys(str(error).split(". ")[0].split("\n")[0] for error in wrong))
        raise ValueError(
            f"{type(net.module_).__name__} mixes rows or has layers without gradients of single rows ({told}): set "
            "group_norm=True where it is batch normalisation, or take another network."
        )
    module = GradSampleModule(net.module_, loss_reduction="mean")
    optimizer = DPOptimizer(
        net.optimizer_,
        noise_multiplier=noise_multiplier,
        max_grad_norm=max_grad_norm,
        expected_batch_size=expected_batch_size,
        generator=None,  # torch's own stream, which is ours here
    )
    return module, optimizer


def _step(module, optimizer, rows, rate, device, step, lr):
    X, codes = rows
    taken = torch.rand(len(codes), dtype=torch.float64) < rate
    optimizer.zero_grad()
    if taken.any():
        module.train()
        loss = cross_entropy(module(X[taken].to(device)), codes[taken].to(device))
        if not np.isfinite(loss.item()):
            raise divergence(loss.item(), step + 1, lr)
        loss.backward()
    else:  # noise alone, for that no row was taken is nobody's business
        for parameter in module.parameters():
            parameter.grad_sample = torch.zeros((0, *parameter.shape), dtype=parameter.dtype, device=device)
    optimizer.step()
