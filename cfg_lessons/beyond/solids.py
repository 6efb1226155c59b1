"""Solids: 96 points on a surface in space, in no order, turned at random. Labels: the form, and the size."""

import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import Tensor

from ..metrics import gaps
from . import at_random

LABELS = {"form": ("ball", "cube", "tube", "cone", "ring", "jack"), "size": ("small", "large")}
POINTS, SIZES = 96, (0.6, 1.1)  # the root mean square distance of a solid's points from its middle


def forms(n: int, rng) -> Tensor:
    """n of each form, as points on its surface: [6, n, POINTS, 3]."""
    angle, angle2 = 2 * math.pi * torch.rand(2, n, POINTS, generator=rng)
    along, axis = 2 * torch.rand(n, POINTS, generator=rng) - 1, torch.randint(3, (n, POINTS), generator=rng)
    ball, box = F.normalize(torch.randn(n, POINTS, 3, generator=rng), dim=-1), torch.rand(n, POINTS, 3, generator=rng)
    cone, ring = ((along + 1) / 2).sqrt(), 1 + 0.3 * angle2.cos()
    return torch.stack([
        ball,
        (2 * box - 1) / (2 * box - 1).abs().amax(-1, keepdim=True),
        torch.stack([0.6 * angle.cos(), 0.6 * angle.sin(), 1.2 * along], -1),
        torch.stack([cone * angle.cos(), cone * angle.sin(), 1 - 2 * cone], -1),
        torch.stack([ring * angle.cos(), ring * angle.sin(), 0.3 * angle2.sin()], -1),
        along[..., None] * F.one_hot(axis, 3) + 0.08 * ball,
    ])  # fmt: skip


def turned(x: Tensor, angle: Tensor) -> Tensor:
    """Points x [n, P, 3], those of each solid turned by its angle [n] about the third axis."""
    cos, sin, none = angle.cos(), angle.sin(), torch.zeros_like(angle)
    rows = torch.stack([cos, -sin, none, sin, cos, none, none, none, none + 1], 1)
    return x @ rows.view(-1, 3, 3).transpose(1, 2)


def radius(x: Tensor) -> Tensor:
    """The root mean square distance [n] of the points x [n, P, 3] of each solid from their middle."""
    return (x - x.mean(1, keepdim=True)).square().sum(2).mean(1).sqrt()


def samples(n: int, seed: int = 0):
    """n clouds of points x [n, POINTS, 3] and their labels y [n, 2]."""
    rng = torch.Generator().manual_seed(seed)
    y = at_random(n, LABELS, rng)
    x = forms(n, rng)[y[:, 0], torch.arange(n)]
    x = turned(x, 2 * math.pi * torch.rand(n, generator=rng))
    wanted = torch.tensor(SIZES)[y[:, 1]] * (0.9 + 0.2 * torch.rand(n, generator=rng))
    return (wanted / radius(x))[:, None, None] * x + 0.02 * torch.randn(n, POINTS, 3, generator=rng), y


def profile(x: Tensor) -> Tensor:
    """What does not change when a cloud x [n, P, 3] is moved, turned or scaled: [n, 3 P].

    The sorted heights of its points, their sorted distances from the upright axis, and from the middle.
    """
    x = (x - x.mean(1, keepdim=True)) / radius(x)[:, None, None]
    parts = x[..., 2], x[..., :2].norm(dim=2), x.norm(dim=2)
    return torch.cat([part.sort(1).values for part in parts], 1)


def nearest(x: Tensor):
    """The distance of each of x from the nearest of 1,200 true clouds, and its form: [n], [n].

    The root mean square of the differences of two profiles: of three 1D transports, as in a Wasserstein distance.
    """
    true, labels = samples(1200, seed=1)
    apart, which = (gaps(profile(x), profile(true)) / math.sqrt(3 * POINTS)).min(1)
    return apart, labels[which, 0]


def read(x: Tensor) -> Tensor:
    """The labels [n, 2]: the form of the nearest true cloud, and whether its size is nearer to large than to small."""
    return torch.stack([nearest(x)[1], gaps(radius(x)[:, None], torch.tensor(SIZES)[:, None]).argmin(1)], 1)


def away(x: Tensor) -> Tensor:
    """The distance [n] of each of x from the nearest true cloud."""
    return nearest(x)[0]


def picture(x: Tensor, axes=None, titles=(), turn: float = 0.4, tilt: float = 0.35):
    """Each of x [n, P, 3] in an Axes of its own, turned and tilted by these angles (radians): near points large."""
    axes = plt.subplots(1, len(x), figsize=(1.5 * len(x), 1.7), squeeze=False)[1][0] if axes is None else axes
    for cloud, ax, title in zip(turned(x, torch.full((len(x),), turn)), axes, [*titles, *[""] * len(x)]):
        across, deep, up = cloud.T
        near, height = math.sin(tilt) * up - math.cos(tilt) * deep, math.cos(tilt) * up + math.sin(tilt) * deep
        ax.scatter(across, height, s=5 + 4 * (near + 1.5).clamp(0, 3), c=near, cmap="viridis_r", vmin=-2, vmax=2, lw=0)
        ax.set(xlim=(-2, 2), ylim=(-2, 2), aspect="equal", title=title)
        ax.set_axis_off()
    return axes
