"""Lesson 02, exercise "a step of DDPM": the check `ddpm_step`."""

from . import Check
from .lesson02_shared import ask, draws


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
