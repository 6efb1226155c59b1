"""The README's lesson table, from the notebooks: `python tests/front_page.py` writes it, with --check it only compares.

The emblem (the figure of the cell with that tag), and for each lesson a picture (its first figure), its promise (the
sentence under its title), and the measured seconds that `python course.py refresh --times data/pictures/seconds.json`
has left.
"""

import base64
import io
import json
import re
import sys

from notebook_code import NOTEBOOKS, ROOT, code_cells, read
from PIL import Image

README, PICTURES = ROOT / "README.md", ROOT / "data" / "pictures"
BEGIN, END = "<!-- lessons: written by tests/front_page.py -->\n", "<!-- end of lessons -->"


def promise(notebook):
    """The title of a lesson and the sentence below it."""
    lines = [line for line in notebook.cells[0].source.splitlines() if line.strip() and not line.startswith("[![")]
    return lines[0].lstrip("# "), lines[1]


def figures(notebook, tag=None):
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
        title, sentence = promise(read(path))
        picture = f'<img src="data/pictures/{path.stem}.png" width="260" alt="The first figure of lesson {title}">'
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
    image.quantize(64).save(PICTURES / f"{name}.png", optimize=True)


def draw_pictures():
    """Write the emblem and the small pictures of the table."""
    PICTURES.mkdir(exist_ok=True)
    for path in NOTEBOOKS:
        first = next(figures(read(path)), None)
        if first is None:
            raise SystemExit(f"{path.name} has no figure among its outputs: run it first")
        keep(first, path.stem, 520)
        for png in figures(read(path), "emblem"):
            keep(png, "emblem", 1040)


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(
            "README.md is behind the notebooks: run python tests/front_page.py"
            if page() != README.read_text(encoding="utf-8")
            else 0
        )
    draw_pictures()
    README.write_text(page(), encoding="utf-8")
