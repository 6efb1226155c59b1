"""Lesson 08, exercise "what nothing beats": the check `best`."""

import torch

from . import Check, Complaint, lend, tensor_of
from .reading import comparable

POINTS = [
    [0.90, 0.80], [0.95, 0.70], [0.95, 0.60], [0.99, 0.40], [0.80, 0.80], [0.97, 0.70],
    [0.97, 0.70], [0.60, 0.90], [0.50, 0.50], [0.70, 0.85], [0.99, 0.30], [0.65, 0.88],
]  # fmt: skip


def ask_best(best):
    """Points with ties, twins, and a crossing of order; then one point alone."""
    points = torch.tensor(POINTS)
    return [mask_of(lend(best, points=part), part) for part in (points, points[:1])]


def mask_of(value, points):
    """One true or false for each point; complains of places, points and lists of other lengths."""
    mask = tensor_of(value, "a mask: one true or false for each point")
    if mask.shape == points.shape or (mask.ndim == 2 and mask.shape[1] == 2 and len(points) > 2):
        raise Complaint("You return points, or two answers for each. Return one for each point, true or false: a mask [n].")
    if mask.shape != points.shape[:1] or mask.max() > 1:
        raise Complaint(f"You return {'places in the list' if mask.ndim else 'one number'}, shape {list(mask.shape)}. Return a mask [n]: true or false for each of the {len(points)} points.")
    return mask


def unless(beats):
    """A candidate that keeps the points which no other one beats; beats(other, mine) -> bool, for tensors [n, n, 2]."""
    return lambda points: ~beats(points[None], points[:, None]).any(1)


def along_the_list(points):
    """The mistake of comparing with the neighbour in the list only."""
    later = torch.cat([points[1:], points[-1:]])
    return ~((later >= points).all(-1) & (later > points).any(-1))


def explain_best(mine, right):
    """A point that is kept, though another beats it; or dropped, though none does."""
    if not comparable(mine, right):
        return None
    for k, (yours, true) in enumerate(zip(mine[0], right[0])):
        if yours and not true:
            one = next(p for p in POINTS if p != POINTS[k] and all(a >= b for a, b in zip(p, POINTS[k])))
            return f"You keep {POINTS[k]}, but {one} beats it: at least as good in both numbers, and better in one. Compare each point with all others."
    for k, (yours, true) in enumerate(zip(mine[0], right[0])):
        if true and not yours and POINTS.count(POINTS[k]) > 1:
            return f"{POINTS[k]} is there twice, and you drop one or both. Twins do not beat each other: neither is better in anything."
        if true and not yours:
            return f"You drop {POINTS[k]}, though nothing beats it: no other is at least as good in both numbers and better in one."
    return "One point alone is beaten by nobody, not even by itself. Keep it."


best = Check(
    ask_best,
    explain=explain_best,
    solution=unless(lambda other, mine: (other >= mine).all(-1) & (other > mine).any(-1)),
    mistakes={
        "A point that ties in one number and loses in the other is beaten too: at least as good in both, and better in one.":
            unless(lambda other, mine: (other > mine).all(-1)),
        "Every point beats itself in yours: ask that the other is better in at least one number.":
            unless(lambda other, mine: (other >= mine).all(-1)),
        "A point beaten in one number only is no loser, and it need not be the best in both: the other must be at least as good in both.": unless(lambda other, mine: (other > mine).any(-1)),
        "You kept the points that beat no other. Turn it round: more is better, and `any` must run over the others, not over the point itself.": unless(lambda other, mine: (other <= mine).all(-1) & (other < mine).any(-1)),
        "You marked the beaten ones. Return the others.":
            lambda points: ~unless(lambda other, mine: (other >= mine).all(-1) & (other > mine).any(-1))(points),
        "Only the champion of each number is left. A point between them, which nothing beats, belongs to the frontier too.":
            lambda points: (points == points.max(0).values).any(-1),
        "Nothing is beaten in yours. Some of these points are: compare each with each.":
            lambda points: torch.ones(len(points), dtype=torch.bool),
        "You compared each point with the next in the list only. Compare it with all.": along_the_list,
        "Twins beat each other in yours, as one at least as good is counted besides the point itself. Better in one number is needed, too.": lambda points: (points[None] >= points[:, None]).all(-1).sum(1) == 1,
        "You add (or multiply) both numbers: then only the largest sum is left. A point is beaten only by one that is at least as good in both.": lambda points: points.sum(1) == points.sum(1).max(),
        "Only the first number counts in yours. The best in accuracy is one point of the frontier; compare both numbers.": lambda points: points[:, 0] == points[:, 0].max(),
        "Only the second number counts in yours. The best in recall is one point of the frontier; compare both numbers.": lambda points: points[:, 1] == points[:, 1].max(),
        "You keep what is above the mean. Compare each point with the others, not with the mean.": lambda points: (points >= points.mean(0)).all(-1),
    },
    hints=[
        "Point b beats point a if it is at least as good in both numbers, and better in one.",
        "points[None] and points[:, None] bring every pair together: [n, n, 2].",
        "(other >= mine).all(-1) & (other > mine).any(-1), then .any over the others, and turn it round with ~.",
    ],
)  # fmt: skip
