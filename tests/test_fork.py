"""One command gives a fork its own address: everywhere, nowhere else, and to the byte."""
import fnmatch
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import environment
import pytest
import refresh
from nbformat.v4 import new_code_cell, new_notebook
from notebook_code import NOTEBOOKS, ROOT, read

from cfg_lessons.labs import address

COURSE = environment.pyproject()["tool"]["course"]
OLD, NEW, UPSTREAM = ("-".join(parts) for parts in [  # in parts, because this file is searched too
    ("uni", "x/guidance", "course"), ("Uni", "Y/kurs.2027"), ("up", "stream/lessons")])
BADGE = re.compile(r"colab\.research\.google\.com/github/([\w.-]+/[\w.-]+)/blob/([^\s)]+)/(notebooks/[^\s)/]+)\)")
IGNORED = [line.rstrip("/").rpartition("/")[2] for line in (ROOT / ".gitignore").read_text().splitlines()]
BINARY = ["*.npz", "*.safetensors", "*.png", "*.gif"]

LINKS = """\
git clone https://github.com/REPO.git, or git@github.com:REPO.git, or the page https://github.com/REPO.
[Ask](https://github.com/REPO/issues/new?title=x), or see [the wiki](https://github.com/REPO/wiki).
[A file](https://github.com/REPO/blob/BRANCH/cfg_lessons/nets.py#L3) and [its folder](https://github.com/REPO/tree/BRANCH).
<https://raw.githubusercontent.com/REPO/BRANCH/data/README.md> https://github.com/REPO/archive/refs/heads/BRANCH.zip
[![Binder](https://mybinder.org/badge_logo.svg)](https://mybinder.org/v2/gh/REPO/BRANCH?labpath=notebooks%2F00.ipynb)
![Stars](https://img.shields.io/github/stars/REPO) pip install git+https://github.com/REPO@BRANCH "REPO" `REPO`
<https://WEB/> [Lesson 5](https://WEB/notebooks/05.html#try-it), and the page WEB.
"""
STAYS = """\
https://my-WEB/ https://www.WEB/ https://WEB-solutions/05.html https://WEB.old/05.html
https://github.com/REPO-solutions https://github.com/my-REPO https://github.com/REPO.github.io my/REPO/x iVBOR+REPO/w0
https://colab.research.google.com/github/other/course/blob/main/notebooks/intro.ipynb https://github.com/other/course
"""
HAVE_LINKS = ["README.md", "docs/teaching.md", "data/README.md", ".github/hello.md", "CITATION.cff"]


def web(repository):
    """Where GitHub Pages serves a repository's web page."""
    return ".github.io/".join(repository.split("/"))


def links(repository, branch, text=LINKS):
    return text.replace("REPO", repository).replace("BRANCH", branch).replace("WEB", web(repository))


def passed_over(folder, names):
    """What git does not keep, and what is no text."""
    found = {name for pattern in IGNORED + BINARY for name in fnmatch.filter(names, pattern)}
    return found | {name for name in names if name == ".git" or (Path(folder) / name / "pyvenv.cfg").exists()}


@pytest.fixture
def copy(tmp_path):
    """The course's text files as they are."""
    return shutil.copytree(ROOT, tmp_path / "course", ignore=passed_over)


@pytest.fixture
def clone(copy):
    """The same under an unmistakable address, with one link of each kind in some files."""
    branch = COURSE["branch"]
    for path in files(copy):
        rename(path, (COURSE["repository"], OLD), (web(COURSE["repository"]), web(OLD)))
    for path in [copy / "README.md", copy / "pyproject.toml", *copy.glob("notebooks/*.ipynb")]:
        rename(path, (f'"{branch}"', '"main"'), (f'\\"{branch}\\"', '\\"main\\"'), (f"/blob/{branch}/", "/blob/main/"))
    for folder in ("docs", ".github"):
        (copy / folder).mkdir(exist_ok=True)
    for name in HAVE_LINKS:
        with open(copy / name, "a", encoding="utf-8") as file:
            file.write(links(OLD, "main") + links(OLD, "main", STAYS))
    return copy


def rename(path, *pairs):
    """Replace bluntly, without the course's own code."""
    text = path.read_bytes()
    for one, other in pairs:
        text = text.replace(one.encode(), other.encode())
    path.write_bytes(text)


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def state(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files(folder)}


def call(folder, *arguments):
    """The command, by the copy's own code."""
    return subprocess.run([sys.executable, "-m", "cfg_lessons.labs.address", *arguments], cwd=folder,
                          capture_output=True, text=True)


def fork(folder, *arguments):
    answer = call(folder, *arguments)
    assert answer.returncode == 0 and not answer.stderr, answer.stdout + answer.stderr
    return answer.stdout


# ---- everywhere

@pytest.mark.parametrize("branch", ["main", "term/autumn", "v1.2_draft-3"])
def test_no_link_to_the_old_address_is_left(clone, branch):
    fork(clone, NEW, "--branch", branch)
    for name in HAVE_LINKS:
        text = (clone / name).read_text(encoding="utf-8")
        assert text.endswith(links(NEW, branch) + links(OLD, "main", STAYS)), name
        (clone / name).write_text(text.removesuffix(links(OLD, "main", STAYS)), encoding="utf-8")
    assert [name for name, text in state(clone).items() if OLD.encode() in text or web(OLD).encode() in text] == []
    assert environment.tomllib.loads((clone / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["course"] == {
        "repository": NEW, "branch": branch}


@pytest.mark.parametrize("branch", ["main", "term/autumn"])
def test_every_badge_opens_a_notebook_of_the_fork(clone, branch):
    fork(clone, NEW, "--branch", branch)
    for name in ["README.md", *(f"notebooks/{path.name}" for path in NOTEBOOKS)]:
        found = BADGE.findall((clone / name).read_text(encoding="utf-8"))
        ours = [link for link in found if link[0] != "other/course"]
        assert {(repository, of) for repository, of, _ in ours} == {(NEW, branch)}, name
        assert all((clone / file).exists() for *_, file in ours), name
    assert f"{NEW}/blob/{branch}/notebooks/00_" in (clone / "README.md").read_text(encoding="utf-8")


def test_notebooks_change_in_the_address_only_and_keep_their_stamps(clone):
    before = state(clone)
    fork(clone, NEW)
    for path in sorted(clone.glob("notebooks/*.ipynb")):
        assert path.read_bytes() == before[f"notebooks/{path.name}"].replace(OLD.encode(), NEW.encode())
        assert read(path).metadata["outputs_of"] == refresh.stamp(read(path))
    assert state(clone).keys() == before.keys()


def test_the_stamp_passes_over_the_address_and_nothing_else():
    def stamp(source):
        return refresh.stamp(new_notebook(cells=[new_code_cell(source)]))

    line = '# a\nREPO, BRANCH = "{}", "main"\nimport os'
    assert stamp(line.format("a/b")) == stamp(line.format("c/d"))
    assert len({stamp(line), stamp(line.replace("os", "sys")), stamp(line.replace("# a", "# b"))}) == 3


def test_pyproject_keeps_its_comments_and_a_fork_needs_no_new_set_up(clone, monkeypatch):
    spec = importlib.util.spec_from_file_location("fork_course", clone / "course.py")
    course = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(course)
    before, wanted = (clone / "pyproject.toml").read_text(encoding="utf-8"), course.wanted(True)
    fork(clone, NEW, "--branch", "term/autumn")
    after = (clone / "pyproject.toml").read_text(encoding="utf-8")
    assert after == before.replace(f'"{OLD}"', f'"{NEW}"').replace('branch = "main"', 'branch = "term/autumn"')
    assert course.wanted(True) == wanted


# ---- again, back, and half

@pytest.mark.parametrize("branch", ["main", "term/autumn"])
def test_again_changes_nothing_and_back_is_back(clone, branch):
    first = state(clone)
    fork(clone, NEW, "--branch", branch)
    second = state(clone)
    assert "nothing to do" in fork(clone, NEW) and state(clone) == second != first
    fork(clone, OLD, "--branch", "main")
    assert state(clone) == first


def test_other_line_ends_stay(clone):
    for name in ("README.md", "pyproject.toml"):
        rename(clone / name, ("\n", "\r\n"))
    before = state(clone)
    fork(clone, NEW)
    fork(clone, OLD)
    assert state(clone) == before


@pytest.mark.parametrize("done", [0, 1, 7, 12])
def test_an_interrupted_fork_is_finished_by_the_same_command(clone, tmp_path, monkeypatch, done):
    whole = shutil.copytree(clone, tmp_path / "whole")
    fork(whole, NEW, "--branch", "term/autumn")
    replace, calls = os.replace, []

    def stop(*names):
        if len(calls) == done:
            raise KeyboardInterrupt
        calls.append(replace(*names))

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", stop)
        with pytest.raises(KeyboardInterrupt):
            address.fork(clone, NEW, "term/autumn")
    assert state(clone).keys() == state(whole).keys() and state(clone) != state(whole)
    fork(clone, NEW, "--branch", "term/autumn")
    assert state(clone) == state(whole)


def test_a_lesson_from_another_course_is_mended_and_its_credit_stays(clone):
    for path in sorted(clone.glob("notebooks/0*.ipynb")):
        rename(path, (OLD, UPSTREAM), ("/blob/main/", "/blob/dev/"), ('\\"main\\"', '\\"dev\\"'))
    credit = f"\nMade from [a course](https://github.com/{UPSTREAM}), see https://{web(UPSTREAM)}/.\n"
    further = "https://github.com/{}/blob/{}/data/README.md https://{}/05.html"
    (clone / "docs" / "news.md").write_text(further.format(UPSTREAM, "dev", web(UPSTREAM)) + credit)
    assert call(clone, "--check").returncode == 1
    fork(clone, OLD)
    assert (clone / "docs" / "news.md").read_text() == further.format(OLD, "main", web(OLD)) + credit
    assert not [name for name, text in state(clone).items() if UPSTREAM.encode() in text and name != "docs/news.md"]
    assert call(clone, "--check").returncode == 0


def test_a_file_that_cannot_be_written_stays(clone, monkeypatch, capsys):
    before = (clone / "notebooks" / NOTEBOOKS[0].name).read_bytes()

    def refuse(old, new):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.replace", refuse)
    monkeypatch.setattr(address, "ROOT", clone)
    monkeypatch.setattr(sys, "argv", ["fork", NEW])
    with pytest.raises(SystemExit, match="^could not write .*Permission denied.* The same command finishes the work.$"):
        address.main()
    assert (clone / "notebooks" / NOTEBOOKS[0].name).read_bytes() == before and not list(clone.rglob("*.tmp"))


# ---- the check

def test_a_check_says_where_and_changes_nothing(clone):
    assert "everything agrees" in fork(clone, "--check")
    lesson = NOTEBOOKS[3].name
    rename(clone / "notebooks" / lesson, (OLD, "else/where"))
    rename(clone / "README.md", ("/blob/main/notebooks", "/blob/term/autumn/notebooks"))
    before = state(clone)
    answer = call(clone, "--check")
    assert answer.returncode == 1 and state(clone) == before
    said = "README.md: another address in line 3(, \\d+)*\nnotebooks/{}: another address in line \\d+, \\d+\n"
    assert re.match(said.format(re.escape(lesson)), answer.stdout), answer.stdout
    fork(clone, OLD)
    fork(clone, "--check")


def test_a_check_names_a_badge_that_opens_nothing(clone):
    rename(clone / "README.md", (f"{OLD}/blob/main/notebooks/00_", f"{OLD}/blob/main/notebooks/77_"))
    answer = call(clone, "--check")
    assert answer.returncode == 1
    assert answer.stdout.startswith("README.md: a badge for notebooks/77_start_here.ipynb, which is not there\n")


# ---- bad input

@pytest.mark.parametrize("arguments, sentence", [
    (["course"], "'course' is not of the form OWNER/NAME, for example my-school/my-course."),
    (["a/b/c"], "'a/b/c' is not of the form"),
    (["https://github.com/uni/x"], "'https://github.com/uni/x' is not of the form"),
    (["-/x"], "usage"),
    (["uni x/y"], "'uni x/y' is not of the form"),
    (["uni/x.git"], "'uni/x.git' is not of the form"),
    (["uni/.."], "'uni/..' is not of the form"),
    (['uni/"x'], "is not of the form"),
    (["uni/x\n"], "is not of the form"),
    (["uni/x", "--branch", "a b"], "'a b' is not the name of a branch: use letters, digits and . _ - / between them."),
    (["uni/x", "--branch", "/a"], "'/a' is not the name of a branch"),
    (["uni/x", "--branch", 'a"'], "is not the name of a branch"),
    (["uni/x", "--branch", "a..b"], "is not the name of a branch"),
    (["uni/x", "--check"], "usage"),
    (["--check", "--branch", "main"], "usage"),
    (["--branch", "main"], "usage"),
    ([], "usage"),
])
def test_bad_input_is_a_sentence_and_changes_nothing(clone, arguments, sentence):
    before = state(clone)
    answer = call(clone, *arguments)
    assert answer.returncode and answer.stdout == "" and sentence in answer.stderr.split("\n")[0]
    assert "Traceback" not in answer.stderr and state(clone) == before


@pytest.mark.parametrize("text, sentence", [
    ("[project]\n", "pyproject.toml states no repository and branch under [tool.course]: put them back first.\n"),
    ('[tool.course]\nrepository = "x"\nbranch = "b"', "Mend [tool.course] in pyproject.toml by hand first: 'x' is not"),
    ('[tool.course]\n[other]\nrepository = "x/y"\nbranch = "b"\n', "pyproject.toml states no repository and branch"),
])
def test_a_damaged_pyproject_is_a_sentence(clone, text, sentence):
    (clone / "pyproject.toml").write_text(text)
    for arguments in ([NEW], ["--check"]):
        answer = call(clone, *arguments)
        assert answer.returncode == 1 and answer.stderr.startswith(sentence)


def test_the_installed_package_has_no_address_to_change(clone):
    (clone / "pyproject.toml").unlink()
    answer = call(clone, NEW)
    assert answer.returncode == 1
    said = "An address is for a clone of the course, and this is the installed package in .*\n"
    assert re.fullmatch(said, answer.stderr)


# ---- this very course

def test_everything_in_this_course_agrees(capsys):
    assert address.check(ROOT) == 0, capsys.readouterr().out


def test_no_other_place_knows_the_address(copy):
    """The one place is pyproject.toml. Whatever else holds the address is rewritten by the command."""
    fork(copy, NEW)
    names = "|".join(map(re.escape, [COURSE["repository"], web(COURSE["repository"])])).encode()
    name = re.compile(rb"(?<![\w-])(?:" + names + rb")(?![\w-])", flags=re.I)
    assert [path for path, text in state(copy).items() if name.search(text)] == []
