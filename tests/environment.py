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
CONDA_MACHINE = {"python_version": PYTHON, "sys_platform": "linux"}  # BinderHub and JupyterHub run there
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base"}  # where conda-forge has another name than PyPI
PIP_ONLY = {  # what conda-forge does not have, or not under this name
    "prdc", "landlock", "daltonlens", "playwright", "axe-playwright-python", "sphinx-mathjax-offline"}

HEAD = f"""\
# Written from pyproject.toml by `python tests/environment.py`: change that file, not this one.
name: cfg-lessons
channels: [conda-forge]
dependencies:
  - python={PYTHON}
  - pip
"""


def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def needed():
    """What the course and its tests need, without what our Python has already."""
    project = pyproject()["project"]
    extras = project["optional-dependencies"]
    asked = map(Requirement, [*project["dependencies"], *(line for extra in extras.values() for line in extra)])
    here = [r for r in asked if not r.marker or r.marker.evaluate(CONDA_MACHINE)]
    return [r for r in here if r.name != project["name"]]  # dev asks for the others by the course's own name


def render():
    by_pip = [line(r) for r in needed() if r.name in PIP_ONLY] + ["-e ."]
    lines = [f"  - {CONDA_NAMES.get(r.name, r.name)}{r.specifier}" for r in needed() if r.name not in PIP_ONLY]
    return HEAD + "\n".join([*lines, "  - pip:", *(f"      - {asked}" for asked in by_pip), ""])


def line(requirement):
    """A requirement as pip reads it in environment.yml; what belongs to one system only says so."""
    marker = str(requirement.marker or "")
    where = f"; {marker}" if "sys_platform" in marker else ""
    return f"{requirement.name}{requirement.specifier}{where}"


def main(check):
    fresh = FILE.exists() and FILE.read_text(encoding="utf-8") == render()
    if check:
        print("environment.yml is fresh" if fresh else "environment.yml is stale: run python tests/environment.py")
        return int(not fresh)
    FILE.write_text(render(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
