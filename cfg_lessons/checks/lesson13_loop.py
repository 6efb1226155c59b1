"""Lesson 13, exercise "the whole walk": the check `loop`."""

import torch

from .. import zoo
from ..denoisers import NULL
from . import Check
from .panels import ask_loop, hand_walk, nulls

loop = Check(
    ask_loop,
    solution=hand_walk(),
    mistakes={
        "The network still drops labels: it is in training mode. Call network.eval() before the walk, and put it back after it.": zoo.walk_a,
        "A graph over all steps hangs on your answer, and costs memory. Walk inside `with torch.no_grad():`.": zoo.walk_b,
        "You clipped each answer before you guided. Guidance then leads beyond [-1, 1] again: guide first, then clip.": zoo.walk_c,
        "Nothing is clipped: x0 must stay in [-1, 1] at each step.": hand_walk(settle=lambda x0, eps, *at: (x0, eps)),
        "You clip only at the end. Clip x0 at each step, before you go on.": lambda *parts: hand_walk(settle=lambda x0, eps, *at: (x0, eps))(*parts).clamp(-1, 1),
        "You go on with the old noise, which belongs to the x0 before clipping. With the new x0, x holds other noise: (x - alpha * x0) / sigma.": hand_walk(settle=lambda x0, eps, *at: (x0.clamp(-1, 1), eps)),
        "You clipped x0 to [0, 1]. The data of this course reach from -1 to 1.": hand_walk(settle=lambda x0, eps, x, alpha, sigma: (x0.clamp(0, 1), (x - alpha * x0.clamp(0, 1)) / sigma)),
        "You clipped the noise. Clip clean data: turn eps into x0 first.": hand_walk(rule=lambda a, b, s: (b + s * (a - b)).clamp(-1, 1), settle=lambda x0, eps, *at: (x0, eps)),
        "The unconditional answer is that for label 0, and 0 is a class. No label is NULL, which is -1.": hand_walk(lambda y: (y, 0 * y)),
        "Both questions were asked with the label, so nothing guides. One needs NULL in place of every label.": hand_walk(lambda y: (y, y)),
        "Target and reference are swapped: your scale 1 is NULL's answer.": hand_walk(lambda y: (nulls(y), y)),
        "Your scale is Ho & Salimans' w: at 1 you push already.": hand_walk(rule=lambda a, b, s: a + s * (a - b)),
        "The walk is right, but it leaves the network in eval mode. Note network.training first, and put it back: network.train(was).": hand_walk(after=lambda network, was: None),
        "The walk is right, but it leaves the network in training mode, and it may have been in eval mode. Put back what you found.": hand_walk(after=lambda network, was: network.train()),
        "You count times in thousandths, from `steps` down: the walk begins where hardly any noise is expected. Begin at t = 1.": hand_walk(times=lambda steps: torch.arange(steps, -1, -1) / 1000),
        "One stride is missing: `steps` strides need steps + 1 times, from 1 down to 0.": hand_walk(times=lambda steps: torch.linspace(1, 0, steps)),
        "The last stride is missing: your walk stops before t = 0.": hand_walk(times=lambda steps: torch.linspace(1, 0, steps + 1)[:-1]),
        "The walk is right, but you wrote over the x that you were given. Make new tensors.": lambda network, schedule, x, *rest: x.copy_(hand_walk()(network, schedule, x, *rest)),
        "You wrote into the labels that you were given: from the second step on, all are NULL. Use torch.full_like(y, NULL).": hand_walk(lambda y: (y.clone(), y.fill_(NULL))),
    },
    hints=["Before the walk: the network's mode, and gradients off. In it: ask, guide, clip, step. After it: the mode again.",
           "schedule.times(steps) are the times, schedule.at(t, x) is (alpha, sigma). x0 = (x - sigma * eps) / alpha, clipped; then eps anew, from x and x0.",
           "for now, then in pairwise(schedule.times(steps)): eps = u + scale * (c - u); x0 = to_x0(eps, x, *schedule.at(now, x)).clamp(-1, 1); eps = (x - alpha * x0) / sigma; x = alpha2 * x0 + sigma2 * eps."],
)  # fmt: skip
