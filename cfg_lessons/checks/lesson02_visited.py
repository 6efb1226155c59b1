"""Lesson 02, exercise "which steps to visit": the check `visited`."""

import torch
from torch import Tensor

from .. import zoo
from . import Check, Complaint, answer, tensor_of


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
