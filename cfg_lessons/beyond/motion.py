"""Gestures: a pen moves through the plane, 32 points one after the other. Labels: the figure, and which way it runs."""

import math

import matplotlib.pyplot as plt
import torch
from torch import Tensor

from ..metrics import gaps
from ..plots import COLOURS, plane
from . import at_random

LABELS = {"figure": ("circle", "eight", "wave", "spiral", "hop"), "direction": ("there", "back")}
POINTS = 32


def figures(turn: Tensor) -> Tensor:
    """One of each figure for each turn [n, 1], an angle at which it starts: [5, n, 2, POINTS]."""
    u = torch.linspace(-1, 1, POINTS).expand(len(turn), -1)  # from end to end
    w = math.pi * (u + 1)  # once around
    lean, out = w + 0.15 * turn, (u + 1) / 2
    pairs = [
        ((w + turn).cos(), (w + turn).sin()),
        (lean.sin(), 0.6 * (2 * lean).sin()),
        (u, 0.5 * (3 * w + turn).sin()),
        (out * (2 * w + turn).cos(), out * (2 * w + turn).sin()),
        (u, 1.2 - 2.4 * u**2),
    ]
    return torch.stack([torch.stack(pair, 1) for pair in pairs])


def samples(n: int, seed: int = 0):
    """n gestures x [n, 2, POINTS], of standard deviation about 0.8, and their labels y [n, 2]."""
    rng = torch.Generator().manual_seed(seed)
    y = at_random(n, LABELS, rng)
    x = figures(2 * math.pi * torch.rand(n, 1, generator=rng))[y[:, 0], torch.arange(n)]
    x = torch.where(y[:, 1, None, None] == 1, x.flip(2), x)
    size, place = 0.75 + 0.75 * torch.rand(n, 1, 1, generator=rng), 0.45 * torch.randn(n, 2, 1, generator=rng)
    return size * x + place + 0.03 * torch.randn(n, 2, POINTS, generator=rng), y


def nearest(x: Tensor):
    """The distance of each of x [n, 2, POINTS] from the nearest of 4,000 true gestures, and its labels: [n], [n, 2]."""
    true, labels = samples(4000, seed=1)
    apart, which = gaps(x.flatten(1), true.flatten(1)).min(1)
    return apart, labels[which]


def read(x: Tensor) -> Tensor:
    """The labels [n, 2] of the true gesture that is nearest to each of x [n, 2, POINTS]."""
    return nearest(x)[1]


def away(x: Tensor) -> Tensor:
    """The distance [n] of each of x from the nearest true gesture."""
    return nearest(x)[0]


def picture(x: Tensor, axes=None, titles=()):
    """Each of x [n, 2, POINTS] in an Axes of its own: a line from its beginning, a dot."""
    axes = plt.subplots(1, len(x), figsize=(1.2 * len(x), 1.5), squeeze=False)[1][0] if axes is None else axes
    for pen, ax, title in zip(x, axes, [*titles, *[""] * len(x)]):
        ax.plot(*pen, color=COLOURS[0], lw=1.5)
        ax.plot(*pen[:, :1], "o", color=COLOURS[5], ms=5)
        plane(ax, 2.6).set_title(title)
    return axes
