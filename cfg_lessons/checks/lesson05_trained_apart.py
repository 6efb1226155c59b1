"""Lesson 05, exercise "trained apart": the check `trained_apart`."""

import torch

from ..denoisers import NULL
from ..guidance import extrapolate
from . import Check, Complaint, function_of, lend, tensor_of
from .lesson05_shared import backwards, from_target, null_for


class HalfTrained:
    """A network that was trained on some labels only. Asked for others it answers nonsense, and notes it."""

    def __init__(self, knows, slope):
        self.knows, self.slope, self.misled, self.calls = knows, slope, False, 0

    def __call__(self, x, t, y):
        if not isinstance(y, torch.Tensor) or y.is_floating_point() or y.shape != x.shape[:1]:
            raise Complaint("A network wants one whole number as a label for each sample, a tensor [B]: given(denoiser, NULL), or torch.full_like(y, NULL).")
        self.calls, known = self.calls + 1, self.knows(y)[:, None]
        self.misled = self.misled or not known.all().item()
        return torch.where(known, self.slope * x + torch.as_tensor(t).reshape(-1, 1) ** 2 * (y[:, None] + 2.0), 50.0)


PINS_SWAPPED = "The pins are swapped: the conditional network is asked for NULL, the unconditional one for labels."
MISLED = "You asked the unconditional network for a label, and it never met one: its answer is nonsense. Pin it: given(unconditional, NULL)."
ASKED_NULL = "You asked the conditional network for NULL, which it never met. Let it answer for the label that is asked for."
CFG_OF_ONE = "That is cfg(conditional, scale): it asks the conditional network for NULL, which it never met. The reference is the other network."


def ask_apart(apart):
    """Guided noise at some scales, at one time and at a time for each; and complaints of a label that a network never met."""
    x, y, seen = torch.tensor([[0.5, -1.0], [2.0, 0.25], [1.0, 1.0]]), torch.tensor([1, 0, 5]), {}
    for scale, t in ((3.0, 0.5), (0.0, 0.2), (1.0, 0.4), (0.5, 0.8), (7.5, 0.9), (2.0, torch.tensor([0.2, 0.9, 0.6]))):
        conditional, unconditional = HalfTrained(lambda y: y != NULL, 0.5), HalfTrained(lambda y: y == NULL, -0.25)
        denoiser = function_of(apart(conditional, unconditional, scale))
        out = lend(denoiser, cure="the next step of the walk needs it. Use given, or torch.full_like(y, NULL)", x=x, t=t, y=y)
        if conditional.misled:
            raise Complaint(PINS_SWAPPED if unconditional.misled else ASKED_NULL if unconditional.calls else CFG_OF_ONE)
        if unconditional.misled:
            raise Complaint(MISLED)
        seen[f"scale {scale:g}" + (", a time for each" if isinstance(t, torch.Tensor) else "")] = tensor_of(out)
    return seen


def of_two(labels=lambda y: (y, null_for(y)), swap=False, rule=extrapolate):
    """A candidate: labels(y) are what the two are asked for."""

    def apart(conditional, unconditional, scale):
        def denoiser(x, t, y):
            for_first, for_second = labels(y)
            pair = conditional(x, t, for_first), unconditional(x, t, for_second)
            return rule(*(pair[::-1] if swap else pair), scale)

        return denoiser

    return apart


trained_apart = Check(
    ask_apart,
    solution=of_two(),
    mistakes={
        "Target and reference are swapped: you guide away from the conditional network. It is the target.": of_two(swap=True),
        MISLED: of_two(lambda y: (y, y)),
        ASKED_NULL: of_two(lambda y: (null_for(y), null_for(y))),
        CFG_OF_ONE: lambda conditional, unconditional, scale: of_two()(conditional, conditional, scale),
        "Your scale is Ho & Salimans' w: 0 should be the unconditional answer, 1 the conditional one.": of_two(rule=from_target),
        PINS_SWAPPED: of_two(lambda y: (null_for(y), y)),
        "At scale 1 and below you do not guide, as diffusers does. The line holds there too, and scale 0 is the unconditional answer: leave out the `if` (or max).": of_two(rule=lambda target, reference, scale: extrapolate(target, reference, max(scale, 1.0))),
        "At scale 0 you return the conditional answer. By the line it is the unconditional one: leave out the `if` (or `or`).": of_two(rule=lambda target, reference, scale: extrapolate(target, reference, scale or 1.0)),
        "Your scale stops at 1. Guidance begins where you go beyond the conditional answer: do not clamp.": of_two(rule=lambda target, reference, scale: extrapolate(target, reference, min(scale, 1.0))),
        "You guided twice: at scale s the push is s times the difference, once. Call guide once, on the two networks as they are.": of_two(rule=lambda target, reference, scale: extrapolate(extrapolate(target, reference, scale), reference, scale)),
        "The push is multiplied by scale - 1: at scale 1 you are at the unconditional answer. Start there, and go scale times.": of_two(rule=lambda target, reference, scale: reference + (scale - 1) * (target - reference)),
        "That is the push alone. Add it to where it starts: the unconditional answer.": of_two(rule=lambda target, reference, scale: scale * (target - reference)),
        "Your weights sum to 1 + scale: the unconditional answer keeps its full weight. Multiply the difference of the two.": of_two(rule=lambda target, reference, scale: reference + scale * target),
        "Your weights sum to scale - 1: the whole unconditional answer is subtracted. Its weight is 1 - scale.": of_two(rule=lambda target, reference, scale: scale * target - reference),
        "Your weights do not sum to 1: the unconditional answer's is 1 - scale, so with a plus.": of_two(rule=lambda target, reference, scale: scale * target - (1 - scale) * reference),
        "That is the mean of the two networks: the scale plays no part.": of_two(rule=lambda target, reference, scale: (target + reference) / 2),
        "That is the sum of the two networks' answers, at full strength: take a step from the unconditional one to the conditional one.": of_two(rule=lambda target, reference, scale: target + reference),
        "The scale plays no part: that is the unconditional network.": of_two(rule=lambda target, reference, scale: reference),
        "The unconditional network plays no part: the conditional answer was only multiplied by the scale.": of_two(rule=lambda target, reference, scale: scale * target),
        "Everybody was answered for the first sample's label: hand y on as it came.": of_two(lambda y: (y[:1].expand(len(y)), null_for(y))),
        "The scale plays no part: that is the conditional network, unguided.": of_two(rule=lambda target, reference, scale: target),
        "The push points the wrong way: it should lead from the unconditional answer to the conditional one.": of_two(rule=backwards),
    },
    hints=[
        "Which of the two is the target, and which the reference?",
        "guide(target, reference, scale) asks both for the label that comes in. One of them must not hear it.",
        "given(denoiser, NULL) is a denoiser that always answers for NULL: that is the reference.",
    ],
)  # fmt: skip
