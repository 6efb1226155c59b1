"""Clips: a handwritten digit glides over a small page, 8 frames of 16 x 16. Labels: the digit, and the direction."""

import base64
import io

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from ..data import mnist
from ..plots import sheet, tile

LABELS = {"digit": tuple("0123456789"), "direction": ("right", "left", "down", "up")}
FRAMES, SIDE, INK = 8, 16, 10  # the page is SIDE wide, a digit INK
LAST = SIDE - INK  # where a digit ends that started at 0
TRACK = torch.arange(FRAMES) * LAST // (FRAMES - 1)
HALF = torch.full((FRAMES,), LAST // 2)
CORNERS = torch.stack([  # [direction, frame, (row, column)] of a digit's upper left corner
    torch.stack([HALF, TRACK], 1), torch.stack([HALF, LAST - TRACK], 1),
    torch.stack([TRACK, HALF], 1), torch.stack([LAST - TRACK, HALF], 1),
])  # fmt: skip


def small(x: Tensor) -> Tensor:
    """Digits x [n, 1, 28, 28] at half their size, without their margin: [n, INK, INK]."""
    return F.avg_pool2d(x, 2)[:, 0, 2:12, 2:12]


def squares(direction: Tensor) -> tuple:
    """Where the ink is in each frame, by direction [n]: an index into clips [n, FRAMES, SIDE, SIDE]."""
    row, column = (CORNERS[direction][..., None] + torch.arange(INK)).unbind(2)  # each [n, FRAMES, INK]
    n, frame = torch.arange(len(direction))[:, None, None, None], torch.arange(FRAMES)[:, None, None]
    return n, frame, row[..., None], column[..., None, :]


def samples(n: int, seed: int = 0):
    """n clips x [n, FRAMES, SIDE, SIDE], paper 0 and ink up to 2, and their labels y [n, 2]."""
    rng = torch.Generator().manual_seed(seed)
    images, labels = mnist("train")
    i = torch.randint(len(images), (n,), generator=rng)
    direction = torch.randint(4, (n,), generator=rng)
    x = torch.zeros(n, FRAMES, SIDE, SIDE)
    x[squares(direction)] = small(images[i])[:, None].expand(n, FRAMES, INK, INK) + 1
    return x, torch.stack([labels[i], direction], 1)


def glide(x: Tensor) -> Tensor:
    """The direction [n] in which the ink's centre moves."""
    ink, place, time = x.clamp(0, 2).square(), torch.arange(SIDE) - (SIDE - 1) / 2, torch.arange(FRAMES) - 3.5
    mass = ink.sum((2, 3)).clamp(min=1e-3)
    down = ((ink.sum(3) * place).sum(2) / mass * time).sum(1)
    right = ((ink.sum(2) * place).sum(2) / mass * time).sum(1)
    return torch.where(right.abs() > down.abs(), (right < 0).long(), 2 + (down < 0).long())


def likeness(x: Tensor):
    """How like each clip's digit is to 2,000 unseen ones, from 0 to 1: [n, 2000]; their labels; the clips' directions.

    A clip's digit is the mean of its frames, moved back along its direction. Likeness is the cosine of their angle.
    """
    images, labels = mnist("eval")
    direction = glide(x)
    still = x[squares(direction)].clamp(0, 2).mean(1)
    return F.normalize(still.flatten(1)) @ F.normalize(small(images).flatten(1) + 1).T, labels, direction


def read(x: Tensor) -> Tensor:
    """The labels [n, 2]: the digit that is commonest among the five most alike, and the direction of the ink."""
    like, labels, direction = likeness(x)
    return torch.stack([labels[like.topk(5).indices].mode(1).values, direction], 1)


def away(x: Tensor) -> Tensor:
    """One minus the likeness [n] of each clip's digit to the true one that is most like it."""
    return 1 - likeness(x)[0].amax(1)


def picture(x: Tensor, titles=()):
    """Each of x [n, FRAMES, SIDE, SIDE] as a strip of its frames."""
    return sheet(*[clip[:, None] - 1 for clip in x], titles=titles, columns=FRAMES, size=0.45)


def play(x: Tensor, words: str, columns: int = 10, zoom: int = 3):
    """All clips x side by side, moving, as one picture of the page; `words` say what it shows."""
    from IPython.display import HTML

    pages = [np.uint8(255 * (1 - tile(frame[:, None] - 1, columns))) for frame in x.transpose(0, 1)]
    first, *rest = [Image.fromarray(page).quantize(16) for page in pages]
    with io.BytesIO() as gif:
        first.save(gif, "gif", save_all=True, append_images=rest, duration=150, loop=0)
        data = base64.b64encode(gif.getvalue()).decode()
    size = f'width="{zoom * first.width}" style="image-rendering: pixelated"'
    return HTML(f'<img alt="{words}" {size} src="data:image/gif;base64,{data}">')
