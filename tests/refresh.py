"""Runs notebooks top to bottom, each in a fresh kernel, and stores their outputs: the same bytes every time.

  python tests/refresh.py              all notebooks
  python tests/refresh.py 01 02        these
  python tests/refresh.py --check      run, report errors and seconds, change no file
  python tests/refresh.py --times F    also keep the seconds of each notebook in the JSON file F

On the way it films the lesson's dial for the web page (tests/film.py).
What differs from run to run is not stored: clock times, the state of widgets, progress bars. What a reader should not
meet is an error: a failing cell or widget, a warning, a path of this machine. Then the file stays as it was.
"""
import argparse
import base64
import hashlib
import io
import json
import os
import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from film import Camera, Unfilmed
from notebook_code import NOTEBOOKS, ROOT, code_cells, read
from PIL import Image

from cfg_lessons.files import replacing

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
INLINE = "module://matplotlib_inline.backend_inline"  # also where MPLBACKEND says something else
STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
SECONDS_PER_CELL = 300
ADDRESS = re.compile(r"^REPO, BRANCH = .*$", flags=re.M)  # `python course.py fork` writes it; no output depends on it
TQDM = re.compile(r"\d+%\||\d+it \[|\?it/s")


class Rejected(Exception):
    """Why a notebook's new outputs must not be stored, in a sentence."""


def stamp(notebook):
    """A fingerprint of the code that the stored outputs belong to, the same in every fork."""
    code = "\0".join(ADDRESS.sub("", cell.source) for cell in code_cells(notebook))
    return hashlib.sha256(code.encode()).hexdigest()[:16]


# ---- run

def run(notebook, folder, environment=os.environ, camera=None):
    """Fill in the outputs; nbclient hides errors inside widgets, so they are looked up afterwards."""
    client = NotebookClient(notebook, kernel_name=KERNEL["name"], resources={"metadata": {"path": str(folder)}},
                            timeout=SECONDS_PER_CELL, record_timing=False, store_widget_state=True,
                            coalesce_streams=True, extra_arguments=["--log-level=ERROR"])
    if camera:
        camera.client, client.on_cell_executed = client, camera.shoot
    try:
        client.execute(env={**environment, "MPLBACKEND": INLINE})
    except (CellExecutionError, CellTimeoutError, DeadKernelError, Unfilmed) as error:
        raise Rejected(str(error).strip()) from None
    if errors := callback_errors(notebook):
        raise Rejected("a widget's callback failed: " + "; ".join(errors))


def callback_errors(notebook):
    widgets = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    outputs = [o for widget in widgets.values() for o in widget.get("state", {}).get("outputs") or ()]
    return [f"{o.get('ename')}: {o.get('evalue')}" for o in outputs if o.get("output_type") == "error"]


# ---- look at it with a reader's eyes

def inspect(notebook):
    """Raise Rejected for the first output that nobody should see."""
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            where, text = f"cell {number} ({first_line(cell)!r})", words(output)
            if output.get("name") == "stderr":
                raise Rejected(f"{where} writes to stderr: {text.strip()[-300:]}")
            if path := next((p for p in (str(ROOT), sys.prefix) if p in text), None):
                raise Rejected(f"{where} shows a path of this machine: {path}")
            if address := re.search(r"<[^<>]* at 0x[0-9a-f]{6,}>", text):
                raise Rejected(f"{where} shows {address[0]}: end its last line with ;")


def first_line(cell):
    return cell.source.strip().split("\n")[0]


def words(output):
    """All text of an output that is not a picture or the view of a widget."""
    data = output.get("data", {})
    shown = "" if VIEW in data else "\n".join(v for k, v in data.items() if k.startswith("text/"))
    return output.get("text", "") + shown


# ---- keep what is the same every time

def tidy(notebook):
    """Strip what differs from run to run, give ids that stay, and stamp the code."""
    views = 0
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{cell.cell_type}-{number:03d}"
        cell.metadata = {k: v for k, v in cell.metadata.items() if k in ("tags", "course")}
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if not is_progress_bar(o)]
            for output in cell.outputs:
                lighten(output)
        for view in (o.data[VIEW] for o in cell.get("outputs", ()) if VIEW in o.get("data", {})):
            views += 1
            view["model_id"] = f"widget-{views:03d}"
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}, "outputs_of": stamp(notebook)}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def is_progress_bar(output):
    data = output.get("data", {})
    return VIEW in data and bool(TQDM.search(data.get("text/plain", "")))


def lighten(output):
    """A picture with 256 colours at most: a third of the bytes, and no difference that a reader would see.

    An octree keeps the colour of a single small mark; the usual median cut gives it that of its neighbours.
    """
    if png := output.get("data", {}).get("image/png"):
        picture, slim = Image.open(io.BytesIO(base64.b64decode(png))), io.BytesIO()
        if picture.mode == "P":  # light already: a second time would change it again
            return
        picture.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE).save(slim, "png", optimize=True)
        output.data["image/png"] = base64.b64encode(slim.getvalue()).decode()


def write(path, text):
    """All or nothing: an interruption leaves the old file."""
    with replacing(path) as new:
        new.write_text(text, encoding="utf-8", newline="\n")


# ---- the command

def refresh(path, check=False):
    """Run one notebook and store it, unless only asked to check; the seconds it took."""
    notebook, start, camera = read(path), time.perf_counter(), Camera(path)
    run(notebook, path.parent, camera=None if check else camera)
    seconds = time.perf_counter() - start - camera.seconds
    tidy(notebook)
    inspect(notebook)
    if not check:
        write(path, nbformat.writes(notebook) + "\n")
    return seconds


def choose(numbers):
    """The notebooks with these numbers; all without any."""
    known = {path.stem[:2]: path for path in NOTEBOOKS}
    if unknown := [n for n in numbers if n not in known]:
        raise SystemExit(f"There is no notebook {unknown[0]}: choose from {', '.join(known) or 'none'}.")
    return [path for number, path in known.items() if not numbers or number in numbers]


def keep_times(file, times):
    """Update the file; notebooks that did not run keep their times."""
    old = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    write(file, json.dumps(dict(sorted({**old, **times}.items())), indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", nargs="*", metavar="NN")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--times", type=Path, metavar="F")
    asked, times, failed = parser.parse_args(), {}, False
    for path in choose(asked.numbers):
        try:
            seconds = refresh(path, asked.check)
        except Rejected as reason:
            failed = True
            print(f"{path.name}: {reason}", file=sys.stderr, flush=True)
        else:
            times[path.stem] = round(seconds, 1)
            print(f"{path.name}: {seconds:.1f} s", flush=True)
    if asked.times and times:
        keep_times(asked.times, times)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
