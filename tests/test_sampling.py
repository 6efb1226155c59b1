"""Sampling: the step against the textbooks, and whole walks against the stock schedulers of diffusers."""

import math

import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler

from cfg_lessons import data
from cfg_lessons.denoisers import NULL, clipped
from cfg_lessons.metrics import sliced_wasserstein
from cfg_lessons.sampling import Counted, noise, sample, step, walk
from cfg_lessons.schedules import Cosine, Discrete, Straight, ddpm

BETAS = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)  # Ho et al. 2020
ALPHA_BAR = (1 - BETAS).cumprod(0)
each_count = pytest.mark.parametrize("steps", [1, 2, 7, 50, 333, 1000])


def jumps(steps):
    """The (from, to) numbers of noising steps along a walk down the chain of 1000; 0 is clean data."""
    visited = [round(1000 * (1 - k / steps)) for k in range(steps + 1)]
    return zip(visited, visited[1:])


def bar(i):
    """The textbooks' alpha bar after i noising steps."""
    return ALPHA_BAR[i - 1].item() if i else 1.0


def ours(x, eps, i, j, eta):
    """Mean and standard deviation of our step from i to j noising steps."""
    now, then = ddpm().at(i / 1000, x), ddpm().at(j / 1000, x)
    mean = step(x, eps, now, then, eta)
    return mean, step(x * 0, eps * 0, now, then, eta, torch.ones_like(x))[0, 0].item()


@pytest.fixture
def pair():
    """A noisy point and a believed noise, in single precision."""
    return torch.randn(2, 8, 2, generator=torch.Generator().manual_seed(0)).unbind()


@each_count
def test_a_step_with_eta_1_is_the_textbook_posterior(pair, steps):
    x, eps = pair
    for i, j in jumps(steps):
        alpha = bar(i) / bar(j)  # of this stretch of the chain; 1 - beta_i where it is one step
        x0 = (x.double() - math.sqrt(1 - bar(i)) * eps.double()) / math.sqrt(bar(i))
        mean = (
            math.sqrt(bar(j)) * (1 - alpha) / (1 - bar(i)) * x0
            + math.sqrt(alpha) * (1 - bar(j)) / (1 - bar(i)) * x.double()
        )
        std = math.sqrt((1 - bar(j)) / (1 - bar(i)) * (1 - alpha))
        our_mean, our_std = ours(x, eps, i, j, eta=1.0)
        small = max(1.0, mean.abs().max().item())  # one long step back from pure noise gives large numbers
        assert (our_mean - mean).abs().max() < 1e-6 * small and abs(our_std - std) < 1e-6, (i, j)


@each_count
@pytest.mark.parametrize("eta", [0.0, 0.5])
def test_a_step_is_the_formula_of_the_ddim_paper(pair, steps, eta):
    x, eps = pair
    for i, j in jumps(steps):
        std = eta * math.sqrt((1 - bar(j)) / (1 - bar(i))) * math.sqrt(1 - bar(i) / bar(j))
        x0 = (x.double() - math.sqrt(1 - bar(i)) * eps.double()) / math.sqrt(bar(i))
        mean = math.sqrt(bar(j)) * x0 + math.sqrt(1 - bar(j) - std**2) * eps.double()
        our_mean, our_std = ours(x, eps, i, j, eta)
        small = max(1.0, mean.abs().max().item())
        assert (our_mean - mean).abs().max() < 1e-6 * small and abs(our_std - std) < 1e-6, (i, j)


@pytest.mark.parametrize("eta", [0.0, 0.3, 1.0])
def test_a_step_with_true_noise_lands_on_the_schedule(schedule, eta):
    x0, eps, nothing = torch.tensor([[2.0]]), torch.tensor([[1.0]]), torch.zeros(1, 1)
    for t, then in [(1.0, 0.5), (0.5, 0.49), (0.2, 0.0)]:
        (alpha, sigma), (alpha2, sigma2) = now, later = schedule.at(t, x0), schedule.at(then, x0)
        signal = step(alpha * x0, nothing, now, later, eta)
        kept = step(sigma * eps, eps, now, later, eta)
        spread = step(nothing, nothing, now, later, eta, fresh=eps)
        torch.testing.assert_close(signal, (alpha2 * x0).float(), rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(kept**2 + spread**2, (sigma2**2).float().expand(1, 1), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("share", [1.0, 0.5, 1e-3, 1e-4, 1e-5])
def test_rounding_never_makes_a_step_undefined(schedule, share):
    t = torch.linspace(0.1, 1, 20_000)  # single precision, and steps of no length too
    x = torch.ones(20_000, 1)
    now, then = schedule.at(t, x), schedule.at(share * t, x)
    assert all(step(x, x, now, then, eta, fresh=x).isfinite().all() for eta in (0.0, 1.0))


# ---- whole walks

WORLD = data.triangle(ddpm())  # a third of its points lie outside [-1, 1]: clipping matters
LABELS = torch.arange(24) % 4 - 1


def stock_walk(scheduler, x, steps, denoiser=WORLD.denoiser, **options):
    """Drive a stock scheduler with the exact denoiser, saying what it expects to hear."""
    scheduler.set_timesteps(steps)
    rng = torch.Generator().manual_seed(-1 - 5)
    for i in scheduler.timesteps.tolist():
        t = (i + 1) / 1000
        out = denoiser(x, t, LABELS)
        if scheduler.config.prediction_type == "v_prediction":
            alpha, sigma = WORLD.schedule.at(t, x)
            out = alpha * out - sigma * (x - sigma * out) / alpha
        x = scheduler.step(out, i, x, generator=rng, **options).prev_sample
    return x


def in_double(scheduler):
    """The stock scheduler with its own betas multiplied up in double precision; it stores single."""
    scheduler.betas, scheduler.alphas_cumprod = BETAS, ALPHA_BAR
    scheduler.one = scheduler.final_alpha_cumprod = torch.ones((), dtype=torch.float64)
    return scheduler


def listed(scheduler, steps):
    """The times that the stock scheduler visits."""
    scheduler.set_timesteps(steps)
    return [*((scheduler.timesteps + 1) / 1000).tolist(), 0.0]


STOCK = dict(num_train_timesteps=1000, beta_start=1e-4, beta_end=0.02, beta_schedule="linear")
each_prediction = pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
each_clip = pytest.mark.parametrize("clip", [False, True], ids=["free", "clipped"])
each_spacing = pytest.mark.parametrize("spacing", ["trailing", "leading"])


@pytest.fixture
def start():
    return noise(24, 2, seed=2).double()


@each_prediction
@each_clip
@each_spacing
@pytest.mark.parametrize("steps", [50, 1000])
def test_walks_with_eta_1_are_those_of_the_stock_ddpm_scheduler(start, prediction, clip, spacing, steps):
    stock = in_double(DDPMScheduler(**STOCK, prediction_type=prediction, clip_sample=clip, timestep_spacing=spacing))
    denoiser = clipped(WORLD.denoiser, WORLD.schedule) if clip else WORLD.denoiser
    mine = sample(denoiser, WORLD.schedule, start, LABELS, steps=listed(stock, steps), eta=1.0, seed=5)
    torch.testing.assert_close(mine, stock_walk(stock, start, steps), rtol=0, atol=1e-8)


@each_prediction
@each_clip
@each_spacing
@pytest.mark.parametrize("eta", [0.0, 0.6, 1.0])
def test_walks_with_any_eta_are_those_of_the_stock_ddim_scheduler(start, prediction, clip, spacing, eta):
    stock = in_double(DDIMScheduler(**STOCK, prediction_type=prediction, clip_sample=clip, timestep_spacing=spacing))
    denoiser = clipped(WORLD.denoiser, WORLD.schedule) if clip else WORLD.denoiser
    mine = sample(denoiser, WORLD.schedule, start, LABELS, steps=listed(stock, 50), eta=eta, seed=5)
    torch.testing.assert_close(
        mine, stock_walk(stock, start, 50, eta=eta, use_clipped_model_output=clip), rtol=0, atol=1e-8
    )


def test_our_own_spacing_is_the_one_called_trailing():
    for steps in (1, 50, 250, 1000):
        stock = DDIMScheduler(**STOCK, timestep_spacing="trailing")
        torch.testing.assert_close(
            ddpm().times(steps), torch.tensor(listed(stock, steps), dtype=torch.float64), rtol=0, atol=1e-7
        )


@pytest.mark.parametrize("kind, options", [(DDPMScheduler, {}), (DDIMScheduler, {"eta": 0.0})], ids=["ddpm", "ddim"])
def test_untouched_stock_schedulers_agree_to_single_precision(start, kind, options):
    stock = kind(**STOCK, clip_sample=False, timestep_spacing="trailing")
    eta = 1.0 if kind is DDPMScheduler else 0.0
    mine = sample(WORLD.denoiser, WORLD.schedule, start.float(), LABELS, steps=100, eta=eta, seed=5)
    torch.testing.assert_close(mine, stock_walk(stock, start.float(), 100, **options), rtol=0, atol=2e-4)


def test_any_chain_walks_like_its_stock_scheduler(start):
    betas = torch.linspace(0.015**0.5, 0.1**0.5, 100, dtype=torch.float64) ** 2
    stock = DDPMScheduler(num_train_timesteps=100, trained_betas=betas.numpy(), clip_sample=False)
    world = data.ring(Discrete(betas))
    stock.set_timesteps(100)
    x, rng = start.float(), torch.Generator().manual_seed(-1 - 5)
    for i in stock.timesteps.tolist():
        x = stock.step(world.denoiser(x, (i + 1) / 100, LABELS), i, x, generator=rng).prev_sample
    mine = sample(world.denoiser, world.schedule, start.float(), LABELS, steps=100, eta=1.0, seed=5)
    torch.testing.assert_close(mine, x, rtol=0, atol=2e-4)


@pytest.mark.parametrize("eta", [0.0, 1.0])
@pytest.mark.parametrize("make", [data.triangle, data.ring, data.spirals], ids=lambda make: make.__name__)
def test_exact_samples_are_as_close_to_the_truth_as_true_samples_are(make, eta):
    world, n, draws = make(Cosine()), 1000, 8
    true, other = (world.sample(n * draws, seed=s)[0].chunk(draws) for s in (1, 2))
    nobody = torch.full((n * draws,), NULL)
    made = sample(world.denoiser, world.schedule, noise(n * draws, 2, seed=3), nobody, steps=60, eta=eta).chunk(draws)
    floor = sum(map(sliced_wasserstein, true, other))
    assert sum(map(sliced_wasserstein, true, made)) < 1.5 * floor


def test_labelled_samples_land_on_their_labels():
    world = data.ring(Straight())
    y = torch.arange(64) % 8
    x = sample(world.denoiser, world.schedule, noise(64, 2), y)
    assert (torch.cdist(x, world.means).argmin(1) == y).all()


# ---- the walk itself


@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_same_seed_same_picture(eta):
    draw = [
        sample(WORLD.denoiser, WORLD.schedule, noise(24, 2, seed=s), LABELS, steps=10, eta=eta, seed=7)
        for s in (1, 1, 2)
    ]
    assert (draw[0] == draw[1]).all() and not (draw[0] == draw[2]).any()


def test_another_seed_for_the_walk_matters_only_where_noise_is_added():
    draw = [
        sample(WORLD.denoiser, WORLD.schedule, noise(24, 2), LABELS, steps=10, eta=e, seed=s)
        for e in (0.0, 1.0)
        for s in (1, 2)
    ]
    assert (draw[0] == draw[1]).all() and not (draw[2] == draw[3]).any()


def test_drawing_leaves_the_global_dice_alone():
    before = torch.get_rng_state()
    sample(WORLD.denoiser, WORLD.schedule, noise(24, 2), LABELS, steps=3, eta=1.0)
    assert (torch.get_rng_state() == before).all()


def test_fresh_noise_is_not_the_noise_of_the_same_seed_once_more():
    start = noise(5000, 2, seed=0)
    deaf, y = lambda x, t, y: 0 * x, torch.zeros(5000)
    without, added = (sample(deaf, Straight(), start, y, steps=2, eta=eta, seed=0) for eta in (0, 1))
    fresh = added - without
    assert fresh.std() > 0 and abs((fresh * start).mean() / fresh.std()) < 0.05


def test_noise_is_standard_normal():
    x = noise(20_000, 1, 2, seed=4)
    assert x.shape == (20_000, 1, 2) and abs(x.mean()) < 0.02 and abs(x.std() - 1) < 0.02


def test_a_walk_yields_every_time_from_1_to_0_and_starts_at_the_noise():
    start = noise(24, 2)
    way = list(walk(WORLD.denoiser, WORLD.schedule, start, LABELS, steps=20))
    assert [t.item() for t, _ in way] == WORLD.schedule.times(20).tolist()
    assert way[0][1] is start and way[0][0] == 1 and way[-1][0] == 0
    assert all(x.shape == start.shape and x.dtype == start.dtype for _, x in way)


def test_a_sample_is_the_end_of_its_walk_and_leaves_the_noise_alone():
    start = noise(24, 2)
    (_, end) = list(walk(WORLD.denoiser, WORLD.schedule, start, LABELS, steps=20))[-1]
    assert (sample(WORLD.denoiser, WORLD.schedule, start, LABELS, steps=20) == end).all()
    assert (start == noise(24, 2)).all()


def test_a_walk_of_n_steps_asks_n_times_and_builds_no_graph():
    counted = Counted(WORLD.denoiser)
    x = sample(counted, WORLD.schedule, noise(24, 2).requires_grad_(), LABELS, steps=20)
    assert counted.calls == 20 and counted.rows == 20 * 24 and not x.requires_grad


def test_the_last_step_gives_the_clean_data_the_denoiser_believes_in():
    x = noise(24, 2)
    alpha, sigma = WORLD.schedule.at(1.0, x)
    torch.testing.assert_close(
        sample(WORLD.denoiser, WORLD.schedule, x, LABELS, steps=1, eta=1.0),
        (x - sigma * WORLD.denoiser(x, 1.0, LABELS)) / alpha,
    )
