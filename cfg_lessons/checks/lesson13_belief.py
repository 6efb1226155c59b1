"""Lesson 13, exercise "numbers of a world of your own": the check `belief`."""

import torch

from . import Check
from .worlds import ask_numbers, believed, not_here

belief = Check(
    lambda found: ask_numbers(found, 1),
    solution=believed,
    mistakes={
        "That is a sigmoid of one logit. The labels exclude one another: softmax over all of them, and then yours.": lambda w: w.mixture.classifier(w.x, w.t)[0, w.label].sigmoid(),
        "That is its logarithm.": lambda w: believed(w).log(),
        "That is for clean data, t = 0. x is noisy: ask at the world's t.": lambda w: believed(w, t=0.0),
        "That is the probability of the unwanted label.": lambda w: believed(w, label=w.unwanted),
        "That is the probability that it is not the label.": lambda w: 1 - believed(w),
        "That is in percent. Write a number between 0 and 1.": lambda w: 100 * believed(w),
        "That is a logit. A softmax over the labels makes probabilities of them.": lambda w: w.mixture.classifier(w.x, w.t)[0, w.label],
        "You took all labels for equally likely. One of them has two of the four Gaussians.": lambda w: torch.cat([w.mixture.log_prob(w.x, w.t, torch.tensor([k])) for k in range(3)]).softmax(0)[w.label],
        "That is what is known before x_t is seen: the label's share of the Gaussians.": lambda w: (w.mixture.labels == w.label).float().mean(),
    },
    hints=["Who says what a noisy point may be? The exact classifier, mixture.classifier.",
           "It returns logits [1, 3], one for each label, for a point and a time.",
           "mine.mixture.classifier(mine.x, mine.t).softmax(-1)[0, mine.label]"],
    tolerance=2e-3,
    explain=not_here(believed),
)  # fmt: skip
