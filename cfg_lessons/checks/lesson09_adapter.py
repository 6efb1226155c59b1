"""Lesson 09, exercise "the adapter": the check `adapter`."""

import torch

from ..denoisers import NULL
from . import Check, Complaint, dice, function_of, lend
from .lesson09_shared import tensor, unet
from .reading import comparable, near

ABOVE = [0.254, 0.503]  # times that float32 puts a little above their step


def ask_adapter(adapter):
    """Times that float32 puts a little below or above their step, both ends, prompts and NULL; all must survive."""
    text, cases = adapter_cases()
    lent, seen = text.clone(), []
    net = function_of(adapter(unet, lent))
    for x, t, y in cases:
        try:
            seen.append(tensor(lend(net, x=x, t=t, y=y, cure="y + 1 makes a new tensor, y += 1 does not")))
        except (RuntimeError, ValueError, TypeError) as error:
            if "convert" not in str(error):
                raise
            raise Complaint("t and y hold one entry for each sample: item(), int() and float() want one number alone. Work on the whole tensor: .round().long().") from None
    if not lent.equal(text):
        raise Complaint("You wrote into text: the next call needs it as it was. Make a new tensor.")
    return seen


def adapter_cases():
    """The texts, and latents, times and labels in batches."""
    rng = dice(0)
    text, asks = torch.randn(4, 5, 6, generator=rng), (([0.251, 1.0, 0.57], [0, NULL, 2]), ([0.001, 0.502], [2, 1]), ([0.8, 0.506], [NULL, 0]), (ABOVE, [1, 0]))
    return text, [(torch.randn(len(times), 4, 3, 2, generator=rng), torch.tensor(times), torch.tensor(labels)) for times, labels in asks]


def explain_adapter(mine, right):
    """Sample by sample: with which step, and which row of text, would the U-Net have said that?"""
    if not comparable(mine, right):
        return None
    text, cases = adapter_cases()
    rows, steps = torch.arange(len(text)).repeat(1003), (torch.arange(1003) - 1).repeat_interleave(len(text))
    for (x, t, y), out, true in zip(cases, mine, right):
        for k in range(len(x)):
            if near(out[k], true[k]):
                continue
            said = unet(x[k].expand(len(rows), -1, -1, -1), steps, text[rows]).sample.double()
            gap = (said - out[k]).abs().flatten(1).amax(1)
            nearest = steps.sub((1000 * t[k]).round() - 1).abs() + 0.1 * rows.sub(y[k] + 1).abs()
            if gap.min() > 1e-4:
                return f"For t = {t[k]:g} and y = {y[k]} yours is no answer of the U-Net to x, a step from 0 to 999, and one row of text. Hand x on as it is, and return its .sample."
            found = nearest.masked_fill(gap > 1e-4, torch.inf).argmin()
            return f"For t = {t[k]:g} and y = {y[k]} you asked with step {steps[found]} and row {rows[found]} of text. Step i is t = (i + 1) / 1000, and row 0 is the empty prompt."
    return None


def adapted(step=lambda t: (t * 1000).round().long() - 1, row=lambda text, y: text[y + 1]):
    """A candidate: how a time becomes a step, and how a label becomes a text."""
    return lambda unet, text: lambda x, t, y: unet(x, step(t), encoder_hidden_states=row(text, y)).sample


adapter = Check(
    ask_adapter,
    explain=explain_adapter,
    solution=adapted(),
    mistakes={
        "text[y] is one row off: prompt 0 gets the empty text, and NULL = -1 the last one. Row 0 is the empty prompt.": adapted(row=lambda text, y: text[y]),
        "NULL gets the empty text, but so does prompt 0, and the others are one row off. Prompt k is row k + 1.": adapted(row=lambda text, y: text[y.clamp(min=0)]),
        "Every row of the batch got the text of the first. Look up a text for each label.": adapted(row=lambda text, y: text[y[:1] + 1].expand(len(y), -1, -1)),
        "The label plays no part: you always give the empty prompt.": adapted(row=lambda text, y: text[:1].expand(len(y), -1, -1)),
        "One step too late: t = 1 is the last step of the chain, and steps count from 0, so it is 999.": adapted(lambda t: (t * 1000).round().long()),
        "You cut off instead of rounding: in float32, 1000 * 0.502 is a little less than 502. Round first.": adapted(lambda t: (t * 1000).long() - 1),
        "The U-Net counts steps from 0 to 999; you gave it t in [0, 1].": adapted(lambda t: t),
        "t * 999 squeezes the chain: t = 0.001 must be step 0, t = 0.002 step 1. Multiply by 1000.": adapted(lambda t: (t * 999).round().long()),
        "The chain runs backwards: step 999 is the noisiest, as t = 1 is.": adapted(lambda t: 1000 - (t * 1000).round().long()),
        "Every row of the batch got the time of the first. Each has its own.": adapted(lambda t: (t[0] * 1000).round().long() - 1),
        "You round up: in float32, 1000 t is sometimes a little more than a whole number. Round to the nearest.": adapted(lambda t: (t * 1000).ceil().long() - 1),
        "The prompts are right, NULL is not: -1 picks the last row of text[1:]. Row 0 is the empty prompt.": adapted(row=lambda text, y: text[1:][y]),
        "The prompts are right, but NULL gets the first of them. Row 0 is the empty prompt: one shift serves all.": adapted(row=lambda text, y: text[y.clamp(min=0) + 1]),
        "Every row of the batch got the mean of the times. Each has its own.": adapted(lambda t: (t.mean() * 1000).round().long() - 1),
    },
    hints=[
        "Define a function of (x, t, y) inside, and return it. Which row of text is NULL's? Which is prompt 0's?",
        "NULL is -1 and its text is row 0: one shift of y serves all. t = i / 1000 is step i - 1, an integer.",
        "The text is text[y + 1]; the step is (1000 * t).round().long() - 1; hand both to unet, and return its .sample.",
    ],
)  # fmt: skip
