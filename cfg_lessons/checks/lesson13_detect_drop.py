"""Lesson 13, exercise "a test of label dropping": the check `detect_drop`."""

import torch

from ..denoisers import NULL
from ..training import drop_labels
from . import Check
from .lesson13_shared import blindly
from .panels import DROPPINGS, ask_panel, misjudged

OF_DROPPINGS = {  # the sick members, each with a way to find it out
    1: "that throws one coin for the whole batch. How many of a single batch are dropped?",
    2: "to which p means nothing: it always drops 10%. Try two unlike p.",
    4: "that keeps what it should drop. What share is NULL afterwards?",
    5: "that makes dice of its own: every batch loses the same places. Call it twice with the same rng.",
    7: "that turns labels into 0, which is a class. Look at what the dropped ones become.",
    9: "whose coin is normal, not uniform. What share is NULL afterwards, for two unlike p?",
    10: "that writes into the labels that it is given. Look at them after the call.",
    11: "that throws coins of its own. With the same seed in rng, the same labels must be dropped.",
}


def sound_drop(drop):
    """A test of label dropping."""
    y, (rng, same) = torch.arange(4000) % 10, (torch.Generator().manual_seed(1) for _ in "ab")
    before = y.clone()
    out, more = drop(before, 0.2, rng), drop(y.clone(), 0.6, rng)
    share, larger = (out != y).double().mean(), (more != y).double().mean()
    fair = abs(share - 0.2) < 0.05 and abs(larger - 0.6) < 0.05 and out[out != y].unique().tolist() == [NULL]
    return fair and before.equal(y) and out.equal(drop(y.clone(), 0.2, same)) and not out.equal(drop(y.clone(), 0.2, rng))


detect_drop = Check(
    lambda test: ask_panel(test, DROPPINGS),
    solution=sound_drop,
    mistakes={
        **blindly(sound_drop),
        "You compare with one implementation, label by label. Right ones may throw their coins otherwise: count.":
            lambda drop: drop(torch.arange(99), 0.2, torch.Generator().manual_seed(1)).equal(drop_labels(torch.arange(99), 0.2, torch.Generator().manual_seed(1))),
        "You only count how many are dropped. Look also at what they become, at the labels that you handed in, and at the dice.":
            lambda drop: all(abs((drop(torch.arange(4000), p, torch.Generator().manual_seed(1)) != torch.arange(4000)).double().mean() - p) < 0.05 for p in (0.2, 0.6)),
    },
    hints=["Which promises does the docstring make? One line of your test for each of them.",
           "Many labels, two values of p, dice with a seed: how many are dropped, what do they become, are y and the dice treated well?",
           "(out != y).float().mean() near p; out[out != y] all NULL; y as before; the same seed gives the same, the same rng goes on."],
    explain=misjudged(OF_DROPPINGS, "dropping", "It may throw its coins otherwise than you would: count, with many labels and limits that are not too narrow."),
)  # fmt: skip
