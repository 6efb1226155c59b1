"""Lesson 08, exercise "count": the check `count`."""

import torch

from . import Check, function_of, tensor_of
from .reading import comparable


def ask_count(count):
    """Wrap a denoiser that keeps its own tally, call it with batches of 3 and 5, and compare."""
    tally, own = {"calls": 2, "rows": 7}, []

    def double(x, t, y):
        own.append(len(x))
        return 2 * x + t

    wrapped = function_of(count(double, tally))
    seen = [tally["calls"], tally["rows"], wrapped is double]
    for n in (3, 5):
        out = wrapped(torch.ones(n, 7), 0.5, torch.arange(n) % 2 - 1)  # some labels are NULL
        seen += [tally["calls"], tally["rows"], len(own), -1 if out is None else float(tensor_of(out, "what the denoiser said").sum())]
    return torch.tensor([float(part) for part in seen])


def explain_count(mine, right):
    """The tally before any call, then how much each call adds; what comes out."""
    if not comparable(mine, right):
        return None
    seen, true = mine[0].tolist(), right[0].tolist()
    calls, rows, answers = ([0, 3, 7], [1, 4, 8], [5, 6, 9, 10])
    if seen[:2] != true[:2]:
        return "The tally changes when the denoiser is handed over. Count inside the function that you return: nothing has been asked yet."
    steps = [[seen[b] - seen[a] for a, b in zip(places, places[1:])] for places in (calls, rows)]
    if steps[0] != [1, 1]:
        return f"Two calls make calls grow by {steps[0][0]:g}, then {steps[0][1]:g}. One call is one pass, whatever the batch: add 1 to what is there."
    if steps[1] != [3, 5]:
        return f"Batches of 3 and of 5 samples make rows grow by {steps[1][0]:g} and {steps[1][1]:g}. A row is a sample: add len(x) to what is there."
    if any(seen[k] != true[k] for k in answers):
        return "The counts are right, the answer is not: ask the denoiser once, at x, t, y as they come, and return what it said."
    return None


def counting(calls=lambda c, x: c + 1, rows=lambda r, x, y: r + len(x), ask=lambda d, x, t, y: d(x, t, y)):
    """A candidate that updates the tally by two rules."""

    def count(denoiser, tally):
        def counted(x, t, y):
            tally["calls"], tally["rows"] = calls(tally["calls"], x), rows(tally["rows"], x, y)
            return ask(denoiser, x, t, y)

        return counted

    return count


count = Check(
    ask_count,
    explain=explain_count,
    solution=counting(),
    mistakes={
        "You count when the denoiser is handed over, not when it is called. Return a new function that counts first, then asks.":
            lambda denoiser, tally: tally.update(calls=tally["calls"] + 1) or denoiser,
        "The tally stays at 0: your function hands the denoiser back as it came. Wrap it in a function of (x, t, y).":
            lambda denoiser, tally: denoiser,
        "The caller's tally does not change: you count in a copy of it, or of its numbers. Write to tally itself: tally[...] += ...": lambda denoiser, tally: counting()(denoiser, dict(tally)),
        "You set the tally to 0 when you wrap. It is the caller's, and may hold counts already: only add to it.":
            lambda denoiser, tally: tally.update(calls=0, rows=0) or counting()(denoiser, tally),
        "Samples whose label is NULL are missing from rows. They pass through the network too: add len(x).":
            counting(rows=lambda r, x, y: r + int((y >= 0).sum())),
        "rows holds the last batch only: add len(x) to what is there already.": counting(rows=lambda r, x, y: len(x)),
        "rows grows by 1 for each call, like calls. A batch of 256 is more work than a batch of 1: add len(x).":
            counting(rows=lambda r, x, y: r + 1),
        "rows counts numbers, not samples: x.numel() is too many. Add len(x).": counting(rows=lambda r, x, y: r + x.numel()),
        "calls grows with the batch: one call is one pass, however many samples pass through it.": counting(calls=lambda c, x: c + len(x)),
        "Only the first call is counted: add to the tally at each call.": counting(lambda c, x: 3, lambda r, x, y: 10),
        "You ask the denoiser twice, to count and to answer: measuring doubles the work. Ask once.": counting(ask=lambda d, x, t, y: (d(x, t, y), d(x, t, y))[1]),
        "The answer got lost: your function must return what the denoiser said.":
            counting(ask=lambda d, x, t, y: (d(x, t, y), None)[1]),
        "rows counts features: x.shape[1] is how long a sample is. A row is a sample: add len(x).": counting(rows=lambda r, x, y: r + x.shape[1]),
        "calls and rows are swapped: a call adds 1 to calls, and the number of its samples to rows.": counting(lambda c, x: c + len(x), lambda r, x, y: r + 1),
        "rows stays as it was: add len(x) at each call.": counting(rows=lambda r, x, y: r),
        "calls stays as it was: add 1 at each call.": counting(calls=lambda c, x: c),
        "You count from 0 and write over what the caller had counted. Add to the numbers that are there.":
            lambda denoiser, tally: (lambda own: counting(lambda c, x: own.update(c=own["c"] + 1) or own["c"], lambda r, x, y: own.update(r=own["r"] + len(x)) or own["r"])(denoiser, tally))({"c": 0, "r": 0}),
        "Both numbers hold the last call only. Add to what is there: += in place of =.": counting(lambda c, x: 1, lambda r, x, y: len(x)),
        "You count twice the rows, as CFG's doubled batch has them. Those come in as x already: add len(x).": counting(rows=lambda r, x, y: r + 2 * len(x)),
        "rows adds the labels that occur, each once. Samples of one label are work too: add len(x).": counting(rows=lambda r, x, y: r + len(y.unique())),
    },
    hints=[
        "Define a function of (x, t, y) inside, and return it. What must it do before it answers?",
        "tally is a dict that the caller keeps: tally[\"calls\"] += 1 changes it for both of you.",
        "rows grows by len(x). Then return denoiser(x, t, y).",
    ],
)  # fmt: skip
