"""Lesson 11, exercise "too many bonds": the check `overfull`."""

import torch

from . import Check, dice, lend, tensor_of
from .reading import comparable


def drafts():
    """Limits [8, 5] and bonds [8, 5, 5] of eight drafts of molecules: without bonds, within limits, over them."""
    rng = dice(0)
    limits = torch.randint(1, 5, (8, 5), generator=rng)
    upper = torch.randint(0, 4, (8, 5, 5), generator=rng).triu(1) * (torch.rand(8, 5, 5, generator=rng) < 0.6)
    bonds = upper + upper.transpose(1, 2)
    bonds[0], limits[1], bonds[1] = 0, 4, bonds[1].clamp(max=1)
    return limits, bonds


def ask_overfull(overfull):
    """By how many bonds the worst atom of each draft is over its limit."""
    limits, bonds = drafts()
    return tensor_of(lend(overfull, limits=limits, bonds=bonds), "one integer for each molecule")


def over(count=lambda bonds: bonds.sum(2), worst=lambda excess: excess.amax(1), floor=lambda excess: excess.clamp(min=0)):
    """A candidate: count the bonds, take the limits away, find the worst, and nothing below 0."""
    return lambda limits, bonds: floor(worst(count(bonds) - limits))


def explain_overfull(mine, right):
    """The first draft that is judged wrong, atom by atom."""
    if not comparable(mine, right):
        return None
    limits, bonds = drafts()
    k = int((mine[0] != right[0]).nonzero()[0])
    have, may = bonds[k].sum(1).tolist(), limits[k].tolist()
    return f"In one molecule the atoms have {have} bonds, and may have {may}: its worst is {right[0][k]:g} over. You say {mine[0][k]:g}."


overfull = Check(
    ask_overfull,
    explain=explain_overfull,
    solution=over(),
    mistakes={
        "A molecule within its limits must give 0, not a negative number: clamp(min=0).": over(floor=lambda excess: excess),
        "You count the neighbours. A double bond counts twice: sum the orders.": over(count=lambda bonds: (bonds > 0).long().sum(2)),
        "You take all excess together. Asked is that of the worst atom: amax, not sum.": over(worst=lambda excess: excess.clamp(min=0).sum(1)),
        "You sum over all atoms before you ask for the excess: free places at one atom then make up for too many at another.": over(worst=lambda excess: excess.sum(1)),
        "You take the best atom: amax, not amin.": over(worst=lambda excess: excess.amin(1)),
        "That is the mean excess. Asked is the worst atom's.": over(worst=lambda excess: excess.float().mean(1)),
        "Each bond is counted at one of its atoms only: sum the whole matrix, above and below the diagonal.": over(count=lambda bonds: bonds.triu().sum(2)),
        "Each bond is counted twice at each atom: one sum over one axis is enough.": over(count=lambda bonds: bonds.sum(2) + bonds.sum(1)),
        "You say only whether it is overfull. Asked is by how many bonds.": lambda limits, bonds: over()(limits, bonds).clamp(max=1),
        "You count the atoms that are over. Asked is by how many bonds the worst one is.": lambda limits, bonds: (bonds.sum(2) > limits).sum(1),
        "The signs are the wrong way round: bonds minus limits is what is too much.": lambda limits, bonds: (limits - bonds.sum(2)).amax(1).clamp(min=0),
        "That is how many free places the worst atom has, with its sign. Asked is what is too much.": lambda limits, bonds: (limits - bonds.sum(2)).amin(1),
        "You return a number for each atom [n, A]. Asked is the worst of each molecule [n].": over(worst=lambda excess: excess),
        "You take the maximum over the molecules. Asked is the worst atom of each: amax over axis 1, the atoms.": over(worst=lambda excess: excess.amax(0)),
        "One number for all molecules: the worst over axis 1 alone.": over(worst=lambda excess: excess.amax().expand(len(excess))),
        "You take the bond of the highest order, not the sum of an atom's bonds.": over(count=lambda bonds: bonds.amax(2)),
        "Each atom's limit is its own; you used 4, carbon's, for all.": lambda limits, bonds: over()(torch.full_like(limits, 4), bonds),
        "You compare the most bonds with the largest limit. Each atom has a limit of its own: subtract first, then take the worst.":
            lambda limits, bonds: (bonds.sum(2).amax(1) - limits.amax(1)).clamp(min=0),
    },
    hints=[
        "How many bonds has each atom? Sum one row of its molecule's matrix.",
        "bonds.sum(2) is [n, A]. Take the limits away: what is above 0 is too much.",
        "(bonds.sum(2) - limits).amax(1).clamp(min=0)",
    ],
)  # fmt: skip
