"""Lesson 12, exercise "the cure": the check `cure`."""

import torch

from . import Check, Complaint, dice
from .lesson12_shared import scales
from .reading import ways


def cases():
    """True variance, the good model's, the weak one's: by hand, among them models that are nearly equal; and some of chance."""
    rolls = torch.rand(3, 3, generator=dice(0), dtype=torch.float64).tolist()
    drawn = [(a, a * good, a * good * weak) for a, good, weak in [(0.4 + 2 * p, 1.1 + 0.4 * q, 1.2 + 0.8 * r) for p, q, r in rolls]]
    return [(1, 1.2, 1.6), (2, 2, 3), (1, 1.5, 1.4), (1, 1.2, 0.9), (3, 2.5, 1.4), (1, 1.5, 1.6), *drawn]


def ask_cure(cure):
    """The scale for each case."""
    try:
        return scales(cure, cases())
    except ValueError:
        raise Complaint("You take the logarithm of a number that is not positive. A quotient of two variances is positive, their difference need not be: write log(a0 / a), not log(a0 - a).") from None


def by(top=lambda a, a1, a0: a0 / a, bottom=lambda a, a1, a0: a0 / a1, change=lambda s: s, log=torch.log):
    """A candidate: one logarithm over another."""
    return lambda *given: change(log(top(*given)) / log(bottom(*given)))


def straight(of):
    """A candidate that works along a straight line in a function of the variance."""
    return lambda a, a1, a0: (of(a0) - of(a)) / (of(a0) - of(a1))


def tried(low, high, steps):
    """A candidate that tries scales on a grid."""
    grid = torch.linspace(low, high, steps, dtype=torch.float64)
    return lambda a, a1, a0: grid[(a1**grid * a0 ** (1 - grid) - a).abs().argmin()]


def explain_cure(mine, right):
    """The variance at which the given scale ends, by the law."""
    for (a, a1, a0), said, true in zip(cases(), mine[0].tolist(), right[0].tolist()):
        asked = f"Truth {a:.3g}, good model {a1:.3g}, weak model {a0:.3g}"
        if said != said:
            return f"{asked}: your scale is no finite number, for you divide by 0. What stands below the line is log(a0 / a1): how far apart the models are, whatever the truth."
        if abs(said - true) > 1e-4 * max(1, abs(true)):
            ends = f"{a1**said * a0 ** (1 - said):.3g}" if abs(said) < 100 else "far away"
            more = ""
            if a == a1:
                more = " (The good model is right already: nothing is to be cured, and the scale is 1.)"
            elif true < 0:
                more = " (Here the model called weak is the better one, and the scale is negative: the law does not mind.)"
            return f"{asked}: at your scale {said:.4g} the walk ends at a1^s a0^(1-s) = {ends}, not at {a:.3g}. Take logarithms of both sides of a = a1^s a0^(1-s), and solve for s.{more}"
    return None


cure = Check(
    ask_cure,
    explain=explain_cure,
    solution=by(),
    mistakes={
        "That is one over it: the numerator belongs to the truth, log(a0 / a), the denominator to the good model, log(a0 / a1).": by(change=lambda s: 1 / s),
        "You worked with the variances themselves. The walk multiplies widths: take logarithms.": straight(lambda v: v),
        "You worked with the standard deviations. The walk multiplies them: take logarithms.": straight(torch.sqrt),
        "You worked with the squares of the variances. The walk multiplies widths: take logarithms.": straight(torch.square),
        "You took precisions, as for the sharpened density of lesson 6. The DDIM walk multiplies widths: take logarithms.": straight(lambda v: 1 / v),
        "You exchanged the good and the weak model: s stands at a1, and 1 - s at a0.": by(change=lambda s: 1 - s),
        "You put a1 / a above the line: it is a0 / a. (Or you meant Ho & Salimans' w: our scale is one more.)": by(change=lambda s: s - 1),
        "That is one too many. Our scale is 1 for the good model alone: solve a = a1^s a0^(1-s) as it stands.": by(change=lambda s: s + 1),
        "The sign is lost: both logarithms are of a0 over something, log(a0 / a) and log(a0 / a1).": by(change=lambda s: -s),
        "The sign is taken away by an absolute value. Where the weak model is the better one the scale is negative: leave the abs out.": by(change=abs),
        "You subtract one logarithm from the other, or take one of a quotient of quotients. Divide: log(a0 / a) / log(a0 / a1).": lambda a, a1, a0: torch.log(a1 / a),
        "You multiply the two logarithms. Divide by that of a0 / a1.": lambda a, a1, a0: torch.log(a0 / a) * torch.log(a0 / a1),
        "There is no logarithm in it: s is an exponent. Take log of a0 / a and of a0 / a1, then divide.": lambda a, a1, a0: a1 / a,
        "The logarithm below the line is missing: divide by log(a0 / a1), not by a0 / a1.": lambda a, a1, a0: torch.log(a0 / a) / (a0 / a1),
        "The logarithm above the line is missing: it is log(a0 / a), not a0 / a.": lambda a, a1, a0: a0 / a / torch.log(a0 / a1),
        "That is the numerator alone: divide by log(a0 / a1).": lambda a, a1, a0: torch.log(a0 / a),
        "That is the denominator alone: log(a0 / a) is to be divided by it.": lambda a, a1, a0: torch.log(a0 / a1),
        "One half is too much: variances are squares of widths in both logarithms, so the 2 goes away.": by(change=lambda s: s / 2),
        "The factor 2 is too much: variances are squares of widths in both logarithms, so it goes away.": by(change=lambda s: 2 * s),
        "You divide the weak model's error by the good one's. Divide by how far apart the models are: log(a0 / a1).": by(bottom=lambda a, a1, a0: a1 / a),
        "You divide the good model's error by the weak one's. It is log(a0 / a) above the line, and log(a0 / a1) below.": by(lambda a, a1, a0: a1 / a, lambda a, a1, a0: a0 / a),
        "The truth plays no part above the line: it is log(a0 / a). The true variance need not be 1.": by(top=lambda a, a1, a0: a0),
        "You divide by log(a1), as if the exponent of a0 were 1: it is 1 - s, so a0 stands below the line as well, log(a0 / a1).": by(bottom=lambda a, a1, a0: 1 / a1),
        "a0 is missing: you solved a = a1^s. The weak model takes part with the exponent 1 - s.": by(lambda a, a1, a0: a, lambda a, a1, a0: a1),
        "The exponent of a0 has the wrong sign: it is 1 - s, not s - 1, so logarithms are subtracted. Solve a = a1^s a0^(1-s) anew.": by(lambda a, a1, a0: a * a0, lambda a, a1, a0: a1 * a0),
        "Your mixture has exponents s and s, or s and 1: they sum to 1. Solve a = a1^s a0^(1-s).": by(lambda a, a1, a0: a, lambda a, a1, a0: a1 * a0),
        "That is the law itself, with the truth as the scale. Solve a = a1^s a0^(1-s) for s.": lambda a, a1, a0: a1**a * a0 ** (1 - a),
        "Never below 1? Where the truth lies between the models the scale is below 1: leave the bound out.": by(change=lambda s: s.clamp(min=1)),
        "Never below 0? Where the weak model is the better one the scale is negative: leave the bound out.": by(change=lambda s: s.clamp(min=0)),
        "You rounded. The scale need not be whole: return it as it is.": by(change=torch.round),
        **ways("You try scales{}, and take the best one. Solve for it: take logarithms of both sides.", {
            " from 0 to 5": tried(0, 5, 501), " from 0 to 10": tried(0, 10, 1001), " from 1 to 5": tried(1, 5, 401), " from 1 to 10": tried(1, 10, 901),
            " from 0 to 5, ten to a unit": tried(0, 5, 51), " from 0 to 10, ten to a unit": tried(0, 10, 101), " from -10 to 10": tried(-10, 10, 2001),
        }),
        "You fit log a as if log(1 + a) were meant: log1p is another function. Use log.": by(lambda a, a1, a0: (1 + a0) / (1 + a), lambda a, a1, a0: (1 + a0) / (1 + a1)),
    },
    hints=[
        "Start from a = a1**s * a0**(1 - s), and take logarithms of both sides.",
        "log a = log a0 + s (log a1 - log a0). Bring s to one side.",
        "Both the numerator and the denominator are a difference of logarithms that begins with log a0: log(a0 / a) / log(a0 / a1).",
    ],
)  # fmt: skip
