"""Lesson 04, exercise "two classifiers": the check `both`."""

import math

import torch

from ..data import quilt
from ..denoisers import NULL
from ..schedules import Cosine
from . import Check, lend
from .lesson04_shared import NO_SLOPE, UNDISTURBED, logs, own, with_slope


def ask_both_labels(both):
    """The quilt's two classifiers, labels that differ between the columns, some that are left open; and the gradients."""
    colour, place = (quilt(Cosine()).attribute(i).classifier for i in (0, 1))
    x = torch.tensor([[0.3, 1.0], [-1.2, 0.4], [0.9, -0.6], [1.3, 1.1], [-0.2, -1.0], [0.6, 0.2]])
    y, seen = torch.tensor([[0, 2], [1, 0], [2, 1], [NULL, 2], [1, NULL], [NULL, NULL]]), {}
    asked = {"all labels given": (3, 0.4), "another time": (3, 0.8), "some left open": (6, 0.4), "a time for each": (3, torch.tensor([0.2, 0.5, 0.8]))}
    for name, (n, t) in asked.items():
        seen |= with_slope(lambda x: lend(both, colour=colour, place=place, x=x, t=t, y=y[:n], cure=UNDISTURBED), x[:n], name)
    return seen


def pair(combine, columns=(0, 1), null=0.0, read=lambda logits, y: own(logs(logits), y), guides=(0, 1), time=lambda t: t):
    """A candidate that combines what is read off the two classifiers; `null` where no label is asked for."""

    def log_of(classifier, x, t, y):
        log_p = read(classifier(x, time(t)), y)
        return log_p if null is None else torch.where(y == NULL, null, log_p)

    def mine(colour, place, x, t, y):
        classifiers = (colour, place)
        return combine(*(log_of(classifiers[guides[i]], x, t, y[:, columns[i]]) for i in (0, 1)))

    return mine


def in_step(colour, place, x, t, y):
    """The mistake of asking of the whole column whether it is open."""
    found = [own(logs(classifier(x, t)), y[:, k]) * float(not (y[:, k] == NULL).any()) for k, classifier in enumerate((colour, place))]
    return sum(found)


both = Check(
    ask_both_labels,
    solution=pair(lambda a, b: a + b),
    mistakes={
        "NULL = -1 picks the last label: a column that is left open must ask for nothing, log 1 = 0. log_likelihood takes care of that.": pair(lambda a, b: a + b, null=None),
        "A NULL in one column silences both: the other one still counts.": pair(lambda a, b: torch.where((a == 0) | (b == 0), 0.0, a + b)),
        "The columns are swapped: y is [colour, place].": pair(lambda a, b: a + b, columns=(1, 0)),
        "Both classifiers were asked for the colour: the place is the second column.": pair(lambda a, b: a + b, columns=(0, 0)),
        "Only the colour is asked for. Add the place: y[:, 1], by its own classifier.": pair(lambda a, b: a),
        "Only the place is asked for. Add the colour: y[:, 0], by its own classifier.": pair(lambda a, b: b),
        "The sign is the wrong way round: a wish is more where it is better, so it is no loss.": pair(lambda a, b: -a - b),
        "You subtracted: that asks for the colour and against the place. Add the two.": pair(lambda a, b: a - b),
        "That is the mean of the two, so each pushes with half of its strength. Add them.": pair(lambda a, b: (a + b) / 2),
        "Probabilities multiply, so log-probabilities add. You multiplied the logarithms.": pair(lambda a, b: a * b),
        "You added probabilities: that is closer to 'one or the other' than to 'both'. Add the logarithms.": pair(lambda a, b: (a.exp() + b.exp()).log()),
        "One number for the whole batch. Return one for each sample.": pair(lambda a, b: (a + b).sum()),
        NO_SLOPE: pair(lambda a, b: (a + b).detach()),
        "One open label switches its column off for the whole batch: ask for each sample by itself, as log_likelihood does.": in_step,
        "NULL was taken for label 0: a column that is left open must ask for nothing, log 1 = 0. log_likelihood takes care of that.": pair(lambda a, b: a + b, null=None, read=lambda logits, y: own(logs(logits), y.clamp(min=0))),
        "NULL was taken for label 1, as abs makes it: a column that is left open must ask for nothing, log 1 = 0. log_likelihood takes care of that.": pair(lambda a, b: a + b, null=None, read=lambda logits, y: own(logs(logits), y.abs())),
        "NULL counts as one label in three. Nothing was asked there, and nothing has probability 1: log 1 = 0.": pair(lambda a, b: a + b, null=-math.log(3)),
        "NULL counts as log 0 = minus infinity (or nearly so). Nothing was asked there, and nothing has probability 1: log 1 = 0.": pair(lambda a, b: a + b, null=-torch.inf),
        "A column that is left open counts 1. That is its probability; what is added is the logarithm, 0.": pair(lambda a, b: a + b, null=1.0),
        "Both classifiers were asked for the place: the colour is the first column.": pair(lambda a, b: a + b, columns=(1, 1)),
        "The colour's classifier was asked twice. Each column has a classifier of its own.": pair(lambda a, b: a + b, guides=(0, 0)),
        "The place's classifier was asked twice. Each column has a classifier of its own.": pair(lambda a, b: a + b, guides=(1, 1)),
        "You added logits, not log-probabilities: the other labels' share is missing. Use log_likelihood.": pair(lambda a, b: a + b, read=own),
        "That is the probability of both. A wish is its logarithm: add the two log-probabilities.": pair(lambda a, b: (a + b).exp()),
        "You added the probabilities. Log-probabilities add: use log_likelihood.": pair(lambda a, b: a.exp() + b.exp()),
        "You took the smaller of the two: only one label pushes then. Add them.": pair(torch.minimum),
        "You took the larger of the two: only one label pushes then. Add them.": pair(torch.maximum),
        "Two numbers for each sample, [B, 2], are one too many: add the two columns.": pair(lambda a, b: torch.stack([a, b], 1)),
        "The two stand one below the other, 2 B numbers: add them, sample by sample.": pair(lambda a, b: torch.cat([a, b])),
        "The classifiers were asked at t = 0, as if x were clean: hand t on.": pair(lambda a, b: a + b, time=lambda t: 0.0),
        "The classifiers were asked at the first sample's time for all: hand t on as it came.": pair(lambda a, b: a + b, time=lambda t: torch.as_tensor(t).flatten()[0]),
    },
    hints=[
        "What is the probability of two independent things? And its logarithm?",
        "y[:, 0] holds the colours, y[:, 1] the places. Each belongs to its own classifier.",
        "Call log_likelihood(classifier, x, t, labels) for each of the two, and add.",
    ],
)  # fmt: skip
