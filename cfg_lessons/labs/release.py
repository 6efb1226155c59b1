"""From the lessons: an nbgrader course folder, a student version, an instructor's version, and a zip for the class.

  python course.py release [NN ...]           make or renew the folder lab/ for all lessons, or for some
      --to FOLDER                             another folder
      --students roster.csv                   a column `id` (also first_name, last_name, email): their names enter the
                                              gradebook, and each gets a handout of lesson 13 with a world of its own
Nothing that students have handed in is touched: run it again in mid-term, after an update of the course.
"""

import argparse
import copy
import csv
import os
import re
import secrets
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat

from ..checks import by_name
from ..files import replacing
from .exercises import ROOT, SOLUTION, exercises, lessons, read, solutions

IN_ZIP = ("course.py", "pyproject.toml", "environment.yml", "README.md", "LICENSE", "LICENSE-TEXT.md")
IN_ZIP += ("cfg_lessons", "data")
NOT_IN_ZIP = ("__pycache__", ".tmp", ".part", ".training", "mnist_full", "pictures")
WHO = re.compile(r'^STUDENT = "[^"]*"', flags=re.M)
CONFIG = '''"""nbgrader reads this file, so that its commands and its pages in JupyterLab use the course's judge."""
from pathlib import Path

from cfg_lessons.labs.judging import configure

configure(get_config(), Path(__file__).parent)
'''


def student(notebook, number: str):
    """The student version: no solutions, no outputs, no cells tagged `instructor`; nbgrader knows stubs and checks."""
    new = copy.deepcopy(notebook)
    for exercise in exercises(new, number):
        new.cells[exercise.stub].metadata["nbgrader"] = marks(f"answer-{exercise.short}", solution=True)
        question = marks(f"check-{exercise.short}", grade=True, locked=True) | {"points": 1}
        new.cells[exercise.question].metadata["nbgrader"] = question
    for i, cell in enumerate(new.cells):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        else:
            cell.source = SOLUTION.sub("", cell.source).strip()
        if "written" in cell.metadata.get("tags", ()):
            cell.metadata["nbgrader"] = marks(f"written-{i}", grade=True, solution=True) | {"points": 2}
    new.cells = [cell for cell in new.cells if cell.source and "instructor" not in cell.metadata.get("tags", ())]
    new.metadata = {"kernelspec": new.metadata["kernelspec"]}
    return new


def marks(name, grade=False, solution=False, locked=False) -> dict:
    """What nbgrader wants to know of a cell."""
    return dict(schema_version=3, grade_id=name, grade=grade, solution=solution, locked=locked, task=False)


def instructor(notebook, number: str):
    """The key: each stub replaced by its solution, and below each check the common wrong answers with what to say."""
    new = copy.deepcopy(notebook)
    asked, keys = exercises(new, number), iter(solutions(new))
    for stub in dict.fromkeys(exercise.stub for exercise in asked):
        new.cells[stub].source = next(keys).strip()
    for exercise in reversed(asked):
        new.cells.insert(exercise.question + 1, nbformat.v4.new_markdown_cell(wrong_answers(exercise)))
    for cell in new.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return new


def wrong_answers(exercise) -> str:
    """What a check can tell apart, as a folded list."""
    sentences = "\n".join(f"- {sentence}" for sentence in by_name(exercise.check).mistakes)
    title = "<summary>For the instructor: common wrong answers, and what to say</summary>"
    return f"<details>{title}\n\n{sentences}\n\n</details>"


def personal(notebook, name: str):
    """The same notebook for one student: the line STUDENT = "" holds the name."""
    new = copy.deepcopy(notebook)
    for cell in new.cells:
        if cell.cell_type == "code":
            cell.source = WHO.sub(lambda _: f'STUDENT = "{name}"', cell.source)
    return new


def roster(file) -> list:
    """The names in the column `id`; one sentence if there is none, or a name cannot be a folder's."""
    try:
        rows = list(csv.DictReader(Path(file).read_text(encoding="utf-8-sig").splitlines()))
    except OSError as error:
        raise SystemExit(f"The list of students cannot be read: {file} ({error.strerror}).") from None
    names = [(row.get("id") or "").strip() for row in rows]
    if not names or not all(names):
        raise SystemExit(f"{file} needs a column `id` with one name for each student.")
    if odd := [name for name in names if not re.fullmatch(r"[\w.@-]+", name) or name.startswith(".")]:
        raise SystemExit(f"{odd[0]!r} cannot be a student's id: use letters, digits and . _ - @ only.")
    if len(set(names)) < len(names):
        raise SystemExit(f"{file} names a student twice: {next(name for name in names if names.count(name) > 1)}.")
    return names


def write(notebook, path) -> None:
    """Store a notebook, whole or not at all."""
    with replacing(path) as new:
        nbformat.write(nbformat.from_dict(notebook), new)


def nbgrader(folder, *command) -> subprocess.CompletedProcess:
    """Run nbgrader in a course folder. It calls programs by name, which stand beside this Python."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [sys.executable, "-m", "nbgrader", *command]
    return subprocess.run(command, cwd=folder, env=os.environ | {"PATH": programs}, capture_output=True, text=True)


def course_folder(folder, paths) -> None:
    """Source, release and key of the lessons in an nbgrader course folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    if not (folder / "secret.txt").exists():  # what makes the dice of the grading other than those of the lesson
        (folder / "secret.txt").write_text(secrets.token_hex(16), encoding="utf-8")
        (folder / "secret.txt").chmod(0o600)
    for path in paths:
        write(student(read(path), path.stem[:2]), folder / "source" / path.stem / path.name)
        write(instructor(read(path), path.stem[:2]), folder / "instructor" / path.name)
        done = nbgrader(folder, "generate_assignment", path.stem, "--create", "--force")
        if done.returncode:
            raise SystemExit(f"nbgrader could not release {path.stem}:\n{done.stderr[-1500:]}")
        print(f"  {path.stem}", flush=True)


def class_zip(folder, paths) -> None:
    """Everything that a student needs, in one file: the course without solutions and without the instructor's pages."""
    with replacing(folder / "class.zip") as new, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in map(ROOT.joinpath, IN_ZIP):
            for file in [part] if part.is_file() else sorted(part.rglob("*")):
                if file.is_file() and not any(word in str(file.relative_to(ROOT)) for word in NOT_IN_ZIP):
                    archive.write(file, Path("course") / file.relative_to(ROOT))
        for path in paths:
            archive.write(folder / "release" / path.stem / path.name, f"course/notebooks/{path.name}")


def handouts(folder, paths, names) -> None:
    """For each student, those lessons that ask everyone something else."""
    for path in paths:
        released = read(folder / "release" / path.stem / path.name)
        if any(WHO.search(cell.source) for cell in released.cells if cell.cell_type == "code"):
            for name in names:
                write(personal(released, name), folder / "handout" / name / path.name)


def main(arguments=None) -> None:
    """Make or renew the course folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", nargs="*", metavar="NN")
    parser.add_argument("--to", type=Path, default=ROOT / "lab", metavar="FOLDER")
    parser.add_argument("--students", type=Path, metavar="FILE")
    asked = parser.parse_args(arguments)
    paths = [path for path in lessons(asked.lessons) if exercises(read(path), path.stem[:2])]
    names = roster(asked.students) if asked.students else []
    print(f"Releasing into {asked.to}:", flush=True)
    course_folder(asked.to, paths)
    class_zip(asked.to, paths)
    if names:
        shutil.copy(asked.students, asked.to / "roster.csv")
        done = nbgrader(asked.to, "db", "student", "import", "roster.csv")
        if done.returncode:
            raise SystemExit(f"nbgrader could not take the list of students:\n{done.stderr[-1500:]}")
        handouts(asked.to, paths, names)
    what = f", and handouts for {len(names)} students" if names else ""
    print(f"Done: release/ for students, instructor/ with the key, class.zip for everybody{what}.")


if __name__ == "__main__":
    main()
