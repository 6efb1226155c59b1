"""The Colab way: one notebook alone in an empty folder finds the course, installed or fetched, or says what to do."""

import subprocess
import sys

import alone
import pytest
import refresh
from notebook_code import NOTEBOOKS, ROOT, code_cells, read

SETUP = code_cells(read(NOTEBOOKS[0]))[0].source
WHERE = "\nimport cfg_lessons; print('found', cfg_lessons.__file__)"
from_clone = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs the course as a git repository")


def bare(folder, code, **variables):
    """Run code in a folder by a Python that knows its standard library only: the course is not installed there."""
    command = [sys.executable, "-S", "-c", code]
    return subprocess.run(command, cwd=folder, env=alone.outside(**variables), capture_output=True, text=True)


def test_one_lesson_alone_runs_to_its_end_with_the_package_installed(tmp_path):
    folder = tmp_path / "lesson"
    folder.mkdir()
    assert alone.run(NOTEBOOKS[0], folder, alone.colab(tmp_path / "colab")) > 0
    assert not (folder / "cfg-lessons").exists()  # nothing was fetched


def test_in_a_clone_the_lesson_takes_that_clone():
    answer = bare(ROOT / "notebooks", SETUP + WHERE)
    assert answer.stdout.strip() == f"found {ROOT / 'cfg_lessons' / '__init__.py'}"


@from_clone
def test_in_colab_the_course_is_fetched_once(tmp_path):
    variables = alone.colab(tmp_path / "colab") | alone.redirected(tmp_path / "course.git")
    for _ in range(2):  # the second time it is there
        answer = bare(tmp_path, alone.COLAB + SETUP + WHERE, **variables)
        fetched = tmp_path / "cfg-lessons" / "cfg_lessons" / "__init__.py"
        assert answer.stdout.strip() == f"found {fetched}", answer.stderr
    assert (tmp_path / "cfg-lessons" / "data" / "mnist_10k.npz").exists()


@from_clone
def test_the_command_says_which_lesson_fails(monkeypatch, capsys):
    def run(path, folder, variables):
        assert folder.exists() and not list(folder.iterdir())
        if path == NOTEBOOKS[1]:
            raise refresh.Rejected("the reason")
        return 1.0

    monkeypatch.setattr(alone, "run", run)
    assert alone.main(["00", "01"]) == 1
    said = capsys.readouterr()
    assert said.out == f"{NOTEBOOKS[0].name}: 1.0 s\n"
    assert said.err == f"{NOTEBOOKS[1].name}: the reason\n"
    assert alone.main(["00"]) == 0


def test_without_the_course_it_says_what_to_do(tmp_path):
    answer = bare(tmp_path, SETUP)
    assert "open it inside a copy of it (README, 'Start')." in answer.stderr.splitlines()[-1]
