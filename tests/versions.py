"""What pip shall install to try other versions than the newest: `python tests/versions.py SET` prints the lines.

  oldest    the course, and each package that it needs at its lower bound in pyproject.toml
  newest    the course, and whatever else is the newest to be had
  colab     what Colab's machines have; the lessons' set-up cells fetch the course
"""
import sys

import environment
from packaging.requirements import Requirement

LESSONS = ".[text,molecules]"
COLAB = """
    torch==2.11.0 numpy==2.1.3 matplotlib==3.10.0 ipywidgets==7.7.1 ipykernel==6.17.1 ipython==7.34.0 notebook==6.5.7
    tqdm==4.67.3 safetensors pillow diffusers transformers accelerate
""".split()  # August 2026, Python 3.13; what has no number here is there too, in some version


def lower_bounds():
    """{name: version} of what the lessons need, from pyproject.toml."""
    project = environment.pyproject()["project"]
    extras = project["optional-dependencies"]
    asked = map(Requirement, [*project["dependencies"], *extras["text"], *extras["molecules"]])
    return {r.name: bound.version for r in asked for bound in r.specifier if bound.operator == ">="}


SETS = {
    "oldest": lambda: [LESSONS, *(f"{name}=={version}" for name, version in lower_bounds().items())],
    "newest": lambda: [LESSONS],
    "colab": lambda: COLAB,
}


def main(*names):
    if len(names) != 1 or names[0] not in SETS:
        raise SystemExit(f"Name one set of versions: {', '.join(SETS)}.")
    print(*SETS[names[0]](), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
