"""What a denoiser is: one function, one currency.

    denoiser(x, t, y) -> eps        the noise it believes is in x

    x    [B, *D]  noisy data
    t    [] or [B]  time in [0, 1]
    y    [B]        class labels, or NULL for "no label"
    eps  [B, *D]

A trained network, an exact formula and a guided mixture of either are all denoisers, and the sampler cannot
tell them apart. The score, the direction in which x becomes more likely, is the same thing: -eps / sigma.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .schedules import Schedule

Denoiser = Callable[[Tensor, Tensor, Tensor], Tensor]

NULL = -1  # the label that means "no label"; a network embeds label y as row y + 1

# What a network may be trained to output: a point a * x0 + b * eps of the plane that x0 and eps span.
TARGETS = {
    "eps": lambda alpha, sigma: (0, 1),
    "x0": lambda alpha, sigma: (1, 0),
    "v": lambda alpha, sigma: (-sigma, alpha),
    "flow": lambda alpha, sigma: (-1, 1),
}


def to_eps(out, x, alpha, sigma, target):
    """Read the noise off a network's output: solve x = alpha x0 + sigma eps and out = a x0 + b eps for eps."""
    a, b = TARGETS[target](alpha, sigma)
    return (alpha * out - a * x) / (alpha * b - sigma * a)


def to_x0(eps, x, alpha, sigma):
    """The clean data that a noise estimate implies."""
    return (x - sigma * eps) / alpha


class LearnedDenoiser(nn.Module):
    """A network `net(x, t [B], y [B])`, the schedule it was trained on, and what its output means."""

    def __init__(self, net: nn.Module, schedule: Schedule, target: str = "v"):
        super().__init__()
        if target not in TARGETS:
            raise ValueError(f"target {target!r} is unknown; a network may predict one of {', '.join(TARGETS)}")
        self.net, self.schedule, self.target = net, schedule, target

    def forward(self, x, t, y):
        alpha, sigma = self.schedule.at(t, x)
        t = torch.as_tensor(t).to(x).expand(len(x))
        return to_eps(self.net(x, t, y), x, alpha, sigma, self.target)


def as_x0(denoiser: Denoiser, schedule: Schedule):
    """The same denoiser, speaking of clean data: a function (x, t, y) -> x0."""

    def clean(x, t, y):
        return to_x0(denoiser(x, t, y), x, *schedule.at(t, x))

    return clean


def as_eps(clean, schedule: Schedule) -> Denoiser:
    """The way back: a denoiser from a function (x, t, y) -> x0. Meant for t > 0, where there is noise to name."""

    def denoiser(x, t, y):
        alpha, sigma = schedule.at(t, x)
        return (x - alpha * clean(x, t, y)) / sigma

    return denoiser


def clipped(denoiser: Denoiser, schedule: Schedule, low: float = -1.0, high: float = 1.0) -> Denoiser:
    """A denoiser whose clean data stays in the data range [low, high]; its noise is the one that this implies."""
    clean = as_x0(denoiser, schedule)
    return as_eps(lambda x, t, y: clean(x, t, y).clamp(low, high), schedule)
