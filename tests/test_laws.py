"""What guidance samples, where it can be solved by hand: Gaussians stay Gaussian all the way.

p(x) = N(0, 2), p(x | c) = N(0, 1). Guided by scale s along a cosine schedule, DDIM ends with variance 2^(1 - s) and
DDPM with (2 - 2^(2 - 2s)) / (2s - 1). The density p(x) p(c | x)^s that guidance is said to sample has 2 / (s + 1).
"""

import math

import pytest
import torch

from cfg_lessons.exact import Mixture, grid_sample
from cfg_lessons.guidance import guide, negative
from cfg_lessons.sampling import noise, sample
from cfg_lessons.schedules import Cosine

N = 20_000
WIDE, NARROW = (Mixture(torch.zeros(1, 2), [math.sqrt(variance)], [0], Cosine()) for variance in (2, 1))
LABELS = torch.zeros(N, dtype=torch.long)
LAWS = {  # options of the walk: the variance that scale s leaves
    "ddim": (dict(steps=200), lambda s: 2 ** (1 - s)),
    "ddpm": (dict(steps=400, eta=1.0), lambda s: (2 - 2 ** (2 - 2 * s)) / (2 * s - 1)),
}


def variance(x):
    """The mean square of points [N, 2] around 0; by chance alone it is off by 1 / sqrt(N), 0.7%."""
    return x.square().mean().item()


@pytest.mark.parametrize("way", LAWS)
@pytest.mark.parametrize("scale", [1.0, 2.0, 3.0])
def test_guided_gaussians_have_the_variance_that_the_walk_leaves_and_not_that_of_the_tilted_density(way, scale):
    options, law = LAWS[way]
    x = sample(guide(NARROW.denoiser, WIDE.denoiser, scale), Cosine(), noise(N, 2), LABELS, **options)
    assert variance(x) == pytest.approx(law(scale), rel=0.03)
    if scale > 1:
        assert variance(x) < 0.9 * 2 / (scale + 1)


@pytest.mark.parametrize("scale", [0.0, 1.0, 2.0, 3.0])
def test_the_tilted_density_of_two_gaussians_has_the_variance_of_its_formula(scale):
    def log_density(x):
        y = LABELS[:1].expand(len(x))
        return (1 - scale) * WIDE.log_prob(x, 0.0, y) + scale * NARROW.log_prob(x, 0.0, y)

    assert variance(grid_sample(log_density, N, limit=8.0)) == pytest.approx(2 / (scale + 1), rel=0.03)


@pytest.mark.parametrize("way", LAWS)
@pytest.mark.parametrize("scale", [0.0, 2.0, 3.0])
def test_a_negative_prompt_between_equal_gaussians_moves_every_point_by_the_same_way(way, scale):
    means, y = torch.tensor([[1.0, 0.5], [0.2, -0.4]]).double(), torch.zeros(100, dtype=torch.long)
    world, start = Mixture(means, [0.6, 0.6], [0, 1], Cosine()), noise(100, 2).double()
    plain, pushed = (
        sample(denoiser, Cosine(), start, y, **LAWS[way][0])
        for denoiser in (world.denoiser, negative(world.denoiser, 1, scale))
    )
    moved = pushed - plain
    torch.testing.assert_close(moved, moved[:1].expand(100, 2), rtol=0, atol=1e-10)
    torch.testing.assert_close(moved[0], (scale - 1) * (means[0] - means[1]), rtol=0.01, atol=0)
