"""Training: the forgetting of labels, the loss at its optimum, and a loop that can be killed at any moment."""

import math
import time

import pytest
import torch
from scipy.integrate import quad
from toy_training import train

from cfg_lessons import data
from cfg_lessons.denoisers import NULL, TARGETS, LearnedDenoiser
from cfg_lessons.exact import Mixture
from cfg_lessons.guidance import cfg
from cfg_lessons.metrics import sliced_wasserstein
from cfg_lessons.nets import MLP
from cfg_lessons.sampling import noise, sample
from cfg_lessons.schedules import Cosine, Linear, Straight
from cfg_lessons.training import classifier_loss, denoising_loss, drop_labels, fit, middle_times, spread_times


def dice(seed=1):
    """Not the seed of the data: the noise would be made of the same numbers."""
    return torch.Generator().manual_seed(seed)


# ---- labels


def test_labels_are_dropped_to_null_at_the_given_rate_and_none_is_changed():
    y = torch.arange(50_000) % 7
    dropped = drop_labels(y, 0.2, dice())
    gone = dropped == NULL
    assert gone.float().mean().item() == pytest.approx(0.2, abs=0.01)
    assert (dropped[~gone] == y[~gone]).all()
    assert all(gone[y == k].float().mean().item() == pytest.approx(0.2, abs=0.03) for k in range(7))


def test_every_label_has_a_coin_of_its_own():
    gone = drop_labels(torch.zeros(20_000, dtype=torch.long), 0.5, dice()) == NULL
    runs = (gone[1:] == gone[:-1]).float().mean().item()
    assert runs == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("p, left", [(0.0, 1.0), (1.0, 0.0)])
def test_none_or_all_of_the_labels_can_be_dropped(p, left):
    assert (drop_labels(torch.ones(100, dtype=torch.long), p, dice()) >= 0).float().mean() == left


def test_each_attribute_of_a_sample_has_a_coin_of_its_own():
    y = torch.stack([torch.arange(40_000) % 3, torch.arange(40_000) % 5], 1)
    dropped = drop_labels(y, 0.3, dice())
    gone = dropped == NULL
    assert (dropped[~gone] == y[~gone]).all()
    for first, second in ((0, 0), (0, 1), (1, 0), (1, 1)):
        share = ((gone[:, 0] == first) & (gone[:, 1] == second)).float().mean().item()
        assert share == pytest.approx((0.3 if first else 0.7) * (0.3 if second else 0.7), abs=0.01)


def test_a_coin_is_thrown_for_each_sample_in_order():
    y, coins = torch.arange(100), torch.rand(100, generator=dice())
    assert drop_labels(y, 0.4, dice()).tolist() == [NULL if coin < 0.4 else k for k, coin in enumerate(coins)]


def test_dropping_leaves_the_callers_labels_and_their_type_alone():
    y = torch.arange(100)
    assert drop_labels(y, 0.5, dice()).dtype == y.dtype and (y == torch.arange(100)).all()


# ---- times


def test_spread_times_have_one_in_each_part_of_the_line():
    t = spread_times(200, dice())
    assert ((t * 200).floor().sort().values == torch.arange(200)).all()
    assert not (spread_times(200, dice(2)) == t).any()


def test_middle_times_crowd_in_the_middle():
    t = middle_times(10_000, dice())
    assert ((0 < t) & (t < 1)).all()
    logit = t.logit()
    assert abs(logit.mean()) < 0.01 and abs(logit.std() - 1) < 0.02


# ---- the loss at its optimum

STD = 0.5


class Best(torch.nn.Module):
    """The best network there can be for a world, plus a mistake."""

    def __init__(self, world, target, mistake=0.0):
        super().__init__()
        self.world, self.target, self.mistake = world, target, mistake

    def forward(self, x, t, y):
        alpha, sigma = self.world.schedule.at(t, x)
        eps = self.world.denoiser(x, t, y)
        a, b = TARGETS[self.target](alpha, sigma)
        return a * (x - sigma * eps) / alpha + b * eps + self.mistake


def floor(schedule, target):
    """The variance that no network can explain, for data from N(0, STD^2), averaged over t."""

    def at(t):
        alpha, sigma = (part.item() for part in schedule.at(t, torch.zeros(1)))
        a, b = TARGETS[target](alpha, sigma)
        left = (STD * sigma) ** 2 / ((STD * alpha) ** 2 + sigma**2)  # variance of x0 given x_t
        return (a - b * alpha / sigma) ** 2 * left  # given x_t, eps is a straight function of x0

    return quad(at, 1e-9, 1)[0]


@pytest.mark.parametrize("make", [Cosine, Linear, Straight])
@pytest.mark.parametrize("target", TARGETS)
def test_the_loss_of_the_exact_denoiser_is_its_floor(make, target):
    world = Mixture(torch.zeros(1, 2), [STD], [0], make())
    x0, y = world.sample(100_000)
    ours, off = (
        denoising_loss(LearnedDenoiser(Best(world, target, mistake), world.schedule, target), x0, y, dice()).item()
        for mistake in (0.0, 0.3)
    )
    assert ours == pytest.approx(floor(world.schedule, target), rel=0.02)
    assert off - ours == pytest.approx(0.3**2, rel=0.1)


@pytest.mark.parametrize("target", TARGETS)
def test_labels_reach_the_network(target):
    world = data.ring(Cosine())
    x0, y = world.sample(20_000)
    model = LearnedDenoiser(Best(world, target), world.schedule, target)
    known, unknown = (denoising_loss(model, x0, labels, dice()).item() for labels in (y, torch.full_like(y, NULL)))
    assert known < 0.9 * unknown


def test_the_loss_is_taken_at_the_times_asked_for():
    world = Mixture(torch.zeros(1, 2), [STD], [0], Cosine())
    model = LearnedDenoiser(Best(world, "eps"), world.schedule, "eps")
    loss = denoising_loss(model, *world.sample(50_000), dice(), times=lambda n, rng: torch.full((n,), 0.5))
    alpha, sigma = (part.item() for part in world.schedule.at(0.5, torch.zeros(1)))
    assert loss.item() == pytest.approx((STD * alpha) ** 2 / ((STD * alpha) ** 2 + sigma**2), rel=0.02)


def test_no_classifier_has_less_loss_than_the_exact_one():
    world = data.triangle(Cosine())
    x0, y = world.sample(50_000)

    def loss(sharpness):
        return classifier_loss(lambda x, t: sharpness * world.classifier(x, t), world.schedule, x0, y, dice()).item()

    assert loss(1.0) < min(loss(0.8), loss(1.25))
    assert loss(0.0) == pytest.approx(math.log(3))


# ---- the loop


def steps_of(model, steps, ema, seed=0):
    """Fit a model to numbers near 1 and return its weight before each step, the losses, and the weight it ends with."""
    seen = []

    def loss(model, x, rng):
        seen.append(model.weight.detach().clone())
        return (model(x) - 1 - 0.1 * torch.randn(8, 1, generator=rng)).square().mean()

    losses = fit(model, loss, lambda rng: [torch.rand(8, 1, generator=rng)], steps, lr=0.1, ema=ema, seed=seed)
    return seen, losses, model.weight.detach().clone()


@pytest.fixture
def line():
    """The same small model each time."""

    def make():
        torch.manual_seed(0)
        return torch.nn.Linear(1, 1)

    return make


def test_the_model_ends_as_the_running_average_of_its_steps(line):
    before, _, last = steps_of(line(), 20, ema=0.0)
    average, weights = None, [*before[1:], last]
    for weight in weights:
        average = weight if average is None else 0.9 * average + 0.1 * weight
    _, _, ours = steps_of(line(), 20, ema=0.9)
    torch.testing.assert_close(ours, average)
    assert not torch.allclose(ours, last, atol=1e-3)


def test_the_history_has_the_loss_of_each_step(line):
    _, losses, _ = steps_of(line(), 20, ema=0.9)
    assert len(losses) == 20 and all(isinstance(loss, float) for loss in losses) and losses[-1] < losses[0]


@pytest.mark.parametrize("steps", range(1, 26))  # torch's learning rate stumbles where the warm-up is one step
def test_a_training_may_have_any_number_of_steps(line, steps):
    assert len(steps_of(line(), steps, ema=0.9)[1]) == steps


def test_a_training_follows_its_seed_and_no_other_dice(line):
    before = torch.get_rng_state()
    model = line()
    torch.set_rng_state(before)
    ends = [steps_of(model, 5, 0.9, seed=1)[2]]
    assert (torch.get_rng_state() == before).all()
    ends += [steps_of(line(), 5, 0.9, seed=s)[2] for s in (1, 2)]
    assert ends[0] == ends[1] != ends[2]


def test_one_monstrous_loss_does_not_throw_the_model_away(line):
    def ends(size, at=10):
        """The weight of each step, where the loss of one step in the middle is `size` times too large."""
        seen, model = [], line()

        def loss(model, x, rng):
            seen.append(model.weight.item())
            return (model(x) - 1).square().mean() * (size if len(seen) == at else 1)

        fit(model, loss, lambda rng: [torch.rand(8, 1, generator=rng)], 60, lr=0.02)
        return torch.tensor(seen)

    calm, shaken = ends(1), ends(1e6)
    assert (shaken[:10] == calm[:10]).all() and (shaken != calm).any()
    assert (shaken - calm).abs().max() < 0.1


def test_one_can_watch_the_average_while_it_learns(line):
    seen, model = [], line()
    fit(model, lambda m, x, rng: m(x).square().mean(), lambda rng: [torch.rand(8, 1, generator=rng)], 10,
        watch=lambda m, step: seen.append((step, m.weight.item())), every=5)  # fmt: skip
    assert [step for step, _ in seen] == [5, 10] and seen[-1][1] == model.weight.item()


def test_fit_learns_a_world_in_the_plane():
    world = data.ring(Cosine())
    torch.manual_seed(0)
    model = LearnedDenoiser(MLP(8), world.schedule)

    def loss(model, x0, y, rng):
        return denoising_loss(model, x0, drop_labels(y, 0.1, rng), rng)

    fit(model, loss, data.batches(*world.sample(5000), size=256), 500, lr=1e-2)
    (truth, y), (other, _) = world.sample(2000, seed=1), world.sample(2000, seed=2)
    with torch.no_grad():
        free = sample(model, world.schedule, noise(2000, 2), torch.full_like(y, NULL))
        guided = sample(cfg(model, 1.5), world.schedule, noise(2000, 2), y)
    assert sliced_wasserstein(free, truth) < 6 * sliced_wasserstein(other, truth)
    assert (torch.cdist(guided, world.means).argmin(1) == y).float().mean() > 0.97


# ---- interruption


@pytest.fixture
def keep(tmp_path):
    return tmp_path / "training.keep"


def wait_until(true, process, seconds=60):
    """Look again and again, quickly; a program that ends meanwhile has a message for us."""
    end = time.monotonic() + seconds
    while not true():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.0005)


def assert_same_weights(one, two):
    for name, value in one.state_dict().items():
        assert torch.equal(value, two.state_dict()[name]), name


PROGRAM = "import runpy, toy_training; runpy.run_path(toy_training.__file__, run_name='__main__')"


def test_a_training_killed_in_the_middle_goes_on_and_ends_as_if_nothing_had_happened(keep, python):
    killed = python(PROGRAM, keep, 60, 10, 32, 0.01)
    wait_until(keep.exists, killed)
    killed.kill()
    assert killed.wait() != 0
    asked = []
    resumed = train(keep, asked=asked)
    assert 0 < len(asked) <= 50
    assert_same_weights(resumed, train())


def test_a_training_killed_while_it_writes_its_file_loses_nothing(keep, python):
    killed = python(PROGRAM, keep, 30, 1, 512, 0.0)
    wait_until(lambda: keep.exists() and len(list(keep.parent.iterdir())) > 1, killed)  # the next one is being written
    killed.kill()
    assert killed.wait() != 0
    assert len(list(keep.parent.iterdir())) > 1, "killed too late to be in the middle of writing"
    asked = []
    resumed = train(keep, steps=30, every=1000, width=512, asked=asked)
    assert 0 < len(asked) < 30
    assert_same_weights(resumed, train(steps=30, width=512))


def test_a_finished_training_called_again_does_nothing_more(keep):
    once, asked = train(keep), []
    assert_same_weights(train(keep, asked=asked), once)
    assert not asked


def test_a_training_can_be_stopped_by_hand_and_goes_on(keep):
    class Stop(KeyboardInterrupt):
        pass

    class Impatient(list):
        def append(self, one):
            if len(self) == 33:
                raise Stop
            super().append(one)

    with pytest.raises(Stop):
        train(keep, asked=Impatient())
    asked = []
    assert_same_weights(train(keep, asked=asked), train())
    assert len(asked) == 30  # of 60; the file was written after 30


@pytest.mark.parametrize("left", [0, 0.5, 0.99], ids=["empty", "half", "almost whole"])
def test_a_truncated_keep_file_is_refused_and_left_alone(keep, left):
    train(keep)
    whole = keep.read_bytes()
    keep.write_bytes(whole[: int(left * len(whole))])
    with pytest.raises(ValueError, match="not a whole training state; delete it to start afresh"):
        train(keep)
    assert keep.read_bytes() == whole[: int(left * len(whole))]


def test_a_keep_file_of_another_number_of_steps_is_refused(keep):
    train(keep)
    with pytest.raises(ValueError, match="belongs to a training of 60 steps, not 70; delete it"):
        train(keep, steps=70)


def test_a_keep_file_of_another_network_is_refused_and_changes_nothing(keep):
    train(keep)
    whole, model = keep.read_bytes(), LearnedDenoiser(MLP(8, 48), Cosine())
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(ValueError, match="belongs to a training of another network; delete it"):
        fit(model, None, None, 60, keep=keep)
    assert keep.read_bytes() == whole
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


OTHERS = {
    "weights": {"weight": torch.ones(2)},
    "half of it": {"rate": {"total_steps": 60}, "model": {}},
    "a number": {"rate": 1},
    "a tensor": torch.ones(2),
    "a list": [1],
    "nothing": None,
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_kind_of_torch_file_is_refused_and_left_alone(keep, other):
    torch.save(other, keep)
    whole = keep.read_bytes()
    with pytest.raises(ValueError, match="not a whole training state; delete it to start afresh, or name another"):
        train(keep)
    assert keep.read_bytes() == whole


def test_a_keep_file_runs_no_code(keep, tmp_path):
    class Payload:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    torch.save({"model": Payload()}, keep)
    with pytest.raises(ValueError, match="not a whole training state"):
        train(keep)
    assert not (tmp_path / "ran").exists()
