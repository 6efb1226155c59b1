"""The exact worlds: every formula against another road to the same number."""

import itertools
import math

import pytest
import torch

from cfg_lessons import data
from cfg_lessons.denoisers import NULL
from cfg_lessons.exact import Mixture, grid_sample
from cfg_lessons.guidance import cfg, classifier_guidance, log_likelihood
from cfg_lessons.sampling import noise
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


# ---- two attributes


def tagged(schedule):
    """Seven Gaussians of different widths in three dimensions, with two labels each; some pairs are missing."""
    means = torch.randn(7, 3, generator=torch.Generator().manual_seed(2))
    labels = [[0, 0], [0, 1], [1, 0], [1, 2], [1, 2], [2, 1], [0, 0]]
    return Mixture(means, [0.2, 0.5, 0.3, 0.7, 0.4, 1.1, 0.6], labels, schedule)


@pytest.fixture(params=[data.quilt, tagged], ids=["quilt", "tagged"])
def pair_world(request, schedule):
    """Every world of two attributes under every schedule."""
    return request.param(schedule)


def fitting(world, wish):
    """The numbers of the components that have the labels of a wish, one by one; what is NULL may be anything."""
    return [i for i, own in enumerate(world.labels.tolist()) if all(w in (NULL, o) for w, o in zip(wish, own))]


@pytest.fixture
def wishes(pair_world):
    """A point for every wish [y0, y1], NULL among them, that some component fits: x [B, 3 or 2], y [B, 2]."""
    y = [wish for wish in itertools.product([NULL, 0, 1, 2], repeat=2) if fitting(pair_world, wish)]
    x = torch.randn(len(y), pair_world.means.shape[1], generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    return 1.5 * x, torch.tensor(y)


def by_hand(world, x, t, wish):
    """log p_t(x | wish) of one point x [D] and the eps that its clean data, expected given x, implies."""
    alpha, sigma = (part.item() for part in world.schedule.at(t, x[None]))
    likely, clean = [], []
    for i in fitting(world, wish):
        mean, std = world.means[i].double(), world.stds[i].item()
        var = (alpha * std) ** 2 + sigma**2
        likely.append(torch.distributions.Normal(alpha * mean, math.sqrt(var)).log_prob(x).sum().exp().item())
        clean.append(mean + alpha * std**2 / var * (x - alpha * mean))
    expected = sum(weight * part for weight, part in zip(likely, clean)) / sum(likely)
    return math.log(sum(likely) / len(likely)), (x - alpha * expected) / sigma


def test_a_wish_admits_the_components_that_have_its_labels(pair_world, wishes):
    x, y = wishes
    admitted = [mask.nonzero()[:, 0].tolist() for mask in pair_world.allowed(y, x)]
    assert admitted == [fitting(pair_world, wish) for wish in y.tolist()]


@pytest.mark.parametrize("t", [0.2, 0.6, 1.0])
def test_density_and_denoiser_of_two_attributes_are_those_of_the_components_one_by_one(pair_world, wishes, t):
    x, y = wishes
    logp, eps = zip(*[by_hand(pair_world, point, t, wish) for point, wish in zip(x, y.tolist())])
    torch.testing.assert_close(pair_world.log_prob(x, t, y), torch.tensor(logp, dtype=x.dtype), rtol=0, atol=1e-10)
    torch.testing.assert_close(pair_world.denoiser(x, t, y), torch.stack(eps), rtol=0, atol=1e-10)


def test_times_for_each_sample_meet_their_own_wish(pair_world, wishes):
    (x, y), t = wishes, torch.linspace(0.1, 1, len(wishes[0]), dtype=torch.float64)
    for ask in (pair_world.denoiser, pair_world.log_prob):
        alone = torch.cat([ask(x[i : i + 1], t[i], y[i : i + 1]) for i in range(len(x))])
        torch.testing.assert_close(ask(x, t, y), alone, rtol=0, atol=1e-10)


def test_null_in_both_columns_is_everything(pair_world, wishes):
    x, y = wishes
    nothing = torch.full_like(y, NULL)
    everything = Mixture(pair_world.means, pair_world.stds, [0] * len(pair_world.means), pair_world.schedule)
    assert pair_world.allowed(nothing, x).all()
    assert (pair_world.log_prob(x, 0.4, nothing) == everything.log_prob(x, 0.4, nothing[:, 0])).all()
    assert (pair_world.denoiser(x, 0.4, nothing) == everything.denoiser(x, 0.4, nothing[:, 0])).all()


@pytest.mark.parametrize("i", [0, 1])
def test_an_attribute_alone_is_the_wish_that_leaves_the_other_open(pair_world, wishes, i):
    (x, y), alone = wishes, pair_world.attribute(i)
    open_wish = torch.where(torch.arange(2) == i, y, NULL)
    for ask in (Mixture.log_prob, Mixture.denoiser):
        assert (ask(alone, x, 0.4, y[:, i]) == ask(pair_world, x, 0.4, open_wish)).all()
    points, labels = pair_world.sample(50)
    assert (alone.sample(50)[0] == points).all() and (alone.sample(50)[1] == labels[:, i]).all()


def test_a_classifier_must_know_which_attribute_is_meant(pair_world, wishes):
    with pytest.raises(ValueError, match=r"which attribute should be classified\? Ask world.attribute\(i\).classifier"):
        pair_world.classifier(wishes[0], 0.5)


def test_the_two_attributes_of_the_quilt_cross():
    world = data.quilt(Cosine())
    across, down = (world.means / world.means.max()).round().long().add(1).T  # 0, 1, 2 from left, and from below
    assert (world.labels[:, 1] == across).all()
    for other in (across, down, world.labels[:, 1]):  # each colour once with each
        assert len(set(zip(world.labels[:, 0].tolist(), other.tolist()))) == 9


# ---- any condition


@each_time
def test_the_world_without_a_label_is_what_bayes_rule_leaves(world, asked, t):
    x, y = asked
    p = priors(world)[1]
    rest = world.only(world.labels != 1)
    whole, taken = (world.log_prob(x, t, torch.full_like(y, label)).exp() for label in (NULL, 1))
    left = (whole - p * taken) / (1 - p)
    ours = rest.log_prob(x, t, torch.full_like(y, NULL)).exp()
    torch.testing.assert_close(ours, left, rtol=0, atol=1e-10)
    assert rest.schedule is world.schedule and (rest.labels == world.labels[world.labels != 1]).all()


def test_one_label_or_another_is_a_world_too():
    world = data.quilt(Cosine())
    x = torch.randn(30, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    either = world.only((world.labels[:, 0] == 0) | (world.labels[:, 1] == 2))  # 3 + 3 - 1 of 9 patches

    def p(*wish):
        return world.log_prob(x, 0.4, torch.tensor(wish).expand(30, 2)).exp()

    ours = either.log_prob(x, 0.4, torch.full((30, 2), NULL)).exp()
    torch.testing.assert_close(ours, (3 * p(0, NULL) + 3 * p(NULL, 2) - p(0, 2)) / 5, rtol=0, atol=1e-12)


# ---- tilted densities


@pytest.mark.parametrize("scale", [0, 0.5, 1, 3])
@each_time
def test_a_tilted_density_is_that_of_the_points_times_a_power_of_the_label_given_the_point(world, asked, t, scale):
    x, y = asked
    y = y.clamp(min=0)
    powered = world.log_prob(x, t, torch.full_like(y, NULL)) + scale * log_likelihood(world.classifier, x, t, y)
    constant = scale * priors(world)[y].log()  # p(y), which the sentence leaves out
    torch.testing.assert_close(world.tilted(x, y, scale, t), powered - constant, rtol=0, atol=1e-9)


def test_two_attributes_tilt_together():
    world, scale = data.quilt(Cosine()), 2.5
    x = torch.randn(30, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    y = torch.tensor([1, NULL]).expand(30, 2)
    torch.testing.assert_close(world.tilted(x, y, scale), world.attribute(0).tilted(x, y[:, 0], scale))
    nothing = torch.full_like(y, NULL)
    torch.testing.assert_close(world.tilted(x, nothing, scale), world.log_prob(x, 0.0, nothing))


# ---- points of any density in the plane


def test_grid_samples_of_a_gaussian_have_its_moments():
    mean, cov = torch.tensor([0.6, -0.9]), torch.tensor([[0.5, 0.3], [0.3, 0.4]])
    law = torch.distributions.MultivariateNormal(mean, cov)
    n = 100_000
    x = grid_sample(lambda x: law.log_prob(x) + 12.0, n)  # up to a constant
    assert x.shape == (n, 2)
    assert ((x.mean(0) - mean).abs() < 4 * (cov.diagonal() / n).sqrt()).all()
    error = ((cov.diagonal()[:, None] * cov.diagonal() + cov**2) / n).sqrt()
    assert ((x.T.cov() - cov).abs() < 4 * error).all()


def test_grid_samples_share_themselves_out_between_two_bumps():
    law = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(torch.tensor([0.7, 0.3])),
        torch.distributions.Independent(torch.distributions.Normal(torch.tensor([[-2.0, 1], [1, -2]]), 0.3), 1),
    )
    n, x = 20_000, grid_sample(law.log_prob, 20_000, cells=100)
    upper = x[:, 1] > -0.5
    assert abs(upper.double().mean() - 0.7) < 4 * math.sqrt(0.7 * 0.3 / n)
    for bump, mean in ((x[upper], [-2.0, 1]), (x[~upper], [1.0, -2])):
        assert ((bump.mean(0) - torch.tensor(mean)).abs() < 4 * 0.3 / math.sqrt(len(bump))).all()
        assert (bump.std(0) / 0.3 - 1).abs().max() < 4 / math.sqrt(2 * len(bump))


def test_grid_samples_fill_their_cells_and_stay_in_the_square():
    x = grid_sample(lambda x: torch.zeros(len(x)), 40_000, limit=2.0, cells=4)
    assert x.abs().max() < 2.0
    corners = torch.cartesian_prod(torch.arange(8), torch.arange(8)).unique(dim=0)
    halves, counts = ((x + 2) * 2).floor().long().unique(dim=0, return_counts=True)  # the quarters of the 16 cells
    assert (halves == corners).all() and (counts / 625 - 1).abs().max() < 4 / math.sqrt(625)


def test_grid_samples_follow_the_seed():
    def draw(**options):
        return grid_sample(lambda x: -x.square().sum(1), 100, cells=50, **options)

    assert draw().equal(draw(seed=0)) and not (draw(seed=1) == draw()).any()


def test_a_part_of_a_world_keeps_the_labels_it_had():
    part = data.triangle(Cosine()).only(torch.tensor([False, True, True]))
    x, y = noise(6, 2).double(), torch.tensor([1, 2, 1, 2, 1, NULL])
    assert (part.classifier(x, 0.0).softmax(-1)[:, 0] == 0).all()
    by_classifier = classifier_guidance(part.denoiser, part.classifier, part.schedule, 3.0)(x, 0.4, y)
    torch.testing.assert_close(by_classifier, cfg(part.denoiser, 3.0)(x, 0.4, y), rtol=0, atol=1e-12)
