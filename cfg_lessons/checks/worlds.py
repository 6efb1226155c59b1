"""A small world for each name: four Gaussians in the plane, a point, a time, a wish, and how strongly it is wished."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..denoisers import NULL
from ..exact import Mixture
from ..guidance import given, guide
from ..sampling import noise, sample
from ..schedules import Cosine
from . import answer, asked_as, number_of


@dataclass(frozen=True)
class World:
    """A mixture and what is asked of it: the point x [1, 2] at time t, a wanted and an unwanted label, a scale."""

    mixture: Mixture
    label: int
    unwanted: int
    scale: float
    x: Tensor
    t: float


def gaussians(rng) -> Mixture:
    """Four of them around the origin, one in each quarter turn, that overlap a little; two of them share label 0."""
    turn, radius, std = torch.rand(3, 4, generator=rng)
    angle, radius = math.pi / 2 * (torch.arange(4) + 0.5 * turn), 0.9 + 0.7 * radius
    means = radius[:, None] * torch.stack([angle.cos(), angle.sin()], 1)
    labels = torch.tensor([0, 1, 2, 0])[torch.randperm(4, generator=rng)]
    return Mixture(means.round(decimals=2), (0.35 + 0.25 * std).round(decimals=2), labels, Cosine())


def in_doubt(mixture, label, unwanted, t, rng) -> Tensor:
    """Of 256 noisy points the one [1, 2] that may well be of the label, but also of the unwanted, or of the third."""
    x0, _ = mixture.sample(256, seed=one_of(range(1000), rng))
    x = mixture.schedule.add_noise(x0, t, torch.randn(x0.shape, generator=rng)).round(decimals=2)
    belief = mixture.classifier(x, t).softmax(-1)
    gap = (belief[:, label] - 0.5).abs() + (belief[:, unwanted] - 0.3).abs()
    return x[gap.argmin()][None]


def one_of(things, rng):
    """One of several things, by chance."""
    return things[int(torch.randint(len(things), (), generator=rng))]


def world(name: str = "") -> World:
    """The world that belongs to a name; no name is the course's own."""
    rng = torch.Generator().manual_seed(number_of(name))
    mixture = gaussians(rng)
    label, unwanted, _ = torch.randperm(3, generator=rng).tolist()
    scale, t = one_of((2.0, 2.5, 3.0, 4.0), rng), one_of((0.3, 0.4, 0.5, 0.6), rng)
    return World(mixture, label, unwanted, scale, in_doubt(mixture, label, unwanted, t, rng), t)


def ask_numbers(found, count: int):
    """So many numbers, as whatever they come; from a function, what it says of the world that is asked for."""
    found = answer(found, "put what you found in place of None")
    found = torch.as_tensor(found(world(asked_as())) if callable(found) else found, dtype=torch.float64).flatten()
    if len(found) != count:
        raise ValueError(f"expected {count} number{'s' * (count > 1)}; found {len(found)}")
    return found


# ---- what is asked of it, and what people answer instead


def aimed(w, label=None, reference=NULL, scale=None):
    """The guided denoiser of a world; or for another label, away from another one, at another scale."""
    target = given(w.mixture.denoiser, w.label if label is None else label)
    return guide(target, given(w.mixture.denoiser, reference), w.scale if scale is None else scale)


OTHERWISE = {
    "You took the scale for Ho & Salimans' w: yours is one too large.": lambda w: aimed(w, scale=w.scale + 1),
    "There is no guidance in it: that is scale 1.": lambda w: aimed(w, scale=1.0),
    "That is guided towards the unwanted label.": lambda w: aimed(w, label=w.unwanted),
    "That is a negative prompt: your reference is the unwanted label. cfg steps away from NULL.": lambda w: aimed(w, reference=w.unwanted),
    "The label plays no part: that is NULL's answer.": lambda w: aimed(w, scale=0.0),
    "It is pushed the wrong way, away from the label.": lambda w: aimed(w, scale=-w.scale),
}


def otherwise(read) -> dict:
    """What read(world, denoiser) gives if something else guides: {sentence: candidate}."""
    return {sentence: lambda w, make=make: read(w, make(w)) for sentence, make in OTHERWISE.items()}


def pushed(w, denoiser=None):
    """The guided noise at the point of a world; or what another denoiser says there."""
    return (denoiser or aimed(w))(w.x, w.t, torch.tensor([w.label]))


def walked(w, denoiser=None, seed=0):
    """A thousand guided samples of a world; or those of another denoiser."""
    y = torch.full((1000,), w.label)
    return sample(denoiser or aimed(w), w.mixture.schedule, noise(1000, 2, seed=seed), y, steps=20)


def ended(w, denoiser=None):
    """The mean of such samples."""
    return walked(w, denoiser).mean(0)


def believed(w, t=None, label=None):
    """The probability of a label at the point of a world."""
    return w.mixture.classifier(w.x, w.t if t is None else t).softmax(-1)[0, w.label if label is None else label]


def not_here(solution):
    """An explanation for who answers for the course's own world."""

    def explain(mine, right):
        theirs = torch.as_tensor(solution(world())).double().flatten()
        if asked_as() and torch.allclose(mine[0], theirs, atol=2e-3):
            return "That is right in the course's own world, but you have one of your own: world(your name)."

    return explain
