"""Schedules: the share of signal, the share of noise, and the chain of Ho et al. as a schedule."""

import math

import pytest
import torch
from scipy.integrate import quad

from cfg_lessons.schedules import Cosine, Discrete, Linear, Straight, ddpm

VARIANCE_PRESERVING = [Cosine(), Linear(), ddpm()]


@pytest.fixture(params=[1, 2, 10, 300, 1000, 4000], ids="T={}".format)
def chain(request):
    """A chain with betas in no particular order."""
    return Discrete(0.001 + 0.019 * torch.rand(request.param, generator=torch.Generator().manual_seed(0)).double())


def on_the_grid(chain, dtype=torch.float64):
    return ((torch.arange(len(chain.betas), dtype=torch.float64) + 1) / len(chain.betas)).to(dtype)


def fine(schedule):
    """Falling-in-signal times at which the schedule takes different values."""
    return torch.linspace(0, 1, 1001, dtype=torch.float64)


def test_at_time_0_there_is_only_data(schedule):
    t = torch.zeros((), dtype=torch.float64)
    assert schedule.alpha(t) == 1 and schedule.sigma(t) == 0


def test_at_time_1_there_is_almost_only_noise_but_some_signal(schedule):
    t = torch.ones((), dtype=torch.float64)
    assert 0 < schedule.alpha(t) < 0.007
    assert 0.999 <= schedule.sigma(t) <= 1


def test_the_signal_to_noise_ratio_falls_all_the_way(schedule):
    snr = schedule.snr(fine(schedule))
    assert snr[0] == math.inf and (snr[1:].diff() < 0).all()


def test_the_signal_to_noise_ratio_takes_plain_numbers(schedule):
    assert schedule.snr(0) == math.inf
    assert schedule.snr(1) == pytest.approx(schedule.snr(torch.tensor(1.0, dtype=torch.float64)).item(), rel=1e-4)


@pytest.mark.parametrize("preserving", VARIANCE_PRESERVING, ids=lambda s: type(s).__name__)
def test_variance_preserving_schedules_have_squares_that_sum_to_1(preserving):
    t = fine(preserving)
    torch.testing.assert_close(
        preserving.alpha(t) ** 2 + preserving.sigma(t) ** 2, torch.ones_like(t), atol=1e-14, rtol=0
    )


def test_the_straight_schedule_is_a_straight_line_just_short_of_1():
    t = fine(Straight())
    torch.testing.assert_close(Straight().alpha(t), 1 - 0.999 * t, atol=1e-15, rtol=0)
    torch.testing.assert_close(Straight().sigma(t), 0.999 * t, atol=1e-15, rtol=0)


def test_the_cosine_schedule_is_a_quarter_circle_just_short_of_1():
    t = fine(Cosine())
    angle = torch.atan2(Cosine().sigma(t), Cosine().alpha(t))
    torch.testing.assert_close(angle, 0.999 * math.pi / 2 * t, atol=1e-14, rtol=0)


@pytest.mark.parametrize("t", [0.001, 0.3, 1.0])
def test_the_linear_schedule_collects_a_beta_that_grows_from_a_tenth_to_20(t):
    collected, _ = quad(lambda s: 0.1 + (20 - 0.1) * s, 0, t)
    assert Linear().alpha(torch.tensor(t, dtype=torch.float64)).item() == pytest.approx(
        math.exp(-collected / 2), rel=1e-12
    )


def test_float32_times_near_0_lose_no_digits(schedule):
    t = torch.logspace(-6, -2, 50) if not isinstance(schedule, Discrete) else torch.arange(1, 20) / 1000
    for of in (schedule.alpha, schedule.sigma):
        torch.testing.assert_close(of(t).double(), of(t.double()), rtol=1e-6, atol=0)


@pytest.mark.parametrize("shape", [(2,), (1, 4, 4)], ids=["2D", "4D"])
class TestAddNoise:
    @pytest.fixture
    def batch(self, shape):
        rng = torch.Generator().manual_seed(0)
        return torch.randn(5, *shape, generator=rng), torch.randn(5, *shape, generator=rng)

    @pytest.mark.parametrize(
        "t", [0.4, torch.tensor(0.4), torch.tensor(0.4, dtype=torch.float64)], ids=["number", "single", "double"]
    )
    def test_one_time_serves_every_sample(self, schedule, batch, t):
        x0, eps = batch
        alpha, sigma = schedule.alpha(torch.tensor(0.4)).item(), schedule.sigma(torch.tensor(0.4)).item()
        torch.testing.assert_close(schedule.add_noise(x0, t, eps), alpha * x0 + sigma * eps, rtol=1e-5, atol=1e-6)

    def test_a_time_for_each_sample_is_as_good_as_one_after_the_other(self, schedule, batch):
        (x0, eps), t = batch, torch.tensor([0, 0.1, 0.5, 0.9, 1])
        each = [schedule.add_noise(x0[i : i + 1], t[i], eps[i : i + 1]) for i in range(5)]
        torch.testing.assert_close(schedule.add_noise(x0, t, eps), torch.cat(each), rtol=1e-5, atol=1e-6)

    def test_at_gives_shapes_that_multiply_x(self, schedule, batch, shape):
        x0, _ = batch
        assert [part.shape for part in schedule.at(0.3, x0)] == [(), ()]
        assert [part.shape for part in schedule.at(torch.full((5,), 0.3), x0)] == [(5,) + (1,) * len(shape)] * 2

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_noisy_data_keeps_the_type_of_the_data(self, schedule, batch, dtype):
        x0, eps = (part.to(dtype) for part in batch)
        for t in (0.3, torch.tensor(0.3, dtype=torch.float64), torch.full((5,), 0.3, dtype=torch.float64)):
            assert schedule.add_noise(x0, t, eps).dtype == dtype


def test_noisy_data_has_the_mean_and_spread_of_the_schedule(schedule):
    eps = torch.randn(200_000, 1, generator=torch.Generator().manual_seed(0))
    x = schedule.add_noise(torch.full_like(eps, 3.0), 0.6, eps)
    t = torch.tensor(0.6, dtype=torch.float64)
    assert x.mean().item() == pytest.approx(3 * schedule.alpha(t).item(), abs=0.01)
    assert x.std().item() == pytest.approx(schedule.sigma(t).item(), rel=0.01)


def test_discrete_has_the_mean_and_variance_of_its_literal_chain(chain):
    mean, variance, means, variances = 1.0, 0.0, [], []
    for beta in chain.betas.tolist():  # x <- sqrt(1 - beta) x + sqrt(beta) noise
        mean, variance = math.sqrt(1 - beta) * mean, (1 - beta) * variance + beta
        means.append(mean), variances.append(variance)
    t = on_the_grid(chain)
    torch.testing.assert_close(chain.alpha(t), torch.tensor(means, dtype=torch.float64), rtol=1e-11, atol=0)
    torch.testing.assert_close(chain.sigma(t) ** 2, torch.tensor(variances, dtype=torch.float64), rtol=1e-11, atol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_discrete_finds_every_step_of_its_grid(chain, dtype):
    exact = (1 - chain.betas).cumprod(0).sqrt().to(dtype)
    t = on_the_grid(chain, dtype)
    assert (chain.alpha(t) == exact).all()
    assert all(chain.alpha(one) == value for one, value in zip(t[::37], exact[::37]))


def test_between_two_steps_of_a_chain_the_nearest_one_answers():
    chain, t = ddpm(), torch.tensor([0.5003, 0.4997], dtype=torch.float64)
    assert (chain.alpha(t) == chain.alpha(torch.tensor(0.5, dtype=torch.float64))).all()


def test_continuous_times_fall_evenly_from_1_to_0(schedule):
    torch.testing.assert_close(
        schedule.times(4), torch.tensor([1, 0.75, 0.5, 0.25, 0], dtype=torch.float64), atol=1e-15, rtol=0
    )
    torch.testing.assert_close(
        schedule.times([0.8, 0.3, 0]), torch.tensor([0.8, 0.3, 0], dtype=torch.float64), atol=1e-15, rtol=0
    )


@pytest.mark.parametrize("steps", [1, 3, 7, 50, 333, 999, 1000])
def test_a_walk_down_a_chain_visits_its_steps_as_evenly_as_it_can(steps):
    step = ddpm().times(steps) * 1000
    torch.testing.assert_close(step, step.round(), atol=1e-9, rtol=0)
    gaps = -step.diff()
    assert len(step) == steps + 1 and step[0] == 1000 and step[-1] == 0
    assert gaps.min() > 0.5 and gaps.round().max() <= 1000 // steps + 1


def test_ddpm_has_the_numbers_of_ho_et_al():
    chain = ddpm()
    assert len(chain.betas) == 1000
    assert chain.betas[0] == pytest.approx(1e-4) and chain.betas[-1] == pytest.approx(0.02)
    assert chain.alpha(torch.ones((), dtype=torch.float64)).item() ** 2 == pytest.approx(4.04e-5, abs=0.005e-5)


def test_a_shorter_ddpm_makes_up_for_it_with_larger_betas():
    torch.testing.assert_close(ddpm(100).betas[[0, -1]], torch.tensor([1e-3, 0.2], dtype=torch.float64))
