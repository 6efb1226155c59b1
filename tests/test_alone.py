"""The Colab way: one notebook alone in an empty folder finds the course, installed or fetched, or says what to do."""

import os
import shutil
import subprocess
import sys

import environment
import nbclient
import pytest
from notebook_code import NOTEBOOKS, ROOT, code_cells, read

SETUP = code_cells(read(NOTEBOOKS[0]))[0].source
WHERE = "\nimport cfg_lessons; print('found', cfg_lessons.__file__)"
COURSE = environment.pyproject()["tool"]["course"]
COLAB = "import sys, types; sys.modules['google.colab'] = types.ModuleType('google.colab')\n"


def bare(folder, code, **variables):
    """Run code in a folder by a Python that knows its standard library only: the course is not installed there."""
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | variables
    return subprocess.run([sys.executable, "-S", "-c", code], cwd=folder, env=clean, capture_output=True, text=True)


def test_one_lesson_alone_runs_to_its_end_with_the_package_installed(tmp_path):
    lesson = tmp_path / shutil.copy(NOTEBOOKS[0], tmp_path)
    done = nbclient.execute(read(lesson), cwd=str(tmp_path), timeout=300, kernel_name="python3")
    assert not [
        o for cell in code_cells(done) for o in cell.outputs if o.output_type == "error" or o.get("name") == "stderr"
    ]


def test_in_a_clone_the_lesson_takes_that_clone():
    answer = bare(ROOT / "notebooks", SETUP + WHERE)
    assert answer.stdout.strip() == f"found {ROOT / 'cfg_lessons' / '__init__.py'}"


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs the course as a git repository, to clone from")
def test_in_colab_the_course_is_fetched_once(tmp_path):
    stand_in = {  # git itself, told to take the address of the course for this folder
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": f"url.{ROOT.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"https://github.com/{COURSE['repository']}",
        "GIT_CONFIG_KEY_1": "safe.directory",
        "GIT_CONFIG_VALUE_1": "*",
    }
    branch = subprocess.run(
        ["git", "branch", "--show-current"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    setup = COLAB + SETUP.replace(f'"{COURSE["branch"]}"', f'"{branch or COURSE["branch"]}"') + WHERE
    for _ in range(2):  # the second time it is there
        answer = bare(tmp_path, setup, **stand_in)
        fetched = tmp_path / "cfg-lessons" / "cfg_lessons" / "__init__.py"
        assert answer.stdout.strip() == f"found {fetched}", answer.stderr
    assert (tmp_path / "cfg-lessons" / "data" / "mnist_10k.npz").exists()


def test_without_the_course_it_says_what_to_do(tmp_path):
    answer = bare(tmp_path, SETUP)
    assert "open it inside a copy of it (README, 'Start')." in answer.stderr.splitlines()[-1]
