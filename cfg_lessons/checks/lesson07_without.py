"""Lesson 07, exercise "the exact NOT": the check `without`."""

import torch

from . import Check, Complaint, dice, lend, tensor_of
from .reading import comparable, near, ways, weights


def ask_without(without):
    """Four points that are hardly, somewhat, likely and almost surely the unwanted; near certainty, whether the push grows on."""
    out = tensor_of(lend(without, **dict(zip(("eps_a", "eps_ab", "r"), answers(RS)))))
    if out.shape == (4, 2) and not out[0].isfinite().all() and out[1:].isfinite().all():
        raise Complaint("Where r = 0 you divide by 0. Divide by the share that is left, 1 - r.")
    a, ab, r = answers([0.3, 0.99, 0.992, 0.994])
    pushes = tensor_of(without(a.clone(), ab.clone(), r)) - a
    strength = (pushes * (a - ab)).sum(1) / (a - ab).square().sum(1) if pushes.shape == (4, 2) else r
    if strength[2] > strength[0] + 1e-3 and (strength[2] - strength[3]).abs() < 1e-3 * strength[3].abs():
        raise Complaint("Near r = 1 your push stops growing: it has a cap. A network needs one; the exact NOT does not. Leave it away.")
    return [out]


RS = [0.0, 0.3, 0.6, 0.95]  # how likely the unwanted is


def answers(rs):
    """Two answers [4, 2] and these probabilities."""
    rng = dice(0)
    return torch.randn(4, 2, generator=rng), torch.randn(4, 2, generator=rng), torch.tensor(rs)


def weighed(weight):
    """A candidate eps_a - weight(r) * (eps_ab - eps_a)."""
    return lambda a, ab, r: a - weight(r)[:, None] * (ab - a)


def explain_without(mine, right):
    """How much of both answers is in it, point by point."""
    if not comparable(mine, right):
        return None
    a, ab, r = answers(RS)
    found = [weights(out, *pair) for out, *pair in zip(mine[0], a, ab)]
    wrong = [k for k in range(4) if not near(mine[0][k], right[0][k])]
    for k in range(4):
        if found[k] and abs(sum(found[k]) - 1) > 1e-3:
            p, q = found[k]
            return f"Where r = {RS[k]:g} you weigh eps_a with {p:.3g} and eps_ab with {q:.3g}: the weights must sum to 1. Solve eps_a = r eps_ab + (1 - r) eps_not for eps_not."
    if not all(found):
        return "Your answer is no weighted sum of eps_a and eps_ab, sample by sample. Solve eps_a = r eps_ab + (1 - r) eps_not for eps_not."
    pushes = [-q for _, q in found]
    if max(pushes) - min(pushes) < 1e-3:
        return "One weight for the whole batch: each sample has an r of its own. Multiply with r[:, None]."
    if 0 in wrong:
        return f"Where r = 0 there is nothing to avoid, and eps_a itself must come out. Yours is {pushes[0]:.3g} steps away from it, a step being eps_a - eps_ab."
    if any(abs(pushes[k]) < 1e-3 for k in wrong):
        return f"Where r = {RS[wrong[0]]:g} nothing is pushed. The exact NOT has no threshold: any r above 0 pushes, as far as the equation says."
    side = ["weak", "strong"][pushes[wrong[0]] > right_push(RS[wrong[0]])]
    towards = "You move towards eps_ab" if pushes[wrong[0]] < 0 else f"The push is too {side}"
    return f"{towards} where r = {', '.join(f'{RS[k]:g}' for k in wrong)}. Solve eps_a = r eps_ab + (1 - r) eps_not for eps_not, with the r of each sample."


def right_push(r):
    """How many steps eps_a - eps_ab lie between eps_a and the answer."""
    return r / (1 - r)


without = Check(
    ask_without,
    explain=explain_without,
    solution=weighed(lambda r: r / (1 - r)),
    mistakes={
        "The weight is r: where the unwanted is almost sure, the push must grow without bound. Solve eps_a = r eps_ab + (1 - r) eps_not for eps_not.":
            weighed(lambda r: r),
        "The weight is 1 / (1 - r): it pushes even where r = 0, and there is nothing to avoid. As a step from eps_a the weight is r / (1 - r).":
            weighed(lambda r: 1 / (1 - r)),
        "You move towards the unwanted, with the weight 1 / (1 - r): are eps_a and eps_ab swapped? From eps_a the step is r / (1 - r), and it leads away from eps_ab.": weighed(lambda r: -1 / (1 - r)),
        "The sign is wrong: you move towards the unwanted. Where r is near 1 you must go away from eps_ab.":
            weighed(lambda r: -r / (1 - r)),
        "You started from eps_ab with the weight that belongs to eps_a. From eps_ab the scale is 1 / (1 - r); from eps_a it is r / (1 - r).":
            lambda a, ab, r: ab + (r / (1 - r))[:, None] * (a - ab),
        "The fraction is upside down: (1 - r) / r pushes hardest where there is nothing to avoid, and divides by 0 there.":
            weighed(lambda r: ((1 - r) / r).nan_to_num(posinf=1e6)),
        "You averaged the answers with weight r; that is how they were mixed. Undo the mixing: solve for the part that is not b.":
            lambda a, ab, r: r[:, None] * ab + (1 - r)[:, None] * a,
        "You took r b away, but forgot to divide by 1 - r: weights that do not sum to 1 are no answer.":
            lambda a, ab, r: a - r[:, None] * ab,
        "One weight for the whole batch: each sample has an r of its own.": weighed(lambda r: (r / (1 - r)).mean().expand(len(r))),
        "One r for the whole batch, its mean: each sample has an r of its own. r[:, None] multiplies a batch.": weighed(lambda r: (r.mean() / (1 - r.mean())).expand(len(r))),
        **ways("You push only where r is above 1/2{}. The exact NOT has no threshold: any r above 0 pushes a little.", {
            "": weighed(lambda r: torch.where(r > 0.5, r / (1 - r), 0.0)),
            ", and leave the rest to eps_ab": lambda a, ab, r: torch.where(r[:, None] > 0.5, weighed(lambda r: r / (1 - r))(a, ab, r), ab),
        }),
        "You multiplied by 1 - r at the end, where you must divide: undo the mixing.": lambda a, ab, r: (a - r[:, None] * ab) * (1 - r)[:, None],
        "You divided eps_a by 1 - r, but not r eps_ab. Put both in brackets.": lambda a, ab, r: a / (1 - r)[:, None] - r[:, None] * ab,
        "r eps_ab is added. It is in eps_a already: take it away.": lambda a, ab, r: (a + r[:, None] * ab) / (1 - r)[:, None],
        "From eps_ab you step the wrong way: the step leads to eps_a and beyond.": lambda a, ab, r: ab + (ab - a) / (1 - r)[:, None],
    },
    hints=[
        "The answer for a is the mean eps_a = r * eps_ab + (1 - r) * eps_not. Which of the three do you look for?",
        "Bring r * eps_ab to the other side and divide by 1 - r. r [B] needs one more axis to multiply eps [B, D].",
        "(eps_a - r * eps_ab) / (1 - r), or, as a push, eps_a - r / (1 - r) * (eps_ab - eps_a).",
    ],
)  # fmt: skip
