"""Opacus' optimiser with noise from a generator of ours; imports Opacus."""

import torch
from opacus.optimizers import DPOptimizer


class NoisyOptimizer(DPOptimizer):
    """A `DPOptimizer` whose noise comes from a NumPy generator with 128 bits of seed.

    Parameters
    ----------
    optimizer : torch optimizer
        Takes the steps.
    rng : numpy.random.Generator
        Draws the noise.
    **params
        As `DPOptimizer` takes them.
    """

    def __init__(self, optimizer, rng, **params):
        super().__init__(optimizer, **params)
        self.rng = rng

    def add_noise(self):
        """Put the clipped sums with noise in the place of the gradients."""
        for parameter in self.params:
            noise = torch.from_numpy(self.rng.standard_normal(tuple(parameter.shape))).to(parameter)
            total = parameter.summed_grad + self.noise_multiplier * self.max_grad_norm * noise
            parameter.grad = total.view_as(parameter)
