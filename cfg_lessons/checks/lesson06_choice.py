"""Lesson 06, exercise "choose": the check `choice`."""

import torch

from . import Check, Complaint
from .reading import comparable, one, ways

TABLES = [  # scales, accuracy, recall: one in order, one that is not
    torch.tensor([[0.0, 1.0, 2.0, 3.0, 4.0, 8.0], [0.50, 0.75, 0.875, 0.9375, 0.96875, 0.984375], [0.70, 0.80, 0.60, 0.55, 0.58, 0.10]]),
    torch.tensor([[4.0, 0.5, 2.0, 1.0, 8.0, 3.0], [0.80, 0.99, 0.70, 0.90, 0.985, 0.95], [0.20, 0.30, 0.90, 0.25, 0.60, 0.75]]),
    torch.tensor([[2.0, 1.0, 3.0, 5.0, 1.5], [0.90, 0.62, 0.98, 0.50, 0.64], [0.55, 0.60, 0.10, 0.95, 0.30]]),
]
ASKS = [*((0, gate) for gate in (0.875, 0.9, 0.1, 0.97, 0.999)), (1, 0.85), (1, 0.97), (1, 0.999), (2, 0.6), (2, 0.55), (2, 0.7), (2, 0.99)]


def ask_choice(choice):
    """Gates that scales just reach, that all pass, that none passes; recall that is not monotone; scales out of order."""
    chosen = []
    for i, gate in ASKS:
        try:
            scale = choice(*TABLES[i].clone(), gate)
        except Exception as error:
            if (TABLES[i][1] >= gate).any():
                raise
            raise Complaint(f"Where no scale passes, your code stops ({error}). Ask first whether any passes; if none does, return the most accurate one.") from None
        if scale is None and chosen:
            raise Complaint(f"With a gate of {gate} you return None. If no scale passes, return the most accurate one.")
        chosen.append(one(scale, "the scale of the highest recall among those that pass"))
    return chosen


def best(passing, score):
    """A candidate: the scale of highest score(accuracy, recall) among those that pass(accuracy, gate)."""

    def choice(scales, accuracy, recall, gate):
        ok = passing(accuracy, gate)
        wanted = score(accuracy, recall).masked_fill(~ok, -torch.inf) if ok.any() else accuracy
        return scales[wanted.argmax()].item()

    return choice


def place(scales, accuracy, recall, gate):
    """The mistake of the index for the scale."""
    ok = accuracy >= gate
    return (recall.masked_fill(~ok, -torch.inf) if ok.any() else accuracy).argmax().item()


def among_the_passed(scales, accuracy, recall, gate):
    """The mistake of looking a place in the short list up in the long one."""
    ok = accuracy >= gate
    return scales[recall[ok].argmax() if ok.any() else accuracy.argmax()].item()


def smallest(scales, accuracy, recall, gate):
    """The mistake of trusting that recall always falls."""
    ok = accuracy >= gate
    return scales[ok].min().item() if ok.any() else scales[accuracy.argmax()].item()


def first_passing(scales, accuracy, recall, gate):
    """The mistake of taking the first that passes."""
    ok = accuracy >= gate
    return scales[ok][0] if ok.any() else scales[accuracy.argmax()]


def otherwise(fallback):
    """A candidate that chooses well, but answers fallback(scales, accuracy, recall) where none passes."""
    right = best(lambda accuracy, gate: accuracy >= gate, lambda accuracy, recall: recall)
    return lambda scales, accuracy, recall, gate: (
        right(scales, accuracy, recall, gate) if (accuracy >= gate).any() else fallback(scales, accuracy, recall))


def explain_choice(mine, right):
    """What was chosen, case by case: no scale of the list, one that fails, one of less recall, or wrongly where none passes."""
    if not comparable(mine, right):
        return None
    for (i, gate), a, b in zip(ASKS, mine, right):
        scales, accuracy, recall = TABLES[i].double()
        place = (scales - a).abs().argmin()
        passes = bool((accuracy >= gate - 1e-6).any())
        if a == b:
            continue
        if abs(scales[place] - a) > 1e-6:
            return f"You return {a:g}, which is none of the scales {[f'{s:g}' for s in scales]}. Return an entry of `scales`.".replace("'", "")
        if passes and accuracy[place] < gate - 1e-6:
            return f"With a gate of {gate} you choose scale {a:g}, whose accuracy is {accuracy[place]:.3g}: it fails. Only those that reach the gate may be chosen."
        if passes:
            return f"With a gate of {gate} you choose scale {a:g}. It passes, but another one passes too and has a higher recall: among those that pass, only recall counts."
        return f"Where a scale passes, you choose well; where none does, you choose scale {a:g}. Then take the one of the highest accuracy."
    return None


choice = Check(
    ask_choice,
    explain=explain_choice,
    solution=best(lambda accuracy, gate: accuracy >= gate, lambda accuracy, recall: recall),
    mistakes={
        "You chose the highest accuracy: that is turning the scale all the way up. Accuracy is a gate to pass; among those that pass, take the highest recall.":
            best(lambda accuracy, gate: accuracy >= gate, lambda accuracy, recall: accuracy),
        "You chose the highest recall of all: the gate plays no part.":
            best(lambda accuracy, gate: accuracy >= -1, lambda accuracy, recall: recall),
        "A scale that just reaches the gate has passed it: at least, not more than.":
            best(lambda accuracy, gate: accuracy > gate, lambda accuracy, recall: recall),
        "That is the place in the list, not the scale: look the scale up at that place.": place,
        "recall[passed].argmax() counts among those that passed: look it up in scales[passed], not in scales.": among_the_passed,
        "The gate is an argument: you used a number of your own.":
            best(lambda accuracy, gate: accuracy >= 0.95, lambda accuracy, recall: recall),
        "You chose the lowest recall of those that pass: argmax, not argmin.":
            best(lambda accuracy, gate: accuracy >= gate, lambda accuracy, recall: -recall),
        "That is the smallest scale that passes. Recall need not fall with every step; compare the recalls.": smallest,
        "You took the sum or the product of both: a lot of recall then makes up for failing the gate. First the gate, then recall.": best(lambda accuracy, gate: accuracy >= -1, lambda accuracy, recall: accuracy + recall),
        "If no scale passes, your code still answers with the first of the list. The task says: then the most accurate one.":
            lambda scales, accuracy, recall, gate: scales[recall.masked_fill(accuracy < gate, -torch.inf).argmax()].item(),
        **ways("If no scale passes, you take {}. The task says: then the most accurate one.", {
            "the one of the highest recall": otherwise(lambda scales, accuracy, recall: scales[recall.argmax()]),
            "the largest": otherwise(lambda scales, accuracy, recall: scales.max()),
            "the smallest": otherwise(lambda scales, accuracy, recall: scales.min()),
            "the last of the list": otherwise(lambda scales, accuracy, recall: scales[-1]),
            "0": otherwise(lambda scales, accuracy, recall: 0.0),
        }),
        "You weigh accuracy and recall together among those that pass. To pass is enough: after the gate only recall counts.": best(lambda accuracy, gate: accuracy >= gate, lambda accuracy, recall: accuracy + recall),
        "You chose the lowest accuracy that passes, as if recall had to be highest there. It need not: compare the recalls.": best(lambda accuracy, gate: accuracy >= gate, lambda accuracy, recall: -accuracy),
        "That is the largest scale that passes. Among those that pass, the highest recall counts, not the scale.": lambda scales, accuracy, recall, gate: (scales[accuracy >= gate].max() if (accuracy >= gate).any() else scales[accuracy.argmax()]),
        "That is the first scale that passes. Another one further on may have a higher recall: compare them all.": first_passing,
        "Your gate keeps those that fail: accuracy must be at least the gate.": best(lambda accuracy, gate: accuracy <= gate, lambda accuracy, recall: recall),
        "The gate is for accuracy; you let recall pass it and took the highest accuracy. Swap them.":
            lambda scales, accuracy, recall, gate: best(lambda accuracy, gate: accuracy >= gate, lambda accuracy, recall: recall)(scales, recall, accuracy, gate),
        "That is the recall of the scale, not the scale: look the scale up at its place.": lambda scales, accuracy, recall, gate: recall[accuracy >= gate].max() if (accuracy >= gate).any() else recall[accuracy.argmax()],
    },
    hints=[
        "Two steps: which scales pass the gate? And if any: which of those has the highest recall?",
        "passed = accuracy >= gate is a mask; scales[passed] and recall[passed] are what is left to choose from.",
        "if passed.any(): the scale at recall[passed].argmax(), else the scale at accuracy.argmax().",
    ],
)  # fmt: skip
