"""Lesson 07, exercise "compose": the check `blend`."""

import torch

from ..denoisers import NULL
from . import Check, function_of, lend
from .lesson07_shared import asked, points, toy
from .reading import comparable, near, weights

BLENDS = (  # labels, scales and times
    ([0, 2], [1.0, 1.0], 0.5), ([1, 3], [2.0, -0.5], 0.25), ([2], [3.0], 0.75), ([0, 1, 2], [0.5, 1.5, -1.0], 0.5),
    ([3], [1.0], 0.25), ([1], [-0.5], 0.5),
)  # fmt: skip


def ask_blend(blend):
    """One label, two, three; a NOT among them; the labels of the caller must survive."""
    x, y = points()
    cure = "make new labels with torch.full_like"
    return [lend(function_of(blend(toy, [*labels], [*scales])), x=x, t=t, y=y, cure=cure) for labels, scales, t in BLENDS]


def mixed(rule, null=NULL, names=lambda labels: labels):
    """A candidate out of a rule (answers [K], NULL's answer, the plain answer, scales) -> eps."""

    def blend(denoiser, labels, scales):
        def blended(x, t, y):
            parts = [denoiser(x, t, torch.full_like(y, label)) for label in names(labels)]
            return rule(parts, denoiser(x, t, torch.full_like(y, null)), denoiser(x, t, y), scales)

        return blended

    return blend


def chained(parts, null, plain, scales):
    """The mistake of pushing each label away from what came before it."""
    out = null
    for scale, part in zip(scales, parts):
        out = out + scale * (part - out)
    return out


def right_blend(parts, null, plain, scales):
    """NULL's answer, and of each label its push."""
    return null + sum(s * (p - null) for s, p in zip(scales, parts))


def explain_blend(mine, right):
    """With one label: how much of it and of NULL; with several: are they added?"""
    if not comparable(mine, right):
        return None
    x, y = points()
    for (labels, scales, t), out, wanted in zip(BLENDS, mine, right):
        if len(labels) > 1 or near(out, wanted):
            continue
        found = weights(out, asked(x, t, y, labels[0]).double(), asked(x, t, y, NULL))
        said = f"With one label, {labels[0]}, at scale {scales[0]:g}"
        if found is None:
            return f"{said}, your answer is no weighted sum of its answer and NULL's. Ask for these two only, at x and t as they come: y plays no part."
        if abs(sum(found) - 1) > 1e-3:
            return f"{said}, you weigh its answer with {found[0]:.3g} and NULL's with {found[1]:.3g}: the weights must sum to 1. Start from NULL's answer, and add a difference."
        return f"{said}, you weigh its answer with {found[0]:.3g}. A push is as strong as its scale, whatever its sign: its weight is the scale itself."
    return "One label alone comes out right, several do not. Start from NULL's answer once; then each label, at its place in both lists, adds its own push from NULL."


blend = Check(
    ask_blend,
    explain=explain_blend,
    solution=mixed(right_blend),
    mistakes={
        "You forgot to start from NULL's answer: the pushes alone are no answer. Add it once.":
            mixed(lambda parts, null, plain, scales: sum(s * (p - null) for s, p in zip(scales, parts))),
        "You add the answers themselves, not their differences from NULL: two labels then say twice how much noise there is.":
            mixed(lambda parts, null, plain, scales: sum(s * p for s, p in zip(scales, parts))),
        "You start from NULL, but add whole answers: subtract NULL's answer from each before you weigh it.":
            mixed(lambda parts, null, plain, scales: null + sum(s * p for s, p in zip(scales, parts))),
        "You divided by the sum of the scales: that is a mean of wishes. AND adds the pushes, each at its full scale.":
            mixed(lambda parts, null, plain, scales: null + sum(s * (p - null) for s, p in zip(scales, parts)) / sum(scales)),
        "You divided by the number of labels: that is a mean of wishes. AND adds the pushes, each at its full scale.":
            mixed(lambda parts, null, plain, scales: null + sum(s * (p - null) for s, p in zip(scales, parts)) / len(parts)),
        "NOT became AND: a negative scale must stay negative. Leave abs and clamp away.":
            mixed(lambda parts, null, plain, scales: null + sum(abs(s) * (p - null) for s, p in zip(scales, parts))),
        "The differences start from the label that is asked for. They must start from NULL: y plays no part here.":
            mixed(lambda parts, null, plain, scales: plain + sum(s * (p - plain) for s, p in zip(scales, parts))),
        "You push each label away from what came before it, so that their order matters. All pushes start from NULL. (`out += ...` changes `null` too, if both are one tensor: write `out = out + ...`.)":
            mixed(chained),
        "You add a whole answer for each label, and NULL's with each of them. Add NULL's answer once, and for each label only its push.":
            mixed(lambda parts, null, plain, scales: sum(null + s * (p - null) for s, p in zip(scales, parts))),
        "Only the last label counts: your loop replaces the push instead of adding to it.":
            mixed(lambda parts, null, plain, scales: null + scales[-1] * (parts[-1] - null)),
        "Only the first label counts: does your loop return too early?": mixed(lambda parts, null, plain, scales: null + scales[0] * (parts[0] - null)),
        "Your reference is label 0, and 0 is a class. No label is NULL, which is -1.": mixed(right_blend, null=0),
        "You ask for the places in the list, 0, 1, 2 ..., not for the labels that stand there.": mixed(right_blend, names=lambda labels: range(len(labels))),
        "The scales play no part: each label pushes with its own.": mixed(lambda parts, null, plain, scales: null + sum(p - null for p in parts)),
        "You start from the answer for y, or y pushes too. Start from NULL's answer: y plays no part here.": mixed(lambda parts, null, plain, scales: plain + sum(s * (p - null) for s, p in zip(scales, parts))),
        "The sign is wrong: you push away from each label. The difference is the label's answer minus NULL's.": mixed(lambda parts, null, plain, scales: null - sum(s * (p - null) for s, p in zip(scales, parts))),
        "You divided by the sum of the scales without their signs: that is a mean of wishes. AND adds the pushes, each at its full scale.":
            mixed(lambda parts, null, plain, scales: null + sum(s * (p - null) for s, p in zip(scales, parts)) / sum(map(abs, scales))),
        "The weights of NULL and the labels do not sum to 1: with weight scale for each label, NULL keeps 1 minus all of them.": mixed(lambda parts, null, plain, scales: (1 - scales[0]) * null + sum(s * p for s, p in zip(scales, parts))),
        "NOT is lost: you leave out the labels of negative scale. They push too, the other way.": mixed(lambda parts, null, plain, scales: null + sum(max(s, 0.0) * (p - null) for s, p in zip(scales, parts))),
        "All labels get the sum of the scales. Each has a scale of its own: zip(labels, scales).": mixed(lambda parts, null, plain, scales: null + sum(scales) * sum(p - null for p in parts)),
    },
    hints=[
        "Ask once without a label, and once for each label. What does one label add to the answer of NULL?",
        "Each label adds scale * (its answer - NULL's answer). Where do the additions start?",
        "null + sum(scale * (part - null) for ...), with labels made by torch.full_like(y, label).",
    ],
)  # fmt: skip
