"""The check of lesson 00: a warm-up, to see how checks answer."""

import torch

from . import Check, lend, tensor_of


def probe(between):
    """Ask at both ends, between them and beyond the end; what was handed over must come back unchanged."""
    a, b = torch.tensor([1.0, 2.0, 0.5]), torch.tensor([3.0, -2.0, 1.25])
    return {f"scale {scale}": tensor_of(lend(between, a=a, b=b, scale=scale)) for scale in (0.0, 1.0, 0.5, 0.25, 3.0)}


def of_way(share):
    """A candidate that goes another share of the way."""
    return lambda a, b, s: a + share(s) * (b - a)


between = Check(
    probe,
    solution=lambda a, b, scale: a + scale * (b - a),
    mistakes={
        "The ends are swapped: at scale 0 your function gives b, and it should give a.": lambda a, b, s: b + s * (a - b),
        "Your function stops at b. Beyond scale 1 it should go on in the same direction: do not clamp the scale.":
            of_way(lambda s: min(s, 1.0)),
        "That is a + scale * b: at scale 1 it should give b alone, so a has to go. Add a share of the difference.":
            lambda a, b, s: a + s * b,
        "That is (1 + scale) * b - scale * a, the other convention of the field: there 0 means b. Here 0 means a.":
            lambda a, b, s: (1 + s) * b - s * a,
        "You walk away from b: the difference is the wrong way round. From a to b it is b - a.": of_way(lambda s: -s),
        "That is the way alone. Add it to where it starts: a.": lambda a, b, s: s * (b - a),
        "That is scale * b: a cancels, or was forgotten. Put brackets around the difference, b - a, before you multiply.":
            lambda a, b, s: s * b,
        "The brackets are misplaced: (a + scale) * (b - a) multiplies a too. Only the difference is multiplied.":
            lambda a, b, s: (a + s) * (b - a),
        "You multiply all of it by the scale. Only the difference is multiplied; a stays whole.":
            lambda a, b, s: s * (a + b),
        "b keeps its full weight: with 1 - scale for a, b gets the weight scale.": lambda a, b, s: (1 - s) * a + b,
        "Your weights do not add up to 1: b is subtracted. With 1 - scale for a, b gets plus scale.":
            lambda a, b, s: (1 - s) * a - s * b,
        "You add instead of taking the difference: the way from a to b is b - a.": lambda a, b, s: a + s * (a + b),
        "The scale plays no part: that is b, whatever was asked for.": lambda a, b, s: 1 * b,
        "The scale plays no part: that is a, whatever was asked for.": lambda a, b, s: 1 * a,
        "The scale plays no part: that is the middle, whatever was asked for.": of_way(lambda s: 0.5),
        "You jump from a to b. Between 0 and 1 your function should lie between them: multiply the difference.":
            of_way(lambda s: float(s >= 1)),
        "You jump from a to b, and between them nothing changes. Use the scale as it is, without rounding.": of_way(int),
        "The scale enters squared: at 0.5 you are not halfway. Multiply by it once.": of_way(lambda s: s**2),
        "The root of the scale is too much: at 0.5 you are not halfway. Multiply by the scale itself.": of_way(lambda s: s**0.5),
        "You go scale - 1 times the way: at scale 1 you are still at a. Go scale times.": of_way(lambda s: s - 1),
        "You divide by the scale. It says how many times to go the way: multiply.":
            lambda a, b, s: a + (b - a) / torch.tensor(s),
        "You took the distance, and lost its direction: b - a may be negative. Leave abs away.":
            lambda a, b, s: a + s * (b - a).abs(),
        "Your way has length 1, whatever a and b are. At scale 1 it should lead to b: do not divide by its length.":
            lambda a, b, s: a + s * (b - a) / (b - a).norm(),
        "You walk by factors, (b / a) ** scale, and that breaks where a number is negative. Walk straight: add a share of b - a.":
            lambda a, b, s: a * (b / a) ** s,
    },
    hints=[
        "Which point should come out at scale 0, and which at scale 1?",
        "Start at a. How do you get from a to b? Go that way, a little or more than all of it.",
        "It is a, plus scale times the difference of b and a.",
    ],
)  # fmt: skip
