"""From submissions to verdicts, points, feedback and a report, by nbgrader.

  python course.py grade [NN ...]      grade what is new in lab/submitted/NAME/LESSON/LESSON.ipynb
      --lab FOLDER                     another course folder
      --again                          also what is graded already
      --trusted                        without the wall, where the system has none: runs the code as if it were yours
Out come lab/report.csv (each exercise: points, and what was wrong), lab/grades.csv, and a page of feedback for each
student in lab/feedback. Written answers wait for your points in nbgrader's pages ("Formgrader" in JupyterLab).
"""

import argparse
import csv
import hashlib
import sys
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
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
from ..files import replacing
from .exercises import ROOT, defined, exercises, lessons, read, vocabulary
from .release import nbgrader
from .warden import Warden

EXTRA = "extra"  # the tag of a cell that the student added


def configure(c, folder) -> None:
    """nbgrader's settings for a course folder: our answers and our judge in place of its run of the whole notebook."""
    c.CourseDirectory.root = c.TakeAnswers.folder = c.Judge.folder = str(folder)
    c.ClearSolutions.enabled = False  # there are none
    c.HTMLExporter.sanitize_html = True  # what a student wrote is shown, not run
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
                new.cells[place].source = cell.source
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
    return cell.metadata.get("nbgrader", {}).get("solution", False)


def names_of(cell) -> set:
    return defined(cell.source) if cell.cell_type == "code" else set()


def extra(cell):
    """A cell of the student's own, with nothing but its text."""
    make = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    return make(cell.source, metadata={"tags": [EXTRA]})


class Judge(NbGraderPreprocessor):
    """In place of running the notebook: the answers behind the wall, what they gave before the judge.

    The lesson is not trained again. Of its cells, and of those that the student added, imports, definitions and plain
    constants are taken; answers are run whole.
    """

    folder = Unicode(help="The course folder").tag(config=True)
    trusted = Bool(False, help="No wall: run submissions as if they were your own code").tag(config=True)

    def preprocess(self, nb, resources):
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
    return (Path(folder) / "secret.txt").read_text(encoding="utf-8").strip()


def forbidden(folder) -> list:
    """The key, the gradebook, the secret: files that must be out of a submission's sight."""
    folder = Path(folder)
    inside = [folder / "secret.txt", folder / "gradebook.db", *folder.glob("submitted/*/*/*")]
    inside += folder.glob("instructor/*")
    key = [*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("cfg_lessons/checks/lesson*.py")]
    return [path.resolve() for path in [*inside, *key] if path.exists()]


def cells_of(nb) -> list:
    """(number, code) of each cell: answers whole, of others what they say without doing anything."""
    cells = []
    for i, cell in enumerate(nb.cells):
        if cell.cell_type == "code":
            try:
                code = cell.source if is_answer(cell) else vocabulary(cell.source)
            except SyntaxError:  # a cell of the student's own that is not Python
                continue
            cells += [(i, code)] if code else []
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


# ---- the command


def unreadable(path) -> str:
    """Why a submission cannot be graded at all; empty if it can."""
    try:
        nbformat.validate(read(path))
    except Exception as error:  # not JSON, not a notebook, not to be opened: each says why
        return f"not a notebook ({type(error).__name__})"
    return ""


def handed_in(folder, assignment) -> dict:
    """{student: the submission's path, or why there is nothing to grade}"""
    found = {}
    for place in sorted(Path(folder).glob(f"submitted/*/{assignment}")):
        path = place / f"{assignment}.ipynb"
        others = ", ".join(sorted(file.name for file in place.glob("*.ipynb"))) or "nothing"
        found[place.parent.name] = path if path.exists() else f"there is no {path.name} (there is {others})"
    return {name: unreadable(path) or path if isinstance(path, Path) else path for name, path in found.items()}


def grade(folder, assignment, again, trusted) -> dict:
    """Grade one lesson's submissions; {student: why it could not be graded}."""
    submissions = handed_in(folder, assignment)
    failed = {name: why for name, why in submissions.items() if isinstance(why, str)}
    for name in [name for name in submissions if name not in failed]:
        done = Path(folder) / "autograded" / name / assignment / f"{assignment}.ipynb"
        if done.exists() and not again and done.stat().st_mtime > submissions[name].stat().st_mtime:
            continue
        print(f"  {assignment}: {name}", flush=True)
        options = ["--create", "--force", f"--Judge.trusted={trusted}"]
        done = nbgrader(folder, "autograde", assignment, "--student", name, *options)
        if done.returncode:
            failed[name] = done.stderr.strip().splitlines()[-1]
    nbgrader(folder, "generate_feedback", assignment, "--force")
    return failed


def rows(folder, assignments, failed) -> list:
    """One row for each student and exercise that was graded, and one for each submission that could not be."""
    found = []
    with Gradebook(f"sqlite:///{Path(folder).resolve()}/gradebook.db") as book:
        for assignment in assignments:
            for submission in book.assignment_submissions(assignment):
                name = submission.student_id
                path = Path(folder) / "autograded" / name / assignment / f"{assignment}.ipynb"
                said = {mark(cell): cell.get("outputs") for cell in read(path).cells} if path.exists() else {}
                for part in submission.notebooks[0].grades if said else ():
                    output = (said.get(part.name) or [{}])[0]
                    status = output.get("ename", "correct") if output else "waits for you"
                    sentence = output.get("evalue", output.get("text", "")).strip()
                    found.append([name, assignment, part.name, part.score, part.max_score, status, sentence])
            for name, why in failed.get(assignment, {}).items():
                found.append([name, assignment, "", 0, "", "not graded", why])
    return sorted(found, key=lambda row: (row[1], row[0]))


def main(arguments=None) -> None:
    """Grade, write feedback and the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", nargs="*", metavar="NN")
    parser.add_argument("--lab", type=Path, default=ROOT / "lab", metavar="FOLDER")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--trusted", action="store_true")
    asked = parser.parse_args(arguments)
    if not (asked.lab / "nbgrader_config.py").exists():
        raise SystemExit(f"{asked.lab} is no course folder: make one with `python course.py release`.")
    stems = [path.stem for path in lessons(asked.lessons) if (asked.lab / "source" / path.stem).exists()]
    with Warden(trusted=asked.trusted):  # says at once if no wall can stand
        failed = {stem: grade(asked.lab, stem, asked.again, asked.trusted) for stem in stems}
    table = rows(asked.lab, stems, failed)
    with replacing(asked.lab / "report.csv") as new, open(new, "w", newline="", encoding="utf-8") as file:
        header = ["student", "lesson", "exercise", "points", "of", "status", "sentence"]
        csv.writer(file).writerows([header, *table])
    nbgrader(asked.lab, "export", "--to", "grades.csv")
    for name, why in sorted({(name, why) for part in failed.values() for name, why in part.items()}):
        print(f"  not graded: {name}: {why}")
    print(f"Done: {asked.lab}/report.csv, grades.csv, feedback/.")
    sys.exit(1 if any(failed.values()) else 0)


if __name__ == "__main__":
    main()
