"""Lesson 12, exercise "the stretch": the check `fitted`."""

import torch

from ..guidance import extrapolate
from . import Check, dice, lend, tensor_of
from .reading import comparable, near, ways, weights

SCALES = (0.0, 1.0, 3.0)
# For each sample: the target's length; how much of the target is in the reference, and how much that is at a right angle to it.
ROWS = (0.3, 3, 1, 0.7, 2), (0.5, -0.8, 1.6, 0.3, 0.9), (0.3, 0.5, 0.4, 0.2, 0.6)


def inner(a, b):
    """The sum of products in each sample, with axes to multiply a batch."""
    return (a * b).flatten(1).sum(1).reshape(-1, *[1] * (a.ndim - 1))


def pairs():
    """Points [5, 2] and pictures [3, 1, 4, 4]: samples of very different length, stretches below 0, below 1, and above."""
    rng = dice(0)
    for shape in ((5, 2), (3, 1, 4, 4)):
        c, across = (torch.randn(shape, generator=rng, dtype=torch.float64) for _ in range(2))
        size, along, aside = (torch.tensor(row[: len(c)]).double().reshape(-1, *[1] * (len(shape) - 1)) for row in ROWS)
        c = size * c / inner(c, c).sqrt()
        across = across - inner(across, c) / inner(c, c) * c
        yield c, along * c + aside * size * across / inner(across, across).sqrt()


def ask_fitted(fitted):
    """The guided answers at three scales, for both kinds of sample."""
    asks = [(c, u, s) for c, u in pairs() for s in SCALES]
    return [tensor_of(lend(fitted, target=c, reference=u, scale=s), "the guided answer, as large as target") for c, u, s in asks]


def fitting(stretch=lambda c, u: inner(c, u) / inner(u, u), mix=lambda c, u, a, s: extrapolate(c, a * u, s)):
    """A candidate: from target and reference the stretch a, from all of them the guided answer."""
    return lambda c, u, s: mix(c, u, stretch(c, u), s)


def over(*axes):
    """The mistake of a stretch that sums over other axes than all but the first."""
    return lambda c, u: (c * u).sum(axes, keepdim=True) / (u * u).sum(axes, keepdim=True)


def explain_fitted(mine, right):
    """Of the pictures: what stands before the target, and before the reference, at each scale."""
    if not comparable(mine, right):
        return None
    _, (c, u) = pairs()
    parts = {s: [weights(out[k], c[k], u[k]) for k in range(3)] for s, out in zip(SCALES, mine[3:])}
    true = (inner(c, u) / inner(u, u)).flatten().tolist()
    if all(near(a, b) for a, b in zip(mine[3:], right[3:])):
        return "Right for pictures, wrong for points [B, 2]. Nothing in it may depend on the number of axes: flatten(1) first, and reshape at the end."
    if not all(found for row in parts.values() for found in row):
        return "Of a picture your answer is no weighted sum of target and reference. The stretch is one number for each sample: sum over all axes but the first, flatten(1).sum(1)."
    if not near(mine[4], c):
        p, q = next(found for found, out, wanted in zip(parts[1.0], mine[4], c) if not near(out, wanted))
        return f"At scale 1 the target itself must come out. Yours is {p:.3g} times the target plus {q:.3g} times the reference: extrapolate from the stretched reference to the plain target."
    stretch = [q for _, q in parts[0.0]]
    k = next((k for k in range(3) if not near(mine[3][k], right[3][k])), None)
    if k is None:
        k = next(k for k in range(3) if not near(mine[5][k], right[5][k]))
        p, q = parts[3.0][k]
        return f"Right at scales 0 and 1, but at 3 you give a target {p:.3g} times and its reference {q:.3g} times: it should be 3 times, and -2 times the stretch, {-2 * true[k]:.3g}."
    if abs(parts[0.0][k][0]) > 1e-4:
        return f"At scale 0 the stretched reference alone must come out. In yours there is {parts[0.0][k][0]:.3g} times the target."
    if max(stretch) - min(stretch) < 1e-4:
        return f"Your stretch is {stretch[0]:.3g} for every picture: each sample has a stretch of its own. Sum over all axes but the first."
    mine_off, best_off = ((c[k] - a * u[k]).norm().item() for a in (stretch[k], true[k]))
    return f"You stretch one reference by {stretch[k]:.3g}; it is then {mine_off:.3g} from its target. The nearest multiple is {best_off:.3g} from it: set the derivative of |c - a u|^2 by a to 0."


fitted = Check(
    ask_fitted,
    explain=explain_fitted,
    solution=fitting(),
    mistakes={
        "You divide by the target's length: that fits the target to the reference. Divide by |reference|^2.": fitting(lambda c, u: inner(c, u) / inner(c, c)),
        "You divide by the product of both lengths: that is the cosine, not the nearest multiple. Divide by |reference|^2.": fitting(lambda c, u: inner(c, u) / (inner(c, c) * inner(u, u)).sqrt()),
        "You forgot a square: the inner product is divided by |reference|^2, not by |reference|.": fitting(lambda c, u: inner(c, u) / inner(u, u).sqrt()),
        "You divide by nothing: the inner product alone is no stretch. Divide it by |reference|^2.": fitting(lambda c, u: inner(c, u)),
        "One stretch for the whole batch: each sample has its own. Sum over all axes but the first.": fitting(lambda c, u: (c * u).sum() / (u * u).sum()),
        "You average the stretches over the batch: each sample has its own. Leave the mean out.": fitting(lambda c, u: (inner(c, u) / inner(u, u)).mean()),
        "Each sample has its own inner product, but you divide by the length of the whole batch: sum u * u over all axes but the first.": fitting(lambda c, u: inner(c, u) / (u * u).sum()),
        "Each sample has its own length, but the inner product is that of the whole batch: sum c * u over all axes but the first.": fitting(lambda c, u: (c * u).sum() / inner(u, u)),
        "The first sample's stretch is used for all: each has its own. Keep axis 0.": fitting(lambda c, u: (inner(c, u) / inner(u, u))[:1]),
        "You sum over the samples, axis 0. Each sample has a stretch of its own: flatten(1).sum(1).": fitting(over(0)),
        "You sum over the last axis only. That is right for points; a picture has three axes: flatten(1) first.": fitting(over(-1)),
        "You sum over axis 1 only. That is right for points; of a picture it is the channel alone: flatten(1) first.": fitting(over(1)),
        "You sum over the rows of a picture only, or over its last two axes of one channel at a time: all axes but the first belong together, flatten(1).":
            fitting(lambda c, u: over(-2)(c, u) if c.ndim > 2 else over(1)(c, u)),
        "You stretch the target as well: only the reference is stretched. extrapolate(target, a * reference, scale).": fitting(mix=lambda c, u, a, s: a * extrapolate(c, u, s)),
        "You stretch the target in place of the reference: extrapolate(target, a * reference, scale).": fitting(mix=lambda c, u, a, s: extrapolate(a * c, u, s)),
        "You fit the target to the reference, and stretch it: what is stretched is the reference.": fitting(lambda c, u: inner(c, u) / inner(c, c), lambda c, u, a, s: extrapolate(a * c, u, s)),
        "You stretch only where the reference is subtracted, and start from the plain one: both places need a * reference.": fitting(mix=lambda c, u, a, s: u + s * (c - a * u)),
        "You stretch only where you start, and push away from the plain reference: both places need a * reference.": fitting(mix=lambda c, u, a, s: a * u + s * (c - u)),
        "You multiply the push by the stretch, and start from the plain reference. The reference itself is stretched, in both places.": fitting(mix=lambda c, u, a, s: u + s * a * (c - u)),
        "You start from the target: that is Ho & Salimans' w, one more than our scale. Start from a * reference.": fitting(mix=lambda c, u, a, s: c + s * (c - a * u)),
        "Your scale is one too small: start from a * reference, and go the whole scale, not scale - 1.": fitting(mix=lambda c, u, a, s: a * u + (s - 1) * (c - a * u)),
        "There is no stretch in it: that is plain extrapolate. Multiply the reference by a first.": fitting(lambda c, u: 1),
        "You matched the lengths: |target| / |reference| is too large unless both are parallel. The nearest multiple is <target, reference> / |reference|^2.": fitting(lambda c, u: (inner(c, c) / inner(u, u)).sqrt()),
        "You matched the squares of the lengths. The nearest multiple is <target, reference> / |reference|^2.": fitting(lambda c, u: inner(c, c) / inner(u, u)),
        "You matched the standard deviations, as rescaled does. The nearest multiple is <target, reference> / |reference|^2.": fitting(lambda c, u: (c.flatten(1).std(1) / u.flatten(1).std(1)).reshape(-1, *[1] * (c.ndim - 1))),
        "The stretch is upside down: the inner product stands above the line, |reference|^2 below.": fitting(lambda c, u: inner(u, u) / inner(c, u)),
        "The stretch lost its sign. A reference that points away from its target is turned around: leave the abs out.": fitting(lambda c, u: (inner(c, u) / inner(u, u)).abs()),
        "The stretch has the wrong sign: it is positive where target and reference point the same way. Leave the minus out.": fitting(lambda c, u: -inner(c, u) / inner(u, u)),
        **ways("You keep the stretch {}. The rule has no such bound: leave the clamp out.", {
            "between 0 and 1": fitting(lambda c, u: (inner(c, u) / inner(u, u)).clamp(0, 1)), "at 0 or above": fitting(lambda c, u: (inner(c, u) / inner(u, u)).clamp(min=0)),
            "at 1 or below": fitting(lambda c, u: (inner(c, u) / inner(u, u)).clamp(max=1)), "at 1 or above": fitting(lambda c, u: (inner(c, u) / inner(u, u)).clamp(min=1)),
        }),
        "You fit the push to the reference, not the target: <target, reference> stands above the line, without taking the reference away.": fitting(lambda c, u: inner(c - u, u) / inner(u, u)),
        "You fit the push, and use its stretch as 1 - a: stretch the reference by <target, reference> / |reference|^2 itself.": fitting(lambda c, u: -inner(c - u, u) / inner(u, u)),
        "You divide a mean by a sum, so the stretch is too small: sums, or means, in both places.": fitting(lambda c, u: inner(c, u) / inner(u, u) / u[0].numel()),
        "You divide a sum by a mean, so the stretch is too large: sums, or means, in both places.": fitting(lambda c, u: inner(c, u) / inner(u, u) * u[0].numel()),
        "You average the quotients target / reference, number by number. Sum the products first, then divide: <target, reference> / |reference|^2.":
            fitting(lambda c, u: (c / u).flatten(1).mean(1).reshape(-1, *[1] * (c.ndim - 1))),
        "You divide the sums of the numbers. Products must be summed: <target, reference> / |reference|^2.": fitting(lambda c, u: inner(c, torch.ones_like(c)) / inner(u, torch.ones_like(u))),
        "The push has the wrong sign: from the stretched reference go towards the target, and beyond.": fitting(mix=lambda c, u, a, s: a * u + s * (a * u - c)),
        "That is the push alone: start from the stretched reference, a * reference + scale * (target - a * reference).": fitting(mix=lambda c, u, a, s: s * (c - a * u)),
        "That is the stretched reference alone. Extrapolate from it: a * reference + scale * (target - a * reference).": fitting(mix=lambda c, u, a, s: a * u),
        "That is the stretch alone, one number for each sample. Extrapolate from a * reference to the target.": fitting(mix=lambda c, u, a, s: a),
        "You return the target, as at scale 1. Extrapolate from a * reference to it.": fitting(mix=lambda c, u, a, s: c),
        "Target and reference are exchanged: the first argument is the target, and the second is stretched.": lambda c, u, s: fitting()(u, c, s),
        "You extrapolate from the target to the stretched reference: it is the other way round, extrapolate(target, a * reference, scale).": fitting(mix=lambda c, u, a, s: extrapolate(a * u, c, s)),
        "The scale is not used: multiply the push by it.": fitting(mix=lambda c, u, a, s: 2 * c - a * u),
        "The answer is still flat: give it back the form of the target, .reshape(target.shape).": lambda c, u, s: fitting()(c, u, s).flatten(1),
    },
    hints=[
        "Which multiple of the reference is nearest to the target? Minimise |c - a u|^2 over a.",
        "a = (c * u).sum / (u * u).sum, for each sample by itself: flatten(1), and sum(1, keepdim=True).",
        "After that it is a * u + scale * (c - a * u), in the target's shape: extrapolate from the stretched reference.",
    ],
)  # fmt: skip
