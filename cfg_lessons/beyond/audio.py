"""Notes: a quarter of a second of sound, 1,024 values at 4 kHz. Labels: the pitch, and the timbre."""

import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import Tensor

from ..plots import COLOURS
from . import at_random

LABELS = {
    "pitch": ("A", "B", "C#", "D", "E", "F#", "G#", "high A"),
    "timbre": ("flute", "clarinet", "violin", "bell"),
}
RATE, LENGTH = 4000, 1024
PITCHES = 220 * 2 ** (torch.tensor([0, 2, 4, 5, 7, 9, 11, 12]) / 12)  # A major, in Hz
OVERTONES = torch.arange(1, 9)
TIMBRES = F.normalize(
    torch.tensor([
        [1.0, 0.15, 0, 0, 0, 0, 0, 0],  # nearly one sine
        [1.0, 0, 1 / 3, 0, 1 / 5, 0, 1 / 7, 0],  # odd overtones only, as of a square wave
        [1.0, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 6, 1 / 7, 1 / 8],  # all of them, as of a saw
        [0.6, 0, 0, 0.5, 0, 0, 0.3, 0],  # a few, far apart
    ])
)  # fmt: skip


def tones(y: Tensor) -> Tensor:
    """The pure tone [n, LENGTH] of each pair [pitch, timbre] of y [n, 2]: the overtones that RATE can carry."""
    hertz = PITCHES[y[:, 0], None] * OVERTONES
    wave = (2 * math.pi * hertz[:, :, None] * torch.arange(LENGTH) / RATE).sin()
    return (TIMBRES[y[:, 1]] * (hertz < RATE / 2))[:, None].bmm(wave)[:, 0]


def samples(n: int, seed: int = 0):
    """n notes x [n, LENGTH], each of its own loudness and decay, with a little noise, and their labels y [n, 2]."""
    rng = torch.Generator().manual_seed(seed)
    y = at_random(n, LABELS, rng)
    seconds, decay = torch.arange(LENGTH) / RATE, 12 * torch.rand(n, 1, generator=rng)
    envelope = (-decay * seconds).exp() * (seconds / 0.01).clamp(max=1) * (0.7 + 0.7 * torch.rand(n, 1, generator=rng))
    return envelope * tones(y) + 0.01 * torch.randn(n, LENGTH, generator=rng), y


def spectrum(x: Tensor) -> Tensor:
    """How much of each frequency is in x [n, LENGTH]: [n, LENGTH / 2 + 1], made 1 long."""
    return F.normalize(torch.fft.rfft(x * torch.hann_window(LENGTH)).abs(), dim=1)


def likeness(x: Tensor):
    """How like the spectrum of each of x is to that of each pure tone, from 0 to 1: [n, pairs]; and the pairs."""
    pairs = torch.cartesian_prod(*[torch.arange(len(names)) for names in LABELS.values()])
    return spectrum(x) @ spectrum(tones(pairs)).T, pairs


def read(x: Tensor) -> Tensor:
    """The labels [n, 2] of the pure tone whose spectrum is most like that of each of x [n, LENGTH]."""
    like, pairs = likeness(x)
    return pairs[like.argmax(1)]


def away(x: Tensor) -> Tensor:
    """One minus the likeness [n] of each of x to the pure tone that is most like it."""
    return 1 - likeness(x)[0].amax(1)


def play(x: Tensor):
    """A player for the notes x [n, LENGTH], one after the other. Louder than 1 is cut off, as any loudspeaker does."""
    from IPython.display import Audio

    twice = 2 * torch.fft.irfft(torch.fft.rfft(x.flatten()), n=2 * x.numel())  # 8 kHz: not every browser plays 4 kHz
    return Audio((twice / 2).clamp(-1, 1).numpy(), rate=2 * RATE, normalize=False)


def picture(x: Tensor, axes=None, titles=()):
    """The spectrum of each of x [n, LENGTH] in an Axes of its own."""
    axes = plt.subplots(1, len(x), figsize=(2.2 * len(x), 1.7), squeeze=False)[1][0] if axes is None else axes
    for height, ax, title in zip(spectrum(x), axes, [*titles, *[""] * len(x)]):
        ax.plot(torch.fft.rfftfreq(LENGTH, 1 / RATE), height, color=COLOURS[0], lw=1)
        ax.set(xlabel="Hz", yticks=[], ylim=(0, 1), title=title)
    return axes
