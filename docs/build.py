"""The web page of the course, from the executed notebooks: `python course.py site` writes it to the folder site/.

  python course.py site [--to FOLDER]

Sphinx and MyST-NB build it. Nothing runs a notebook: figures are those in the files, and where a dial would need a
kernel the page moves through its film (tests/film.py) with sliders of its own. A build that fails leaves the old site.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
from html import escape
from pathlib import Path
from zipfile import ZipFile

from nbformat import read, writes
from nbformat.v4 import new_output
from sphinx.cmd.build import build_main

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from film import FILMS, INDEX, is_dial  # noqa: E402
from notebook_code import NOTEBOOKS, caption, plain  # noqa: E402

PAGES = ("*.md", "docs/*.md", "data/README.md")
FILES = ("CITATION.cff", "LICENSE", "cfg_lessons/*.py", "tests/*.py", "data/pictures/*")  # to which pages link
BADGE = re.compile(r"\[!\[[^]]*\]\([^)]*\)\]\((?P<link>[^)]*)\)|!\[[^]]*\]\(https:[^)]*\)\n?")

WITHOUT_SCRIPTS = "\n\n<noscript><p>With scripts switched on, formulas are drawn and dials turn.</p></noscript>"


# ---- a notebook as a page


def page(notebook, lesson, films):
    """Change a notebook for the web: words for figures, a film for the dial, links for badges, set-up folded."""
    notebook.cells[0].source = BADGE.sub(link, notebook.cells[0].source) + WITHOUT_SCRIPTS
    code = [number for number, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    for cell in (notebook.cells[number] for number in code[:2]):  # the set-up, and mostly imports
        if not cell.outputs:
            cell.metadata["tags"] = ["hide-input"]
    for number in code:
        cell = notebook.cells[number]
        if is_dial(cell) and lesson in films:
            html = film(lesson, films[lesson]["turns"])
            cell.outputs = [new_output("display_data", {"text/html": html})]
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                output.metadata["image/png"] = {"alt": plain(caption(notebook, number))}
            if "<audio" in (sound := output.get("data", {}).get("text/html", "")):
                output.data["text/html"] = sound.replace("<audio", '<audio aria-label="What the code above plays"')
    return notebook


def link(badge):
    """A badge is a picture from another site: its link is enough, beside one to the notebook itself."""
    colab = badge["link"]
    notebook = colab.replace("colab.research.google.com/github", "github.com")
    return f"[Open in Colab]({colab}) · [The notebook on GitHub]({notebook})"


# ---- a dial without a kernel


def film(lesson, turns):
    """HTML: a slider or a list for each control, and the picture where the dial starts."""
    number = 0
    for turn in turns.values():
        number = number * len(turn["values"]) + turn["start"]
    controls = "".join(control(lesson, name, **turn) for name, turn in turns.items())
    return (
        f'<div class="film" data-frames="../films/{lesson}/"><div class="film-controls" hidden>{controls}</div>'
        f'<img src="../films/{lesson}/{number:03}.webp" alt="The picture above, for values of your choice"></div>'
    )


def control(lesson, name, values, start):
    """A list for words, a slider for numbers; each gives the number of its value among those that are filmed."""
    at, words = f"{lesson}-{name}", [value if isinstance(value, str) else f"{value:g}" for value in values]
    label = f'<label for="{at}">{name.replace("_", " ")}</label>'
    if isinstance(values[0], str):
        options = "".join(
            f'<option value="{i}"{" selected" * (i == start)}>{escape(word)}</option>'
            for i, word in enumerate(words)
        )
        return f'<span>{label}<select id="{at}">{options}</select></span>'
    slider = f'type="range" id="{at}" min="0" max="{len(values) - 1}" value="{start}" aria-valuetext="{words[start]}"'
    shown = f'<output for="{at}">{words[start]}</output>'
    return f"<span>{label}<input {slider} data-words='{json.dumps(words)}'>{shown}</span>"


# ---- the site


def stage(folder):
    """Lay out the sources as in the repository, notebooks as pages, the README as the front page, films unpacked."""
    films = json.loads(INDEX.read_text(encoding="utf-8"))
    for file in (file for pattern in PAGES + FILES for file in ROOT.glob(pattern)):
        place = folder / ("index.md" if file == ROOT / "README.md" else file.relative_to(ROOT))
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
    front = folder / "index.md"
    contents = "\n".join(f"notebooks/{path.stem}" for path in NOTEBOOKS)
    front.write_text(BADGE.sub("", front.read_text(encoding="utf-8")) + CONTENTS.format(contents), encoding="utf-8")
    (folder / "notebooks").mkdir()
    for path in NOTEBOOKS:
        text = writes(page(read(path, as_version=4), path.stem, films))
        (folder / "notebooks" / path.name).write_text(text, encoding="utf-8")
        if path.stem in films:
            with ZipFile(FILMS / f"{path.stem}.zip") as pictures:
                pictures.extractall(folder / "extra" / "films" / path.stem)
    shutil.copytree(folder / "data" / "pictures", folder / "extra" / "data" / "pictures")


CONTENTS = """
```{{toctree}}
:hidden:
:caption: Lessons
{}
```
```{{toctree}}
:hidden:
:caption: More
docs/INSTRUCTORS
CONTRIBUTING
CHANGELOG
data/README
LICENSE-TEXT
```
"""


def build(to):
    """Build into a folder beside `to`, and put it in its place when all went well; the exit code."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent) as work:
        source, out = Path(work) / "source", Path(work) / "site"
        stage(source)
        strict = ["-q", "-W", "--keep-going", "-j", "auto"]
        folders = ["-c", str(ROOT / "docs"), "-d", f"{work}/doctrees", "-D", f"html_extra_path={source / 'extra'}"]
        failed = build_main([*folders, *strict, str(source), str(out)])
        if not failed:
            if to.exists():
                to.rename(Path(work) / "old")
            out.rename(to)
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=ROOT / "site", metavar="FOLDER")
    to = parser.parse_args().to.resolve()
    if to.is_file() or (to.exists() and not (to / "searchindex.js").exists() and any(to.iterdir())):
        return f"{to} holds something else than a site of this course: name another folder, or empty this one."
    try:
        return build(to) or print(f"The site is in {to}: open index.html there.")
    except OSError as error:
        return f"The site could not be written: {error}. What was there before is untouched."


if __name__ == "__main__":
    sys.exit(main())
