"""Lesson 06, exercise "precision by hand": the check `precision`."""

import torch

from . import Check, dice, lend
from .reading import comparable, one, ways


def clouds():
    """Real points and samples in the plane, one real point far out; some samples lie on rays, so that any width shows."""
    rng = dice(3)
    real, fake = torch.randn(60, 2, generator=rng), 0.7 * torch.randn(80, 2, generator=rng) + torch.tensor([0.8, 0.0])
    rays = torch.arange(0, 14, 0.35)[:, None, None] * torch.tensor([[-0.2, 1.0], [-1.0, 0.3], [0.1, -1.0]])
    return torch.cat([real, torch.tensor([[4.0, 4.0]])]), torch.cat([fake, rays.flatten(0, 1)])


def ask_precision(precision):
    """Two sizes of neighbourhood; samples that lie where data is; samples that lie nowhere near."""
    real, fake = clouds()
    asks = (fake, 3), (fake, 1), (real[:20] + 1e-3, 2), (fake[:20] + 50, 3)
    return [one(lend(precision, real=real, fake=samples, k=k), "the share of the samples, a mean over them") for samples, k in asks]


def radius(x, k):
    """How far each of x [n, 2] is from its k-th neighbour, itself not counted."""
    return torch.cdist(x, x).sort(1).values[:, k]


def inside(real, fake, k):
    """Which samples lie in which real neighbourhoods: [n, m]."""
    return torch.cdist(real, fake) < radius(real, k)[:, None]


def discs(width, small=torch.Tensor.__lt__):
    """A candidate: the share of samples in a disc around a real point, of the radius width(real, fake, k) [n]."""
    return lambda real, fake, k: small(torch.cdist(real, fake), width(real, fake, k)[:, None]).any(0).double().mean().item()


def nearest_disc(real, fake, k):
    """The mistake of asking the nearest real point only."""
    near = torch.cdist(fake, real).min(1)
    return (near.values < radius(real, k)[near.indices]).double().mean().item()


def explain_precision(mine, right):
    """Shares that are none; what must be 1 and 0; k; too many or too few."""
    if not comparable(mine, right):
        return None
    if min(mine) < 0 or max(mine) > 1:
        return f"A share lies between 0 and 1; yours is {max(mine, key=abs):.3g}. Count each sample once, and divide by the number of samples."
    if mine[3] > 0:
        return f"Samples 50 away from all data count in yours: {mine[3]:.0%} of them. A sample counts only if it lies inside the disc of a real point."
    if mine[0] == mine[1] and 0 < mine[0] < 1:
        return "k plays no part: a disc reaches to the k-th neighbour of its real point, so a larger k makes all discs wider."
    if all(a <= b for a, b in zip(mine, right)):
        return "Too few samples count in yours. Look at the discs of all real points, and let each reach to the k-th nearest of the other real points."
    if any(a < b for a, b in zip(mine, right)):
        return "Now too many samples count in yours, now too few. Each disc has a radius of its own, measured among the real points alone: to the k-th neighbour."
    return "Too many samples count in yours. A disc reaches only to the k-th nearest of the other real points, and a sample must lie inside one."


precision = Check(
    ask_precision,
    explain=explain_precision,
    solution=lambda real, fake, k: inside(real, fake, k).any(0).double().mean().item(),
    mistakes={
        "That is recall: the share of real points that lie among the samples. Draw the discs around the real points.":
            lambda real, fake, k: inside(fake, real, k).any(0).double().mean().item(),
        "That is coverage: the share of discs that hold a sample. Precision counts samples, not discs: any over the other axis.":
            lambda real, fake, k: inside(real, fake, k).any(1).double().mean().item(),
        "The discs are too small: each point is its own nearest neighbour, so the k-th among the others comes one place later.":
            lambda real, fake, k: (torch.cdist(real, fake) < radius(real, k - 1)[:, None]).any(0).double().mean().item(),
        "The discs are around the right points, but as wide as the samples are sparse. The radii come from the real points too.":
            lambda real, fake, k: (torch.cdist(fake, real) < radius(fake, k)[:, None]).any(1).double().mean().item(),
        "A sample must lie in one disc, not in all of them: any, not all.":
            lambda real, fake, k: inside(real, fake, k).all(0).double().mean().item(),
        "You took the mean over all pairs of disc and sample. First ask for each sample whether any disc holds it, then take the mean.":
            lambda real, fake, k: inside(real, fake, k).double().mean().item(),
        "You counted discs per sample over k: that is density, and it can exceed 1. A sample in five discs counts once.":
            lambda real, fake, k: inside(real, fake, k).double().sum(0).mean().item() / k,
        "One radius for all: where data is dense your discs are too wide, where it is sparse too small. Each point has its own.":
            discs(lambda real, fake, k: radius(real, k).mean().expand(len(real))),
        **ways("One radius for all, {}: where data is dense your discs are too wide, where it is sparse too small. Each point has its own.", {
            "the middle one": discs(lambda real, fake, k: radius(real, k).median().expand(len(real))),
            "the largest": discs(lambda real, fake, k: radius(real, k).max().expand(len(real))),
            "the smallest": discs(lambda real, fake, k: radius(real, k).min().expand(len(real))),
        }),
        **ways("Your radius is the distance to {}. A disc is as wide as the data is sparse: measure to the k-th neighbour among the real points.", {
            "the k-th nearest sample": discs(lambda real, fake, k: torch.cdist(real, fake).sort(1).values[:, k - 1]),
            "the sample at place k, counted from 0": discs(lambda real, fake, k: torch.cdist(real, fake).sort(1).values[:, k]),
        }),
        "Only the disc of the nearest real point is asked. A disc further away can be wider and hold the sample: ask all discs.": nearest_disc,
        "Your discs reach to one of the farthest real points: topk takes the largest unless told largest=False. You want the nearest ones.": discs(lambda real, fake, k: torch.cdist(real, real).topk(k, 1).values[:, -1]),
        "The discs are too wide by one neighbour: place 0 is the point itself, so the k-th neighbour stands at place k.": discs(lambda real, fake, k: radius(real, k + 1)),
        "Your radius is the mean distance to the k neighbours. It is the distance to the last of them, the k-th.": discs(lambda real, fake, k: torch.cdist(real, real).sort(1).values[:, 1 : k + 1].mean(1)),
        "Your radius is the sum of the distances to the k neighbours. It is the distance to the last of them, the k-th.": discs(lambda real, fake, k: torch.cdist(real, real).sort(1).values[:, 1 : k + 1].sum(1)),
        "You always use 3 neighbours. How many, k says.": discs(lambda real, fake, k: radius(real, 3)),
        "Squares are compared with distances: square both, or neither.": discs(lambda real, fake, k: radius(real, k), lambda d, r: d**2 < r),
        "You counted the samples outside all discs. Precision is the share inside.": lambda real, fake, k: 1 - inside(real, fake, k).any(0).double().mean().item(),
        "That is how many samples lie in a disc. Asked is the share: the mean.": lambda real, fake, k: inside(real, fake, k).any(0).sum().item(),
        "You divided by the number of real points. Precision is a share of the samples: divide by theirs.": lambda real, fake, k: inside(real, fake, k).any(0).sum().item() / len(real),
    },
    hints=[
        "Two steps: how wide is the disc around each real point, and which samples fall into at least one disc?",
        "torch.cdist(real, real) sorted along a row starts with 0, the point itself; place k is the k-th neighbour.",
        "torch.cdist(real, fake) < radius[:, None] is [real, fake]; any(0) asks for each sample; then the mean.",
    ],
)  # fmt: skip
