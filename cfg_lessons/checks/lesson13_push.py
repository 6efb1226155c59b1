"""Lesson 13, exercise "numbers of a world of your own": the check `push`."""

from ..denoisers import to_x0
from . import Check
from .worlds import aimed, ask_numbers, not_here, otherwise, pushed

push = Check(
    lambda found: ask_numbers(found, 2),
    solution=pushed,
    mistakes={
        **otherwise(pushed),
        "That is the push alone: add it to NULL's answer.": lambda w: pushed(w) - pushed(w, aimed(w, scale=0.0)),
        "That is clean data. Asked is the noise, which the denoiser returns.": lambda w: to_x0(pushed(w), w.x, *w.mixture.schedule.at(w.t, w.x)),
        "That is the score. The noise is -sigma times the score, and the denoiser returns it.": lambda w: -pushed(w) / w.mixture.schedule.at(w.t, w.x)[1],
    },
    hints=["The world's denoiser is mixture.denoiser. How do you guide it?",
           "cfg(denoiser, scale) is a denoiser. Ask it at the world's x and t, for the world's label as a tensor [1].",
           "cfg(mine.mixture.denoiser, mine.scale)(mine.x, mine.t, torch.tensor([mine.label]))"],
    tolerance=2e-3,
    explain=not_here(pushed),
)  # fmt: skip
