"""Lesson 07, exercise "where does it go?": the check `drift`."""

import torch

from . import Check, lend
from .reading import comparable, near, weights


def ask_drift(drift):
    """Two means and scales below, at and above 1."""
    wanted, unwanted = MEANS
    return [lend(drift, wanted=wanted, unwanted=unwanted, scale=scale) for scale in DRIFTS]


MEANS = torch.tensor([1.0, 0.5]), torch.tensor([-0.5, 2.0])
DRIFTS = (1.0, 0.0, 2.0, 5.0, 0.5)  # scales


def explain_drift(mine, right):
    """How much of both means is in it, scale by scale."""
    if not comparable(mine, right):
        return None
    for scale, out, wanted in zip(DRIFTS, mine, right):
        a, b = weights(out, *MEANS)
        if near(out, wanted):
            continue
        if abs(a + b - 1) > 1e-3:
            return f"At scale {scale:g} you weigh the wanted mean with {a:.3g} and the unwanted with {b:.3g}: where both agree you would leave them. The weights must sum to 1: add a difference."
        if scale in (0.0, 1.0):
            return f"At scale {scale:g} the {['unwanted', 'wanted'][int(scale)]} mean itself must come out. Yours lies {a:.3g} of the way from the unwanted to the wanted mean."
    return "Right at scales 0 and 1, wrong elsewhere. The mean moves along the line through both, by the same distance for each unit of scale, and stops nowhere."


drift = Check(
    ask_drift,
    explain=explain_drift,
    solution=lambda a, b, s: b + s * (a - b),
    mistakes={
        "That is one step too far: at scale 1 nothing is pushed, and the mean is the wanted one.": lambda a, b, s: a + s * (a - b),
        "Your scale 1 is the unwanted mean: (scale - 1) belongs to a step that starts from the wanted one. From the unwanted, take scale steps.":
            lambda a, b, s: b + (s - 1) * (a - b),
        "You drift towards the unwanted mean. The step leads from it to the wanted one, and beyond.": lambda a, b, s: a + (s - 1) * (b - a),
        "Scale plays no part: that holds at scale 1 alone.": lambda a, b, s: a + 0 * s,
        "You stop at the wanted mean. Nothing in the rule does: a push of constant size goes on at any scale.":
            lambda a, b, s: b + min(s, 1.0) * (a - b),
        "That grows as the square of the scale. The push is multiplied by the scale once.": lambda a, b, s: b + s**2 * (a - b),
        "Multiplying a mean by the scale would move it even where both means agree. It is their difference that is scaled.":
            lambda a, b, s: s * a,
        "The step must start from the unwanted mean, as the rule starts from the reference. You started from 0.":
            lambda a, b, s: s * (a - b),
        "The arrow is made 1 long: then the means' distance plays no part. Take the difference as it is.": lambda a, b, s: b + s * (a - b) / (a - b).norm(),
        "The weights do not sum to 1: with scale for the wanted mean, the unwanted gets 1 - scale, not -1.": lambda a, b, s: s * a - b,
        "That is a mean of the two with weights scale and 1: it never passes the wanted mean. A push does, and goes on.": lambda a, b, s: (s * a + b) / (s + 1),
        "The two are swapped: at your scale 0 the wanted mean comes out, and beyond 1 you walk away from it.": lambda a, b, s: a + s * (b - a),
        "The sign is wrong: from the unwanted mean you step away from the wanted one.": lambda a, b, s: b - s * (a - b),
        "The unwanted mean is added: with scale for the wanted one, it gets 1 - scale, which is negative beyond 1.": lambda a, b, s: s * a + (s - 1) * b,
        "Below scale 1 yours stays at the wanted mean. The rule goes on: at scale 0 it is the unwanted one.": lambda a, b, s: b + max(s, 1.0) * (a - b),
        "That is how far it is from the wanted mean. Asked is where it is: a point [D].": lambda a, b, s: (s - 1) * (a - b).norm(),
    },
    hints=[
        "Where is the mean at scale 1? And at scale 0, where only the reference is asked?",
        "It moves along the straight line through both means, by the same distance for each unit of scale.",
        "It is extrapolate, with the means in place of the answers.",
    ],
)  # fmt: skip
