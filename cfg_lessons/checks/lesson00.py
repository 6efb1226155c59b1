"""The check of lesson 00: a warm-up, to see how checks answer."""

import torch

from . import Check, answer


def probe(between):
    """Ask at both ends, halfway, and beyond the end; what was handed over must come back unchanged."""
    a, b = torch.tensor([1.0, 2.0]), torch.tensor([3.0, -2.0])
    return [answer(between(a, b, scale)) + 0 for scale in (0.0, 1.0, 0.5, 3.0)] + [a, b]


def in_place(a, b, scale):
    """The mistake of writing into the caller's tensor."""
    a += scale * (b - a)
    return a


between = Check(
    probe,
    solution=lambda a, b, scale: a + scale * (b - a),
    mistakes={
        "The ends are swapped: at scale 0 your function gives b, and it should give a.": lambda a, b, s: b + s * (a - b),
        "Your function stops at b. Beyond scale 1 it should go on in the same direction: do not clamp the scale.":
            lambda a, b, s: a + min(s, 1.0) * (b - a),
        "That is a + scale * b: at scale 1 it should give b alone, so a has to go. Add a share of the difference.":
            lambda a, b, s: a + s * b,
        "You changed a itself, so that whoever handed it over has lost it: return a new tensor.": in_place,
        "That is (1 + scale) * b - scale * a, the other convention of the field: there 0 means b. Here 0 means a.":
            lambda a, b, s: (1 + s) * b - s * a,
    },
    hints=[
        "Which point should come out at scale 0, and which at scale 1?",
        "Start at a. How do you get from a to b? Go that way, a little or more than all of it.",
        "It is a, plus scale times the difference of b and a.",
    ],
)  # fmt: skip
