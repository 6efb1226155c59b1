"""Checks of lesson 02: the noise in v, a step of DDIM, which steps to visit, a step of DDPM."""

import torch
from torch import Tensor

from .. import zoo
from . import Check, Complaint, answer, dice, lend, tensor_of

# ---- asking

def draws(n: int):
    """n standard normal tensors [5, 3]."""
    return torch.randn(n, 5, 3, generator=dice(2), dtype=torch.float64)


CURE = "write x * a, not x *= a or x.mul_(a)"


def ask(mine, questions, variables, chance="You drew noise of your own, and no dice are asked for here. Use what you are given."):
    """The answer to each question, {name: arguments by name}, asked twice; and what each of the variables [5, 3] does alone."""
    found = {}
    with torch.random.fork_rng(devices=[]):
        for name, given in questions.items():
            found[name], again = (tensor_of(lend(mine, cure=CURE, **given)) for _ in "ab")
            if found[name].shape != again.shape or not torch.allclose(found[name], again, equal_nan=True):
                raise Complaint(chance)
        for name in variables:
            alone = {other: torch.full((5, 3), float(other == name), dtype=torch.float64) for other in variables}
            answers = [tensor_of(lend(mine, **{**given, **alone})) for given in questions.values()]
            found[f"the factor of {name}"] = torch.stack(answers)
    return found


# ---- 1: the noise in v


def ask_eps(mine):
    """The noise at three times, from an x and a v that belong to no common x0: nothing cancels by luck."""
    levels = {"near the data": (0.96, 0.28), "in the middle": (0.6, 0.8), "near the noise": (0.28, 0.96)}
    questions = {name: dict(zip(("v", "x", "alpha", "sigma"), (*draws(2), *level))) for name, level in levels.items()}
    return ask(mine, questions, ("v", "x"))


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
        "That would be right for a network that predicts eps - x0. Here v = alpha eps - sigma x0: both are multiplied.":
            lambda v, x, alpha, sigma: (x + alpha * v) / (alpha + sigma),
        "You took v for x0. It mixes x0 and eps: get rid of x0 with the help of both equations.":
            lambda v, x, alpha, sigma: (x - alpha * v) / sigma,
        "You took -v for x0. It mixes x0 and eps: get rid of x0 with the help of both equations.":
            lambda v, x, alpha, sigma: (x + alpha * v) / sigma,
        "That is the score, a direction. The noise is asked for: multiply it by -sigma.":
            lambda v, x, alpha, sigma: -(sigma * x + alpha * v) / sigma,
        "You read x0 off v as if x were the noise: neither is known. Add the two equations so that x0 cancels.":
            lambda v, x, alpha, sigma: (alpha * x - v) / sigma,
        "Your line has no factors: v and x both mix x0 and eps. Multiply x by sigma and v by alpha before you add them.":
            lambda v, x, alpha, sigma: x + v,
        "x is multiplied by alpha, too. For x0 to cancel, x has to come with the other factor.":
            lambda v, x, alpha, sigma: alpha * (x + v),
        "v is multiplied by sigma, too. For x0 to cancel, v has to come with the other factor.":
            lambda v, x, alpha, sigma: sigma * (x + v),
        "You divided by alpha + sigma. The factors in front of eps add up as squares, alpha**2 + sigma**2, and that is 1: there is nothing to divide by.":
            lambda v, x, alpha, sigma: (sigma * x + alpha * v) / (alpha + sigma),
        "Your line has sigma squared and alpha squared as factors. One sigma and one alpha are enough: together with those in x and v they become squares, which add up to 1.":
            lambda v, x, alpha, sigma: sigma**2 * x + alpha**2 * v,
    },
    [
        "You have two equations, one for x and one for v, and two unknowns, x0 and eps. Get rid of x0.",
        "Multiply the equation of x by sigma and that of v by alpha, and add them.",
        "In the sum x0 cancels, and eps stands there with the factor sigma**2 + alpha**2, which is 1.",
    ],
)  # fmt: skip


# ---- 2: a step of DDIM


def ask_ddim(mine):
    """Three steps: a small one, a large one of a schedule that does not keep the variance, and the last one, which ends at the data."""
    levels = {"a small step": ((0.6, 0.8), (0.8, 0.6)), "a large step": ((0.1, 0.9), (0.7, 0.3)), "the last step": ((0.96, 0.28), (1.0, 0.0))}
    asked = {name: (*draws(2), *torch.tensor(pair, dtype=torch.float64)) for name, pair in levels.items()}
    questions = {name: dict(zip(("x", "eps", "now", "then"), given)) for name, given in asked.items()}
    return ask(mine, questions, ("x", "eps"), "You drew fresh noise. This step keeps the noise that it has: use eps.")


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
        "You computed the new sigma from the new alpha, as sqrt(1 - alpha**2). Not every schedule keeps the variance: take the sigma of `then`.":
            lambda x, eps, now, then: then[0] * (x - now[1] * eps) / now[0] + (1 - then[0] ** 2).clamp(min=0).sqrt() * eps,
        "You computed sigma from alpha at both levels. Not every schedule keeps the variance: use the sigmas that are given.":
            lambda x, eps, now, then: then[0] * (x - (1 - now[0] ** 2).sqrt() * eps) / now[0] + (1 - then[0] ** 2).clamp(min=0).sqrt() * eps,
        "You computed the old sigma from the old alpha. Not every schedule keeps the variance: take the sigma of `now`.":
            lambda x, eps, now, then: then[0] * (x - (1 - now[0] ** 2).sqrt() * eps) / now[0] + then[1] * eps,
        "You computed alpha from sigma at both levels. Not every schedule keeps the variance: use the alphas that are given.":
            lambda x, eps, now, then: (1 - then[1] ** 2).sqrt() * (x - now[1] * eps) / (1 - now[1] ** 2).sqrt() + then[1] * eps,
        "You computed the new alpha from the new sigma. Not every schedule keeps the variance: take the alpha of `then`.":
            lambda x, eps, now, then: (1 - then[1] ** 2).sqrt() * (x - now[1] * eps) / now[0] + then[1] * eps,
        "You clipped the clean data to [-1, 1]. That is for pixels; here nothing is known of its range. Leave it as it is.":
            lambda x, eps, now, then: then[0] * ((x - now[1] * eps) / now[0]).clamp(-1, 1) + then[1] * eps,
        "You clipped the result to [-1, 1]. x is noisy and has no range: leave it as it is.":
            lambda x, eps, now, then: ddim(x, eps, now, then).clamp(-1, 1),
        "You noised x once more. First take its noise away: what comes with alpha of `then` is the clean data.":
            lambda x, eps, now, then: then[0] * x + then[1] * eps,
        "You rescaled x to the new alpha, and its noise with it. Take the old noise away first, and add that of `then`.":
            lambda x, eps, now, then: then[0] * x / now[0],
        "The old noise is added, not taken away: the clean data is what is left of x without it.":
            lambda x, eps, now, then: then[0] * (x + now[1] * eps) / now[0] + then[1] * eps,
        "The new noise is taken away, not added: at the level `then` there still is some.":
            lambda x, eps, now, then: then[0] * (x - now[1] * eps) / now[0] - then[1] * eps,
        "You take away eps whole. The noise in x is sigma of `now` times eps.":
            lambda x, eps, now, then: then[0] * (x - eps) / now[0] + then[1] * eps,
        "You add eps whole. The noise at the new level is sigma of `then` times eps.":
            lambda x, eps, now, then: then[0] * (x - now[1] * eps) / now[0] + eps,
        "Brackets are missing: only x was divided by alpha, not what is left of it without its noise.":
            lambda x, eps, now, then: then[0] * (x / now[0] - now[1] * eps) + then[1] * eps,
        "Brackets are missing: only the noise was divided by alpha, not x without it.":
            lambda x, eps, now, then: then[0] * (x - now[1] * eps / now[0]) + then[1] * eps,
        "Brackets are missing: alpha of `then` multiplies x alone, not all of the clean data.":
            lambda x, eps, now, then: then[0] * x - now[1] * eps / now[0] + then[1] * eps,
        "You multiplied by alpha of `now`, and have to divide: the clean data was made smaller by it.":
            lambda x, eps, now, then: then[0] * (x - now[1] * eps) * now[0] + then[1] * eps,
        "You divided by sigma of `now`. The clean data came with alpha: divide by that.":
            lambda x, eps, now, then: then[0] * (x - now[1] * eps) / now[1] + then[1] * eps,
        "alpha and sigma of `now` changed places: a level is (alpha, sigma).": lambda x, eps, now, then: ddim(x, eps, now.flip(0), then),
        "alpha and sigma of `then` changed places: a level is (alpha, sigma).": lambda x, eps, now, then: ddim(x, eps, now, then.flip(0)),
        "The new level plays no part: you put the clean data back to where it was. Use alpha and sigma of `then`.":
            lambda x, eps, now, then: 1 * x,
        "The noise is scaled together with the signal: sigma of `then` multiplies eps alone, outside the bracket.":
            lambda x, eps, now, then: then[0] * ((x - now[1] * eps) / now[0] + then[1] * eps),
        "The difference of the noise goes by sigma / alpha, not by sigma, when the signal is scaled afterwards. Simpler: clean data first, then noise.":
            lambda x, eps, now, then: then[0] * (x / now[0] + (then[1] - now[1]) * eps),
        "You squared alpha and sigma: they multiply x0 and eps as they are.": lambda x, eps, now, then: ddim(x, eps, now**2, then**2),
        "You took roots: alpha and sigma are no squares here, they multiply x0 and eps as they are.":
            lambda x, eps, now, then: ddim(x, eps, now**0.5, then**0.5),
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
    seen = {}
    for asked in ((50, 1000), (10, 1000), (25, 100), (20, 20)):
        steps = answer(mine(*asked))
        if isinstance(steps, (int, float)) or isinstance(steps, Tensor) and not steps.ndim:
            raise Complaint("A single number came back; expected all the steps, as a list or a tensor.")
        seen[f"{asked[0]} steps of {asked[1]}"] = tensor_of(steps if isinstance(steps, Tensor) else list(steps), "a list of steps").double()
    if all(steps.numel() and steps.max() <= 1 for steps in seen.values()):
        raise Complaint("These are times between 0 and 1. Here the numbers of the steps are asked for: i = t * total - 1.")
    return seen


def strided(begin=lambda stride, steps, total: total - 1, stride=lambda steps, total: total // steps, drop=slice(None), more=()):
    """A candidate that counts down in strides from some beginning, and leaves some out or adds some."""
    def mine(steps, total=1000):
        by = stride(steps, total)
        return [*range(begin(by, steps, total), -1, -by)][drop] + list(more)

    return mine


visited = Check(
    ask_steps,
    lambda steps, total=1000: range(total - 1, -1, -(total // steps)),
    {
        "These are the last steps of the chain, where hardly any noise is left. A walk begins at the noisiest step and takes strides of total / steps.":
            zoo.strided_b,
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
        "These are the steps at which each stride arrives. The network is asked where a stride begins: start at total - 1, and leave out what lies at or below 0.":
            lambda steps, total=1000: range(total - 1 - total // steps, -2, -(total // steps)),
        "These are the steps at which each stride arrives, and one is missing. The network is asked where a stride begins: start at total - 1.":
            strided(drop=slice(1, None)),
        "The last question is missing: the walk still asks a full stride away from the data.": strided(drop=slice(None, -1)),
        "`steps` is the number of the strides, not their length: a stride is total / steps long.": strided(stride=lambda steps, total: steps),
        "`steps` is the number of the strides, not their length, and you begin one stride too low: a stride is total / steps long, and the first step is total - 1.":
            strided(lambda stride, steps, total: total - steps, lambda steps, total: steps),
        "`steps` is the number of the strides, not their length: a stride is total / steps long. And the noisiest step comes first.":
            lambda steps, total=1000: range(0, total, steps),
        "Step 0 does not belong in it: from the last step of the list, a full stride leads to the data.": strided(more=(0,)),
        "Both ends are in it, and the steps between are no whole numbers. Here all strides are equal, also the last one to the data: total / steps.":
            lambda steps, total=1000: torch.linspace(total - 1, 0, steps),
        "Both ends are in it, cut down to whole numbers. Here all strides are equal, also the last one to the data: total / steps.":
            lambda steps, total=1000: torch.linspace(total - 1, 0, steps).long(),
        "Both ends are in it, and the data comes first. A walk begins at total - 1, and all its strides are equal, also the last one to the data.":
            lambda steps, total=1000: torch.linspace(0, total - 1, steps).round(),
        "You count from total to 0: there is one number too many, and each is one too high. The steps are counted from 0 to total - 1.":
            lambda steps, total=1000: range(total, -1, -(total // steps)),
        "These are steps counted down from total, ends included as by linspace: the noisiest is total - 1, and all strides are equal.":
            lambda steps, total=1000: torch.linspace(total, 0, steps).round(),
        "These are the steps from the data up, and the noisiest is among them. A walk begins with it: turn the list around, and shift it.":
            lambda steps, total=1000: range(1, total, total // steps),
        "This is a walk through a chain of `steps` steps. Take every (total / steps)-th of a chain of `total`.":
            lambda steps, total=1000: range(steps, 0, -1),
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
    levels = {"a large step at much noise": (0.3, 0.2), "a small step": (0.1, 0.8), "a small step at little noise": (0.05, 0.9)}
    questions = {
        name: dict(zip(("x", "x0", "beta", "before", "fresh"), (*draws(2), *level, draws(3)[2]))) for name, level in levels.items()
    }
    return ask(mine, questions, ("x0", "x", "fresh"), "You drew noise of your own. Use `fresh`, so that the same dice give the same walk.")


def ancestral(x, x0, beta, before, fresh, weights=None, spread=None, after=None):
    """The solution of exercise 4; or with other weights (of x0, of x), another standard deviation or another level."""
    after = before * (1 - beta) if after is None else after
    of_x0, of_x = weights or (before**0.5 * beta / (1 - after), (1 - beta) ** 0.5 * (1 - before) / (1 - after))
    return of_x0 * x0 + of_x * x + (((1 - before) / (1 - after) * beta) ** 0.5 if spread is None else spread) * fresh


def share_before(beta, before):
    """(1 - before) / (1 - after), the share of the noise that was there before the step."""
    return (1 - before) / (1 - before * (1 - beta))


def kept_whole(beta, before):
    """The weights of x0 and x where the old noise is kept whole, as in DDIM."""
    of_x = ((1 - before) / (1 - before * (1 - beta))) ** 0.5
    return before**0.5 - of_x * (before * (1 - beta)) ** 0.5, of_x


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
        "Old and fresh noise are both at full strength, so there is too much: the kept part of the old noise must become smaller. The posterior's mean does that.":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, kept_whole(beta, before)),
        "That is a step of DDIM: it keeps the old noise whole and adds none. Here fresh noise takes the place of some of it.":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, kept_whole(beta, before), spread=0.0),
        "The mean is right, but beta is a variance, and that of the step forward. fresh wants the posterior's standard deviation: multiply by (1 - before) / (1 - after), and take the root.":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, spread=beta),
        "The mean is right, but fresh noise comes at full strength: multiply it by the posterior's standard deviation.":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, spread=1.0),
        "The mean is right, but you subtract the fresh noise. Add it, so that the same dice give the same walk as everybody's.":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, -fresh),
        "The mean is right, but the fraction in the variance is upside down: less noise before the step means a surer posterior.":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, spread=(beta / share_before(beta, before)) ** 0.5),
        "The mean is right, but the variance is not divided by 1 - after.":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, spread=((1 - before) * beta) ** 0.5),
        "The mean is right, but you added the noise of the level after the step. Use the posterior's standard deviation.":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, spread=(1 - before * (1 - beta)) ** 0.5),
        "x goes a step forward: you shrank it and added beta's noise. Go back: the posterior's mean, and its own noise.":
            lambda x, x0, beta, before, fresh: (1 - beta) ** 0.5 * x + beta**0.5 * fresh,
        "The guess plays no part: x was only scaled up again. The posterior's mean contains x0.":
            lambda x, x0, beta, before, fresh: x / (1 - beta) ** 0.5 + (share_before(beta, before) * beta) ** 0.5 * fresh,
        "In the mean, sqrt(before) is missing at x0: before the step the signal had shrunk by that.":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, (
                beta / (1 - before * (1 - beta)), (1 - beta) ** 0.5 * share_before(beta, before))),
        "In the mean, x is not weighed by 1 - before, the noise that was there before the step.":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, (
                before**0.5 * beta / (1 - before * (1 - beta)), (1 - beta) ** 0.5 / (1 - before * (1 - beta)))),
        "In the mean, x0 is not weighed by beta, the noise that the step added: the less, the more x counts.":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, (
                before**0.5 / (1 - before * (1 - beta)), (1 - beta) ** 0.5 * share_before(beta, before))),
        "x0's weight holds the signal after the step. It speaks of x before it: sqrt(before).":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, (
                (before * (1 - beta)) ** 0.5 * beta / (1 - before * (1 - beta)), (1 - beta) ** 0.5 * share_before(beta, before))),
        "You took `after` to be before - beta. The step multiplies the signal's share: after = before * (1 - beta).":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, after=before - beta),
        "You took `after` to be before * beta. What the step keeps is 1 - beta: after = before * (1 - beta).":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, after=before * beta),
        "You took `after` to be 1 - beta, as if the chain began with this step: after = before * (1 - beta).":
            lambda x, x0, beta, before, fresh: ancestral(x, x0, beta, before, fresh, after=1 - beta),
    },
    [
        "The posterior is a Gaussian with a mean and a variance, both from lesson 01. A draw from it is the mean plus its standard deviation times `fresh`.",
        "With after = before * (1 - beta): the mean is a weighted sum of x0 and x over (1 - after), the variance is (1 - before) / (1 - after) * beta.",
        "The weight of x0 is sqrt(before) * beta, that of x is sqrt(1 - beta) * (1 - before). Do not forget the root of the variance.",
    ],
)  # fmt: skip
