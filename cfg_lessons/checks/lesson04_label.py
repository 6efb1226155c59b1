"""Lesson 04, exercise "the label's log-probability": the check `label`."""

import torch

from .. import zoo
from . import Check, dice, lend
from .lesson04_shared import NO_SLOPE, UNDISTURBED, logs, own, with_slope


def toy_logits(x, t):
    """A classifier (x, t) -> logits [B, 3] of points [B, 2] that listens to the time."""
    return torch.stack([x[:, 0], x[:, 1] - x[:, 0] * t, x.square().sum(1) - 2], 1)


def ask_label(label):
    """Points and labels in batches of five and of two, at two levels and at a level for each; and the gradients."""
    x, y = torch.randn(5, 2, generator=dice(0), dtype=torch.float64), torch.tensor([1, 0, 2, 0, 2])
    asked, seen = {"one time": (5, 0.5), "another time": (5, 0.1), "two samples": (2, 0.5), "a time for each": (5, torch.linspace(0.1, 0.9, 5).double())}, {}
    for name, (n, t) in asked.items():
        seen |= with_slope(lambda x: lend(label, classifier=toy_logits, x=x, t=t, y=y[:n], cure=UNDISTURBED), x[:n], name)
    return seen


def reads(pick):
    """A candidate that picks its answer out of the logits."""
    return lambda classifier, x, t, y: pick(classifier(x, t), y)


def reads_at(time):
    """A candidate that asks the classifier at time(t)."""
    return lambda classifier, x, t, y: own(logs(classifier(x, time(t))), y)


label = Check(
    ask_label,
    solution=reads(lambda logits, y: own(logs(logits), y)),
    mistakes={
        "[y] picks rows of the batch: sample y[i], with all its labels. Index rows and columns: [torch.arange(len(y)), y].": zoo.log_prob_b,
        "[y] picks rows of the batch, and the sum adds all labels of a row. Use [torch.arange(len(y)), y].": reads(lambda logits, y: logs(logits)[y].sum(-1)),
        "[:, y] gives every sample all the labels of the batch, [B, B]. Row i needs column y[i] alone: [torch.arange(len(y)), y].": reads(lambda logits, y: logs(logits)[:, y]),
        "Those are logits, not log-probabilities: the other labels' share is missing, and with it the push away from them. Use log_softmax.": zoo.log_prob_c,
        "That is the probability. The equation needs its logarithm: log_softmax.": reads(lambda logits, y: own(logits.softmax(-1), y)),
        "The sign is the wrong way round: that is the cross entropy, a loss. Here more is better.": reads(lambda logits, y: -own(logs(logits), y)),
        "The probabilities sum to 1 over the batch instead of over the labels. Use the last axis.": reads(lambda logits, y: own(logits.log_softmax(0), y)),
        "One number for the whole batch. Return one for each sample; the sum is taken where the gradient is.": reads(lambda logits, y: own(logs(logits), y).sum()),
        "That is the likeliest label's log-probability, whatever y asks for. Pick column y[i] in row i.": reads(lambda logits, y: logs(logits).max(-1).values),
        NO_SLOPE: reads(lambda logits, y: own(logs(logits), y).detach()),
        "The classifier was asked at t = 0, as if x were clean. It is a classifier of noisy data: hand t on.": reads_at(lambda t: 0.0),
        "The classifier was asked at t = 1, whatever the time is: hand t on.": reads_at(lambda t: 1.0),
        "The classifier was asked at 1 - t. Here t = 0 is data: hand t on as it came.": reads_at(lambda t: 1 - t),
        "The classifier was asked at the first sample's time for all: hand t on as it came.": reads_at(lambda t: torch.as_tensor(t).flatten()[0]),
        "The classifier was asked at the mean of the times: hand t on as it came.": reads_at(lambda t: torch.as_tensor(t).double().mean()),
        "Those are the log-probabilities of all labels, [B, K]. Pick one in each row: column y[i] in row i.": reads(lambda logits, y: logs(logits)),
        "A sigmoid asks of each label by itself, yes or no. Here exactly one label is right, so all of them share: log_softmax.": reads(lambda logits, y: own(logits, y).sigmoid().log()),
        "That is log p minus log (1 - p), the odds. The equation needs log p alone: log_softmax.": reads(lambda logits, y: own(logs(logits), y) - (-own(logs(logits), y).expm1()).log()),
        "That is the log-probability of any other label, log (1 - p). Asked is log p: log_softmax.": reads(lambda logits, y: (-own(logs(logits), y).expm1()).log()),
        "Softmax was taken twice: log_softmax wants the logits themselves.": reads(lambda logits, y: own(logs(logits.softmax(-1)), y)),
        "You compare the logit with the largest one only. All labels share the probability: log_softmax.": reads(lambda logits, y: own(logits, y) - logits.max(-1).values),
        "You compare the logit with the mean of all. The share that is missing is log of the sum of exp: log_softmax.": reads(lambda logits, y: own(logits, y) - logits.mean(-1)),
        "You divided by the sum of the logits, not of their exponentials: use log_softmax.": reads(lambda logits, y: own(logits, y) / logits.sum(-1)),
        "You took the logarithm to base 2 (or 10). The equation needs the natural one: log_softmax.": reads(lambda logits, y: own(logits.softmax(-1), y).log2()),
        "That is the mean over all labels: y plays no part. Pick column y[i] in row i.": reads(lambda logits, y: logs(logits).mean(-1)),
        "That is the sum over all labels: y plays no part. Pick column y[i] in row i.": reads(lambda logits, y: logs(logits).sum(-1)),
        "That is the entropy, a mean over all labels: y plays no part. Pick column y[i] in row i.": reads(lambda logits, y: -(logs(logits) * logits.softmax(-1)).sum(-1)),
        "Everybody was asked for the first sample's label. Row i needs column y[i].": reads(lambda logits, y: logs(logits)[:, y[0]]),
        "You took column y + 1. A classifier has no column for NULL: the first belongs to label 0.": reads(lambda logits, y: own(logs(logits), (y + 1) % 3)),
        "You took column y - 1. The first column belongs to label 0: take y as it is.": reads(lambda logits, y: own(logs(logits), y - 1)),
    },
    hints=[
        "Which axis of [B, K] holds the labels? Over that one, the probabilities sum to 1.",
        "logits.log_softmax(-1) gives all log-probabilities [B, K]; you want one of each row.",
        "Index with two lists of the same length: the row numbers 0 to B - 1, and the labels.",
    ],
)  # fmt: skip
