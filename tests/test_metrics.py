"""Metrics: against scipy, and on sets whose distance is known."""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from scipy.optimize import linear_sum_assignment
from scipy.stats import wasserstein_distance

from cfg_lessons.metrics import accuracy, features, frechet_distance, read, sliced_wasserstein


def cloud(n, dims, seed, spread=1.0):
    """Points with correlated coordinates."""
    rng = torch.Generator().manual_seed(seed)
    mix = torch.randn(dims, dims, generator=rng)
    return spread * torch.randn(n, dims, generator=rng) @ mix + torch.randn(dims, generator=rng)


@pytest.mark.parametrize("n, m", [(300, 300), (40, 500)])
def test_the_frechet_distance_is_its_formula_with_the_matrix_root_of_scipy(n, m):
    a, b = cloud(n, 8, 0), cloud(m, 8, 1, spread=2)
    cov_a, cov_b = np.cov(a.double().numpy().T), np.cov(b.double().numpy().T)
    gap = (a.double().mean(0) - b.double().mean(0)).square().sum().item()
    expected = gap + np.trace(cov_a + cov_b - 2 * sqrtm(cov_a @ cov_b).real)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-8)


def test_the_frechet_distance_of_moved_points_is_the_square_of_the_way():
    a = cloud(200, 5, 0)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-8)
    assert frechet_distance(a, a + torch.tensor([3.0, 4, 0, 0, 0])) == pytest.approx(25, rel=1e-5)


def test_features_said_twice_double_the_frechet_distance():
    a, b = cloud(50, 12, 0), cloud(50, 12, 1)  # half of the directions do not vary, up to rounding
    twice = frechet_distance(torch.cat([a, a], 1), torch.cat([b, b], 1))
    assert twice == pytest.approx(2 * frechet_distance(a, b), rel=1e-6)


def test_the_sliced_distance_is_the_mean_of_best_transports_along_lines():
    a, b = cloud(60, 2, 0).double(), cloud(60, 2, 1).double()
    squares = []
    for k in range(16):
        line = torch.tensor([np.cos(np.pi * k / 16), np.sin(np.pi * k / 16)])
        cost = (a @ line)[:, None].sub((b @ line)[None]).square().numpy()
        squares.append(cost[linear_sum_assignment(cost)].mean())
    assert sliced_wasserstein(a, b, directions=16) == pytest.approx(np.sqrt(np.mean(squares)), rel=1e-6)


def test_the_sliced_distance_of_points_moved_one_way_is_that_of_scipy_along_the_line():
    a = cloud(100, 2, 0)
    b = a + torch.tensor([1.5, 0.0])
    along = wasserstein_distance(a[:, 0].numpy(), b[:, 0].numpy())  # 1.5; other lines see its cosine
    assert sliced_wasserstein(a, b) == pytest.approx(along / np.sqrt(2), rel=1e-5)


def test_the_sliced_distance_does_not_mind_the_order_of_the_points():
    a = cloud(100, 2, 0)
    assert sliced_wasserstein(a, a.flip(0)) == pytest.approx(0, abs=1e-6)


class Judge(torch.nn.Module):
    """Reads the label off the largest entry."""

    def features(self, x):
        return 2 * x

    def forward(self, x):
        return self.features(x)


def test_a_judge_reads_features_and_labels_and_is_right_as_often_as_it_says():
    y = torch.arange(2500) % 4
    x = torch.nn.functional.one_hot(y, 4).float().requires_grad_()
    wrong = torch.where(torch.arange(2500) < 500, (y + 1) % 4, y)
    assert (read(Judge(), x) == y).all()
    assert accuracy(Judge(), x, wrong) == pytest.approx(0.8)
    assert torch.equal(features(Judge(), x), 2 * x) and not features(Judge(), x).requires_grad


@pytest.mark.parametrize("a, b", [((10, 2), (11, 2)), ((10, 3), (10, 3)), ((10,), (10,))])
def test_the_sliced_distance_refuses_what_it_cannot_compare(a, b):
    with pytest.raises(ValueError, match="expected two point sets"):
        sliced_wasserstein(torch.zeros(a), torch.zeros(b))


def test_the_frechet_distance_asks_for_more_samples_than_dimensions():
    with pytest.raises(ValueError, match="8 samples cannot fill 8 dimensions"):
        frechet_distance(torch.zeros(8, 8), torch.zeros(20, 8))
