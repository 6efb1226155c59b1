"""Metrics: against scipy, and on sets whose distance is known."""

import math

import numpy as np
import ot
import pytest
import torch
from prdc import compute_prdc
from scipy.linalg import sqrtm
from scipy.ndimage import variance
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree
from scipy.stats import wasserstein_distance

from cfg_lessons.metrics import (
    accuracy, density_coverage, features, frechet_distance, precision_recall, reach, read, saturation,
    sliced_wasserstein, spread,
)  # fmt: skip


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


def test_the_frechet_distance_of_two_samples_of_one_law_falls_with_their_size():
    def mean_distance(n):
        rng = torch.Generator().manual_seed(0)
        return np.mean([frechet_distance(*torch.randn(2, n, 6, generator=rng)) for _ in range(20)])

    few, some, many = mean_distance(25), mean_distance(100), mean_distance(400)
    # |mean_a - mean_b|^2 alone is 2 * 6 / n; the spreads, whose errors fall as fast, add to it
    assert few > 3 * some > 9 * many > 9 * 2 * 6 / 400


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


@pytest.mark.parametrize("n, directions", [(500, 64), (33, 7)])
def test_the_sliced_distance_is_that_of_pot_along_the_same_lines(n, directions):
    a, b = cloud(n, 2, 0).double(), cloud(n, 2, 1, spread=2).double()
    angle = np.arange(directions) * np.pi / directions
    lines = np.stack([np.cos(angle), np.sin(angle)])
    theirs = ot.sliced_wasserstein_distance(a.numpy(), b.numpy(), projections=lines, p=2)
    assert sliced_wasserstein(a, b, directions) == pytest.approx(theirs, rel=1e-6)


# ---- fidelity and diversity

SIZES = [(60, 60, 2), (30, 200, 2), (200, 30, 2), (150, 150, 128), (80, 120, 128)]
PAIRS = {  # real and fake samples that overlap in part
    "one law": lambda n, m, dims: (normal(n, dims, 0), normal(m, dims, 1)),
    "moved": lambda n, m, dims: (normal(n, dims, 0), normal(m, dims, 1) + 0.5),
    "too narrow": lambda n, m, dims: (normal(n, dims, 0), 0.5 * normal(m, dims, 1)),
    "too wide": lambda n, m, dims: (0.7 * normal(n, dims, 0), normal(m, dims, 1)),
}


def normal(n, dims, seed):
    return torch.randn(n, dims, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("n, m, dims", SIZES)
@pytest.mark.parametrize("k", [3, 5])
@pytest.mark.parametrize("make", PAIRS.values(), ids=PAIRS)
def test_precision_recall_density_and_coverage_are_those_of_their_authors(make, k, n, m, dims):
    real, fake = make(n, m, dims)
    theirs = compute_prdc(real.double().numpy(), fake.double().numpy(), nearest_k=k)
    assert precision_recall(real, fake, k) == pytest.approx((theirs["precision"], theirs["recall"]), abs=1e-12)
    assert density_coverage(real, fake, k) == pytest.approx((theirs["density"], theirs["coverage"]), abs=1e-12)


def test_unless_told_otherwise_precision_asks_3_neighbours_and_density_5():
    real, fake = normal(100, 2, 0), 0.7 * normal(100, 2, 1)
    assert precision_recall(real, fake) == precision_recall(real, fake, 3) != precision_recall(real, fake, 5)
    assert density_coverage(real, fake) == density_coverage(real, fake, 5) != density_coverage(real, fake, 3)


def test_fakes_in_one_of_two_heaps_are_precise_and_miss_half():
    heaps = torch.cat([normal(200, 2, 0), normal(200, 2, 1) + 100])
    precision, recall = precision_recall(heaps, normal(200, 2, 2))
    assert precision > 0.9 and 0.4 < recall <= 0.5
    precision, recall = precision_recall(normal(200, 2, 2), heaps)
    assert 0.4 < precision <= 0.5 and recall > 0.9
    assert 0.4 < density_coverage(heaps, normal(400, 2, 2))[1] <= 0.5


def test_one_far_outlier_flatters_precision_and_hardly_density():
    real, fake = torch.cat([normal(200, 2, 0), torch.full((1, 2), 40.0)]), normal(200, 2, 1) + torch.tensor([30.0, 20])
    assert precision_recall(real, fake)[0] > 0.95 and density_coverage(real, fake)[0] < 0.25


def test_the_reach_of_a_point_is_its_way_to_the_kth_of_the_others():
    x = normal(90, 3, 0).double()
    for k in (1, 4, 89):
        theirs, _ = cKDTree(x.numpy()).query(x.numpy(), k=[k + 1])
        torch.testing.assert_close(reach(x, k), torch.from_numpy(theirs[:, 0]), rtol=1e-6, atol=0)


def test_points_in_one_place_are_neighbours_at_no_distance():
    x = torch.tensor([0.0, 0, 0, 1, 1, 5]).double()[:, None]
    assert reach(x, 1).tolist() == [0, 0, 0, 0, 0, 4]
    assert reach(x, 2).tolist() == [0, 0, 0, 1, 1, 4]
    assert reach(x, 3).tolist() == [1, 1, 1, 1, 1, 5]


@pytest.mark.parametrize("shape", [(300, 2), (300, 1, 5, 5)])
def test_the_spread_is_the_root_of_the_variance_within_labels(shape):
    y = torch.arange(300) ** 2 % 7  # labels 0, 1, 2 and 4, not as many of each
    x = normal(300, math.prod(shape[1:]), 0).view(shape) * (1 + y).view(-1, *[1] * (len(shape) - 1)) + 10
    inside = [
        sum((y == k).sum().item() * variance(axis, y.numpy(), k.item()) for k in y.unique())
        for axis in x.flatten(1).double().numpy().T
    ]
    assert len(y.unique()) == 4
    assert spread(x, y) == pytest.approx(math.sqrt(sum(inside) / 300), rel=1e-9)


def test_where_a_class_lies_plays_no_part_in_its_spread():
    x, y = normal(100, 4, 0), torch.arange(100) % 2
    assert spread(x + 100 * y[:, None], y) == pytest.approx(spread(x, y), rel=1e-4)
    assert spread(y[:, None] * torch.ones(4), y) == 0


@pytest.mark.parametrize("limit", [1.0, 0.5])
def test_saturation_is_the_share_of_values_beyond_the_limit(limit):
    x = normal(50, 20, 0)
    x[0, :3] = torch.tensor([limit, -limit, 0])  # at the limit is still inside
    assert saturation(x, limit) == pytest.approx(np.mean((x.numpy() < -limit) | (limit < x.numpy())), abs=1e-12)
    assert saturation(torch.tensor([[1.0, -1.0, 1.01, -1.01]])) == 0.5


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


def test_points_said_twice_are_at_no_distance_from_each_other():
    a = cloud(60, 16, 0)
    twice = torch.cat([a, a])
    assert (reach(twice, 1) == 0).all() and (reach(twice, 2) > 0).all()


@pytest.mark.parametrize("k", [0, -1, 20])
def test_neighbours_that_cannot_be_are_refused(k):
    with pytest.raises(ValueError, match=f"20 samples have no {k} neighbours each"):
        reach(cloud(20, 2, 0), k)


def test_samples_that_are_no_numbers_have_no_neighbours():
    broken = cloud(20, 2, 0)
    broken[3] = float("nan")
    with pytest.raises(ValueError, match="NaN"):
        precision_recall(cloud(20, 2, 1), broken)
