"""Data that are not images: five small worlds, each made in a few lines, each with a probe that knows no network.

    LABELS                        {attribute: the names of its labels}
    samples(n, seed) -> x, y      n samples x [n, *D], and their labels y [n, A], a column for each attribute
    read(x) -> y                  the labels that the probe sees in x
    away(x) -> [n]                how far each of x is from true data, in the world's own measure
    picture(x, ...)               a picture; `audio.play` lets one hear, and `video.play` shows clips that move

motion, audio, video and solids have all five; molecules have a grammar, so that `valid` takes the place of `away`.
"""

import torch
from torch import Tensor


def at_random(n: int, labels: dict, rng) -> Tensor:
    """Labels y [n, A], each attribute's drawn evenly from its names in `labels` {attribute: names}."""
    return torch.stack([torch.randint(len(names), (n,), generator=rng) for names in labels.values()], 1)
