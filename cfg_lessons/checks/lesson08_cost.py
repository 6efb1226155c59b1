"""Lesson 08, exercise "the cost model": the check `cost`."""

import torch

from . import Check, Complaint, answer
from .reading import comparable

PAIRS = ((100.0, 10.0), (30.0, 80.0), (7.0, 7.0))  # a small classifier, a large one, and two of a size


def ask_cost(cost):
    """The three numbers for each pair of networks."""
    seen = []
    for unet, classifier in PAIRS:
        out = answer(cost(unet, classifier))
        if not isinstance(out, (tuple, list, torch.Tensor)) or len(out) != 3:
            raise Complaint("Return three numbers: the cost of CFG, of classifier guidance, and the break-even cost of a classifier.")
        seen.append([float(answer(part)) for part in out])
    return torch.tensor(seen).T


def true_cost(unet, classifier):
    """Two rows; one row and the classifier there and back; where the two are equal."""
    return 2 * unet, unet + 2 * classifier, unet / 2


def wrong(place, number):
    """A candidate that gets the number at this place by a rule of its own."""
    return lambda u, c: (*true_cost(u, c)[:place], number(u, c), 0, 0)[:3]


def explain_cost(mine, right):
    """Which of the three is the first wrong one? A listed mistake, or what is asked there."""
    if not comparable(mine, right):
        return None
    first = next(k for k in range(3) if not cost.same([mine[0][k]], [right[0][k]]))
    for sentence, wrong in cost.mistakes.items():
        if cost.same([mine[0][: first + 1]], [cost.results(wrong)[0][: first + 1]]):
            return sentence
    (u, c), yours = PAIRS[0], mine[0][first][0]
    return (
        f"The first number, CFG's, is {yours:g} for U = {u:g}: the U-Net is asked with and without the label, and no classifier takes part. How many rows are that?",
        f"The first number is right. The second, classifier guidance, is {yours:g} for U = {u:g}, C = {c:g}: once through the U-Net, and there and back through the classifier.",
        f"Both costs are right, the third number is not: {yours:g} for U = {u:g}, C = {c:g}. It depends on U alone: set both costs equal and solve for C.",
    )[first]


cost = Check(
    ask_cost,
    explain=explain_cost,
    solution=true_cost,
    mistakes={
        "One call is not one pass: the doubled batch of CFG has twice the rows, so it costs 2 U.": wrong(0, lambda u, c: u),
        "The two costs have changed places: CFG comes first.": wrong(0, lambda u, c: u + 2 * c),
        "The way back through the classifier costs as much as the way forward, about: classifier guidance needs U + 2 C.":
            wrong(1, lambda u, c: u + c),
        "Classifier guidance asks the U-Net once, and no gradient goes through it: not 2 U, but U + 2 C.":
            wrong(1, lambda u, c: 2 * u + 2 * c),
        "3 C is the price of training, where the weights need gradients too. Here only the input does: U + 2 C.":
            wrong(1, lambda u, c: u + 3 * c),
        "Both costs are right, the break-even is not: solve 2 U = U + 2 C for C.": wrong(2, lambda u, c: u),
        "The third number is what classifier guidance saves. Asked is the C at which it saves nothing: solve 2 U = U + 2 C.":
            wrong(2, lambda u, c: u - 2 * c),
        "The third number should be a cost of a classifier, not a share of the U-Net's: multiply it by U.": wrong(2, lambda u, c: 0.5),
        "The third number says by how much classifier guidance is cheaper or dearer here. Asked is the C at which both cost the same.": wrong(2, lambda u, c: 2 * c - u),
        "The third number is what CFG costs. Asked is the C at which classifier guidance costs as much: solve 2 U = U + 2 C.": wrong(2, lambda u, c: 2 * u),
        "You solved 2 U = 2 U + 2 C, or forgot the classifier's share: at break-even a classifier may cost something.": wrong(2, lambda u, c: 0.0),
        "The third number depends on this classifier. The break-even depends on the U-Net alone: solve 2 U = U + 2 C for C.": wrong(2, lambda u, c: c / 2),
        "CFG needs no classifier: two rows through the U-Net, 2 U, and nothing else.": wrong(0, lambda u, c: 2 * u + c),
        "CFG asks twice, with the label and without: not three times.": wrong(0, lambda u, c: 3 * u),
        "Classifier guidance still asks the U-Net, once: U is missing.": wrong(1, lambda u, c: 2 * c),
        "Classifier guidance asks the U-Net once, without the label; the classifier there and back. Not 2 U + C, but U + 2 C.": wrong(1, lambda u, c: 2 * u + c),
    },
    hints=[
        "Count passes of rows: how many samples go through which network, forward and back?",
        "CFG: two rows through the U-Net. Classifier guidance: one, and the classifier forward and back.",
        "Set 2 U equal to U + 2 C, and solve for C.",
    ],
)  # fmt: skip
