"""Pictures. Each function draws into an Axes and returns it; none shows anything."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.markers import MarkerStyle
from matplotlib.transforms import Affine2D

from .denoisers import NULL

# Nearly Okabe & Ito's palette, moved until any two stay apart for colour-blind readers too; grey is for "no label".
COLOURS = ["#0D64A5", "#F0AA03", "#53A272", "#B17FA6", "#22CAFF", "#D45E0A", "#000000"]
GREY = "#676767"
PAPER = LinearSegmentedColormap.from_list("paper", ["#FFFFFF", "#B4B9C2"], N=10)  # few shades: light files
MARKS = {"d": 1.5, "o": 1, "^": 1.7, "s": 1.3, "v": 1.7, "D": 1.3, "X": 1.7, "P": 1.7}  # of NULL, 0, 1, ...: how wide
LIMIT = 2.8  # the 2D worlds fit into a square of this half-width, and so does standard normal noise


def style():
    """The look of every figure of the course."""
    plt.rcParams.update({
        "figure.dpi": 90, "savefig.dpi": 90, "figure.constrained_layout.use": True, "font.size": 10,
        "axes.prop_cycle": plt.cycler(color=COLOURS), "axes.spines.top": False, "axes.spines.right": False,
        "axes.titlesize": 10, "lines.linewidth": 1.8, "legend.frameon": False, "image.cmap": "gray_r",
    })  # fmt: skip


def panels(*titles: str, size: float = 2.7, limit: float | None = LIMIT):
    """A row of square Axes, one for each title; with `limit`, all show the same square of the plane, without ticks."""
    figure, axes = plt.subplots(1, len(titles), figsize=(size * len(titles), size + 0.3), squeeze=False)
    for ax, title in zip(axes[0], titles):
        ax.set_title(title)
        if limit:
            plane(ax, limit)
    return list(axes[0])


def plane(ax, limit: float = LIMIT):
    """Make ax show the square [-limit, limit] of the plane, without ticks."""
    ax.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set_visible(True)
        spine.set_color("#CCCCCC")
    return ax


def scatter(x, y=None, ax=None, size: float = 4):
    """Points x [n, 2] with the colours and the marks of their labels y [n]: NULL is grey, 0 a dot, 1 a triangle."""
    ax = ax or plane(plt.gca())
    colours = ListedColormap([GREY, *COLOURS])
    label = (torch.full((len(x),), NULL) if y is None else y).cpu().int().numpy() + 1
    points = ax.scatter(*x.T.cpu().numpy(), s=size, c=label, cmap=colours, vmin=0, vmax=colours.N - 1, lw=0, alpha=0.7)
    outlines = marks()
    points.set_paths([outlines[k] for k in label])  # one collection: no label is drawn on top of another
    return ax


def marks():
    """The outlines of the labels' marks, NULL's first; wider where small ones would look like dots."""
    styles = [(MarkerStyle(mark), Affine2D().scale(width)) for mark, width in MARKS.items()]
    return [(style.get_transform() + wider).transform_path(style.get_path()) for style, wider in styles]


def grid(n: int = 100, limit: float = LIMIT):
    """The points [n * n, 2] of a square grid, row by row from the bottom."""
    line = torch.linspace(-limit, limit, n)
    return torch.cartesian_prod(line, line).flip(1)


def density(mixture, t=0.0, label=NULL, ax=None, limit: float = LIMIT):
    """The exact density p_t(x | label) of a mixture, as shades of grey; label is a number, or one per attribute [A]."""
    ax = ax or plane(plt.gca(), limit)
    points = grid(80, limit)
    y = torch.as_tensor(label).expand(len(points), *mixture.labels.shape[1:])
    p = mixture.log_prob(points, t, y).exp().reshape(80, 80)
    ax.imshow(
        p.sqrt().numpy(),
        origin="lower",
        extent=(-limit, limit) * 2,
        cmap=PAPER,
        interpolation="bilinear",
        interpolation_stage="data",
        zorder=0,
    )
    return ax


def field(vectors, ax=None, n: int = 17, limit: float = LIMIT, colour: str = COLOURS[0], scale: float | None = None):
    """Arrows of a function x [N, 2] -> [N, 2] on a grid; give compared panels the same scale."""
    ax = ax or plane(plt.gca(), limit)
    points = grid(n, limit * 0.95)
    with torch.no_grad():
        arrows = vectors(points)
    ax.quiver(*points.T.numpy(), *arrows.T.numpy(), color=colour, width=0.006, scale=scale, angles="xy", zorder=3)
    return ax


def heat(height, ax=None, n: int = 80, limit: float = LIMIT, top: float = 1.0):
    """A function x [N, 2] -> [N] over the plane: white where it is 0, darkest where it is `top` or more."""
    ax = ax or plane(plt.gca(), limit)
    with torch.no_grad():
        values = height(grid(n, limit)).reshape(n, n)
    ax.imshow(values.numpy(), origin="lower", extent=(-limit, limit) * 2, cmap="Oranges", vmin=0, vmax=top, zorder=0)
    return ax


def trails(path, ax=None, colour: str = COLOURS[0], start: bool = True):
    """The ways of points: path [steps + 1, n, 2]; a ring where each starts, a dot where it ends."""
    ax = ax or plane(plt.gca())
    way = torch.as_tensor(path).numpy()
    ax.plot(*way.transpose(2, 0, 1), color=colour, lw=0.8, alpha=0.7, zorder=3)
    if start:
        ax.scatter(*way[0].T, s=12, facecolors="none", edgecolors=colour, zorder=4)
    ax.scatter(*way[-1].T, s=9, color=colour, lw=0, zorder=4)
    return ax


def tile(x, columns: int = 10, gap: int = 2):
    """Images x [n, 1 or 3, H, W] in [-1, 1] as one array [rows * (H + gap), columns * (W + gap)], values in [0, 1].

    Images in colour give an array with a last axis of 3, and white gaps; in grey, where 1 is ink, the gaps are 0.
    """
    images = (x.detach().float().cpu().clamp(-1, 1) + 1) / 2
    paper = float(images.shape[1] == 3)
    images = torch.nn.functional.pad(images, (0, gap, 0, gap), value=paper)
    rows = -(-len(images) // columns)
    blank = images.new_full((rows * columns - len(images), *images.shape[1:]), paper)
    channels, height, width = images.shape[1:]
    return (
        torch.cat([images, blank])
        .reshape(rows, columns, channels, height, width)
        .permute(0, 3, 1, 4, 2)
        .reshape(rows * height, columns * width, channels)
        .squeeze(-1)
        .numpy()
    )


def digits(x, columns: int = 10, ax=None, wrong=None):
    """A sheet of images x [n, 1 or 3, H, W] in [-1, 1]; those where `wrong` [n] is true get a frame."""
    ax = ax or plt.gca()
    ax.imshow(tile(x, columns), cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
    ax.set_axis_off()
    height, width = x.shape[2] + 2, x.shape[3] + 2
    for i in [] if wrong is None else torch.as_tensor(wrong).nonzero()[:, 0].tolist():
        corner = (i % columns * width - 1, i // columns * height - 1)
        ax.add_patch(plt.Rectangle(corner, width - 1, height - 1, fill=False, color=COLOURS[5], lw=1.8, clip_on=False))
    return ax


def sheet(*rows, titles=(), columns: int = 10, size: float = 0.55):
    """Several sheets of images one below the other, each with its title at its left."""
    heights = [-(-len(x) // columns) for x in rows]
    figure, axes = plt.subplots(
        len(rows), 1, figsize=(columns * size + 1.2, sum(heights) * size), squeeze=False, height_ratios=heights
    )
    for x, ax, title in zip(rows, axes[:, 0], [*titles, *[""] * len(rows)]):
        digits(x, columns, ax)
        ax.text(-0.01, 0.5, title, transform=ax.transAxes, ha="right", va="center")
    return list(axes[:, 0])


def smooth(values, width: int):
    """Means of so many neighbours, and the places they belong to."""
    width = max(1, min(width, len(values)))
    return np.arange(width - 1, len(values)) - (width - 1) / 2, np.convolve(values, np.ones(width) / width, "valid")


def losses(values, ax=None, label: str | None = None, width: int = 50):
    """A loss per step, as the mean over its neighbours."""
    ax = ax or plt.gca()
    ax.plot(*smooth(values, width), label=label)
    ax.set(xlabel="training step", ylabel="loss")
    return ax
