"""Lesson 13, exercise "a test of guidance": the check `detect_cfg`."""

import torch

from . import Check
from .lesson13_shared import blindly
from .panels import CFGS, ask_panel, misjudged, nulls

OF_CFGS = {
    0: "for which scale 1 is guided already: it takes the scale for w. Try scales 0 and 1.",
    2: "that asks for the label both times. Try a scale other than 1.",
    4: "that asks for label 0 in place of NULL, which is -1. Let your denoiser tell the two apart.",
    6: "that guides the first channel only. Compare all numbers, at a scale other than 1.",
    8: "that writes NULL into the labels of whoever asks. Look at y after the call.",
    9: "that pushes the wrong way. Try a scale other than 0.",
    10: "that confuses the samples of a batch. Let them be unlike, in x and in y.",
    11: "that asks for NULL at another time, t = 0. Let your denoiser listen to the time.",
}


def sound_cfg(make, scales=(0.0, 1.0, 3.0), same=torch.allclose):
    """A test of classifier-free guidance."""

    def toy(x, t, y):
        return x * (1 + t) + (y[:, None] + 2.0) ** 2

    x, y = torch.linspace(-1, 1, 12).reshape(4, 3), torch.tensor([3, 0, 1, 2])
    asked, wish, null = y.clone(), toy(x, 0.4, y), toy(x, 0.4, nulls(y))
    return all(same(make(toy, scale)(x, 0.4, asked), null + scale * (wish - null)) and asked.equal(y) for scale in scales)


detect_cfg = Check(
    lambda test: ask_panel(test, CFGS),
    solution=sound_cfg,
    mistakes={
        **blindly(sound_cfg),
        "You test at scale 1 only, where nothing is guided. Most of what can go wrong does not show there.": lambda make: sound_cfg(make, [1.0]),
        "You compare to the last bit. Right ones may round otherwise: use torch.allclose.": lambda make: sound_cfg(make, same=torch.equal),
    },
    hints=["Make a denoiser of your own whose answers you know. What should come out at scale 0, at 1, at 3?",
           "It should depend on x, on t and on y, NULL included, and the samples of your batch should be unlike in x and y.",
           "For each scale: torch.allclose(cfg(denoiser, scale)(x, t, y), u + scale * (c - u)), and y as before."],
    explain=misjudged(OF_CFGS, "cfg", "It may ask once or twice, and round otherwise than you would: judge by what comes out, with torch.allclose."),
)  # fmt: skip
