#!/usr/bin/env python3
"""The front door of the course. It needs nothing but Python 3.10 or newer.

  python course.py lab [-- OPTIONS]    open the first lesson in JupyterLab (OPTIONS go to JupyterLab)
  python course.py test [OPTIONS]      run all tests, the notebooks included (OPTIONS go to pytest)
  python course.py browse [OPTIONS]    the tests in a real browser: the web page, and each lesson in JupyterLab
  python course.py run [NN ...]        execute the lessons top to bottom and time them; change no file
  python course.py train NAME ...      train a shipped model again
  python course.py sweep NAME ...      measure a model over guidance scales and seeds
  python course.py bench               measure quality and speed on this machine
  python course.py doctor              is this machine ready? what to do if not
  python course.py refresh [NN ...]    execute the lessons and store their outputs (for authors)
  python course.py site                the web page of the course, from the lessons as they are stored
  python course.py release [NN ...]    student version, key, and a zip for a class (for instructors)
  python course.py grade [NN ...]      grade what the class has handed in (for instructors)
  python course.py fork OWNER/NAME     make links, badges and set-up cells those of a fork (for instructors)
  python course.py setup               only make the environment

Each command first makes an environment of its own in .venv (COURSE_VENV names another folder);
the next time it finds it ready. An interrupted set-up goes on at the next call.
COURSE_PLAIN_PIP=1 takes PyTorch as plain pip gives it instead of the small build without CUDA.
Several processes share the work of train and sweep: torchrun --nproc_per_node=2 course.py train NAME
"""
import hashlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("COURSE_VENV", str(ROOT / ".venv"))).expanduser().absolute()
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "course-stamp.txt"

OLDEST_PYTHON = (3, 10)
TORCH = "torch==2.13.0"  # what this file installs; the package itself is content with an older one
DISK = 3e9

HANDS_ON = {  # verb: what the environment's Python is asked to run
    "lab": ["-m", "jupyterlab"],
    "test": ["-m", "pytest"],
    "browse": ["-m", "pytest", "-m", "browser", "-n0"],  # one after the other: they measure seconds
    "run": ["tests/refresh.py", "--check"],
    "train": ["-m", "cfg_lessons.recipes"],
    "sweep": ["-m", "cfg_lessons.sweep"],
    "bench": ["-m", "tests.bench"],
    "doctor": ["-m", "cfg_lessons.doctor"],
    "refresh": ["tests/refresh.py"],
    "site": ["docs/build.py"],
    "release": ["-m", "cfg_lessons.labs.release"],
    "grade": ["-m", "cfg_lessons.labs.grading"],
    "fork": ["-m", "cfg_lessons.labs.address"],
    "setup": ["-c", "print('The environment is ready.')"],
}


def main(verb="--help", *rest):
    if verb in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    if verb not in HANDS_ON:
        raise SystemExit(f"There is no command '{verb}': choose one of {', '.join(HANDS_ON)}.")
    set_up(dev=verb in ("test", "browse", "site", "release", "grade"))
    rest = rest[1:] if rest[:1] == ("--",) else rest
    return hand_on(*HANDS_ON[verb], *([first_page()] if verb == "lab" else []), *rest)


def first_page():
    """Where JupyterLab opens: at lesson 00, with the whole course in its file list."""
    first = next(iter(sorted(ROOT.glob("notebooks/00*.ipynb"))), None)
    return "--LabApp.default_url=/lab" + (f"/tree/notebooks/{first.name}" if first else "")


# ---- the environment

def set_up(dev):
    """Bring the environment to what pyproject.toml asks for. The stamp comes last: it means that all went well."""
    if ready(dev):
        return
    if "TORCHELASTIC_RUN_ID" in os.environ:  # torchrun's processes would all set up the same folder at once
        raise SystemExit("The environment is not ready, and only one process may set it up: "
                         "run 'python course.py setup', then the same command again.")
    start = time.time()
    check_python()
    print(f"Setting up the course in {VENV}: a few minutes, only this time.", flush=True)
    make_venv()
    if not works("torch"):
        check_disk()
        install_torch()
    pip("-e", ".[dev]" if dev else ".[text,molecules]")
    if not works("torch", "jupyterlab"):
        raise SystemExit(f"The environment is damaged: delete the folder {VENV} and run the same command again.")
    no_news_popup()
    STAMP.write_text(wanted(dev), encoding="utf-8")
    print(f"Set up in {time.time() - start:.0f} s.", flush=True)


def wanted(dev):
    """The text of the stamp: which packages, as which pyproject.toml asks, for a copy of the course in which folder."""
    packages = (ROOT / "pyproject.toml").read_bytes().split(b"[tool.course]")[0]  # a new address needs no new set-up
    asked = packages + str(ROOT).encode() + TORCH.encode()
    return ("dev " if dev else "run ") + hashlib.sha256(asked).hexdigest()


def ready(dev):
    """Has an earlier call finished? What serves the tests serves the lessons too."""
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="utf-8") in (wanted(dev), wanted(True))


def check_python(version=sys.version_info):
    if tuple(version[:2]) < OLDEST_PYTHON:
        need, have = ".".join(map(str, OLDEST_PYTHON)), ".".join(map(str, version[:2]))
        raise SystemExit(f"The course needs Python {need} or newer, and this is Python {have}.")
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise SystemExit("This Python cannot make environments: on Debian or Ubuntu install the missing part with "
                         "'sudo apt install python3-venv', then run the same command again.")


def check_disk():
    folder = next(p for p in VENV.parents if p.exists())
    free = shutil.disk_usage(str(folder)).free
    if free < DISK:
        raise SystemExit(f"The course needs about {DISK / 1e9:.0f} GB of disk, and {folder} has {free / 1e9:.1f} GB "
                         "free: make room, or name a folder on another disk in COURSE_VENV.")


def make_venv():
    """Make the environment unless it is there and whole; half an environment is made anew."""
    if works("pip"):
        return
    anew = ["--clear"] if (VENV / "pyvenv.cfg").exists() else []
    if call(sys.executable, "-m", "venv", *anew, VENV):
        raise SystemExit(f"Could not make the environment {VENV}: the message above says why; "
                         "COURSE_VENV can name a folder where you may write.")


def install_torch():
    """On Linux plain pip takes the CUDA build of several GB; uv can take the small one. Elsewhere pip does well."""
    plain = os.environ.get("COURSE_PLAIN_PIP") or os.environ.get("CI") == "true"
    big = sys.platform == "linux" and platform.machine() == "x86_64" and not shutil.which("nvidia-smi")
    if plain or not big or not small_torch():
        pip(TORCH)


def small_torch():
    """Try for the CPU build; whatever goes wrong, plain pip comes next."""
    if not call(PYTHON, "-m", "pip", "install", "-qq", "uv"):
        if not call(PYTHON, "-m", "uv", "pip", "install", "--python", PYTHON, "--torch-backend=cpu", TORCH):
            return True
    print("The small build of PyTorch could not be fetched: taking the standard one.", flush=True)
    return False


def pip(*what):
    quiet = [] if sys.stdout.isatty() else ["-qq"]  # someone who watches wants to see the downloads move
    if call(PYTHON, "-m", "pip", "install", *quiet, *what):
        raise SystemExit("pip could not install what the course needs (its message is above): "
                         "check the network, then run the same command again; it goes on from here.")


def no_news_popup():
    """JupyterLab's first start would open with a question about news instead of with the lesson."""
    file = VENV / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        silent = {"fetchNews": "false", "checkForUpdates": False}
        file.write_text(json.dumps({"@jupyterlab/apputils-extension:notification": silent}), encoding="utf-8")


# ---- other programs

def environment():
    """The child's environment variables: its programs are found first, and its waiting threads let others work."""
    mine = {"PATH": str(BIN) + os.pathsep + os.environ.get("PATH", ""), "VIRTUAL_ENV": str(VENV)}
    rest = {k: v for k, v in os.environ.items() if k != "PYTHONHOME"}
    return {"OMP_WAIT_POLICY": "PASSIVE", **rest, **mine}  # else a busy machine trains several times slower


def call(*command):
    """Run a command and return its exit code."""
    return subprocess.call([str(c) for c in command], cwd=str(ROOT))


def works(*modules):
    """Can the environment's Python import these?"""
    if not PYTHON.exists():
        return False
    return subprocess.call([str(PYTHON), "-c", "import " + ", ".join(modules)], cwd=str(VENV),
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def hand_on(*arguments):
    """Run the environment's Python to its end. Ctrl-C reaches the child too, and the child decides what it means."""
    child = subprocess.Popen([str(PYTHON), *map(str, arguments)], cwd=str(ROOT), env=environment())
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("Stopped: the same command goes on from here.")
