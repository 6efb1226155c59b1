"""The networks of the course. Each can be read in one screen; none knows about noise schedules or guidance.

A denoising network is net(x [B, *D], t [B], y [B]) -> [B, *D]; the label y goes into an embedding as row y + 1, so
that NULL = -1 has a row of its own. A noise-aware classifier is net(x [B, *D], t) -> logits [B, K].
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from .schedules import ALMOST


def expect(x, shape, y=None):
    """Complain unless x is [B, *shape] and there is a label y for each sample."""
    if x.shape[1:] != shape:
        raise ValueError(f"x has shape {list(x.shape)}; expected [B, {', '.join(map(str, shape))}]")
    if y is not None and len(y) != len(x):
        raise ValueError(f"labels have shape {list(y.shape)}; expected one for each of {len(x)} samples")


class LabelEmbedding(nn.Embedding):
    """A learned row for each of `classes` labels, and row 0 for NULL. It remembers which rows a training has seen."""

    def __init__(self, classes: int, width: int):
        super().__init__(classes + 1, width)
        self.register_buffer("seen", torch.zeros(classes + 1, dtype=torch.bool))

    def forward(self, y):
        if y.is_floating_point():
            raise TypeError(f"labels must be integers, these are {y.dtype}; use y.long()")
        if y.ndim != 1:
            raise ValueError(f"labels have shape {list(y.shape)}; expected one integer for each sample, [B]")
        if len(y) and not (-1 <= y.min() and y.max() < self.num_embeddings - 1):
            known = f"0 to {self.num_embeddings - 2}, and NULL = -1"
            raise ValueError(f"labels reach from {y.min()} to {y.max()}; this network knows {known}")
        if self.training and torch.is_grad_enabled():
            self.seen[y + 1] = True
        elif self.seen.any() and not self.seen[y + 1].all():
            odd = y[~self.seen[y + 1]][0].item()
            name = "NULL, the null row," if odd == -1 else f"label {odd}"
            raise ValueError(f"{name} was never trained: its numbers are random; train with drop_labels (lesson 3)")
        return super().forward(y + 1)


class AttributeEmbedding(nn.ModuleList):
    """Labels of several attributes, y [B, A] with NULL per column: a LabelEmbedding for each, their rows added."""

    def __init__(self, classes, width: int):
        super().__init__(LabelEmbedding(k, width) for k in classes)

    def forward(self, y):
        if y.ndim != 2 or y.shape[1] != len(self):
            raise ValueError(f"labels have shape {list(y.shape)}; expected [B, {len(self)}], a column per attribute")
        return sum(table(column) for table, column in zip(self, y.T))


def waves(t, n: int, fastest: float):
    """Sines and cosines of t [B] at n frequencies from slow to fast: [B, 2 n]."""
    angle = t[:, None] * torch.linspace(0, math.log(fastest), n).exp().to(t) * math.pi / 2
    return torch.cat([angle.sin(), angle.cos()], 1)


class MLP(nn.Module):
    """Points in the plane: three layers that read x, waves of t, and the label (or one label per attribute)."""

    def __init__(self, classes: int | tuple = 0, width: int = 128, dims: int = 2):
        super().__init__()
        self.config = dict(classes=classes, width=width, dims=dims)
        self.label = (LabelEmbedding if isinstance(classes, int) else AttributeEmbedding)(classes, 16)
        self.net = nn.Sequential(
            nn.Linear(dims + 8 + 16, width), nn.SiLU(),
            nn.Linear(width, width), nn.SiLU(),
            nn.Linear(width, width), nn.SiLU(),
            nn.Linear(width, dims),
        )  # fmt: skip

    def forward(self, x, t, y):
        expect(x, (self.config["dims"],), y)
        return self.net(torch.cat([x, waves(t, 4, 8), self.label(y)], 1))


class Block(nn.Module):
    """A residual block; time and label enter as a scale and a shift of each channel (FiLM, Perez et al. 2018)."""

    def __init__(self, channels: int, emb: int):
        super().__init__()
        self.norm, self.film = nn.GroupNorm(8, channels), nn.Linear(emb, 2 * channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight), nn.init.zeros_(self.conv2.bias)  # a new block changes nothing

    def forward(self, x, e):
        scale, shift = self.film(e)[:, :, None, None].chunk(2, 1)
        h = F.silu(self.norm(x) * (1 + scale) + shift)
        return x + self.conv2(F.silu(self.conv1(h)))


class TinyUNet(nn.Module):
    """28x28 images: fold 2x2 pixels into channels, 14x14 -> 7x7 -> 14x14, unfold.

    Two learned maps spare it a search: where on the page a pixel lies, and a 7x7 sketch of each class.
    """

    def __init__(self, classes: int = 10, channels: int = 32, emb: int = 64):
        super().__init__()
        self.config = dict(classes=classes, channels=channels, emb=emb)
        c, c2 = channels, 2 * channels
        self.time = nn.Sequential(nn.Linear(32, emb), nn.SiLU(), nn.Linear(emb, emb))
        self.label, self.sketch = LabelEmbedding(classes, emb), LabelEmbedding(classes, c2 * 49)
        nn.init.normal_(self.sketch.weight, std=0.1)
        self.place14, self.place7 = nn.Parameter(torch.zeros(c, 14, 14)), nn.Parameter(torch.zeros(c2, 7, 7))
        self.stem, self.enc = nn.Conv2d(4, c, 3, padding=1), Block(c, emb)
        self.down, self.mid = nn.Conv2d(c, c2, 3, stride=2, padding=1), Block(c2, emb)
        self.up, self.dec = nn.Conv2d(c2, 4 * c, 1), Block(c, emb)
        self.norm, self.head = nn.GroupNorm(8, c), nn.Conv2d(c, 4, 3, padding=1)
        nn.init.zeros_(self.head.weight), nn.init.zeros_(self.head.bias)
        self.to(memory_format=torch.channels_last)

    def forward(self, x, t, y):
        expect(x, (1, 28, 28), y)
        e = F.silu(self.time(waves(t, 16, 60)) + self.label(y))
        h = F.pixel_unshuffle(x, 2).contiguous(memory_format=torch.channels_last)
        skip = self.enc(self.stem(h) + self.place14, e)
        h = self.down(skip) + self.place7 + self.sketch(y).view(-1, 7, 7, len(self.place7)).permute(0, 3, 1, 2)
        h = skip + F.pixel_shuffle(self.up(self.mid(h, e)), 2)
        return F.pixel_shuffle(self.head(F.silu(self.norm(self.dec(h, e)))), 2)


class NoisyMLP(nn.Module):
    """Which label? Asked of noisy points x [B, dims] at time t, [] or [B]: logits [B, K].

    The factor 1 - 0.999 t lets the logits fade as fast as the signal does, and with them the push. A learned net alone
    would leave too much of it near t = 1, and the first step of a walk, dividing by alpha, makes that enormous.
    """

    def __init__(self, classes: int = 2, width: int = 128, dims: int = 2):
        super().__init__()
        self.config = dict(classes=classes, width=width, dims=dims)
        self.net = nn.Sequential(
            nn.Linear(dims + 8, width), nn.SiLU(),
            nn.Linear(width, width), nn.SiLU(),
            nn.Linear(width, width), nn.SiLU(),
            nn.Linear(width, classes),
        )  # fmt: skip

    def forward(self, x, t):
        expect(x, (self.config["dims"],))
        t = torch.as_tensor(t).to(x).expand(len(x))
        return (1 - ALMOST * t)[:, None] * self.net(torch.cat([x, waves(t, 4, 8)], 1))


class NoisyClassifier(nn.Module):
    """Which digit? Asked of noisy images x [B, 1, 28, 28] at time t, [] or [B]: logits [B, K].

    The way in of TinyUNet, and then a decision instead of the way out (as Dhariwal & Nichol 2021 did). The factor
    1 - 0.999 t is that of NoisyMLP.
    """

    def __init__(self, classes: int = 10, channels: int = 16, emb: int = 64):
        super().__init__()
        self.config = dict(classes=classes, channels=channels, emb=emb)
        c, c2 = channels, 2 * channels
        self.time = nn.Sequential(nn.Linear(32, emb), nn.SiLU(), nn.Linear(emb, emb), nn.SiLU())
        self.stem, self.enc = nn.Conv2d(4, c, 3, padding=1), Block(c, emb)
        self.down, self.mid = nn.Conv2d(c, c2, 3, stride=2, padding=1), Block(c2, emb)
        self.shrink, self.logits = nn.Conv2d(c2, c2, 3, stride=2, padding=1), nn.Linear(c2 * 16, classes)
        self.to(memory_format=torch.channels_last)

    def forward(self, x, t):
        expect(x, (1, 28, 28))
        t = torch.as_tensor(t).to(x).expand(len(x))
        e = self.time(waves(t, 16, 60))
        h = F.pixel_unshuffle(x, 2).contiguous(memory_format=torch.channels_last)
        h = self.mid(self.down(self.enc(self.stem(h), e)), e)
        return (1 - ALMOST * t)[:, None] * self.logits(F.silu(self.shrink(h)).flatten(1))


class Judge(nn.Module):
    """A classifier of clean digits x [B, 1, 28, 28] in [-1, 1]; its 128 features serve the Frechet distance."""

    def __init__(self, classes: int = 10):
        super().__init__()
        self.config = dict(classes=classes)
        self.look = nn.Sequential(*(
            layer for i, o, stride in ((1, 16, 1), (16, 32, 2), (32, 64, 2), (64, 64, 2))
            for layer in (nn.Conv2d(i, o, 3, stride, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU())
        ))  # fmt: skip
        self.dense, self.logits = nn.Linear(64 * 4 * 4, 128), nn.Linear(128, classes)

    def features(self, x):
        """What it saw, before it decides: [B, 128]."""
        expect(x, (1, 28, 28))
        return F.relu(self.dense(self.look(x).flatten(1)))

    def forward(self, x):
        return self.logits(F.dropout(self.features(x), 0.3, self.training))


class Probe(nn.Module):
    """What is in an image of shapes x [B, 3, 64, 64] in [-1, 1]? Logits [B, K] for each question in `heads` {name: K}.

    Its 128 features, like those of the Judge, also serve to compare images with sentences.
    """

    def __init__(self, heads: dict):
        super().__init__()
        self.config = dict(heads=heads)
        self.look = nn.Sequential(*(
            layer for i, o, stride in ((3, 16, 2), (16, 32, 2), (32, 64, 1), (64, 64, 2), (64, 64, 1))
            for layer in (nn.Conv2d(i, o, 3, stride, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU())
        ))  # fmt: skip
        self.dense, self.logits = nn.Linear(64 * 8 * 8, 128), nn.Linear(128, sum(heads.values()))
        self.to(memory_format=torch.channels_last)

    def features(self, x):
        """What it saw, before it decides: [B, 128]."""
        expect(x, (3, 64, 64))
        return F.relu(self.dense(self.look(x).flatten(1)))

    def forward(self, x):
        parts = self.logits(self.features(x)).split(list(self.config["heads"].values()), 1)
        return dict(zip(self.config["heads"], parts))
