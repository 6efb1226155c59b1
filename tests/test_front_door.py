"""course.py on a good day and on bad ones: each trouble is one sentence, and a set-up counts only when it is whole."""
import ast
import importlib.util
import os
import re
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "course.py"
VERBS = {"lab", "test", "browse", "run", "train", "sweep", "bench", "doctor", "refresh", "site", "release", "grade",
         "fork", "setup"}


def call(*arguments, **environment):
    return subprocess.run([sys.executable, str(FILE), *arguments], env={**os.environ, **environment},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The module, with an environment in an empty folder, a course in another, and no program really run."""
    monkeypatch.setenv("COURSE_VENV", str(tmp_path / "venv"))
    for name in ("CI", "COURSE_PLAIN_PIP"):
        monkeypatch.delenv(name, raising=False)
    spec = importlib.util.spec_from_file_location("course", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.ROOT = tmp_path / "repo"
    module.ROOT.mkdir()
    (module.ROOT / "pyproject.toml").write_text("[project]")
    module.asked, module.installed = [], set()

    def call(*command):
        """Note the command and, for venv, leave what venv would."""
        module.asked.append(" ".join(map(str, command[1:])))
        module.installed.update(command)
        if "venv" in command:
            module.PYTHON.parent.mkdir(parents=True, exist_ok=True)
            module.PYTHON.touch()
        return 0

    module.call = call

    def works(*modules):
        return module.PYTHON.exists() and (modules != ("torch",) or module.TORCH in module.installed)

    module.works = works
    module.check_disk = lambda: None
    return module


# ---- the file itself

def test_it_needs_only_the_standard_library():
    nodes = [node for node in ast.walk(ast.parse(FILE.read_text())) if isinstance(node, (ast.Import, ast.ImportFrom))]
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert len(modules) > 5 and {name.split(".")[0] for name in modules} <= sys.stdlib_module_names


def test_an_old_python_can_read_it_and_is_told(course):
    ast.parse(FILE.read_text(), feature_version=(3, 7))
    course.check_python((3, 10, 0))
    with pytest.raises(SystemExit, match=r"^The course needs Python 3\.10 or newer, and this is Python 3\.9\.$"):
        course.check_python((3, 9, 18))


# ---- verbs

@pytest.mark.parametrize("arguments", [(), ("--help",), ("help",)])
def test_help_lists_every_verb(arguments, tmp_path):
    answer = call(*arguments, COURSE_VENV=str(tmp_path / "venv"))
    listed = set(re.findall(r"^  python course\.py (\w+)", answer.stdout, flags=re.M))
    assert (answer.returncode, listed, answer.stderr) == (0, VERBS, "")
    assert not list(tmp_path.iterdir())


def test_an_unknown_verb_is_one_sentence(tmp_path):
    answer = call("labs", COURSE_VENV=str(tmp_path / "venv"))
    assert answer.returncode == 1 and answer.stdout == "" and not list(tmp_path.iterdir())
    said = re.fullmatch(r"There is no command 'labs': choose one of (.*)\.\n", answer.stderr)
    assert set(said[1].split(", ")) == VERBS


@pytest.mark.parametrize("arguments, command", [
    (("test", "-k", "x"), ("-m", "pytest", "-k", "x")),
    (("browse", "-k", "06"), ("-m", "pytest", "-m", "browser", "-n0", "-k", "06")),
    (("site",), ("docs/build.py",)),
    (("run", "01"), ("tests/refresh.py", "--check", "01")),
    (("refresh", "01", "02"), ("tests/refresh.py", "01", "02")),
    (("train", "mnist_cfg"), ("-m", "cfg_lessons.recipes", "mnist_cfg")),
    (("sweep", "spirals", "--seeds", "0"), ("-m", "cfg_lessons.sweep", "spirals", "--seeds", "0")),
    (("bench",), ("-m", "tests.bench")),
    (("doctor",), ("-m", "cfg_lessons.doctor")),
    (("release", "05", "--to", "lab"), ("-m", "cfg_lessons.labs.release", "05", "--to", "lab")),
    (("grade",), ("-m", "cfg_lessons.labs.grading")),
    (("fork", "uni-x/course"), ("-m", "cfg_lessons.labs.address", "uni-x/course")),
])
def test_verbs_only_hand_on(course, arguments, command):
    course.hand_on = lambda *arguments: arguments
    assert course.main(*arguments) == command
    tools = arguments[0] in ("test", "browse", "site", "release", "grade")
    assert any("[dev]" in asked for asked in course.asked) == tools


def test_lab_opens_the_first_lesson_that_there_is(course):
    course.hand_on = lambda *arguments: arguments
    assert course.main("lab")[-1] == "--LabApp.default_url=/lab"
    (course.ROOT / "notebooks").mkdir()
    (course.ROOT / "notebooks" / "00_start_here.ipynb").touch()
    page = "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb"
    assert course.main("lab", "--", "--no-browser")[-2:] == (page, "--no-browser")


def test_the_child_has_the_environment_and_its_exit_code_comes_back(course):
    course.PYTHON = Path(sys.executable)
    assert course.environment()["PATH"].startswith(str(course.BIN) + os.pathsep)
    assert course.environment()["OMP_WAIT_POLICY"] == os.environ.get("OMP_WAIT_POLICY", "PASSIVE")
    assert course.hand_on("-c", "import os; raise SystemExit(7 if 'VIRTUAL_ENV' in os.environ else 1)") == 7


# ---- the stamp

def test_the_second_start_does_nothing(course):
    course.set_up(dev=False)
    assert course.ready(dev=False) and not course.ready(dev=True)
    done = len(course.asked)
    course.set_up(dev=False)
    assert done > 0 and len(course.asked) == done


def test_what_serves_the_tests_serves_the_lessons(course):
    course.set_up(dev=True)
    assert course.ready(dev=True) and course.ready(dev=False)


def test_a_changed_pyproject_renews_the_environment(course):
    course.set_up(dev=True)
    (course.ROOT / "pyproject.toml").write_text("[project] # more")
    assert not course.ready(dev=True)
    course.asked.clear()
    course.set_up(dev=True)
    assert course.ready(dev=True) and not any("venv" in asked.split() for asked in course.asked)


def test_a_lost_python_or_a_moved_copy_is_noticed(course):
    course.set_up(dev=True)
    course.PYTHON.unlink()
    assert not course.ready(dev=True)
    course.set_up(dev=True)
    course.ROOT = course.ROOT.rename(course.ROOT.with_name("moved"))
    assert not course.ready(dev=True)


def test_of_many_processes_none_sets_up(course, monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    with pytest.raises(SystemExit, match="^The environment is not ready, .* run .python course.py setup.,.*again.$"):
        course.set_up(dev=False)
    assert course.asked == []
    monkeypatch.delenv("TORCHELASTIC_RUN_ID")
    course.set_up(dev=False)
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    course.set_up(dev=False)


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_set_up_goes_on(course, trouble):
    pip = course.pip

    def stop(*what):
        if "-e" in what:
            raise trouble
        pip(*what)

    course.pip = stop
    with pytest.raises(trouble):
        course.set_up(dev=True)
    assert not course.ready(dev=True)
    course.pip = pip
    course.asked.clear()
    course.set_up(dev=True)
    assert course.ready(dev=True) and course.asked == ["-m pip install -qq -e .[dev]"]


def test_half_an_environment_is_made_anew(course):
    course.VENV.mkdir()
    (course.VENV / "pyvenv.cfg").touch()
    course.make_venv()
    assert course.asked == [f"-m venv --clear {course.VENV}"]


def test_a_folder_that_is_no_environment_is_not_cleared(course):
    course.VENV.mkdir()
    (course.VENV / "thesis.tex").touch()
    course.make_venv()
    assert course.asked == [f"-m venv {course.VENV}"]


# ---- PyTorch

@pytest.mark.parametrize("system, gpu, variable, uv_works, tools", [
    ("linux", False, None, True, ["uv"]),
    ("linux", False, None, False, ["uv", "pip"]),
    ("linux", False, "CI", True, ["pip"]),
    ("linux", False, "COURSE_PLAIN_PIP", True, ["pip"]),
    ("linux", True, None, True, ["pip"]),
    ("win32", False, None, True, ["pip"]),
    ("darwin", False, None, True, ["pip"]),
])
def test_torch_without_cuda_where_there_is_no_gpu(course, monkeypatch, system, gpu, variable, uv_works, tools):
    used = []

    def call(*command):
        if course.TORCH in command:
            used.append(command[2])
            return int(command[2] == "uv" and not uv_works)
        return 0

    course.call = call
    monkeypatch.setattr(course.sys, "platform", system)
    monkeypatch.setattr(course.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(course.shutil, "which", lambda name: "/usr/bin/nvidia-smi" if gpu else None)
    if variable:
        monkeypatch.setenv(variable, "true")
    course.install_torch()
    assert used == tools


# ---- bad days

def test_a_python_without_venv_is_one_sentence(course, monkeypatch):
    monkeypatch.setattr(course.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(SystemExit, match="^This Python cannot make environments: .*python3-venv.*again\\.$"):
        course.set_up(dev=False)
    assert course.asked == []


def test_a_full_disk_is_one_sentence(monkeypatch):
    spec = importlib.util.spec_from_file_location("course", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda folder: namedtuple("Usage", "free")(2e9))
    with pytest.raises(SystemExit, match=r"^The course needs about 3 GB of disk, .* 2\.0 GB free: .*COURSE_VENV\.$"):
        module.check_disk()


def test_a_damaged_environment_is_one_sentence(course):
    course.works = lambda *modules: modules == ("torch",)
    with pytest.raises(SystemExit, match="^The environment is damaged: delete the folder .* again\\.$"):
        course.set_up(dev=False)
    assert not course.ready(dev=False)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    answer = call("setup", COURSE_VENV=str(tmp_path / "file" / "venv"))
    assert answer.returncode == 1 and "Traceback" not in answer.stderr
    assert answer.stderr.splitlines()[-1].startswith("Could not make the environment")


def test_no_network_is_one_sentence(tmp_path):
    """A real environment and a real pip, which finds nothing to install from."""
    answer = call("setup", COURSE_VENV=str(tmp_path / "venv"), COURSE_PLAIN_PIP="1", PIP_NO_INDEX="1",
                  PIP_FIND_LINKS=str(tmp_path), PIP_CONFIG_FILE=os.devnull)
    assert answer.returncode == 1 and "Traceback" not in answer.stderr
    assert answer.stderr.splitlines()[-1].startswith("pip could not install what the course needs")
    assert not (tmp_path / "venv" / "course-stamp.txt").exists()
