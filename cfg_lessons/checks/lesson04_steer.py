"""Lesson 04, exercise "steer": the check `steer`."""

import torch

from .. import zoo
from ..data import triangle
from ..denoisers import NULL
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
    logs,
    own,
    pushed_by,
    pushing,
)


def ask_steer(steer):
    """The push at two scales and levels, and with a level for each sample; a denoiser whose answer for a label is a little off."""
    world, y, seen = triangle(Cosine()), torch.tensor([0, 1, 2, 1]), {}

    def denoiser(x, t, y):
        return world.denoiser(x, t, y) + 0.1 * (y != NULL)[:, None]

    for name, (scale, t) in TIMES.items():
        steered = steer(denoiser, world.classifier, world.schedule, scale)
        seen[f"the push at {name}"] = pushed_by(steered, denoiser(POINTS, t, torch.full_like(y, NULL)), POINTS, t, y)
    return seen


def steering(push=lambda v: v.sigma * v.slope, wish=lambda logits, y: own(logs(logits), y), base=lambda v: v.denoiser(v.x, v.t, v.null)):
    """A candidate for `steer`: the slope of a wish, (logits, y) -> [B]."""
    return pushing(lambda v: gradient(lambda x: wish(v.guide(x, v.t), v.y), v.x), push, base)


def steering_at(time):
    """A candidate for `steer` that asks the classifier at time(t)."""
    return pushing(lambda v: gradient(lambda x: own(logs(v.guide(x, time(v.t))), v.y), v.x), base=lambda v: v.denoiser(v.x, v.t, v.null))


steer = Check(
    ask_steer,
    solution=steering(),
    mistakes={
        NO_SIGMA: zoo.steer_c,
        **{sentence: steering(push) for sentence, push in PUSHES.items()},
        "The sign is the wrong way round: you push away from the label. The noise is minus the score, so subtract.": steering(lambda v: -v.sigma * v.slope),
        "The scale multiplies the denoiser's answer too. Only the push is scaled.": steering(base=lambda v: v.scale * v.denoiser(v.x, v.t, v.null)),
        "The scale plays no part: every scale gives the same push.": steering(lambda v: v.sigma * v.slope / v.scale),
        "The denoiser's answer is missing: that is the push alone.": steering(base=lambda v: 0 * v.x),
        "You pushed x. A denoiser answers with noise: start from the denoiser's answer for NULL.": steering(base=lambda v: v.x),
        "You pushed x, and asked the denoiser there. Ask it at x, and push its answer.": steering(lambda v: 0 * v.x, base=lambda v: v.denoiser(v.x + v.scale * v.sigma * gradient(lambda x: own(logs(v.guide(x, v.t)), v.y), v.x), v.t, v.null)),
        "The classifier plays no part: that is the denoiser's answer for NULL.": steering(lambda v: 0 * v.x),
        "The classifier plays no part: that is the denoiser's answer for y.": steering(lambda v: 0 * v.x, base=lambda v: v.denoiser(v.x, v.t, v.y)),
        "The classifier plays no part: that is classifier-free guidance, a step from NULL's answer to the label's. Take the classifier's gradient.": steering(lambda v: v.denoiser(v.x, v.t, v.null) - v.denoiser(v.x, v.t, v.y)),
        "The classifier was asked at t = 0, as if x were clean. It is a classifier of noisy data: hand t on.": steering_at(lambda t: 0.0),
        "The classifier was asked at t = 1, whatever the time is: hand t on.": steering_at(lambda t: 1.0),
        "The classifier was asked at the first sample's time for all: hand t on as it came.": steering_at(lambda t: torch.as_tensor(t).flatten()[0]),
        "The classifier was shown the guess of clean data. It is one of noisy data: show it x itself, at t.": pushing(lambda v: gradient(lambda x: own(logs(v.guide(guess(v, x, y=v.null), v.t)), v.y), v.x), base=lambda v: v.denoiser(v.x, v.t, v.null)),
        "The classifier was shown the denoiser's answer, which is noise. Show it x itself, at t.": pushing(lambda v: gradient(lambda x: own(logs(v.guide(v.denoiser(x, v.t, v.null), v.t)), v.y), v.x), base=lambda v: v.denoiser(v.x, v.t, v.null)),
        "You climb towards the likeliest label, whatever y asks for. Take the log-probability of y: log_likelihood.": steering(wish=lambda logits, y: logs(logits).max(-1).values),
        "You climb the sum of all labels' log-probabilities: y plays no part. Take that of y: log_likelihood.": steering(wish=lambda logits, y: logs(logits).sum(-1)),
        "You climb towards the first sample's label for all. Each has its own: log_likelihood.": steering(wish=lambda logits, y: logs(logits)[:, y[0]]),
        "The probabilities sum to 1 over the batch instead of over the labels. Use log_likelihood, or the last axis.": steering(wish=lambda logits, y: own(logits.log_softmax(0), y)),
        "A sigmoid asks of each label by itself. Here exactly one label is right: use log_likelihood.": steering(wish=lambda logits, y: own(logits, y).sigmoid().log()),
        "Softmax was taken twice: log_softmax (and cross_entropy) want the logits themselves. Use log_likelihood.": steering(wish=lambda logits, y: own(logs(logits.softmax(-1)), y)),
        "The scale is one too large: scale 1 is the right push. (s = 1 + w is another convention.)": steering(lambda v: (1 + 1 / v.scale) * v.sigma * v.slope),
        "You asked the denoiser for y, and pushed on top: the label counts twice. Ask it for NULL.": steering(base=lambda v: v.denoiser(v.x, v.t, v.y)),
        "You climb the logit, not the log-probability: the push away from the other labels is missing. Use log_likelihood.": steering(wish=own),
        "You climb the probability, not its logarithm. Use log_likelihood.": steering(wish=lambda logits, y: own(logits.softmax(-1), y)),
        "[y] picks rows of the batch, not columns of labels. Use log_likelihood, or [torch.arange(len(y)), y].": steering(wish=lambda logits, y: logs(logits)[y]),
        OVERWROTE: leaving(steering(), out=lambda out, y: (out, y.fill_(NULL))[0]),
        CARELESS: zoo.steer_b,
        ATTACHED: zoo.steer_a,
    },
    hints=[
        "steer gets functions and returns a function of (x, t, y). Three parts: the answer for NULL, the gradient, how to add them.",
        "The gradient: torch.autograd.grad(log_likelihood(classifier, x_in, t, y).sum(), x_in)[0], with x_in a detached copy that requires gradients.",
        "Then the third equation of section 2, with the scale before the push. sigma is schedule.at(t, x)[1].",
    ],
)  # fmt: skip
