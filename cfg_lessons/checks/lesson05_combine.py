"""Lesson 05, exercise "combine": the check `combine`."""

import torch

from .. import zoo
from ..guidance import extrapolate
from . import Check, dice, lend, tensor_of
from .lesson05_shared import backwards, from_target

NO_WRITING = "make a new tensor (no +=, no -=, no *=, no method that ends in _)"


def ask_combine(combine):
    """Points and pictures, at scales on both sides of 1; and what either answer does alone."""
    rng, scales = dice(0), (3.0, 0.0, 1.0, 0.5)
    target, reference = torch.randn(2, 4, 2, generator=rng)
    pictures = torch.randn(2, 3, 1, 2, 2, generator=rng)
    one, none = torch.ones(4, 2), torch.zeros(4, 2)

    def asked(target, reference, scale):
        return tensor_of(lend(combine, cure=NO_WRITING, target=target, reference=reference, scale=scale))

    seen = {f"scale {scale:g}": asked(target, reference, scale) for scale in scales}
    seen["pictures at scale 2"] = asked(*pictures, 2.0)
    for name, pair in (("target", (one, none)), ("reference", (none, one))):
        seen[f"the factor of the {name}"] = torch.stack([asked(*pair, scale) for scale in scales])
    return seen


def length(eps):
    """The length [B, 1, ...] of each answer."""
    return eps.flatten(1).norm(dim=1).reshape(-1, *[1] * (eps.ndim - 1))


def width(eps):
    """The standard deviation [B, 1, ...] of each answer."""
    return eps.flatten(1).std(1).reshape(-1, *[1] * (eps.ndim - 1))


combine = Check(
    ask_combine,
    solution=extrapolate,
    mistakes={
        "The two are swapped: your scale 0 gives the target. Start at the reference, and go towards the target.": lambda target, reference, scale: target + scale * (reference - target),
        "That is Ho & Salimans' w, with 0 for no guidance. Here 1 is no guidance: start at the reference, not at the target.": from_target,
        "The push points the wrong way: it should lead from the reference to the target. Turn the difference around.": backwards,
        "That is the push alone. Add it to where it starts: the reference.": lambda target, reference, scale: scale * (target - reference),
        "Your weights do not sum to 1: with weight scale for the target, the reference gets 1 - scale, so it is subtracted.": lambda target, reference, scale: scale * target + (scale - 1) * reference,
        "Your weights sum to scale - 1: the whole reference is subtracted. Its weight is 1 - scale.": lambda target, reference, scale: scale * target - reference,
        "Two conventions are mixed, 1 + w for the one and 1 - s for the other: your weights sum to 2. With weight scale for the target, the reference gets 1 - scale.": zoo.combine_b,
        "Your scale stops at 1. Guidance begins where you go beyond the target: do not clamp.": lambda target, reference, scale: reference + min(scale, 1.0) * (target - reference),
        "The length of the result was set to that of the target. That is another rule, and breaks the line: leave the length as it comes.": lambda target, reference, scale: (guided := extrapolate(target, reference, scale)) * length(target) / length(guided),
        "The result got the target's standard deviation. That is the rule of `rescaled`; here the result stays as it comes.": lambda target, reference, scale: (guided := extrapolate(target, reference, scale)) * width(target) / width(guided),
        "Your push has length 1, however far the two are apart. Multiply the difference itself by the scale.": lambda target, reference, scale: reference + scale * (target - reference) / length(target - reference),
        "The brackets are misplaced: (reference + scale) * (target - reference) multiplies the reference. Only the difference is multiplied.": lambda target, reference, scale: (reference + scale) * (target - reference),
        "Brackets are missing: scale multiplies the target alone, and the reference cancels. Multiply the whole difference.": lambda target, reference, scale: scale * target + 0 * reference,
        "Your weights sum to 1 + scale: the reference keeps its full weight. Multiply the difference of the two, not the target.": lambda target, reference, scale: reference + scale * target,
        "Your weights sum to 1 - 2 scale: the target is subtracted. With weight 1 - scale for the reference, it gets plus scale.": lambda target, reference, scale: (1 - scale) * reference - scale * target,
        "Your weights sum to 2 - scale: the target has weight 1, whatever the scale. It gets the weight scale.": lambda target, reference, scale: target + (1 - scale) * reference,
        "You add instead of taking the difference: the way from the reference to the target is target - reference.": lambda target, reference, scale: reference + scale * (target + reference),
        "You add the two and multiply the sum. The way from the reference to the target is a difference.": lambda target, reference, scale: scale * (target + reference),
        "You go scale - 1 times the way, but start at the reference: either go scale times from there, or scale - 1 times from the target.": lambda target, reference, scale: reference + (scale - 1) * (target - reference),
        "You go scale + 1 times the way, but start at the target, which is one step ahead already. Here scale 1 is the target.": lambda target, reference, scale: target + (scale + 1) * (target - reference),
        "The push is subtracted from the target: beyond 1 you should go away from the reference.": lambda target, reference, scale: target - (scale - 1) * (target - reference),
        "The scale enters squared. Multiply the difference by it once.": lambda target, reference, scale: reference + scale**2 * (target - reference),
        "You divide by the scale. It says how many times to go the way: multiply.": lambda target, reference, scale: reference + (target - reference) / torch.tensor(scale),
        "The difference lost its direction: leave abs away.": lambda target, reference, scale: reference + scale * (target - reference).abs(),
        "Below 1 you stop at the target. The same line holds there: leave out max, and every `if`.": lambda target, reference, scale: reference + max(scale, 1.0) * (target - reference),
        "At scale 0 you return the target. By the line it is the reference: leave out every `if` (or `or`).": lambda target, reference, scale: reference + (scale or 1.0) * (target - reference),
        "The result was clipped. Noise has no range that it must stay in: leave it as it comes.": lambda target, reference, scale: extrapolate(target, reference, scale).clamp(-1, 1),
        "The scale plays no part: that is the reference, whatever was asked for.": lambda target, reference, scale: 1 * reference,
        "The scale plays no part: that is the difference, whatever was asked for.": lambda target, reference, scale: target - reference,
        "The scale plays no part: that is the mean of the two, whatever was asked for.": lambda target, reference, scale: (target + reference) / 2,
        "The scale plays no part: that is the target, whatever was asked for.": lambda target, reference, scale: target.clone(),
    },
    hints=[
        "Scale 0 must give the reference, scale 1 the target. Which straight line goes through both?",
        "Begin at the reference. The way from it to the target is target - reference.",
        "Go that way scale times: the reference plus scale times the difference.",
    ],
)  # fmt: skip
