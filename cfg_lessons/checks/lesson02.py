"""Checks of lesson 02: the noise in v, a step of DDIM, which steps to visit, a step of DDPM."""

import torch
from torch import Tensor

from . import Check, answer, dice

# ---- asking

OVERWRITTEN, CHANCE = [torch.tensor(-1.0)], [torch.tensor(-2.0)]


def draws(n: int):
    """n standard normal tensors [5, 3]."""
    return torch.randn(n, 5, 3, generator=dice(2), dtype=torch.float64)


def one(value):
    """What came back, if it is a tensor or a number."""
    if isinstance(answer(value), (tuple, list)):
        raise TypeError(f"{len(value)} things came back; expected one tensor")
    return torch.as_tensor(value)


def ask(mine, *questions):
    """The answer to each question, a list of arguments, given twice as fresh copies; or a mark for bad manners."""
    found = []
    with torch.random.fork_rng(devices=[]):
        for question in questions:
            twice = [[part.clone() if isinstance(part, Tensor) else part for part in question] for _ in "ab"]
            answers = [one(mine(*copy)).clone() for copy in twice]
            if not all(torch.equal(a, b) for a, b in zip(question, twice[0]) if isinstance(a, Tensor)):
                return OVERWRITTEN
            if not torch.allclose(*answers, equal_nan=True):
                return CHANCE
            found.append(answers[0])
    return found


def overwriting(x, *rest):
    """A mistake: the caller's tensor is changed."""
    return x.mul_(2)


KEEP_MINE = (
    "You changed a tensor that was handed to you, so that whoever asked has lost it: write x * a, not x *= a or x.mul_(a)."
)


# ---- 1: the noise in v


def ask_eps(mine):
    """The noise at three times, from an x and a v that belong to no common x0: nothing cancels by luck."""
    return ask(mine, *[[*draws(2), alpha, sigma] for alpha, sigma in ((0.96, 0.28), (0.6, 0.8), (0.28, 0.96))])


eps_from_v = Check(
    ask_eps,
    lambda v, x, alpha, sigma: sigma * x + alpha * v,
    {
        "Alpha and sigma changed places: near t = 0, where alpha is 1, v is the noise, so v comes with alpha.":
            lambda v, x, alpha, sigma: alpha * x + sigma * v,
        "This is the clean data. Of the two unknowns get rid of x0, not of eps: multiply x by sigma and v by alpha, and add.":
            lambda v, x, alpha, sigma: alpha * x - sigma * v,
        "The sign of v is wrong: eps enters v with +alpha. Put x = alpha x0 + sigma eps and v = alpha eps - sigma x0 into your line: x0 must cancel.":
            lambda v, x, alpha, sigma: sigma * x - alpha * v,
        "The sign of x is wrong: x0 must cancel between the two terms, and it enters v with -sigma.":
            lambda v, x, alpha, sigma: alpha * v - sigma * x,
        "You left out x. v alone does not fix the noise: it mixes eps and x0, and x is the second equation.":
            lambda v, x, alpha, sigma: v / alpha,
        "You returned v itself. It is the noise only at t = 0.":
            lambda v, x, alpha, sigma: v,
        "You put the noisy x where x0 stands. x0 is unknown too: get rid of it with the help of x = alpha x0 + sigma eps.":
            lambda v, x, alpha, sigma: (v + sigma * x) / alpha,
        "You divided by alpha + sigma. The factors in front of eps add up as squares, alpha**2 + sigma**2, and that is 1: there is nothing to divide by.":
            lambda v, x, alpha, sigma: (sigma * x + alpha * v) / (alpha + sigma),
        "Your line has sigma squared and alpha squared as factors. One sigma and one alpha are enough: together with those in x and v they become squares, which add up to 1.":
            lambda v, x, alpha, sigma: sigma**2 * x + alpha**2 * v,
        KEEP_MINE: overwriting,
    },
    [
        "You have two equations, one for x and one for v, and two unknowns, x0 and eps. Get rid of x0.",
        "Multiply the equation of x by sigma and that of v by alpha, and add them.",
        "In the sum x0 cancels, and eps stands there with the factor sigma**2 + alpha**2, which is 1.",
    ],
)  # fmt: skip


# ---- 2: a step of DDIM


def ask_ddim(mine):
    """Three steps: a small one, a large one, and the last one, which ends at the data."""
    levels = [((0.6, 0.8), (0.8, 0.6)), ((0.1, 0.9), (0.7, 0.3)), ((0.96, 0.28), (1.0, 0.0))]
    return ask(mine, *[[*draws(2), *torch.tensor(pair, dtype=torch.float64)] for pair in levels])


def ddim(x, eps, now, then):
    """The solution of exercise 2."""
    return then[0] * (x - now[1] * eps) / now[0] + then[1] * eps


ddim_step = Check(
    ask_ddim,
    ddim,
    {
        "You kept the noise of the old level: the new x needs sigma of `then` before eps, or it never becomes clean.":
            lambda x, eps, now, then: then[0] * (x - now[1] * eps) / now[0] + now[1] * eps,
        "The clean data is too small: after the noise is gone, divide by alpha of `now`.":
            lambda x, eps, now, then: then[0] * (x - now[1] * eps) + then[1] * eps,
        "You walk the wrong way: `now` is where x is, `then` is where it goes. Read x0 off at `now`.":
            lambda x, eps, now, then: ddim(x, eps, then, now),
        "You took a level for (sigma, alpha). It is (alpha, sigma): the share of the signal comes first.":
            lambda x, eps, now, then: ddim(x, eps, now.flip(0), then.flip(0)),
        "You stopped at the clean data. Put the noise back, as much as the level `then` has.":
            lambda x, eps, now, then: (x - now[1] * eps) / now[0],
        "The clean data is not shrunk: at the new level it comes with alpha of `then`.":
            lambda x, eps, now, then: (x - now[1] * eps) / now[0] + then[1] * eps,
        "The noise is missing: add sigma of `then` times eps. Without it, x is cleaner than the next question will say.":
            lambda x, eps, now, then: then[0] * (x - now[1] * eps) / now[0],
        "You took away the noise that is too much, but the signal has to grow too: find x0 first, then give it alpha of `then`.":
            lambda x, eps, now, then: x + (then[1] - now[1]) * eps,
        "You took roots: alpha and sigma are no squares here, they multiply x0 and eps as they are.":
            lambda x, eps, now, then: ddim(x, eps, now**0.5, then**0.5),
        "You drew fresh noise. This step keeps the noise that it has: use eps.":
            lambda x, eps, now, then: then[0] * (x - now[1] * eps) / now[0] + then[1] * torch.randn_like(x) + torch.rand(1),
        KEEP_MINE: overwriting,
    },
    [
        "Two lines: what is x0, if eps is the noise in x? And what is x_t for this x0 and this eps at the other level?",
        "Each level has its own alpha and sigma: unpack both. The first line needs those of `now`, the second those of `then`.",
        "x0 is (x - sigma * eps) / alpha with the values of `now`. Then alpha * x0 + sigma * eps with the values of `then`.",
    ],
)  # fmt: skip


# ---- 3: which steps to visit


def ask_steps(mine):
    """Two walks through one chain, one through a shorter chain, and one that visits every step there is."""
    seen = [answer(mine(*which)) for which in ((50, 1000), (10, 1000), (25, 100), (20, 20))]
    if any(isinstance(steps, (int, float)) for steps in seen):
        raise TypeError("a single number came back; expected all the steps, as a list or a tensor")
    return [steps if isinstance(steps, Tensor) else torch.tensor([float(i) for i in steps]) for steps in seen]


visited = Check(
    ask_steps,
    lambda steps, total=1000: range(total - 1, -1, -(total // steps)),
    {
        "These are the last steps of the chain, where hardly any noise is left. A walk begins at the noisiest step and takes strides of total / steps.":
            lambda steps, total=1000: range(steps - 1, -1, -1),
        "These are the noisiest steps only: the walk never comes near the data. Take strides of total / steps.":
            lambda steps, total=1000: range(total - 1, total - 1 - steps, -1),
        "The steps are right, their order is not: a walk begins with noise, so the largest number comes first.":
            lambda steps, total=1000: range(total // steps - 1, total, total // steps),
        "You begin one stride too low: the noisiest step, total - 1, is never visited, although the walk starts from pure noise. Shift all of them up.":
            lambda steps, total=1000: range(total - total // steps, -1, -(total // steps)),
        "You begin one stride too low, and list them from the data up. Begin with total - 1 and count down.":
            lambda steps, total=1000: range(0, total, total // steps),
        "Both ends are in it, so a stride is a little longer than total / steps and the last one, from step 0 to the data, is a single step. That is a known choice, but here all strides are equal, also the last one.":
            lambda steps, total=1000: torch.linspace(total - 1, 0, steps).round(),
        "You count steps from 1: the noisiest one is total - 1, not total. Take 1 off each.":
            lambda steps, total=1000: range(total, 0, -(total // steps)),
        "The end of a range is not reached: where the stride is 1, you lose step 0. Let the range end at -1.":
            lambda steps, total=1000: range(total - 1, 0, -(total // steps)),
        "You took a chain of 1000 steps for granted. It has `total` of them.":
            lambda steps, total=1000: range(999, -1, -(1000 // steps)),
        "These are the steps of the whole chain. Take strides of total / steps, so that `steps` of them are left.":
            lambda steps, total=1000: range(total - 1, -1, -1),
        "There is one too many: with the last stride the walk has arrived at the data, where it asks no more. Leave out the last one.":
            lambda steps, total=1000: range(total - 1, -2, -(total // steps)),
        "These are times between 0 and 1. Here the numbers of the steps are asked for: i = t * total - 1.":
            lambda steps, total=1000: [(total - i * (total // steps)) / total for i in range(steps)],
    },
    [
        "All strides have the same length, total / steps, and the first question is asked at the noisiest step that exists.",
        "The noisiest step has the number total - 1. For 10 of 1000 the list begins 999, 899, 799. Where does it end?",
        "range can count down: it takes a start, an end that is not reached, and a negative stride. After the last one, a full stride leads to the data.",
    ],
)  # fmt: skip


# ---- 4: a step of DDPM


def ask_ddpm(mine):
    """A large step at much noise, and two small ones at little: there, too, nothing is divided by 0."""
    return ask(mine, *[[*draws(2), beta, before, draws(3)[2]] for beta, before in ((0.3, 0.2), (0.1, 0.8), (0.05, 0.9))])


def ancestral(x, x0, beta, before, fresh, weights=None, spread=None, after=None):
    """The solution of exercise 4; or with other weights (of x0, of x), another standard deviation or another level."""
    after = before * (1 - beta) if after is None else after
    of_x0, of_x = weights or (before**0.5 * beta / (1 - after), (1 - beta) ** 0.5 * (1 - before) / (1 - after))
    return of_x0 * x0 + of_x * x + (((1 - before) / (1 - after) * beta) ** 0.5 if spread is None else spread) * fresh


def share_before(beta, before):
    """(1 - before) / (1 - after), the share of the noise that was there before the step."""
    return (1 - before) / (1 - before * (1 - beta))


ddpm_step = Check(
    ask_ddpm,
    ancestral,
    {
        "This is the mean alone: add fresh noise of the posterior's standard deviation, or the samples come too narrow.":
            lambda *all: ancestral(*all, spread=0.0),
        "The mean is right, but fresh noise is multiplied by the variance: take its root.":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, spread=share_before(beta, before) * beta),
        "The mean is right, but beta is the variance of the step forward, which is more than the posterior's: multiply it by (1 - before) / (1 - after). (DDPM's authors tried both.)":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, spread=beta**0.5),
        "You added the noise of the whole level on top of the mean, which holds some already: use the posterior's standard deviation.":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, spread=(1 - before) ** 0.5),
        "The two weights of the mean changed places: x0 speaks with sqrt(before) * beta, x with sqrt(1 - beta) * (1 - before).":
            lambda x, x0, *rest: ancestral(x0, x, *rest),
        "The roots are missing in the mean: `before` is alpha squared, and a step keeps sqrt(1 - beta) of the signal.":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, (
                before * beta / (1 - before * (1 - beta)), (1 - beta) * share_before(beta, before))),
        "All the noise is fresh here: you noised the guess anew and forgot x, and with it the way already walked. The posterior's mean contains x.":
            lambda x, x0, beta, before, fresh: before**0.5 * x0 + (1 - before) ** 0.5 * fresh,
        "You divide by 1 - before, but `before` is the lower level. The sum that divides the mean and the variance is 1 - after, with after = before * (1 - beta).":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, after=before),
        "Your `after` is larger than `before`. A step of the chain takes signal away: after = before * (1 - beta).":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, after=before / (1 - beta)),
        "The mean is not divided by 1 - after, so that its two weights are too small.":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, (before**0.5 * beta, (1 - beta) ** 0.5 * (1 - before))),
        "You drew noise of your own. Use `fresh`, so that the same dice give the same walk.":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, torch.randn_like(x)) + torch.rand(1),
        KEEP_MINE: overwriting,
    },
    [
        "The posterior is a Gaussian with a mean and a variance, both from lesson 01. A draw from it is the mean plus its standard deviation times `fresh`.",
        "With after = before * (1 - beta): the mean is a weighted sum of x0 and x over (1 - after), the variance is (1 - before) / (1 - after) * beta.",
        "The weight of x0 is sqrt(before) * beta, that of x is sqrt(1 - beta) * (1 - before). Do not forget the root of the variance.",
    ],
)  # fmt: skip
