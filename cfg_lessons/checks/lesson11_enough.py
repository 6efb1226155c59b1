"""Lesson 11, exercise "the scale that is enough": the check `enough`."""

import math

import torch

from . import Check, dice
from .reading import comparable, one


def cases():
    """Goals, shares of lies, and numbers of names: three that are easily computed by hand, and some of chance."""
    drawn = torch.rand(4, 3, generator=dice(0)).tolist()
    return [(0.99, 0.2, 5), (0.9, 0.25, 2), (0.6, 0.1, 10), *((0.9 + 0.09 * a, 0.05 + 0.5 * b, int(3 + 90 * c)) for a, b, c in drawn)]


def ask_enough(enough):
    """The scale for each case."""
    return [one(enough(*case), "the scale") for case in cases()]


def by(top=lambda g, k: g * (k - 1) / (1 - g), odds=lambda p, k: ((1 - p) * k + p) / p, log=math.log):
    """A candidate: the logarithm of top over that of the odds."""
    return lambda goal, lies, classes: log(top(goal, classes)) / log(odds(lies, classes))


def tried(step):
    """A candidate that tries scale after scale."""

    def enough(goal, lies, classes):
        odds, s = ((1 - lies) * classes + lies) / lies, 0.0
        while odds**s / (odds**s + classes - 1) < goal:
            s += step
        return s

    return enough


def explain_enough(mine, right):
    """What share of truth the scales that were given would bring."""
    if not comparable(mine, right):
        return None
    for (goal, lies, classes), a, b in zip(cases(), mine, right):
        if abs(a - b) < 1e-4 * max(1, abs(b)):
            continue
        odds = ((1 - lies) * classes + lies) / lies
        if abs(a - b) < 0.05:
            return f"Close: you say {a:.5g} where it is {b:.5g}. Do you round, or try scales in steps? Solve the law for the scale."
        got = 1 / (1 + (classes - 1) * math.exp(-min(50.0, max(-50.0, a.item() * math.log(odds)))))
        less = "falls short" if got < goal else "is more than needed"
        return f"For a goal of {goal:.3g}, lies {lies:.2g} and {classes} names you say {a:.3g}. The law gives {got:.3g} there: it {less}. Put your scale into the law of section 2, and solve it for r^s."
    return None


enough = Check(
    ask_enough,
    explain=explain_enough,
    solution=by(),
    mistakes={
        "You left out the K - 1 lies that the truth is up against: r^s = g (K - 1) / (1 - g).": by(top=lambda g, k: g / (1 - g)),
        "There are K - 1 names that lie, not K: the true one does not count.": by(top=lambda g, k: g * k / (1 - g)),
        "Upside down: solved for r^s, the goal g stands above and 1 - g below.": by(top=lambda g, k: (1 - g) * (k - 1) / g),
        "That is r^s, not s: take the logarithm, and divide by that of r.": lambda g, p, k: g * (k - 1) / (1 - g),
        "You divided by r. The scale is an exponent: take logarithms on both sides, and divide by log r.":
            lambda g, p, k: g * (k - 1) / (1 - g) / (((1 - p) * k + p) / p),
        "You took the logarithm on one side only: s = log(...) / log(r).": lambda g, p, k: math.log(g * (k - 1) / (1 - g)) / (((1 - p) * k + p) / p),
        "You took the logarithm of the fraction, but not the division by log r.": lambda g, p, k: math.log(g * (k - 1) / (1 - g)),
        "The odds are upside down, and so the scale is negative: r is how much likelier the truth is, so it is above 1.": by(odds=lambda p, k: p / ((1 - p) * k + p)),
        "The odds r lack what a random label gives to the truth as well: its numerator is (1 - lies) K + lies.": by(odds=lambda p, k: (1 - p) * k / p),
        "The odds r lack the K: a label drawn anew falls on a given name once in K times. r = ((1 - lies) K + lies) / lies.": by(odds=lambda p, k: (1 - p) / p),
        "That r has 1 - lies + lies / K against lies: but one lie has lies / K only.": by(odds=lambda p, k: (1 - p + p / k) / p),
        "The odds r must be divided by lies: what is y has (1 - lies) K + lies, what is not has lies.": by(odds=lambda p, k: (1 - p) * k + p),
        "The shares of truth and lies changed places in r: lies K + 1 - lies is what a liar's captions would give.": by(odds=lambda p, k: (p * k + 1 - p) / (1 - p)),
        "That is the share of truth at scale goal: the law itself. Solve it for the scale.":
            lambda g, p, k: (((1 - p) * k + p) / p) ** g / ((((1 - p) * k + p) / p) ** g + k - 1),
        "You try scales in steps, and stop past the least one. Solve for it: the least is where the law gives the goal exactly.": tried(0.01),
        "You try scales in coarse steps, and stop past the least one. Solve for it: the least is where the law gives the goal exactly.": tried(0.1),
        "You round up, or try whole scales only. Solve for the scale: it need not be whole.": tried(1.0),
        "Never below 1? Where captions are good enough, the least scale is below 1, and the law says so.": lambda g, p, k: max(1.0, by()(g, p, k)),
        "That is w = scale - 1, as Ho & Salimans count. This course's scale is 1 more.": lambda g, p, k: by()(g, p, k) - 1,
    },
    hints=[
        "The law: g = r^s / (r^s + K - 1). Solve it for r^s first.",
        "r^s = g (K - 1) / (1 - g), and r = ((1 - lies) K + lies) / lies. An exponent is freed by logarithms.",
        "math.log(goal * (classes - 1) / (1 - goal)) / math.log(odds).",
    ],
)  # fmt: skip
