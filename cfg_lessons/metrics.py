"""Measuring samples: how faithful, how diverse, how far from the truth."""

import math

import torch
from torch import Tensor


def sliced_wasserstein(a: Tensor, b: Tensor, directions: int = 64) -> float:
    """The 2-Wasserstein distance of point sets a, b [n, 2], averaged (in squares) over directions of the plane.

    In one dimension the best transport pairs the sorted points (Rabin et al. 2011). Two samples of one law are not
    at 0: compare with that floor, and only at equal n.
    """
    if a.shape != b.shape or a.ndim != 2 or a.shape[1] != 2:
        raise ValueError(f"expected two point sets [n, 2] of one size; got {list(a.shape)} and {list(b.shape)}")
    angle = torch.arange(directions) * math.pi / directions
    lines = torch.stack([angle.cos(), angle.sin()]).to(a)
    return ((a @ lines).sort(0).values - (b @ lines).sort(0).values).square().mean().sqrt().item()


def accuracy(judge, x: Tensor, y: Tensor) -> float:
    """The share of x [n, ...] that a judge (x -> logits [n, K]) reads as the label y [n] that was asked for."""
    with torch.no_grad():
        return (read(judge, x) == y).float().mean().item()


def read(judge, x: Tensor, batch: int = 1000) -> Tensor:
    """The label [n] that a judge (x -> logits [n, K]) sees in each of x [n, ...]."""
    with torch.no_grad():
        return torch.cat([judge(part).argmax(-1) for part in x.split(batch)])


def features(judge, x: Tensor, batch: int = 1000) -> Tensor:
    """The judge's features [n, F] of images x [n, ...]."""
    with torch.no_grad():
        return torch.cat([judge.features(part) for part in x.split(batch)])


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """The Frechet distance of Gaussians fitted to features a [n, F] and b [m, F] (FID, Heusel et al. 2017).

    |mean_a - mean_b|^2 + tr(A + B - 2 (A B)^(1/2)). It is biased upwards, more so for few samples: compare equal n.
    """
    if min(len(a), len(b)) <= a.shape[1]:
        raise ValueError(f"{min(len(a), len(b))} samples cannot fill {a.shape[1]} dimensions; draw more of them")
    a, b = a.double(), b.double()
    cov_a, cov_b = a.T.cov(), b.T.cov()
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()
    return ((a.mean(0) - b.mean(0)).square().sum() + cov_a.trace() + cov_b.trace() - 2 * cross).item()


def gaps(a: Tensor, b: Tensor) -> Tensor:
    """The distance of each of a [n, F] from each of b [m, F]: [n, m], and exactly 0 for equal points."""
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


def reach(x: Tensor, k: int) -> Tensor:
    """How far each of x [n, F] is from its k-th nearest neighbour among the others: [n]."""
    if not 0 < k < len(x):
        raise ValueError(f"{len(x)} samples have no {k} neighbours each; draw more of them, or take another k")
    if not x.isfinite().all():
        raise ValueError("the samples hold NaN or infinite values: they have no neighbours")
    return gaps(x, x).kthvalue(k + 1).values  # the nearest of all is the point itself


def precision_recall(real: Tensor, fake: Tensor, k: int = 3) -> tuple[float, float]:
    """Precision: the share of fake [m, F] that lies among real [n, F]; recall: the share of real among fake.

    "Among" means closer to one of the points than that point's k-th neighbour (Kynkaanniemi et al. 2019,
    arXiv 1904.06991). The one is fidelity, the other diversity; both depend on n and m: compare equal sizes.
    """
    real, fake = real.double(), fake.double()
    apart = gaps(real, fake)
    precision = (apart < reach(real, k)[:, None]).any(0).double().mean()
    recall = (apart < reach(fake, k)).any(1).double().mean()
    return precision.item(), recall.item()


def density_coverage(real: Tensor, fake: Tensor, k: int = 5) -> tuple[float, float]:
    """Density: how many real neighbourhoods hold a fake sample, over k; coverage: the share of them that hold one.

    They mend precision and recall, which one far outlier can flatter (Naeem et al. 2020, arXiv 2002.09797).
    Density may exceed 1: samples that crowd where data is densest.
    """
    real, fake = real.double(), fake.double()
    within = gaps(real, fake) < reach(real, k)[:, None]
    return within.double().sum(0).mean().item() / k, within.any(1).double().mean().item()


def spread(x: Tensor, y: Tensor) -> float:
    """The root mean square distance of x [n, ...] from the mean of its label y [n]: diversity within a class."""
    x = x.flatten(1).double()
    return torch.cat([x[y == k] - x[y == k].mean(0) for k in y.unique()]).square().sum(1).mean().sqrt().item()


def saturation(x: Tensor, limit: float = 1.0) -> float:
    """The share of values of x outside the data range [-limit, limit]."""
    return (x.abs() > limit).double().mean().item()
