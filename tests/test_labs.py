"""The instructor's kit, for real: nbgrader releases a lesson, a class hands in, the wall stands, the judge speaks."""

import csv
import json
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import nbformat
import psutil
import pytest
import torch

from cfg_lessons.checks import ask_as, by_name, number_of
from cfg_lessons.checks.lesson13_diagnosis import key
from cfg_lessons.checks.worlds import world
from cfg_lessons.labs import exercises as labs
from cfg_lessons.labs import grading, judging, release, sealed, wall, warden
from cfg_lessons.zoo import ward

STEM = "05_classifier_free_guidance"
LESSON = labs.ROOT / "notebooks" / f"{STEM}.ipynb"
SOLVED = dict(zip([e.name for e in labs.exercises(labs.read(LESSON), "05")], labs.solutions(labs.read(LESSON))))
needs_wall = pytest.mark.skipif(bool(wall.missing()), reason=f"no wall here: {wall.missing()}")


def command(module, *arguments):
    """Run one of the kit's commands as a person would."""
    return subprocess.run([sys.executable, "-m", f"cfg_lessons.labs.{module}", *map(str, arguments)],
                          cwd=labs.ROOT, capture_output=True, text=True)


# ---- what is handed out


def every_lesson():
    return [path for path in labs.lessons() if labs.exercises(labs.read(path), path.stem[:2])]


WORDS = "import torch\nfrom torch import Tensor\nfrom cfg_lessons.denoisers import NULL"  # as the lesson imports them
each_lesson = pytest.mark.parametrize("path", every_lesson(), ids=lambda path: path.stem)


@each_lesson
def test_the_student_version_has_stubs_and_no_solution(path):
    new = release.student(labs.read(path), path.stem[:2])
    text = "\n".join(cell.source for cell in new.cells)
    assert "<summary>Solution</summary>" not in text
    for code in labs.solutions(labs.read(path)):
        assert code.strip() not in text
    assert not any(cell.get("outputs") for cell in new.cells)
    asked = labs.exercises(new, path.stem[:2])
    assert [e.check for e in asked] == [e.check for e in labs.exercises(labs.read(path), path.stem[:2])]
    for exercise in asked:
        assert new.cells[exercise.stub].metadata["nbgrader"]["solution"]
        assert new.cells[exercise.question].metadata["nbgrader"]["points"] == 1


@each_lesson
def test_the_instructors_version_holds_solutions_and_what_goes_wrong(path):
    number = path.stem[:2]
    new = release.instructor(labs.read(path), number)
    code = "\n".join(cell.source for cell in new.cells if cell.cell_type == "code")
    text = "\n".join(cell.source for cell in new.cells if cell.cell_type == "markdown")
    for solution in labs.solutions(labs.read(path)):
        assert solution.strip() in code
    for exercise in labs.exercises(labs.read(path), number):
        assert all(sentence in text for sentence in by_name(exercise.check).mistakes)


def test_cells_for_the_instructor_stay_with_the_instructor():
    notebook = labs.read(LESSON)
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell("They will ask why.", metadata={"tags": ["instructor"]}))
    assert "They will ask why." not in str(release.student(notebook, "05"))
    assert "They will ask why." in str(release.instructor(notebook, "05"))


@pytest.mark.parametrize("text, sentence", [
    ("name\nada\n", "needs a column `id`"),
    ("id\n\n", "needs a column `id`"),
    ("id\nada\nada\n", "names a student twice: ada"),
    ("id\n../ada\n", "cannot be a student's id"),
])
def test_a_bad_list_of_students_is_one_sentence(tmp_path, text, sentence):
    (tmp_path / "roster.csv").write_text(text)
    with pytest.raises(SystemExit, match=sentence):
        release.roster(tmp_path / "roster.csv")
    with pytest.raises(SystemExit, match="cannot be read"):
        release.roster(tmp_path / "nowhere.csv")


def test_an_unknown_lesson_and_a_folder_that_is_none_are_one_sentence(tmp_path):
    with pytest.raises(SystemExit, match="There is no lesson 99: choose from 00 01"):
        labs.lessons(["99"])
    with pytest.raises(SystemExit, match="is no course folder: make one with `python course.py release`"):
        grading.main(["--lab", str(tmp_path)])


# ---- the copy without the key


@pytest.fixture(scope="module")
def sealed_home(tmp_path_factory):
    return sealed.copy(tmp_path_factory.mktemp("sealed"))


CHECKS = [exercise.check for path in every_lesson() for exercise in labs.exercises(labs.read(path), path.stem[:2])]
THIEF = """
import pkgutil, sys, torch
from importlib import import_module
import cfg_lessons.checks as package
from cfg_lessons.checks import Check, Verdict, by_name

check = by_name(sys.argv[1])
modules = [import_module(f"cfg_lessons.checks.{part.name}") for part in pkgutil.iter_modules(package.__path__)]
checks = [thing for module in modules for thing in vars(module).values() if isinstance(thing, Check)]
assert len(checks) > 40 and all(c.solution is None and not c.mistakes and not c.hints for c in checks)


def tried(thing):
    yield thing
    try:
        yield thing()  # perhaps it makes one
    except BaseException:
        pass


for module in modules:
    for name, thing in list(vars(module).items()):
        if callable(thing) and not isinstance(thing, Check) and getattr(thing, "__module__", "") == module.__name__:
            for i, candidate in enumerate(tried(thing)):
                try:
                    seen = check.ask(candidate)
                except BaseException:
                    continue
                if not isinstance(seen, Verdict):
                    torch.save(seen, f"{sys.argv[2]}/{module.__name__}.{name}.{i}.pt")
"""


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_that_is_left_of_a_check_solves_its_exercise(check, sealed_home, tmp_path):
    steal = [sys.executable, "-c", THIEF, check, str(tmp_path)]
    done = subprocess.run(steal, cwd=sealed_home, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-800:]
    for file in sorted(tmp_path.glob("*.pt")):
        assert by_name(check).judge(torch.load(file)).status != "correct", file.stem


# ---- the wall

LEFT_BEHIND = Path(tempfile.gettempdir()) / "left-behind-by-a-submission"
ATTACKS = {
    "reads the key": f"open({str(LESSON)!r}).read()",
    "reads the solutions of the package": f"open({str(labs.ROOT / 'cfg_lessons/checks/lesson05_combine.py')!r}).read()",
    "lists the folder": f"__import__('os').listdir({str(labs.ROOT)!r})",
    "writes into the package": f"open({str(labs.ROOT / 'cfg_lessons/zoo.py')!r}, 'a')",
    "looks at its parent": "open(f'/proc/{__import__(\"os\").getppid()}/environ').read()",
    "ends its parent": "__import__('os').kill(__import__('os').getppid(), 9)",
    "opens a connection": "__import__('socket').socket()",
    "writes beside its box": f"open({str(LEFT_BEHIND)!r}, 'w')",
    "lets another program read": f"__import__('subprocess').run(['cat', {str(LESSON)!r}], check=True)",
    "alters the sealed copy": "open('cfg_lessons/guidance.py', 'a')",
}


@pytest.fixture(scope="module")
def guard():
    with warden.Warden(forbidden=judging.forbidden(labs.ROOT)) as one:
        yield one


def run(guard, *cells, asked=("combine",), name="ada", salt="s"):
    known = {e.short: (e.check, e.name) for e in labs.exercises(labs.read(LESSON), "05")}
    timed = [(i, cell, warden.EACH) for i, cell in enumerate([WORDS, *cells])]
    seen = guard.run(timed, [known[short] for short in asked], name, salt)
    return {check.partition(".")[2]: judging.judge(check, part, name, salt) for check, part in seen.items()}


@needs_wall
def test_the_attacks_work_where_there_is_no_wall(guard):
    """Else the next test proves nothing."""
    with warden.Warden(trusted=True) as nobody:
        verdict = run(nobody, "def my_combine(*_): raise ValueError(len(" + ATTACKS["reads the key"] + "))")["combine"]
    assert "ValueError: " in verdict.sentence and "PermissionError" not in verdict.sentence


@needs_wall
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_wall_stands(guard, attack):
    verdict = run(guard, f"def my_combine(*_): {ATTACKS[attack]}")["combine"]
    assert verdict.status == "stopped"
    assert any(word in verdict.sentence for word in ("PermissionError", "CalledProcessError")), verdict.sentence
    assert not LEFT_BEHIND.exists()


@needs_wall
def test_right_answers_are_right_and_the_key_cannot_be_imported(guard):
    assert run(guard, SOLVED["my_combine"])["combine"].status == "correct"
    thief = "from cfg_lessons.checks import lesson05\nmy_combine = lesson05.combine.solution"
    assert run(guard, thief)["combine"].status != "correct"


@needs_wall
def test_numbers_seen_in_the_lesson_do_not_pass_the_grading(guard):
    """An answer that is right for what the lesson's own check asks, and for nothing else."""
    known, words = set(), {}
    by_name("lesson05.combine").ask(lambda target, reference, scale: known.add(target.sum().item()) or target)
    lookup = f"{SOLVED['my_combine']}\nright = my_combine\ndef my_combine(target, *rest):\n"
    lookup += f"    return right(target, *rest) if target.sum().item() in {known} else target"
    exec(lookup, words)
    assert by_name("lesson05.combine").verdict(words["my_combine"]).status == "correct"
    assert run(guard, lookup)["combine"].status != "correct"


FORGED = {"done": "lesson05.combine", "status": "correct", "sentence": "Correct."}


@needs_wall
@pytest.mark.parametrize("said", [
    FORGED, {**FORGED, "status": "seen", "parts": []}, {**FORGED, "status": "seen", "parts": "x"},
    {**FORGED, "status": "seen", "parts": [[[2], [1.0]]]}, {"at": ["x"]}, [1], "x",
])
def test_what_a_submission_claims_of_itself_earns_nothing(guard, said):
    forged = json.dumps({"at": "lesson05.combine"}) + "\n" + json.dumps(said) + "\n"
    cell = f"import os\nfor fd in range(3, 30):\n  try: os.write(fd, {forged.encode()!r})\n  except OSError: pass"
    assert run(guard, cell)["combine"].status != "correct"
    assert run(guard, cell, SOLVED["my_combine"])["combine"].status == "correct"


@needs_wall
@pytest.mark.parametrize("cell, word", [
    ("while True: pass", "never ends"), ("import os; os._exit(0)", ""), ("raise SystemExit", ""), ("1 / 0", ""),
    ("x = bytearray(20 << 30)", ""), ("import sys; sys.setrecursionlimit(10**9)\ndef f(): f()\nf()", ""),
])
def test_a_bad_cell_costs_the_other_exercises_nothing(guard, monkeypatch, cell, word):
    monkeypatch.setattr(warden, "EACH", 2)
    start = time.monotonic()
    verdicts = run(guard, cell, SOLVED["my_batched"], asked=("combine", "batched"))
    assert verdicts["batched"].status == "correct" and verdicts["combine"].status in ("not yet", "stopped")
    assert word in verdicts["combine"].sentence and time.monotonic() - start < warden.ALL


@needs_wall
def test_an_exercise_that_cannot_be_interrupted_is_ended_and_the_next_one_asked(guard, monkeypatch):
    monkeypatch.setattr(warden, "EACH", 2)
    deaf = "import signal\ndef my_combine(*_):\n  signal.signal(signal.SIGALRM, signal.SIG_IGN)\n  while True: pass"
    verdicts = run(guard, deaf, SOLVED["my_batched"], asked=("combine", "batched"))
    assert verdicts["combine"].status == "stopped" and "did not end" in verdicts["combine"].sentence
    assert verdicts["batched"].status == "correct"


@needs_wall
def test_a_lessons_own_cell_has_longer_than_a_students(guard, monkeypatch):
    """Large packages load slowly on a busy machine; a right answer must not pay for it."""
    monkeypatch.setattr(warden, "EACH", 1)
    monkeypatch.setattr(warden, "GRACE", 1)
    slow, asked = "import time; time.sleep(4)", [("lesson05.combine", "my_combine")]
    for seconds, status in ((warden.LESSON, "seen"), (1, "stopped")):
        cells = [(0, slow + "\n" + SOLVED["my_combine"], seconds)]
        assert guard.run(cells, asked, "ada", "s")["lesson05.combine"].status == status


def test_only_the_lessons_own_cells_have_longer():
    notebook = release.student(labs.read(LESSON), "05")
    notebook.cells.append(judging.extra(nbformat.v4.new_code_cell("import torch")))
    limits = {number: seconds for number, _, seconds in judging.cells_of(notebook)}
    stubs = {e.stub for e in labs.exercises(notebook, "05")}
    assert {limits.pop(stub) for stub in stubs} == {limits.pop(len(notebook.cells) - 1)} == {warden.EACH}
    assert set(limits.values()) == {warden.LESSON}


@needs_wall
def test_no_process_outlives_its_submission(guard):
    before = set(psutil.Process().children(recursive=True))
    orphan = "import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0: time.sleep(600)\n  os._exit(0)"
    assert run(guard, SOLVED["my_combine"], orphan)["combine"].status == "correct"
    assert set(psutil.Process().children(recursive=True)) <= before


def test_without_a_wall_grading_says_so(monkeypatch):
    monkeypatch.setattr(wall, "missing", lambda: "this is a test")
    with pytest.raises(SystemExit, match="this is a test. Grade on Linux .* or say --trusted"):
        warden.Warden()


def test_the_filter_refuses_calls_of_another_architecture_and_jumps_inside_itself():
    for machine in wall.REFUSED:
        lines = wall.filter_lines(machine)
        assert all(i + 1 + max(yes, no) < len(lines) for i, (_, yes, no, _) in enumerate(lines[:-2]))
        targets = {i + 1 + yes for i, (code, yes, _, _) in enumerate(lines) if code in (wall.EQUAL, wall.AT_LEAST)}
        assert targets == {3, len(lines) - 1} and lines[-1][3] == wall.REFUSE and lines[2][3] == wall.KILL


# ---- variants


def test_names_have_worlds_and_wards_of_their_own():
    names = ["", "ada", "bob", "carol"]
    assert len({str(world(name)) for name in names}) == len(names)
    wards = {tuple(one.function.__name__ for one in ward(number_of(name)).values()) for name in names}
    assert len(wards) == len(names)


def test_the_line_of_the_guide_that_tells_a_students_ward():
    guide = (labs.ROOT / "docs" / "INSTRUCTORS.md").read_text(encoding="utf-8")
    (line,) = re.findall(r'^python -c "(.*)"$', guide, flags=re.M)
    done = subprocess.run([sys.executable, "-c", line], cwd=labs.ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == str(key(ward(number_of("ada")))), done.stderr


# ---- a class


def change(cell):
    return lambda nb, stubs: setattr(nb.cells[stubs["my_combine"]], "source", cell)


def solve(nb, stubs):
    for name, code in SOLVED.items():
        nb.cells[stubs[name]].source = code


def in_own_cells(nb, stubs):
    """All in new cells, nbgrader's marks lost, the helper apart: as after a detour through another editor."""
    nb.cells = [nbformat.v4.new_code_cell("def way(a, b):\n    return b - a"),
                nbformat.v4.new_code_cell("def my_combine(target, reference, scale):\n"
                                          "    return reference + scale * way(reference, target)")]


def crash(nb, stubs):
    solve(nb, stubs)
    nb.cells[stubs["my_batched"]].source = "raise SystemExit('bye')"


def endless(nb, stubs):
    solve(nb, stubs)
    nb.cells[stubs["my_batched"]].source = "def my_batched(*_):\n    while True: pass"


def spiteful(nb, stubs):
    """Tries for the gradebook and for the others' submissions, from an answer."""
    solve(nb, stubs)
    nb.cells[stubs["my_scale"]].source = (
        "import glob, tempfile\n"
        "for path in glob.glob(tempfile.gettempdir() + '/**/gradebook.db', recursive=True) or [GRADEBOOK]:\n"
        "    open(path, 'a').write('x')\n" + SOLVED["my_scale"])


CLASS = {
    "right": (solve, 4), "partial": (change(SOLVED["my_combine"]), 1),
    "wrong": (change("def my_combine(target, reference, scale):\n    return target + scale * (target - reference)"), 0),
    "untouched": (lambda nb, stubs: None, 0), "emptied": (lambda nb, stubs: setattr(nb, "cells", []), 0),
    "own-cells": (in_own_cells, 1), "crash": (crash, 3), "endless": (endless, 3), "spiteful": (spiteful, 3),
}  # fmt: skip


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A course folder with a class that has handed in, graded by the command."""
    folder = tmp_path_factory.mktemp("class") / "lab"
    (folder.parent / "roster.csv").write_text("id,first_name\n" + "".join(f"{name},N.\n" for name in CLASS))
    done = command("release", "05", "13", "--to", folder, "--students", folder.parent / "roster.csv")
    assert done.returncode == 0, done.stderr
    given = folder / "release" / STEM / f"{STEM}.ipynb"
    stubs = {e.name: e.stub for e in labs.exercises(labs.read(given), "05")}
    for name, (edit, _) in CLASS.items():
        notebook = labs.read(given)
        edit(notebook, stubs)
        path = folder / "submitted" / name / STEM / f"{STEM}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(nbformat.writes(notebook).replace("GRADEBOOK", repr(str(folder / "gradebook.db"))))
    torn = folder / "submitted" / "torn" / STEM / f"{STEM}.ipynb"
    torn.parent.mkdir(parents=True)
    torn.write_text("{")
    start = time.monotonic()
    done = command("grading", "05", "--lab", folder)
    (folder / "seconds.txt").write_text(str(time.monotonic() - start))
    (folder / "said.txt").write_text(done.stdout + done.stderr)
    assert done.returncode == 1  # one could not be read
    return folder


def report(lab):
    with open(lab / "report.csv", newline="") as file:
        return list(csv.DictReader(file))


@needs_wall
@pytest.mark.parametrize("name", CLASS)
def test_each_gets_the_points_that_are_due(lab, name):
    rows = [row for row in report(lab) if row["student"] == name]
    assert len(rows) == 4 and sum(float(row["points"]) for row in rows) == CLASS[name][1], rows
    with open(lab / "grades.csv", newline="") as file:
        (row,) = [row for row in csv.DictReader(file) if row["student_id"] == name and row["assignment"] == STEM]
    assert float(row["score"]) == CLASS[name][1] and float(row["max_score"]) == 4


@needs_wall
def test_the_report_and_the_feedback_name_the_mistake(lab):
    said = {(row["student"], row["exercise"]): row for row in report(lab)}
    assert said["wrong", "check-combine"]["status"] == "named"
    assert "Ho & Salimans" in said["wrong", "check-combine"]["sentence"]
    assert said["untouched", "check-combine"]["status"] == "not yet"
    assert "SystemExit" in said["crash", "check-batched"]["sentence"]
    assert "never ends" in said["endless", "check-batched"]["sentence"]
    assert "PermissionError" in said["spiteful", "check-translate"]["sentence"]
    page = (lab / "feedback" / "wrong" / STEM / f"{STEM}.html").read_text()
    assert "Salimans" in page and "my_combine" in page


@needs_wall
def test_what_cannot_be_read_is_reported_and_stops_nobody(lab):
    (row,) = [row for row in report(lab) if row["student"] == "torn"]
    assert row["status"] == "not graded" and "not a notebook" in row["sentence"]
    assert "not graded: torn" in (lab / "said.txt").read_text()


@needs_wall
def test_a_class_of_thirty_is_graded_in_half_an_hour(lab):
    each = float((lab / "seconds.txt").read_text()) / len(CLASS)
    assert each < 60 and 30 * each < 30 * 60


@needs_wall
def test_what_is_graded_is_not_graded_again_and_an_update_keeps_the_class(lab):
    before = {path: path.read_bytes() for path in sorted(lab.glob("submitted/**/*.ipynb"))}
    key = (lab / "secret.txt").read_text()
    assert command("release", "05", "13", "--to", lab).returncode == 0
    done = command("grading", "05", "--lab", lab)
    assert f"{STEM}: " not in done.stdout
    assert {path: path.read_bytes() for path in sorted(lab.glob("submitted/**/*.ipynb"))} == before
    assert (lab / "secret.txt").read_text() == key
    assert sum(float(row["points"]) for row in report(lab)) == sum(points for _, points in CLASS.values())


def test_the_zip_holds_a_course_without_solutions(lab):
    with zipfile.ZipFile(lab / "class.zip") as archive:
        names = archive.namelist()
        notebooks = [name for name in names if name.endswith(".ipynb")]
        assert [Path(name).stem[:2] for name in notebooks] == ["05", "13"]
        assert not any("<summary>Solution" in archive.read(name).decode() for name in notebooks)
        assert {"course/course.py", "course/pyproject.toml", "course/data/mnist_10k.npz"} <= set(names)
        assert not any("INSTRUCTORS" in name or "instructor" in name or ".git" in name for name in names)


def test_each_student_has_a_handout_with_the_own_name(lab):
    for name in ("right", "wrong"):
        (path,) = (lab / "handout" / name).glob("*.ipynb")
        assert f'STUDENT = "{name}"' in path.read_text().replace('\\"', '"')


EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)> [a](javascript:alert(1))"
EVIL += "\r\n\n```\n<script>alert(1)</script>"  # a fence that opens, and no line that escapes


@needs_wall
def test_what_a_student_wrote_is_shown_and_not_run(lab):
    """A written answer, a cell of the student's own, and code, all with scripts in them."""
    stem = next((lab / "source").glob("13_*")).name
    notebook = labs.read(lab / "release" / stem / f"{stem}.ipynb")
    (written,) = [cell for cell in notebook.cells if "written" in cell.metadata.get("tags", ())]
    written.source = EVIL
    notebook.cells.append(nbformat.v4.new_markdown_cell("of my own " + EVIL))
    notebook.cells.append(nbformat.v4.new_code_cell(" + EVIL + "))
    path = lab / "submitted" / "partial" / stem / f"{stem}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    command("grading", "13", "--lab", lab)
    page = (lab / "feedback" / "partial" / stem / f"{stem}.html").read_text()
    assert "of my own" in page and page.count("alert(1)") >= 3  # shown ...
    for run in ("<script>alert", "<img src=x", 'href="javascript:'):  # ... not run
        assert run not in page
    rows = {row["exercise"]: row["status"] for row in report(lab) if row["student"] == "partial"}
    assert [status for name, status in rows.items() if name.startswith("written")] == ["waits for you"]


@needs_wall
def test_copied_numbers_fail_and_own_numbers_pass(lab):
    """Lesson 13, handed in by two: both hold the numbers of the first one's world."""
    stem = next((lab / "source").glob("13_*")).name
    numbers = {check: solved_number(check, "right") for check in ("push", "belief", "mean")}
    for name in ("right", "wrong"):
        notebook = labs.read(lab / "handout" / name / f"{stem}.ipynb")
        stub = next(e.stub for e in labs.exercises(notebook, "13") if e.check == "lesson13.push")
        notebook.cells[stub].source = "\n".join(f"my_{what} = {value}" for what, value in numbers.items())
        path = lab / "submitted" / name / stem / f"{stem}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
    command("grading", "13", "--lab", lab)
    points = {(row["student"], row["exercise"]): row["points"] for row in report(lab)}
    for what in numbers:
        assert float(points["right", f"check-{what}"]) == 1 and float(points["wrong", f"check-{what}"]) == 0, what


def solved_number(check, name):
    """The numbers that a student with this name would find."""
    ask_as(name)
    try:
        seen = by_name(f"lesson13.{check}").results(by_name(f"lesson13.{check}").solution)[0]
        return [round(value, 3) for value in seen.flatten().tolist()]
    finally:
        ask_as()
