"""Lesson 05, exercise "translate": the check `translate`."""

import torch

from . import Check, Complaint, tensor_of

SAME, FROM_ONE = ("glide", "diffusers", "imagen"), ("ho_salimans", "classifier_on_label")


def ask_translate(translate):
    """Every source, with numbers on both sides of 1; but diffusers takes any number up to 1 for no guidance."""
    seen = {}
    for source in (*SAME, *FROM_ONE):
        numbers = [number for number in (0, 0.3, 1, 3.0, 7.5) if number >= 1 or source != "diffusers"]
        answers = [translate(source, number) for number in numbers]
        if seen and None in answers:
            raise Complaint(f'For "{source}" your function returns nothing: is it missing among your cases, or lacks a return?')
        answers = [tensor_of(number, "one number") for number in answers]
        if any(number.numel() != 1 for number in answers):
            raise Complaint("You return many numbers; expected one, in our scale.")
        seen[source] = torch.stack([number.double().reshape(()) for number in answers])
    return seen


def dialect(by, sources=FROM_ONE):
    """A candidate that adds `by` where the number counts from the conditional answer."""
    return lambda source, number: number + by if source in sources else number


def spoken(from_one, same=lambda number: number, sources=FROM_ONE):
    """A candidate: what it makes of numbers that count from the conditional answer, and of the others."""
    return lambda source, number: from_one(number) if source in sources else same(number)


translate = Check(
    ask_translate,
    solution=dialect(1),
    mistakes={
        "They are not all the same: in Ho & Salimans' paper, w = 0 is the plain conditional answer. In our scale that is 1.": dialect(0),
        "Wrong way round: you turned our scale into their number. Their 0 is our 1, so theirs to ours is plus 1.": dialect(-1),
        "A classifier on top of a conditional model starts at the conditional answer: its 0 is our 1.": dialect(1, ("ho_salimans",)),
        "The classifier is right. In Ho & Salimans' formula (1 + w) c - w u, too, 0 gives the conditional answer: add 1.": dialect(1, ("classifier_on_label",)),
        "Imagen writes w c + (1 - w) u: the letter is w, but w = 1 is the conditional answer, as in our scale.": dialect(1, (*FROM_ONE, "imagen")),
        "diffusers writes u + guidance_scale * (c - u): that is our scale already, whatever the paper that it cites says.": dialect(1, (*FROM_ONE, "diffusers")),
        "GLIDE writes u + s (c - u): that is our scale already.": dialect(1, (*FROM_ONE, "glide")),
        "You added 1 to all of them. Those that write u + s (c - u) speak our language already.": dialect(1, (*SAME, *FROM_ONE)),
        "Those two count from 0, so 1 is added. You multiply by 1.5, which fits the one row of a table where 2 is 3.": spoken(lambda number: 1.5 * number),
        "Those two count from 0, so 1 is added. You multiply by 2: then their 0 would still be our 0.": spoken(lambda number: 2 * number),
        "Those two count from 0, so 1 is added. You added 2.": dialect(2),
        "The push is 1 + w times the difference only if it starts at u. Their formula (1 + w) c - w u is c + w (c - u): in our scale that is w + 1.": spoken(lambda number: -number),
        "You wrote 1 - w. Their weight of c is 1 + w, and our scale is the weight of c.": spoken(lambda number: 1 - number),
        "That is w / (1 + w). Our scale is the weight of c in their formula, 1 + w.": spoken(lambda number: number / (1 + number)),
        "That is 1 over the number. Our scale is the weight of c in their formula, 1 + w.": spoken(lambda number: 1 / number if number else 0.0),
        "You returned the same number, 1, whatever theirs is. Add 1 to theirs.": spoken(lambda number: 1.0),
        "The fraction is lost: int() and // cut it off. 0.3 is a number that people use.": spoken(lambda number: int(number) + 1, int),
        "The fraction is lost where you add 1: int() and // cut it off. 0.3 is a number that people use.": spoken(lambda number: int(number) + 1),
        "The fraction is rounded away. 0.3 is a number that people use.": spoken(lambda number: round(number) + 1, round),
        "Below 1 you say 1 for every source. Only diffusers does so; in the other formulas a small number means a small weight.": spoken(lambda number: number + 1, lambda number: max(number, 1)),
        "Below 1 you say 1 for every source. Only diffusers does so; in the other formulas a small number means a small weight. And Ho & Salimans' 0 is our 1.": spoken(lambda number: max(number, 1), lambda number: max(number, 1)),
        "Where the number counts from 0, you stop at 1 below: add 1, without max.": spoken(lambda number: max(number, 1)),
        "Where the number counts from the conditional answer, its 0 gives 0 in yours. Their 0 is our 1: add 1 always, without an `if number`.": spoken(lambda number: number + 1 if number else 0.0),
        "You subtract 1 from those that speak our scale already. Only the two that count from 0 change, by plus 1.": spoken(lambda number: number, lambda number: number - 1),
        "You add 1 to the two, and subtract 1 from the others. The others speak our scale already: leave them.": spoken(lambda number: number + 1, lambda number: number - 1),
        "Ho & Salimans is right, the classifier is not: its 0 is the conditional answer, too, so add 1, no more and no less.": lambda source, number: number + {"ho_salimans": 1, "classifier_on_label": -1}.get(source, 0),
        "The classifier is right, Ho & Salimans is not: w = 0 is the conditional answer, so add 1. You subtract it.": lambda source, number: number + {"ho_salimans": -1, "classifier_on_label": 1}.get(source, 0),
        "Imagen counts like ours, and Ho & Salimans does not: you took one for the other.": dialect(1, ("imagen", "classifier_on_label")),
        "Imagen, GLIDE and diffusers all speak our scale: you left alone only one of them.": dialect(1, ("imagen", "diffusers", *FROM_ONE)),
        "Imagen, GLIDE and diffusers all speak our scale, and two of them got 1 too many.": dialect(1, ("imagen", "glide", *FROM_ONE)),
        "Imagen, GLIDE and diffusers all speak our scale; GLIDE and diffusers got 1 too many.": dialect(1, ("glide", "diffusers", *FROM_ONE)),
        "The two groups are swapped: add 1 where 0 means the plain conditional answer, and leave the others.": dialect(1, SAME),
    },
    hints=[
        "For each source, which number means no guidance? In our scale it is 1.",
        "GLIDE, diffusers and Imagen: 1 is no guidance. Ho & Salimans, and a classifier on a conditional model: 0 is no guidance.",
        "So two of the five need 1 added. The others stay as they are.",
    ],
)  # fmt: skip
