"""Lesson 07, exercise "a negative prompt by hand": the check `away`."""

import torch

from .. import zoo
from ..denoisers import NULL
from . import Check, function_of, lend
from .lesson07_shared import asked, points, toy
from .reading import comparable, near, weights

AWAY = ((2.0, 0.5), (1.0, 0.25), (4.0, 0.75), (0.0, 0.5))  # scales and times


def ask_away(away):
    """Avoid label 1 at several scales and times; the labels of the caller must survive."""
    x, y = points()
    cure = "the next step of the walk would get that. Make new labels with torch.full_like"
    return [lend(function_of(away(toy, 1, scale)), x=x, t=t, y=y, cure=cure) for scale, t in AWAY]


def pushed(rule):
    """A candidate out of a rule (answer for the wanted, for the unwanted, for NULL, scale) -> eps."""
    return lambda denoiser, unwanted, scale: lambda x, t, y: rule(
        denoiser(x, t, y), denoiser(x, t, torch.full_like(y, unwanted)), denoiser(x, t, torch.full_like(y, NULL)), scale)  # fmt: skip


def same_for_all(denoiser, unwanted, scale):
    """The mistake of asking for the first sample's label."""
    right = pushed(lambda a, b, null, s: b + s * (a - b))(denoiser, unwanted, scale)
    return lambda x, t, y: right(x, t, y[:1].expand_as(y))


def explain_away(mine, right):
    """How much of the wanted, the unwanted and NULL's answer is in it, scale by scale."""
    if not comparable(mine, right):
        return None
    x, y = points()
    for (scale, t), out, wanted in zip(AWAY, mine, right):
        parts = asked(x, t, y, 0), asked(x, t, y, 1), asked(x, t, y, NULL)
        found = weights(out, toy(x, t, y).double(), *parts[1:])
        if near(out, wanted):
            continue
        if found is None:
            return f"At scale {scale:g} your answer is no weighted sum of the two answers, for y and for the unwanted label. Ask for both at x and t as they come, then combine them."
        a, b, null = found
        if abs(null) > 1e-3:
            return f"At scale {scale:g} there is {null:.3g} times NULL's answer in yours. NULL plays no part here: the step leads from the unwanted answer to the wanted one."
        if abs(a + b - 1) > 1e-3:
            return f"At scale {scale:g} you weigh the wanted answer with {a:.3g} and the unwanted with {b:.3g}: the weights must sum to 1. Add a difference to where it starts."
        return f"At scale {scale:g} you weigh the wanted answer with {a:.3g} and the unwanted with {b:.3g}. Scale 0 is the unwanted answer, 1 the wanted one; go on along that line, at the same pace."
    return None


away = Check(
    ask_away,
    explain=explain_away,
    solution=pushed(lambda a, b, null, s: b + s * (a - b)),
    mistakes={
        "The unwanted label plays no part: your reference is NULL, and that is plain cfg. Step away from the unwanted label's answer.":
            pushed(lambda a, b, null, s: null + s * (a - null)),
        "You go towards the unwanted label: at scale 1 you are there. Swap target and reference.":
            pushed(lambda a, b, null, s: a + s * (b - a)),
        "One too many: your scale 0 is the target, as w in the paper. Here scale 1 is the target; start from the unwanted answer.":
            pushed(lambda a, b, null, s: a + s * (a - b)),
        "You start from NULL and step from the unwanted to the wanted: the weights sum to 1, but at scale 1 it is not the plain answer. Start where the step starts.":
            zoo.away_a,
        "Your weights do not sum to 1: you subtract the unwanted answer, not a difference of two. It is reference + scale * (target - reference).":
            pushed(lambda a, b, null, s: a - s * b),
        "The sign is wrong: you step from the unwanted answer away from the wanted one. The difference is target minus reference.":
            pushed(lambda a, b, null, s: b - s * (a - b)),
        "Your scale 1 is the unwanted answer: you step (scale - 1) times from there. That factor belongs to a step that starts from the target.":
            pushed(lambda a, b, null, s: b + (s - 1) * (a - b)),
        "The wanted label plays no part: you push NULL's answer away from the unwanted. The target is denoiser(x, t, y).": pushed(lambda a, b, null, s: b + s * (null - b)),
        "You push the wanted answer away from NULL, starting at the unwanted. The step leads from the unwanted answer to the wanted one.": pushed(lambda a, b, null, s: b + s * (a - null)),
        "You push from NULL to the unwanted and turn that round. The wanted answer needs only the unwanted as its reference; NULL plays no part.": pushed(lambda a, b, null, s: a - s * (b - null)),
        "You push away from the unwanted (scale - 1) times, but measure that push from NULL. Measure it from the wanted answer: both in one difference.": pushed(lambda a, b, null, s: a - (s - 1) * (b - null)),
        "That is the push alone. Add it to where it starts: the unwanted answer.": pushed(lambda a, b, null, s: s * (a - b)),
        "Your weights sum to scale - 1: the whole unwanted answer is subtracted. Its weight is 1 - scale.": pushed(lambda a, b, null, s: s * a - b),
        "The unwanted answer is added: with weight scale for the wanted one, it gets 1 - scale, which is negative beyond 1.": pushed(lambda a, b, null, s: s * a + (s - 1) * b),
        "At scale 1 and below, yours is the plain answer. The rule goes on: at scale 0 the reference itself comes out.": pushed(lambda a, b, null, s: b + max(s, 1.0) * (a - b)),
        "Your scale stops at 1. A push begins where you go beyond the wanted answer: do not clamp.": pushed(lambda a, b, null, s: b + min(s, 1.0) * (a - b)),
        "All samples get the label of the first. Each wants its own: hand y on as it is.": same_for_all,
    },
    hints=[
        "It is guide with another reference. Which two answers do you need, and which one do you start from?",
        "The unwanted label for everybody: torch.full_like(y, unwanted). At scale 1 the plain answer must come out.",
        "reference + scale * (target - reference), where the target is denoiser(x, t, y).",
    ],
)  # fmt: skip
