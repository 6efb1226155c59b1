"""Lesson 02, exercise "the noise in v": the check `eps_from_v`."""

from . import Check
from .lesson02_shared import ask, draws


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
