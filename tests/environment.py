"""environment.yml from pyproject.toml: `python tests/environment.py` writes it, with --check it only compares."""
import sys
from pathlib import Path

from packaging.requirements import Requirement

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "environment.yml"
PYTHON = "3.12"
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base"}  # where conda-forge has another name than PyPI

HEAD = f"""\
# Written from pyproject.toml by `python tests/environment.py`: change that file, not this one.
name: cfg-lessons
channels: [conda-forge]
dependencies:
  - python={PYTHON}
  - pip
"""
TAIL = """\
  - pip:
      - -e .
"""


def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def conda(requirement):
    """One requirement in conda's words, or nothing where our Python does not need it."""
    if requirement.marker and not requirement.marker.evaluate({"python_version": PYTHON}):
        return ""
    return f"  - {CONDA_NAMES.get(requirement.name, requirement.name)}{requirement.specifier}\n"


def render():
    project = pyproject()["project"]
    asked = project["dependencies"] + project["optional-dependencies"]["dev"]
    return HEAD + "".join(conda(Requirement(r)) for r in asked) + TAIL


def main(check):
    fresh = FILE.exists() and FILE.read_text(encoding="utf-8") == render()
    if check:
        print("environment.yml is fresh" if fresh else "environment.yml is stale: run python tests/environment.py")
        return int(not fresh)
    FILE.write_text(render(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
