"""The README's lesson table, from the notebooks: `python tests/front_page.py` writes it, with --check it only compares.

The emblem (the figure of the cell with that tag), and for each lesson a picture (its first figure), its promise (the
sentence under its title), and the measured seconds that `python course.py refresh --times data/pictures/seconds.json`
has left. The animation on top is drawn here, with the shipped model.
"""

import base64
import io
import json
import re
import sys
from html import escape

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from notebook_code import NOTEBOOKS, ROOT, caption, code_cells, figures, plain, read
from PIL import Image

from cfg_lessons import plots, store
from cfg_lessons.guidance import cfg
from cfg_lessons.sampling import noise, sample

README, PICTURES = ROOT / "README.md", ROOT / "data" / "pictures"
BEGIN, END = "<!-- lessons: written by tests/front_page.py -->\n", "<!-- end of lessons -->"

DIAL = PICTURES / "dial.gif"
SCALES = (*np.arange(0, 3, 0.25), *np.arange(3, 8.5, 0.5))  # shorter steps where more happens
STEP, REST = 300, 2500  # milliseconds: calm, because a reader of the README cannot stop it
BLUE = 0x00, 0x72, 0xB2


def promise(notebook):
    """The title of a lesson and the paragraph below it."""
    title, below = [part for part in notebook.cells[0].source.split("\n\n") if not part.startswith("[![")][:2]
    return title.lstrip("# "), " ".join(below.split())


def pictures(notebook, tag=None):
    """The pictures among the outputs, as PNG bytes; with a tag, those of the cells that carry it."""
    for cell in code_cells(notebook):
        if tag is None or tag in cell.metadata.get("tags", ()):
            for output in cell.outputs:
                if png := output.get("data", {}).get("image/png"):
                    yield base64.b64decode(png)


def table():
    """The rows of all lessons."""
    seconds = json.loads((PICTURES / "seconds.json").read_text(encoding="utf-8"))
    rows = ["| | lesson | runs in |\n|---|---|---|\n"]
    for path in NOTEBOOKS:
        lesson = read(path)
        (title, sentence), words = promise(lesson), plain(caption(lesson, figures(lesson)[0]))
        picture = f'<img src="data/pictures/{path.stem}.png" width="260" alt="{escape(words)}">'
        rows.append(
            f"| {picture} | **[{title}](notebooks/{path.name})**<br>{sentence} | {round(seconds[path.stem])} s |\n"
        )
    return "".join(rows)


def page():
    """The README with a fresh table."""
    text = README.read_text(encoding="utf-8")
    return re.sub(f"(?<={re.escape(BEGIN)}).*?(?={re.escape(END)})", lambda _: table(), text, flags=re.S)


def keep(png, name, width):
    """Write one picture for the README, no wider than width."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.thumbnail((width, width))
    image.quantize(64, Image.Quantize.FASTOCTREE).save(PICTURES / f"{name}.png", optimize=True)


def draw_pictures():
    """Write the emblem and the small pictures of the table."""
    PICTURES.mkdir(exist_ok=True)
    for path in NOTEBOOKS:
        first = next(pictures(read(path)), None)
        if first is None:
            raise SystemExit(f"{path.name} has no figure among its outputs: run it first")
        keep(first, path.stem, 520)
        for png in pictures(read(path), "emblem"):
            keep(png, "emblem", 1040)


# ---- the animation

def three_rows(model, scale):
    """The digits 0 to 9, three times, from the same noise whatever the scale; and what was asked for."""
    asked = torch.arange(10).repeat(3)
    return sample(cfg(model, scale), model.schedule, noise(30, 1, 28, 28, seed=7), asked, steps=10), asked


def shades(colour, n):
    """n colours from this one towards white, which is left out."""
    return [round(part + (255 - part) * i / n) for i in range(n) for part in colour]


def dial_frame(drawn, scale):
    """The digits, and below them a dial that shows the scale, in few colours."""
    canvas = FigureCanvasAgg(Figure(figsize=(9, 3.4), dpi=100))
    plots.digits(drawn, 10, canvas.figure.add_axes((0, 0.2, 1, 0.8)))
    dial = canvas.figure.add_axes((0.2, 0, 0.77, 0.18))
    dial.set(xlim=(0, 8), ylim=(-1.6, 1))
    dial.set_axis_off()
    blue = dict(color=np.divide(BLUE, 255), clip_on=False)
    dial.plot([0, 8], [0, 0], lw=4, color="#CCCCCC", clip_on=False)
    dial.plot([0, scale], [0, 0], lw=4, **blue)
    dial.plot(scale, 0, "o", ms=15, **blue)
    dial.text(-1.8, 0, f"scale {scale:g}", va="center", size=16, weight="bold", **blue)
    for whole in range(9):
        dial.text(whole, -0.75, whole, ha="center", va="top", size=11)
    canvas.draw()
    few = Image.new("P", (1, 1))
    few.putpalette([255, 255, 255, *shades((0, 0, 0), 9), *shades(BLUE, 4)])
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB").quantize(palette=few, dither=0)


def draw_dial():
    """Write the animation: the scale goes up, rests, and comes back."""
    model = store.load("mnist_cfg")
    up = [dial_frame(three_rows(model, scale)[0], scale) for scale in SCALES]
    times = [REST if scale in (SCALES[0], SCALES[-1]) else STEP for scale in (*SCALES, *SCALES[-2:0:-1])]
    up[0].save(DIAL, save_all=True, append_images=[*up[1:], *up[-2:0:-1]], duration=times, loop=0, optimize=True)


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(
            "README.md is behind the notebooks: run python tests/front_page.py"
            if page() != README.read_text(encoding="utf-8")
            else 0
        )
    draw_pictures()
    draw_dial()
    README.write_text(page(), encoding="utf-8")
