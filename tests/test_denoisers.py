"""Denoisers: one currency, four things that a network may predict, and clean data as another way to say it."""

import pytest
import torch
from torch import nn

from cfg_lessons import data
from cfg_lessons.denoisers import NULL, TARGETS, LearnedDenoiser, as_eps, as_x0, clipped, to_eps, to_x0
from cfg_lessons.schedules import Cosine

LITERAL = {  # what each target means, written out
    "eps": lambda x0, eps, alpha, sigma: eps,
    "x0": lambda x0, eps, alpha, sigma: x0,
    "v": lambda x0, eps, alpha, sigma: alpha * eps - sigma * x0,
    "flow": lambda x0, eps, alpha, sigma: eps - x0,
}
PRECISION = {torch.float32: 1e-6, torch.float64: 1e-12}
each_target = pytest.mark.parametrize("target", LITERAL)


def test_there_are_four_targets():
    assert set(TARGETS) == set(LITERAL)


@each_target
@pytest.mark.parametrize("dtype", PRECISION)
@pytest.mark.parametrize(
    "t", [0.05, 0.5, 1.0, torch.linspace(0.05, 1, 64)], ids=["near data", "half way", "noise", "batch"]
)
def test_every_target_gives_back_the_noise_and_the_data_it_was_made_of(schedule, target, dtype, t):
    rng = torch.Generator().manual_seed(0)
    x0, eps = (torch.rand(2, 64, 1, 2, 2, generator=rng).to(dtype) * 2 - 1).unbind()
    alpha, sigma = schedule.at(t, x0)
    x = alpha * x0 + sigma * eps
    read = to_eps(LITERAL[target](x0, eps, alpha, sigma), x, alpha, sigma, target)
    # errors as they count in x: the data hides behind alpha, and the noise behind sigma
    assert (sigma * (read - eps)).abs().max() < PRECISION[dtype]
    assert (alpha * (to_x0(read, x, alpha, sigma) - x0)).abs().max() < PRECISION[dtype]


class Knows(nn.Module):
    """A network that knows the answer, and keeps what it was asked."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, x, t, y):
        self.t, self.y = t, y
        return self.answer


@each_target
@pytest.mark.parametrize(
    "t", [0.4, torch.tensor(0.4), torch.tensor([0.1, 0.4, 0.9, 1.0])], ids=["number", "single", "batch"]
)
def test_a_learned_denoiser_reads_the_noise_off_its_network(schedule, target, t):
    x0, eps = torch.randn(2, 4, 2, generator=torch.Generator().manual_seed(0)).unbind()
    y = torch.tensor([0, NULL, 2, 1])
    alpha, sigma = schedule.at(t, x0)
    model = LearnedDenoiser(Knows(LITERAL[target](x0, eps, alpha, sigma)), schedule, target)
    torch.testing.assert_close(model(schedule.add_noise(x0, t, eps), t, y), eps, rtol=0, atol=1e-5)
    torch.testing.assert_close(model.net.t, torch.as_tensor(t, dtype=torch.float32).expand(4))
    assert model.net.y is y


@pytest.fixture
def truth(world, asked):
    x, y = asked
    return world, x, y


@pytest.mark.parametrize("t", [0.3, torch.linspace(0.1, 1, 16, dtype=torch.float64)], ids=["number", "batch"])
def test_clean_data_and_noise_are_two_ways_to_say_the_same(truth, t):
    world, x, y = truth
    there_and_back = as_eps(as_x0(world.denoiser, world.schedule), world.schedule)
    torch.testing.assert_close(there_and_back(x, t, y), world.denoiser(x, t, y), rtol=0, atol=1e-10)


def test_clean_data_is_what_the_noise_leaves(truth):
    world, x, y = truth
    alpha, sigma = world.schedule.at(0.3, x)
    torch.testing.assert_close(
        alpha * as_x0(world.denoiser, world.schedule)(x, 0.3, y) + sigma * world.denoiser(x, 0.3, y), x
    )


def test_a_clipped_denoiser_keeps_its_clean_data_in_range_and_its_noise_in_step():
    world = data.triangle(Cosine())
    x = 4 * torch.randn(200, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    y = torch.arange(200) % 3
    free, bound = (
        as_x0(d, world.schedule)(x, 0.4, y)
        for d in (world.denoiser, clipped(world.denoiser, world.schedule, -0.9, 0.7))
    )
    assert (free > 0.7).any() and (free < -0.9).any()
    torch.testing.assert_close(bound, free.clamp(-0.9, 0.7), rtol=0, atol=1e-12)


def test_clipping_spans_minus_1_to_1_unless_told_otherwise():
    world, y = data.triangle(Cosine()), torch.zeros(2, dtype=torch.long)
    x = torch.tensor([[-9.0, -9.0], [9.0, 9.0]])
    torch.testing.assert_close(as_x0(clipped(world.denoiser, world.schedule), world.schedule)(x, 0.5, y), x.sign())
