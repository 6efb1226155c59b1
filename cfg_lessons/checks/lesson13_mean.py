"""Lesson 13, exercise "numbers of a world of your own": the check `mean`."""

from . import Check
from .worlds import ask_numbers, ended, not_here, otherwise, walked

mean = Check(
    lambda found: ask_numbers(found, 2),
    solution=ended,
    mistakes={
        **otherwise(ended),
        "That is the mean of the label's Gaussians. Guided samples lie elsewhere: draw them.": lambda w: w.mixture.means[w.mixture.labels == w.label].mean(0),
        "That is how widely they are spread. Asked is their mean.": lambda w: walked(w).std(0),
        "Your walks begin with other noise. Take that of seed 0, so that the numbers compare.": lambda w: walked(w, seed=1).mean(0),
    },
    hints=["Samples come from sample(denoiser, schedule, noise, y). Which denoiser, and how many labels?",
           "The schedule is mixture.schedule, the noise noise(1000, 2, seed=0), y a tensor of 1000 times the label; steps=20.",
           "sample(cfg(mine.mixture.denoiser, mine.scale), mine.mixture.schedule, noise(1000, 2, seed=0), torch.full((1000,), mine.label), steps=20).mean(0)"],
    tolerance=2e-3,
    explain=not_here(ended),
)  # fmt: skip
