"""DP-SGD for the neural classifiers, by Opacus: clipped gradients of single rows, noise, Poisson sampling."""

import secrets
import warnings
from typing import Any

import numpy as np
import torch
from sklearn.utils import check_random_state
from torch.nn.functional import cross_entropy

from ._device import find_device
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

    def fit_private(
        self: Any,
        X,
        y,
        *,
        noise_multiplier,
        max_grad_norm=1.0,
        group_norm=False,
        classes=None,
        noise_random_state=None,
    ):
        """Train by DP-SGD: the mean of clipped gradients, with Gaussian noise (Abadi et al. 2016).

        The optimiser sees gradients after the noise alone. First weights follow the classifier's `random_state`; which
        rows a step sees and the noise do not, and nothing of what they follow is kept.

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
        noise_random_state : int, RandomState instance or None, default=None
            Seeds rows and noise; None takes 128 bits of the operating system's entropy.

        Returns
        -------
        self
            The fitted classifier. It cannot be trained further.

        Raises
        ------
        ValueError
            If rows or labels are unfit, if the network mixes rows, if a parameter has no meaning here, or if the
            weights diverge.
        ImportError
            Without Opacus.
        """
        self._check_private()
        source, (X, y) = X, self._read(X, y, reset=True)
        self._look_at(X, None)
        self.classes_ = self._find_classes(y, classes)
        rows = torch.from_numpy(own_memory(X, source)), torch.from_numpy(self._encode(y))
        device, rng = find_device(self.device), _generator(noise_random_state)
        self._seeds = check_random_state(self.random_state).randint(2**31, size=2)
        rate, n_steps = self.private_steps(len(y))
        with own_random_stream(device, int(self._seeds[0])), warnings.catch_warnings():
            # Opacus' hooks look at outputs alone, and the rows need no gradient.
            warnings.filterwarnings("ignore", "Full backward hook is firing", UserWarning)
            # Opacus takes images apart on the assumption that their channels are outermost.
            net = self._make_net(device).set_params(channels_last=False).initialize()
            module, optimizer = _make_private(net, rate * len(y), noise_multiplier, max_grad_norm, group_norm, rng)
            try:
                for _ in range(n_steps):
                    _step(module, optimizer, rows, rng.random(len(y)) < rate, device)
            finally:
                net.module_ = module.to_standard_module()
                for parameter in net.module_.parameters():
                    vars(parameter).clear()  # sums of gradients before the noise, which are as secret as the labels
                    parameter.grad = None
        net.initialize_optimizer()  # the private one holds the gradient of each row
        # Of the weights after the noise, and not of a loss, which one label could send to infinity.
        if not all(torch.isfinite(parameter).all() for parameter in net.module_.parameters()):
            raise ValueError(f"Training diverged: weights are no numbers any more. Lower lr={self.lr}.")
        self.net_, self._was_private = net, True
        self._built_with = self.get_params(deep=False)
        return self

    def _check_private(self: Any):
        if self.early_stopping:
            raise ValueError("early_stopping=True looks at labels that no account knows of: set it to False.")
        if self.warm_start or self.callbacks or self.precision == "bfloat16":
            raise ValueError("A private training takes no warm_start, no callbacks and no bfloat16: leave them out.")


def _generator(random_state):
    """Numbers for rows and noise. torch's own generator on a CPU has 32 bits of seed, which can be tried."""
    if random_state is None:
        return np.random.Generator(np.random.Philox(key=secrets.randbits(128)))
    words = check_random_state(random_state).randint(2**32, size=4, dtype=np.uint32)
    return np.random.Generator(np.random.Philox(key=int.from_bytes(words.tobytes(), "little")))


def _make_private(net, expected_batch_size, noise_multiplier, max_grad_norm, group_norm, rng):
    try:
        from opacus import GradSampleModule
        from opacus.validators import ModuleValidator

        from ._private_optimizer import NoisyOptimizer
    except ImportError as error:
        raise ImportError("DP-SGD needs Opacus: install the extra, pip install 'sklearn-blia[dp]'.") from error
    if group_norm:
        net.module_ = ModuleValidator.fix(net.module_).to(net.device)
        net.initialize_optimizer()
    wrong = ModuleValidator.validate(net.module_, strict=False)
    if wrong:
        told = "; ".join(dict.fromkeys(str(error).split(". ")[0].split("\n")[0] for error in wrong))
        way_out = "set group_norm=True, or take" if "BatchNorm" in told else "take"
        raise ValueError(
            f"{type(net.module_).__name__} mixes rows or has layers without gradients of single rows ({told}): "
            f"{way_out} another network, such as SequentialClassifier or CNNClassifier."
        )
    module = GradSampleModule(net.module_, loss_reduction="mean")
    optimizer = NoisyOptimizer(
        net.optimizer_,
        rng,
        noise_multiplier=noise_multiplier,
        max_grad_norm=max_grad_norm,
        expected_batch_size=expected_batch_size,
    )
    return module, optimizer


def _step(module, optimizer, rows, taken, device):
    X, codes = rows
    optimizer.zero_grad()
    if taken.any():
        module.train()
        cross_entropy(module(X[taken].to(device)), codes[taken].to(device)).backward()
        for parameter in module.parameters():
            # A row whose gradient is no number has none: clipping would hand it to all others.
            parameter.grad_sample = torch.nan_to_num(parameter.grad_sample, nan=0.0, posinf=0.0, neginf=0.0)
    else:  # noise alone, for that no row was taken is nobody's business
        for parameter in module.parameters():
            parameter.grad_sample = torch.zeros((0, *parameter.shape), dtype=parameter.dtype, device=device)
    optimizer.step()
