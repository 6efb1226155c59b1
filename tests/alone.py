"""Runs lessons as Colab does: each alone in an empty folder, from its set-up cell to its end, each in a fresh kernel.

  python tests/alone.py           all lessons
  python tests/alone.py 00 05     these

Where the course is not installed, the set-up cell fetches it: git takes the last commit of this clone for the course's
address. So does a test of the lessons in an environment like Colab's: `python tests/versions.py colab`.
"""
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import environment
import refresh
from notebook_code import ROOT, code_cells, read

COURSE = environment.pyproject()["tool"]["course"]
COLAB = "import google.colab\n"  # Colab has done so before the first cell


def outside(**variables):
    """Environment variables of a place that knows nothing of this clone."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | variables


def colab(folder):
    """Variables by which Python finds a module google.colab, made in this folder."""
    module = folder / "google" / "colab" / "__init__.py"
    module.parent.mkdir(parents=True)
    module.touch()
    return {"PYTHONPATH": str(folder)}


def redirected(copy):
    """Variables by which git takes for the course's address a copy, made in this folder, of the last commit here."""
    trust = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    for command in (["clone", "-q", "--bare", "--depth=1", ROOT.as_uri(), copy],
                    ["--git-dir", copy, "update-ref", f"refs/heads/{COURSE['branch']}", "HEAD"]):
        subprocess.run(["git", *command], env=outside(**trust), check=True)
    address = {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_1": f"url.{copy.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_1": f"https://github.com/{COURSE['repository']}",
    }
    return trust | address


def run(path, folder, variables):
    """The seconds that a lesson takes in this folder; Rejected for an error, also inside a widget, or a warning."""
    notebook, start = read(path), time.perf_counter()
    setup = code_cells(notebook)[0]
    setup.source = COLAB + setup.source
    refresh.run(notebook, folder, outside(**variables))
    seconds = time.perf_counter() - start
    refresh.inspect(refresh.tidy(notebook))
    return seconds


def main(numbers):
    failed = False
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        variables = colab(Path(place, "colab")) | redirected(Path(place, "course.git"))
        for path in refresh.choose(numbers):
            folder = Path(place, path.stem)
            folder.mkdir()
            try:
                print(f"{path.name}: {run(path, folder, variables):.1f} s", flush=True)
            except refresh.Rejected as reason:
                failed = True
                print(f"{path.name}: {reason}", file=sys.stderr, flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
