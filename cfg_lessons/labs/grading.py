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
import sys
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from ..files import replacing
from .exercises import ROOT, lessons, read
from .judging import mark
from .release import nbgrader
from .warden import Warden


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
