"""Lesson 05, exercise "one batch": the check `batched`."""

import torch

from .. import zoo
from ..denoisers import NULL
from ..guidance import extrapolate
from . import Check, Complaint, dice, lend, tensor_of
from .lesson05_shared import backwards, from_target, null_for


class CallWitness:
    """A denoiser of any shape of x that notes how it was called, complains of what no network could answer, and answers the rest."""

    def __init__(self, x, t, y):
        self.x, self.times, self.y, self.calls, self.short_times = x, torch.as_tensor(t).double(), y, 0, False
        self.nulls = 0

    def __call__(self, x, t, y):
        if not isinstance(y, torch.Tensor) or y.is_floating_point():
            kind = f"of {y.dtype}" if isinstance(y, torch.Tensor) else f"that are a {type(y).__name__}"
            raise Complaint(f"The denoiser got labels {kind}; it wants whole numbers, one for each sample. torch.full_like(y, NULL) keeps them so.")
        if y.shape != x.shape[:1]:
            raise Complaint(f"The denoiser got {len(x)} samples but labels of shape {list(y.shape)}. Double both with torch.cat.")
        self.calls, self.nulls = self.calls + 1, self.nulls + int((y == NULL).sum())
        if len(x) == 2 * len(self.x) and x.shape[1:] == self.x.shape[1:] and not torch.isin(x, self.x).all():
            raise Complaint("The denoiser was asked about samples that are none of yours: double x with torch.cat, and change nothing in it.")
        t = torch.as_tensor(t).to(x)
        if t.ndim > 1:
            raise Complaint(f"The denoiser got times of shape {list(t.shape)}; it wants one time, or one for each sample. Double t like x, with torch.cat.")
        if (t.flatten()[:, None] - self.times.to(x).flatten()).abs().min(1).values.max() > 1e-6:
            raise Complaint("The denoiser was asked at times that are none of yours. Doubling t means to give each time twice, "
                            "torch.cat([t, t]): not twice the time, and no mean.")
        if t.ndim and len(t) != len(x):  # answer as if the times had been doubled; the probe sees the note
            self.short_times, t = True, t.repeat(-(-len(x) // len(t)))[: len(x)]
        by_sample = (-1, *[1] * (x.ndim - 1))
        return x * (1 + t.reshape(by_sample)) + ((y + 2.0) ** 2).reshape(by_sample)


TWICE = "You called the denoiser {} times. Put both questions into one batch, and ask once: torch.cat, then .chunk(2)."


def ask_batched(batched):
    """Points with one time, points with a time each, pictures: the results, how many calls, and whether all was doubled."""
    rng, y, seen = dice(0), torch.tensor([0, 4, 2]), {}
    points, pictures = torch.randn(3, 2, generator=rng), torch.randn(3, 1, 4, 4, generator=rng)
    asked = {"one time": (points, 0.5, 3.0), "a time for each": (points, torch.tensor([0.1, 0.5, 0.9]), 3.0), "pictures": (pictures, torch.tensor(0.3), 0.5)}
    for name, (x, t, scale) in asked.items():
        witness = CallWitness(x, t, y)
        out = lend(batched, cure="the next step of the walk needs it. Make new tensors, with torch.cat and torch.full_like(y, NULL)", denoiser=witness, x=x, t=t, y=y, scale=scale)
        if witness.calls != 1:
            raise Complaint(TWICE.format(witness.calls) if witness.calls else "You never called the denoiser. Ask it once, with a doubled batch.")
        seen |= {f"the answer, {name}": tensor_of(out).clone(), f"that t was doubled, {name}": torch.tensor(not witness.short_times)}
        seen[f"that half of the rows were asked for NULL, {name}"] = torch.tensor(witness.nulls)
    return seen


def side_by_side(pair):
    """The mistake of x1, x1, x2, x2 ..."""
    return pair[0].repeat_interleave(2, 0)


def doubled_batch(labels, order=(0, 1), double_t=True, rule=extrapolate, repeat=torch.cat, repeat_t=None):
    """A candidate: labels(y) gives both halves' labels, `order` is how the answers are read, repeat how x is doubled."""

    def batched(denoiser, x, t, y, scale):
        if double_t and isinstance(t, torch.Tensor) and t.ndim:
            t = (repeat_t or repeat)([t, t])
        halves = denoiser(repeat([x, x]), t, labels(y)).chunk(2)
        return rule(halves[order[0]], halves[order[1]], scale)

    return batched


def right_labels(y):
    """With the label above, without it below."""
    return torch.cat([y, null_for(y)])


def read_off(halves, rule=extrapolate):
    """A candidate that asks rightly and reads the two answers off the result by halves(out), or combines them by another rule."""

    def batched(denoiser, x, t, y, scale):
        t = torch.cat([t, t]) if torch.as_tensor(t).ndim else t
        return rule(*halves(denoiser(torch.cat([x, x]), t, right_labels(y))), scale)

    return batched


batched = Check(
    ask_batched,
    solution=doubled_batch(right_labels),
    mistakes={
        "The halves are mixed up: the labels went into one half, and you read the target from the other. Same order in and out.": doubled_batch(right_labels, order=(1, 0)),
        "t is too short: where it holds one time for each sample, it must be doubled like x.": doubled_batch(right_labels, double_t=False),
        "Both halves were asked with the label, so nothing pushes. One half needs NULL in place of every label.": zoo.batched_a,
        "The half without labels was asked for label 0, and 0 is a class. No label is NULL, which is -1.": doubled_batch(lambda y: torch.cat([y, torch.zeros_like(y)])),
        TWICE.format(2): lambda denoiser, x, t, y, scale: extrapolate(denoiser(x, t, y), denoiser(x, t, null_for(y)), scale),
        "Your scale is Ho & Salimans' w: at 1 you push already. Start at the reference, not at the target.": doubled_batch(right_labels, rule=from_target),
        "Your samples stand side by side (x1, x1, x2, x2 ...), but chunk(2) takes upper and lower half. Double with torch.cat.": doubled_batch(lambda y: torch.stack([y, null_for(y)], 1).flatten(), repeat=side_by_side),
        "x is doubled side by side (x1, x1, x2, x2 ...), the labels one below the other. Double both with torch.cat.": doubled_batch(right_labels, repeat=side_by_side),
        "x is doubled side by side (x1, x1, x2, x2 ...), labels and t one below the other. Double all with torch.cat.": doubled_batch(right_labels, repeat=side_by_side, repeat_t=torch.cat),
        "t is doubled side by side (t1, t1, t2, t2 ...), x one below the other. Double both with torch.cat.": doubled_batch(right_labels, repeat_t=side_by_side),
        "The labels stand side by side (y1, NULL, y2, NULL ...), the samples one below the other. Double both with torch.cat.": doubled_batch(lambda y: torch.stack([y, null_for(y)], 1).flatten()),
        "Both halves were asked for NULL. The half that gives the target needs the labels.": doubled_batch(lambda y: torch.cat([null_for(y)] * 2)),
        "The push points the wrong way: it should lead from the answer for NULL to the answer for the label.": doubled_batch(right_labels, rule=backwards),
        "The halves of the answer were taken apart by [::2] and [1::2], as if they stood side by side. They lie one below the other: .chunk(2).": read_off(lambda out: (out[::2], out[1::2])),
        "The halves of the answer were taken apart by [::2] and [1::2], and the other way round. They lie one below the other: .chunk(2).": read_off(lambda out: (out[1::2], out[::2])),
        "The answers of the second half were turned around: .chunk(2) gives both halves in order.": read_off(lambda out: (out[: len(out) // 2], out[len(out) // 2 :].flip(0))),
        "You return the half with the label alone. Combine both halves by the line of exercise 1.": read_off(lambda out: out.chunk(2), lambda target, reference, scale: target),
        "You return the half without a label alone. Combine both halves by the line of exercise 1.": read_off(lambda out: out.chunk(2), lambda target, reference, scale: reference),
        "You return the push alone. Add it to where it starts: the answer for NULL.": read_off(lambda out: out.chunk(2), lambda target, reference, scale: scale * (target - reference)),
        "You return the mean of the two halves: the scale plays no part. Combine them by the line of exercise 1.": read_off(lambda out: out.chunk(2), lambda target, reference, scale: (target + reference) / 2),
        "Your weights sum to 1 + scale: the answer for NULL keeps its full weight. Multiply the difference of the two.": read_off(lambda out: out.chunk(2), lambda target, reference, scale: reference + scale * target),
        "Your weights do not sum to 1: with weight scale for the target, the reference gets plus (1 - scale).": read_off(lambda out: out.chunk(2), lambda target, reference, scale: scale * target - (1 - scale) * reference),
        "Your scale stops at 1: do not clamp. Guidance begins beyond the target.": read_off(lambda out: out.chunk(2), lambda target, reference, scale: extrapolate(target, reference, min(scale, 1.0))),
        "Below 1 you do not guide, as diffusers does. The line of exercise 1 holds there too: leave out the `if` (or max).": read_off(lambda out: out.chunk(2), lambda target, reference, scale: extrapolate(target, reference, max(scale, 1.0))),
        "Only the first sample's time is handed on: where t holds one for each sample, double it like x.": doubled_batch(right_labels, repeat_t=lambda pair: pair[0][:1].repeat(2 * len(pair[0]))),
        "The times of the second half stand in reverse order: double t with torch.cat([t, t]).": doubled_batch(right_labels, repeat_t=lambda pair: torch.cat([pair[0], pair[0].flip(0)])),
        "The samples of the second half stand in reverse order: double x with torch.cat([x, x]).": doubled_batch(right_labels, repeat=lambda pair: torch.cat([pair[0], pair[0].flip(0)]), repeat_t=torch.cat),
        "Everybody was asked for the first sample's label. Each has its own: torch.cat([y, ...]).": doubled_batch(lambda y: torch.cat([y[:1].expand(len(y)), null_for(y)])),
        "The half without labels was asked for label 1, which is a class. No label is NULL, which is -1.": doubled_batch(lambda y: torch.cat([y, torch.ones_like(y)])),
        "Your labels were shifted by 1, as for rows of an embedding. The denoiser does that itself: hand it y as it is.": doubled_batch(lambda y: torch.cat([y + 1, null_for(y) + 1])),
        "The half without labels was asked for -y, which is y * NULL. No label is NULL itself, the same for everybody.": doubled_batch(lambda y: torch.cat([y, -y])),
        "The half without labels was asked for y - 1. No label is NULL, the same for everybody.": doubled_batch(lambda y: torch.cat([y, y - 1])),
        "The result is still twice as long as x: take the halves apart with .chunk(2), and combine them.": lambda denoiser, x, t, y, scale: denoiser(torch.cat([x, x]), torch.cat([t, t]) if torch.as_tensor(t).ndim else t, right_labels(y)),
    },
    hints=[
        "Lay the batch on top of itself: above asked with the labels, below with NULL.",
        "torch.cat([x, x]); labels torch.cat([y, torch.full_like(y, NULL)]); t too, but only where it holds one time per sample.",
        "target, reference = denoiser(...).chunk(2) takes them apart in the order in which you laid them; then the line of exercise 1.",
    ],
)  # fmt: skip
