"""How nbgrader judges a submission of this course: the answers are taken out, run behind the wall, and compared.

nbgrader keeps the names, the points, the pages and the feedback; `configure` sets two of its steps in a course folder.
"""

import hashlib
from pathlib import Path

import nbformat
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    LimitOutput,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from traitlets import Bool, Unicode

from ..checks import Verdict, ask_as, by_name
from .exercises import ROOT, defined, exercises, read, vocabulary
from .warden import EACH, LESSON, Warden

EXTRA = "extra"  # the tag of a cell that the student added


def configure(c, folder) -> None:
    """nbgrader's settings for a course folder: our answers and our judge in place of its run of the whole notebook."""
    c.CourseDirectory.root = c.TakeAnswers.folder = c.Judge.folder = str(folder)
    c.ClearSolutions.enabled = False  # there are none
    steps = [TakeAnswers, ClearOutput, DeduplicateIds, OverwriteKernelspec, OverwriteCells, CheckCellMetadata]
    c.Autograde.sanitize_preprocessors = steps
    c.Autograde.autograde_preprocessors = [Judge, LimitOutput, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata]


def released(folder, resources):
    """The lesson as it was released, and its number."""
    names = resources["nbgrader"]
    notebook = read(Path(folder) / "source" / names["assignment"] / f"{names['notebook']}.ipynb")
    return notebook, names["notebook"][:2]


class TakeAnswers(NbGraderPreprocessor):
    """The released notebook with the answers of the submission: whatever else it did to its cells does not matter."""

    folder = Unicode(help="The course folder").tag(config=True)

    def preprocess(self, nb, resources):
        """Answers are known by what they define or by nbgrader's mark; other new cells stand before the next answer."""
        new, number = released(self.folder, resources)
        places = {exercise.name: exercise.stub for exercise in exercises(new, number)}
        marked = {cell.metadata["nbgrader"]["grade_id"]: i for i, cell in enumerate(new.cells) if is_answer(cell)}
        known = {cell.source.strip() for cell in new.cells}
        before, waiting = {}, []
        for cell in nb.cells:
            place = next((places[name] for name in sorted(names_of(cell)) if name in places), marked.get(mark(cell)))
            if place is not None:
                if cell.source != new.cells[place].source:  # an untouched one must stay as it is: "No response."
                    new.cells[place].source = harmless(cell)
                before[place] = before.get(place, []) + waiting
                waiting = []
            elif cell.cell_type != "raw" and cell.source.strip() and cell.source.strip() not in known:
                waiting.append(extra(cell))
        end = len(new.cells)
        before[end] = before.get(end, []) + waiting
        new.cells = [part for i in range(end + 1) for part in [*before.get(i, []), *new.cells[i : i + 1]]]
        nb.cells, nb.metadata = new.cells, new.metadata
        return nb, resources


def mark(cell):
    """nbgrader's name of a cell, if the submission still has it."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def is_answer(cell) -> bool:
    """Does nbgrader know it as a cell that the student fills in?"""
    return cell.metadata.get("nbgrader", {}).get("solution", False)


def names_of(cell) -> set:
    """What a cell defines; nothing if it is text."""
    return defined(cell.source) if cell.cell_type == "code" else set()


def extra(cell):
    """A cell of the student's own, with nothing but its text."""
    make = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    return make(harmless(cell), metadata={"tags": [EXTRA]})


def harmless(cell) -> str:
    """The source of a cell; text word for word, as a block of code, for nbgrader's pages would run what is in it."""
    if cell.cell_type == "code":
        return cell.source
    return "\n".join("    " + line for line in cell.source.splitlines())


class Judge(NbGraderPreprocessor):
    """In place of running the notebook: the answers behind the wall, what they gave before the judge.

    The lesson is not trained again. Of its cells, and of those that the student added, imports, definitions and plain
    constants are taken; answers are run whole.
    """

    folder = Unicode(help="The course folder").tag(config=True)
    trusted = Bool(False, help="No wall: run submissions as if they were your own code").tag(config=True)

    def preprocess(self, nb, resources):
        """Give each check cell the output that its verdict deserves."""
        notebook, number = released(self.folder, resources)
        asked, name = exercises(notebook, number), resources["nbgrader"]["student"]
        salt = hashlib.sha256(f"{secret(self.folder)} {name}".encode()).hexdigest()
        with Warden(forbidden(self.folder), self.trusted) as warden:
            seen = warden.run(cells_of(nb), [(exercise.check, exercise.name) for exercise in asked], name, salt)
        places = {f"check-{exercise.short}": exercise.check for exercise in asked}
        for cell in nb.cells:
            if check := places.get(mark(cell)):
                cell.outputs = [shown(judge(check, seen[check], name, salt))]
        return nb, resources


def secret(folder) -> str:
    """What makes the dice of this course folder its own."""
    return (Path(folder) / "secret.txt").read_text(encoding="utf-8").strip()


def forbidden(folder) -> list:
    """The key, the gradebook, the secret: files that must be out of a submission's sight."""
    folder = Path(folder)
    inside = [folder / "secret.txt", folder / "gradebook.db", *folder.glob("submitted/*/*/*")]
    inside += folder.glob("instructor/*")
    key = [*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("cfg_lessons/checks/lesson*.py")]
    return [path.resolve() for path in [*inside, *key] if path.exists()]


def cells_of(nb) -> list:
    """(number, code, seconds) of each cell: answers whole, of others what they say without doing anything.

    The lesson's own cells may take longer than a student's: they import, and the machine may be busy.
    """
    cells = []
    for i, cell in enumerate(nb.cells):
        if cell.cell_type == "code":
            try:
                code = cell.source if is_answer(cell) else vocabulary(cell.source)
            except SyntaxError:  # a cell of the student's own that is not Python
                continue
            own = not is_answer(cell) and EXTRA not in cell.metadata.get("tags", ())
            cells += [(i, code, LESSON if own else EACH)] if code else []
    return cells


def judge(check: str, seen, name: str, salt: str) -> Verdict:
    """What the probe saw of a submission, compared with the key, out here."""
    if seen.status != "seen":
        return Verdict(seen.status, seen.sentence)
    ask_as(name, salt)
    try:
        return by_name(check).judge(seen.tensors)
    finally:
        ask_as()


def shown(verdict):
    """A verdict as the output of its cell: nbgrader gives the points to a cell without an error."""
    if verdict.status == "correct":
        return nbformat.v4.new_output("stream", text=verdict.sentence + "\n")
    return nbformat.v4.new_output("error", ename=verdict.status, evalue=verdict.sentence, traceback=[verdict.sentence])
