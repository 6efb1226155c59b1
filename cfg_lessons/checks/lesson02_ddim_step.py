"""Lesson 02, exercise "a step of DDIM": the check `ddim_step`."""

import torch

from . import Check
from .lesson02_shared import ask, draws


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
