"""What lesson 13 shows to the learner's code: a ward, panels of implementations, a network that forgets labels.

Which of them are sound, only the checks themselves say: lesson13_diagnosis.py, lesson13_detect_drop.py, ..._cfg.py.
"""

from itertools import pairwise

import torch
from torch import nn

from .. import zoo
from ..denoisers import NULL, to_x0
from ..guidance import cfg, extrapolate
from ..schedules import Cosine, Straight, falling
from ..training import drop_labels
from . import NotYet, answer, asked_as, dice, number_of

# ---- a ward


NAMES = """[-1, 1] not mapped to [0, 1]; batch axis indexed, not the class; caller's x asks for gradients; clipped before guiding;
dropout active while sampling; graph kept over all steps; graph through the denoiser; healthy; inverted dropout;
label asked in both halves; noised to one time, walked from another; NULL is class 0; one coin for the batch; only some channels guided;
overwritten in place; pinned before guiding; pushed from NULL, not from the unwanted; raw logits, not log_softmax; sigma is missing;
step index used as training timestep; two conventions of the scale mixed"""


def causes() -> list[str]:
    """All that may be the matter with a specimen, in the order of the alphabet; "healthy" is one of them."""
    return sorted(NAMES.replace("\n", " ").split("; "))


def ask_diagnosis(found):
    """The place in causes() of what was found, by number; -1 where nothing was found yet."""
    patients = zoo.ward(number_of(asked_as()))
    found = answer(found, "put your dictionary in place of None")
    found = found(patients) if callable(found) else found
    if not isinstance(found, dict):
        raise TypeError(f"expected a dictionary, a cause for each number; it is {type(found).__name__}")
    found = {number: cause for number, cause in found.items() if cause is not None}
    if strange := [number for number in found if number not in patients]:
        raise ValueError(f"there is no specimen {strange[0]!r}: they are numbered from 1 to {len(patients)}")
    if strange := [cause for cause in found.values() if cause not in causes()]:
        raise ValueError(f"{strange[0]!r} is no cause: write one of causes()")
    if not found:
        raise NotYet("write the cause that you found beside its number")
    return torch.tensor([causes().index(found[number]) if number in found else -1 for number in patients])


# ---- panels of implementations


def nulls(y):
    """NULL in place of every label."""
    return torch.full_like(y, NULL)


def in_two_calls(rule=extrapolate, labels=lambda y: (y, nulls(y)), then=lambda t: t):
    """A cfg that asks twice, for two kinds of labels, and combines the answers by a rule."""

    def make(denoiser, scale):
        def guided(x, t, y):
            first, second = labels(y)
            return rule(denoiser(x, t, first), denoiser(x, then(t), second), scale)

        return guided

    return make


def in_one_call(double=lambda x: torch.cat([x, x])):
    """A cfg that asks once, for NULL and for the labels."""

    def make(denoiser, scale):
        def guided(x, t, y):
            times = double(t) if getattr(t, "ndim", 0) else t
            null, wish = denoiser(double(x), times, torch.cat([nulls(y), y])).chunk(2)
            return extrapolate(wish, null, scale)

        return guided

    return make


DROPPINGS = (
    drop_labels,
    zoo.drop_labels_d,
    lambda y, p, rng: torch.where(torch.rand(len(y), generator=rng) < 0.1, NULL, y),
    lambda y, p, rng: torch.where(torch.bernoulli(torch.full(y.shape, 1.0 - p), generator=rng) > 0, y, NULL),
    zoo.drop_labels_a,
    lambda y, p, rng: torch.where(torch.rand(len(y), generator=torch.Generator().manual_seed(0)) < p, NULL, y),
    zoo.drop_labels_c,
    zoo.drop_labels_b,
    lambda y, p, rng: torch.tensor([NULL if torch.rand((), generator=rng) < p else label for label in y.tolist()]),
    lambda y, p, rng: torch.where(torch.randn(len(y), generator=rng) < p, NULL, y),
    zoo.drop_labels_e,
    lambda y, p, rng: torch.where(torch.rand(len(y)) < p, NULL, y),
)
CFGS = (
    in_two_calls(lambda a, b, s: (1 + s) * a - s * b),
    cfg,
    in_two_calls(labels=lambda y: (y, y)),
    in_two_calls(lambda a, b, s: (1 - s) * b + s * a),
    in_two_calls(labels=lambda y: (y, torch.zeros_like(y))),
    in_one_call(),
    in_two_calls(lambda a, b, s: torch.cat([extrapolate(a, b, s)[:, :1], a[:, 1:]], 1)),
    in_two_calls(lambda a, b, s: a + (s - 1) * (a - b)),
    in_two_calls(labels=lambda y: (y.clone(), y.fill_(NULL))),
    in_two_calls(lambda a, b, s: b - s * (a - b)),
    in_one_call(lambda x: x.repeat_interleave(2, 0)),
    in_two_calls(then=lambda t: 0 * t),
)


def ask_panel(test, panel):
    """What a learner's test says of each member: 1 for sound, 0 for not, or where it stops at an assertion."""

    def says(member):
        try:
            return float(bool(answer(test(member), "your test returns None. Let it return True or False")))
        except AssertionError:
            return 0.0

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return torch.tensor([says(member) for member in panel])


def misjudged(sick, what, otherwise):
    """An explanation that names the first member of a panel on which the learner's test is wrong."""

    def explain(mine, right):
        first = int((mine[0] != right[0]).int().argmax())
        return f"Your test lets through a {what} {sick[first]}" if first in sick else f"Your test rejects a right {what}. {otherwise}"

    return explain


# ---- a network that forgets


class Forgetful(nn.Module):
    """A denoiser of points [B, 2] that drops labels while it trains, and notes whether a graph came in with x."""

    def __init__(self, schedule):
        super().__init__()
        self.schedule, self.chained, self.size = schedule, False, nn.Parameter(torch.tensor(1.3, dtype=torch.float64))

    def forward(self, x, t, y):
        if y.shape != x.shape[:1] or y.is_floating_point():
            raise ValueError("the network wants one integer label for each sample, a tensor [B]")
        self.chained = self.chained or x.requires_grad
        if self.training:
            y = torch.where((40 * x.sum(1)).sin() > 0.3, NULL, y)
        alpha, sigma = self.schedule.at(t, x)
        wave = x + (y[:, None] + 2.0) * torch.tensor([0.7, 1.1]) + sigma
        return (x - alpha * self.size * wave.sin()) / sigma


def ask_loop(loop):
    """Two walks, by a network that is found in training and one that is not; what is left of network, x and y."""
    seen = []
    for schedule, steps, scale, training in ((Cosine(), 6, 3.0, True), (Straight(), 4, 1.5, False)):
        network = Forgetful(schedule).train(training)
        x, y = torch.randn(5, 2, generator=dice(steps), dtype=torch.float64), torch.tensor([0, 1, 2, 0, 3])
        given = x.clone(), y.clone()
        out = answer(loop(network, schedule, *given, scale, steps))
        graph = network.chained or out.requires_grad
        seen += [out, torch.tensor([graph, network.training == training, given[0].equal(x), given[1].equal(y)])]
    return seen


def settled(x0, eps, x, alpha, sigma):
    """Clean data in [-1, 1], and the noise that is then in x."""
    x0 = x0.clamp(-1, 1)
    return x0, (x - alpha * x0) / sigma


def hand_walk(labels=lambda y: (y, nulls(y)), rule=extrapolate, settle=settled, before=nn.Module.eval, after=nn.Module.train, times=falling):
    """A walk: who is asked, how the answers are combined, which x0 and noise follow, the network's mode, and when."""

    def loop(network, schedule, x, y, scale, steps):
        was, _ = network.training, before(network)
        with torch.no_grad():
            for now, then in pairwise(times(steps)):
                (alpha, sigma), (alpha2, sigma2) = schedule.at(now, x), schedule.at(then, x)
                eps = rule(*(network(x, now, asked) for asked in labels(y)), scale)
                x0, eps = settle(to_x0(eps, x, alpha, sigma), eps, x, alpha, sigma)
                x = alpha2 * x0 + sigma2 * eps
        after(network, was)
        return x

    return loop


def ask_pinned(pinned):
    """Two labels at two scales, whatever is asked for; the labels that were asked for must survive."""

    def toy(x, t, y):
        return x * (1 + t) + (y[:, None] + 2.0) ** 2

    seen, x = [], torch.randn(4, 2, generator=dice(0))
    for label, scale, t in ((7, 3.0, 0.5), (2, 1.5, 0.2)):
        y = torch.tensor([1, NULL, label, 3])
        denoiser, asked = answer(pinned(toy, label, scale)), y.clone()
        if not callable(denoiser):
            raise TypeError(f"return a denoiser, a function of (x, t, y); this returned {type(denoiser).__name__}")
        seen += [answer(denoiser(x.clone(), t, asked)), torch.tensor([asked.equal(y)])]
    return seen
