"""Lesson 04, exercise "an opinion about clean pictures": the check `taste`."""

import torch

from ..data import triangle
from ..denoisers import NULL, to_x0
from ..schedules import Cosine
from . import Check
from .lesson04_shared import (
    ATTACHED,
    CARELESS,
    NO_SIGMA,
    OVERWROTE,
    POINTS,
    PUSHES,
    TIMES,
    gradient,
    guess,
    leaving,
    pushed_by,
    pushing,
)


def lopsided(x0):
    """An energy [B] of clean points [B, 2]: low near (1, 0), and no symmetry that could hide a mistake."""
    return (x0[:, 0] - 1) ** 2 + 0.5 * x0[:, 1] ** 4 + x0[:, 0] * x0[:, 1]


def ask_taste(taste):
    """The push of the exact denoiser of the triangle, at two levels and scales and with a level for each, with and without a label."""
    world, y, seen = triangle(Cosine()), torch.tensor([0, NULL, 2, 1]), {}
    for name, (scale, t) in TIMES.items():
        steered = taste(world.denoiser, lopsided, world.schedule, scale)
        seen[f"the push at {name}"] = pushed_by(steered, world.denoiser(POINTS, t, y), POINTS, t, y)
    return seen


def tasting(push=lambda v: v.sigma * v.slope, shown=guess):
    """The energy is a wish that falls: minus its gradient is the slope."""
    return pushing(lambda v: -gradient(lambda x: v.guide(shown(v, x)), v.x), push)


taste = Check(
    ask_taste,
    solution=tasting(),
    mistakes={
        "You climb the energy: it is low where you like it, so go down. eps = -sigma * score turns the minus into a plus.": tasting(lambda v: -v.sigma * v.slope),
        "The energy judges the noisy x_t. Show it the guess of clean data: to_x0(eps, x_in, *schedule.at(t, x)).": tasting(shown=lambda v, x: x),
        "The energy judges the noise, not the clean data. Turn eps into x0 first: to_x0.": tasting(shown=lambda v, x: v.denoiser(x, v.t, v.y)),
        "The gradient does not run through the denoiser: its answer was held fixed. Ask it again for the copy x_in, inside enable_grad.": tasting(shown=lambda v, x: guess(v, x, asked_at=v.x)),
        "That is the gradient with respect to the guess. You push x_t, so start the chain there: the copy x_in.": pushing(lambda v: -gradient(v.guide, guess(v, v.x))),
        "The guess was made for NULL. Ask the denoiser for y: the guess must be the one that the walk is heading for.": tasting(shown=lambda v, x: guess(v, x, y=v.null)),
        NO_SIGMA: tasting(lambda v: v.slope),
        "You asked the denoiser for NULL, both for its answer and for the guess. Ask it for y, the label that the walk is heading for.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x, y=v.null)), v.x), base=lambda v: v.denoiser(v.x, v.t, v.null)),
        "The answer that you push is the one for NULL. Ask the denoiser for y.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x)), v.x), base=lambda v: v.denoiser(v.x, v.t, v.null)),
        "alpha and sigma changed places, in the guess and in the push: schedule.at(t, x) gives (alpha, sigma).": tasting(lambda v: v.alpha * v.slope, shown=lambda v, x: to_x0(v.denoiser(x, v.t, v.y), x, v.sigma, v.alpha)),
        "alpha and sigma changed places in the guess: to_x0(eps, x_in, alpha, sigma).": tasting(shown=lambda v, x: to_x0(v.denoiser(x, v.t, v.y), x, v.sigma, v.alpha)),
        "The guess is not divided by alpha: x without its noise is alpha times the clean data. Use to_x0.": tasting(shown=lambda v, x: x - v.sigma * v.denoiser(x, v.t, v.y)),
        "The guess takes away eps whole, not sigma times eps. Use to_x0.": tasting(shown=lambda v, x: (x - v.denoiser(x, v.t, v.y)) / v.alpha),
        "In the guess, x was held fixed: the gradient runs through the denoiser's answer only. Give to_x0 the copy x_in, too.": tasting(shown=lambda v, x: to_x0(v.denoiser(x, v.t, v.y), v.x, v.alpha, v.sigma)),
        "The gradient is divided by the root of the batch's energy, as in a recipe of diffusion posterior sampling. Here it counts as it is.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x)), v.x) / v.guide(guess(v, v.x)).sum().abs().sqrt()),
        "The gradient is divided by the root of each sample's energy. Here it counts as it is.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x)), v.x) / v.guide(guess(v, v.x)).abs().sqrt()[:, None]),
        "You push by the energy itself. Which way it falls is told by its gradient with respect to x_t.": pushing(lambda v: -v.guide(guess(v, v.x))[:, None] * torch.ones_like(v.x)),
        "The energy's square was differentiated. Take the gradient of the energy itself.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x)) ** 2, v.x)),
        "The energy's exponential was differentiated. Minus the energy is the logarithm already: take its gradient.": pushing(lambda v: gradient(lambda x: (-v.guide(guess(v, x))).exp(), v.x)),
        "The gradient with respect to the guess was divided by alpha: that leaves out the way through the denoiser. Start the chain at x_in, inside enable_grad.": pushing(lambda v: -gradient(v.guide, guess(v, v.x)) / v.alpha / v.alpha),
        "The denoiser's answer is missing: that is the push alone.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x)), v.x), base=lambda v: 0 * v.x),
        "You pushed x. A denoiser answers with noise: start from its answer for y.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x)), v.x), base=lambda v: v.x),
        "You pushed the guess of clean data. A denoiser answers with noise: start from its answer for y.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x)), v.x), base=lambda v: guess(v, v.x)),
        "The energy plays no part: that is the denoiser's answer for y.": tasting(lambda v: 0 * v.x),
        "The scale multiplies the denoiser's answer too. Only the push is scaled.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x)), v.x), base=lambda v: v.scale * v.denoiser(v.x, v.t, v.y)),
        "The scale plays no part: every scale gives the same push.": tasting(lambda v: v.sigma * v.slope / v.scale),
        OVERWROTE: leaving(tasting(), out=lambda out, y: (out, y.fill_(NULL))[0]),
        **{sentence: tasting(push) for sentence, push in PUSHES.items()},
        CARELESS: leaving(tasting(), x=torch.Tensor.requires_grad_),
        ATTACHED: leaving(tasting(), out=lambda out, y: out.requires_grad_()),
    },
    hints=[
        "Draw the chain: x_t -> denoiser -> eps -> to_x0 -> clean guess -> energy. You need the gradient of its end with respect to its start.",
        "Everything from x_in = x.detach().requires_grad_() to torch.autograd.grad(energy(clean).sum(), x_in)[0] is inside enable_grad.",
        "The log-probability of section 2 becomes minus the energy. So: eps - scale * sigma * (minus the gradient). Detach the eps that you return.",
    ],
)  # fmt: skip
