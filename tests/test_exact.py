"""The exact worlds: every formula against another road to the same number."""

import pytest
import torch

from cfg_lessons.denoisers import NULL
from cfg_lessons.exact import Mixture
from cfg_lessons.schedules import Cosine

TIMES = [0.05, 0.5, 1.0, torch.linspace(0.02, 1, 16, dtype=torch.float64)]
each_time = pytest.mark.parametrize("t", TIMES, ids=["near data", "half way", "noise", "batch"])


def gradient(function, x):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(function(x).sum(), x)[0]


def priors(world):
    """p(label) [K]: components weigh the same."""
    return torch.bincount(world.labels).double() / len(world.labels)


@each_time
def test_the_exact_denoiser_is_the_gradient_of_the_exact_log_density(world, asked, t):
    x, y = asked
    _, sigma = world.schedule.at(t, x)
    score = gradient(lambda x: world.log_prob(x, t, y), x)
    torch.testing.assert_close(world.denoiser(x, t, y), -sigma * score, rtol=0, atol=1e-10)


@each_time
def test_the_exact_classifier_is_bayes_rule(world, asked, t):
    x, _ = asked
    null = torch.full((len(x),), NULL)
    joint = torch.stack([world.log_prob(x, t, null * 0 + k) + p.log() for k, p in enumerate(priors(world))], 1)
    posterior = (joint - world.log_prob(x, t, null)[:, None]).exp()
    torch.testing.assert_close(world.classifier(x, t).softmax(-1), posterior, rtol=0, atol=1e-10)


@each_time
def test_the_conditional_score_is_the_unconditional_one_plus_the_classifiers_gradient(world, asked, t):
    x, y = asked
    y = y.clamp(min=0)
    _, sigma = world.schedule.at(t, x)
    push = gradient(lambda x: world.classifier(x, t).log_softmax(-1).gather(1, y[:, None]), x)
    conditional, unconditional = (-world.denoiser(x, t, label) / sigma for label in (y, torch.full_like(y, NULL)))
    torch.testing.assert_close(conditional, unconditional + push, rtol=0, atol=1e-8)


@each_time
def test_noise_widens_a_gaussian_and_draws_it_to_the_middle(schedule, t):
    mean, std = torch.tensor([[1.0, -2.0]], dtype=torch.float64), 0.4
    x = torch.randn(16, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    alpha, sigma = schedule.at(t, x)
    law = torch.distributions.Normal(alpha * mean, ((alpha * std) ** 2 + sigma**2).sqrt())
    world = Mixture(mean, torch.tensor([std], dtype=torch.float64), [0], schedule)
    ours = world.log_prob(x, t, torch.zeros(16, dtype=torch.long))
    torch.testing.assert_close(ours, law.log_prob(x).sum(1), rtol=0, atol=1e-10)


@pytest.mark.parametrize("t", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("label", [NULL, 0, 1])
def test_densities_hold_a_probability_of_1(make_world, t, label):
    world = make_world(Cosine())
    dims = world.means.shape[1]
    line = torch.linspace(-8, 8, 180 if dims == 2 else 80, dtype=torch.float64)
    points = torch.cartesian_prod(*[line] * dims)
    y = torch.full((len(points),), label)
    parts = [world.log_prob(x, t, part).exp().sum() for x, part in zip(points.split(50_000), y.split(50_000))]
    assert sum(parts).item() * (line[1] - line[0]).item() ** dims == pytest.approx(1, abs=1e-5)


def test_samples_have_the_moments_and_labels_of_the_world(make_world):
    world = make_world(Cosine())
    x, y = world.sample(40_000, seed=3)
    torch.testing.assert_close(torch.bincount(y).double() / len(y), priors(world), rtol=0, atol=0.01)
    for label in range(len(priors(world))):
        means, stds, mine = world.means[world.labels == label], world.stds[world.labels == label], x[y == label]
        second = (means.square() + stds[:, None].square()).mean(0)
        torch.testing.assert_close(mine.mean(0), means.mean(0), rtol=0, atol=0.04)
        torch.testing.assert_close(mine.square().mean(0), second, rtol=0.05, atol=0.02)


def test_samples_follow_the_seed(make_world):
    world = make_world(Cosine())
    (x, y), (again, y_again), (other, _) = world.sample(50, seed=1), world.sample(50, seed=1), world.sample(50, seed=2)
    assert (x == again).all() and (y == y_again).all() and not (x == other).any()


def test_the_answer_follows_the_type_of_the_question(world, asked):
    (x, y), t = asked, 0.4
    torch.testing.assert_close(world.denoiser(x.float(), t, y), world.denoiser(x, t, y).float(), rtol=1e-3, atol=1e-4)
    assert world.log_prob(x.float(), t, y).dtype == world.classifier(x.float(), t).dtype == torch.float32
