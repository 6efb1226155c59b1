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
