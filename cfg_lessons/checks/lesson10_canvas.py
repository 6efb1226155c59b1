"""Lesson 10, exercise "a larger canvas": the check `canvas`."""

from functools import partial

import torch

from . import Check, Complaint, dice, lend
from .lesson10_shared import two
from .reading import comparable, near, steady


def left(z, n, axis=-1, fill=torch.zeros_like):
    """Moved n columns (or rows) towards 0, with something else in the new ones."""
    size = z.shape[axis] - n
    return torch.cat([z.narrow(axis, n, size), fill(z.narrow(axis, 0, n))], axis)


def ask_canvas(canvas):
    """A window that is not square, moved by one to three columns; one of the latents is 0 by chance."""
    seen = []
    for n, cells in ((2, 1), (2, 2), (3, 3)):
        z = torch.randn(n, 4, 6, 5, generator=dice(cells))
        z[0, 0, 1, 4] = 0.0
        ask = partial(lend, canvas, z=z, cells=cells, cure="start from torch.zeros_like(z)")
        moved, mask = two(steady(ask), "the moved latents and the mask")
        if mask.ndim > 2 and moved.ndim == 4:
            raise Complaint(f"Your mask has the shape {list(mask.shape)}. One for all images and channels is enough: [h, w].")
        seen += [moved, mask]
    return seen


def explain_canvas(mine, right):
    """The moved image: what is kept, what is new; then the mask."""
    if not comparable(mine, right):
        return None
    for cells, moved, mask, true, new_ones in zip((1, 2, 3), mine[::2], mine[1::2], right[::2], right[1::2]):
        if near(moved[:1], true[:1]) and not near(moved, true):
            return "Only the first image of the batch moved as it should. z[..., cells:] speaks of the columns of all."
        if not near(moved[..., :-cells], true[..., :-cells]):
            return f"With cells = {cells}, the columns at the left are not those that should be there: what is kept is z from column {cells} on, and it comes first."
        if not near(moved[..., -cells:], true[..., -cells:]):
            return f"With cells = {cells}, the new columns at the right are not 0. Nothing is known of them yet: put 0 there."
        if not near(mask, new_ones):
            return f"The image is right. In the mask, with cells = {cells}, the means of the columns are {[round(v, 2) for v in mask.mean(0).tolist()]}: 1 is for the last {cells}, in all rows, 0 for the rest."
    return None


def new(z, n, axis=-1):
    """The mask [h, w] that is 1 in the last n columns (or rows)."""
    return left(torch.zeros(z.shape[-2:]), n, axis, torch.ones_like)


canvas = Check(
    ask_canvas,
    explain=explain_canvas,
    solution=lambda z, n: (left(z, n), new(z, n)),
    mistakes={
        "You moved the image to the right, and made room at the left. To paint at the right, it must make room there.": lambda z, n: (left(z.flip(-1), n).flip(-1), new(z, n).flip(-1)),
        "The mask is right, but the image moved to the right: it covers what should be new.": lambda z, n: (left(z.flip(-1), n).flip(-1), new(z, n)),
        "The mask is the wrong way round: 1 is asked for, and that is what is new.": lambda z, n: (left(z, n), 1 - new(z, n)),
        "The image is right, but the mask marks columns at the left. The new ones are at the right.": lambda z, n: (left(z, n), new(z, n).flip(-1)),
        "torch.roll goes round: the columns that left at the left came back at the right. Put 0 there.": lambda z, n: (z.roll(-n, -1), new(z, n)),
        "You moved rows. Columns are the last axis.": lambda z, n: (left(z, n, -2), new(z, n, -2)),
        "The image is right, but the mask marks rows. Columns are the last axis.": lambda z, n: (left(z, n), new(z, n, -2)),
        "The image did not move: you wiped its right columns out. Keep z from column `cells` on, and put that first.": lambda z, n: (z * (1 - new(z, n)), new(z, n)),
        "The image did not move. What is kept are its columns from `cells` on.": lambda z, n: (z, new(z, n)),
        "The canvas has grown. The model paints a window of one size: as many columns as you add must go.": lambda z, n: (torch.nn.functional.pad(z, (0, n)), torch.nn.functional.pad(torch.zeros(z.shape[-2:]), (0, n), value=1.0)),
        "You moved by one column. Move by `cells`.": lambda z, n: (left(z, 1), new(z, 1)),
        "The new columns repeat the last old one. Put 0 there: they are asked for.": lambda z, n: (left(z, n, fill=lambda part: z[..., -1:].expand_as(part)), new(z, n)),
        "You read the mask off the zeros, but a latent may be 0 by chance. Set it by the columns.": lambda z, n: (left(z, n), (left(z, n)[0, 0] == 0).float()),
        "The two have changed places: the latents first, then the mask.": lambda z, n: (new(z, n), left(z, n)),
        "The image is right, but the mask begins at column `cells`: that is the right place only for half a window. Count from the right: the last `cells` columns.": lambda z, n: (left(z, n), (torch.arange(z.shape[-1]) >= n).float().expand(z.shape[-2:])),
        "The image is right, but the mask marks one column only. Mark the last `cells`.": lambda z, n: (left(z, n), new(z, 1)),
        "You only cut the left columns off: the window must stay as wide as it was. Put `cells` columns of 0 behind.": lambda z, n: (z[..., n:], new(z, n)[:, n:]),
    },
    hints=[
        "Which columns of z are kept, and at which columns of the result do they stand?",
        "z[..., cells:] is kept, and comes first. Behind it come `cells` columns of 0.",
        "moved = torch.zeros_like(z), then write z[..., cells:] into its first columns; mask = torch.zeros(h, w), then 1 in mask[:, -cells:].",
    ],
)  # fmt: skip
