"""The films of the dials, for readers without a kernel: the web page moves through these pictures with real sliders.

`python course.py refresh` makes them while it runs a lesson. A film is docs/films/LESSON.zip, a picture for each
setting of TURNS; which control had which values, where the dial starts, and which code drew it, is in films.json.
"""
import ast
import hashlib
import json
import time

from notebook_code import ROOT, code_cells

from cfg_lessons.files import replacing

FILMS = ROOT / "docs" / "films"
INDEX = FILMS / "films.json"
SECONDS = 600  # that a film may take


def upto(top, step=0.5):
    """0, step, 2 * step ... top."""
    return [round(k * step, 6) for k in range(round(top / step) + 1)]


TURNS = {  # what is filmed of each dial, the last control turning fastest; the others stay where they start
    "00": {"digit": [2, 3, 5, 8], "scale": upto(8)},
    "01": {"schedule": ["cosine", "linear", "straight"], "t": upto(1, 0.1)},
    "02": {"denoiser": ["exact", "learned"], "eta": [0.0, 0.5, 1.0], "steps": [1, 2, 3, 5, 10, 20, 50, 100]},
    "03": {"label": ["NULL", "0", "1"], "t": [0.02, 0.08, 0.16, 0.24, 0.32, 0.4, 0.52, 0.64, 0.76, 0.88, 1.0]},
    "04": {"digit": [2, 3, 7, 8], "scale": upto(12, 1)},
    "05": {"digit": [4, 8], "steps": [2, 5, 10], "scale": upto(8, 1)},
    "06": {"digit": [1, 2, 4, 7, 8], "scale": [0, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12]},
    "07": {"wanted": [4, 9], "unwanted": [0, 4, 7, 9], "scale": upto(8, 1)},
    "08": {"CG": upto(30, 3), "CFG": upto(6, 1)},
    "09": {"colour": ["red", "purple"], "shape": ["circle", "cross"], "scale": upto(15, 1)},
    "10": {"scale": [0.0, 1.0, 2.0, 3.0, 6.0, 12.0], "strength": upto(1, 0.1)},
    "11": {"form": ["ball", "cone", "cube"], "scale": [0.0, 1.0, 2.0, 3.0, 6.0], "angle": upto(6, 0.75)},
    "12": {"scale": [0.0, 1.0, 2.0, 3.0, 6.0], "low": [0.0, 0.15, 0.3, 0.6], "high": [0.15, 0.3, 0.6, 1.0]},
    "13": {"program": ["sound", "label in both halves", "scale taken for w", "class 0 for NULL",
                       "x asks for gradients"], "scale": upto(6)},
}


class Unfilmed(Exception):
    """Why a dial could not be filmed, in a sentence."""


class Camera:
    """Films the dial of a lesson in TURNS while nbclient runs it: `shoot` is a hook for cells that have run."""

    def __init__(self, path):
        self.lesson, self.seconds, self.client = path.stem, 0.0, None

    async def shoot(self, cell, cell_index, execute_reply):
        """If this cell made the dial: turn it in the kernel, keep the pictures, and note what they show."""
        begin, values = time.perf_counter(), TURNS.get(self.lesson[:2])
        if not is_dial(cell) or values is None:
            return
        with replacing(FILMS / f"{self.lesson}.zip") as file:
            start = await self.ask(f"dial.film({str(file)!r}, **{values!r})")
        turns = {name: {"values": v, "start": nearest(v, start[name])} for name, v in values.items()}
        films = json.loads(INDEX.read_text(encoding="utf-8")) if INDEX.exists() else {}
        films[self.lesson] = {"code": code_of(self.client.nb), "turns": turns}
        with replacing(INDEX) as file:
            lines = ",\n".join(f"{json.dumps(lesson)}: {json.dumps(film)}" for lesson, film in sorted(films.items()))
            file.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8", newline="\n")
        self.seconds = time.perf_counter() - begin

    async def ask(self, code):
        """Run code in the lesson's kernel, without a trace in its history; the values where the dial stands."""
        stands = {"start": "{name: control.value for name, control in dial.controls.items()}"}
        reply = await self.client.kc.execute_interactive(
            code, store_history=False, user_expressions=stands, timeout=SECONDS, output_hook=lambda message: None)
        if reply["content"]["status"] != "ok":
            raise Unfilmed("the dial could not be filmed: " + reply["content"].get("evalue", "it was interrupted"))
        return ast.literal_eval(reply["content"]["user_expressions"]["start"]["data"]["text/plain"])


def nearest(values, value):
    """The place of a value among those that are filmed."""
    if isinstance(value, str):
        return values.index(value)
    return min(range(len(values)), key=lambda i: abs(values[i] - value))


def is_dial(cell):
    """Is this the code cell that makes the lesson's dial and shows it?"""
    return cell.cell_type == "code" and cell.source.endswith("\ndial")


def code_of(notebook):
    """A fingerprint of the code that draws the film: all cells up to the dial, less the set-up, which forks change."""
    sources = [cell.source for cell in code_cells(notebook)]
    dial = next(i for i, cell in enumerate(code_cells(notebook)) if is_dial(cell))
    return hashlib.sha256("\0".join(sources[1:dial + 1]).encode()).hexdigest()[:16]
