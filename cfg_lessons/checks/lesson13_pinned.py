"""Lesson 13, exercise "always a seven": the check `pinned`."""

from .. import zoo
from ..denoisers import NULL
from ..guidance import cfg, given, guide
from . import Check
from .panels import ask_pinned

pinned = Check(
    ask_pinned,
    solution=lambda denoiser, label, scale: given(cfg(denoiser, scale), label),
    mistakes={
        "Nothing is guided. If you pinned first, both questions are asked for the label, NULL's too: guide first, pin last.": zoo.always_a,
        "The label is not pinned: your denoiser is guided towards whatever it is asked for.": lambda denoiser, label, scale: cfg(denoiser, scale),
        "Only the target is pinned. The reference still hears y, and it should be NULL.": lambda denoiser, label, scale: guide(given(denoiser, label), denoiser, scale),
        "You pinned the reference: that is a negative prompt, away from the label.": lambda denoiser, label, scale: guide(denoiser, given(denoiser, label), scale),
        "Target and reference are swapped: at scale 1, the label should answer.": lambda denoiser, label, scale: guide(given(denoiser, NULL), given(denoiser, label), scale),
        "Your scale is Ho & Salimans' w: at 1 you push already.": lambda denoiser, label, scale: given(cfg(denoiser, scale + 1), label),
        "You always pin 7. Pin `label`.": lambda denoiser, label, scale: given(cfg(denoiser, scale), 7),
        "You overwrote the labels of whoever asks. Make new ones: torch.full_like(y, label).": lambda denoiser, label, scale: lambda x, t, y: cfg(denoiser, scale)(x, t, y.fill_(label)),
    },
    hints=["Two things are to be done to the denoiser, guide it and pin it. Which one must come last?",
           "cfg needs to ask for NULL. A denoiser that is pinned to a label cannot hear that.",
           "given(cfg(denoiser, ...), label)"],
)  # fmt: skip
