"""The sets of versions that are tried beside the newest agree with pyproject.toml; so do doctor and GitHub's tests."""
import re

import environment
import pytest
import versions
import yaml
from packaging.requirements import Requirement
from packaging.version import Version
from test_environment import pip_bounds

from cfg_lessons import doctor

WORKFLOW = environment.ROOT / ".github" / "workflows" / "tests.yml"


def pins(name):
    """{package: version} of a set, and the lines that pin nothing."""
    lines = versions.SETS[name]()
    return dict(line.split("==") for line in lines if "==" in line), [line for line in lines if "==" not in line]


def test_the_oldest_are_the_lower_bounds_of_what_lessons_need():
    pinned, course = pins("oldest")
    assert course == [versions.LESSONS]
    bounds = {name: bound.removeprefix(">=") for name, bound in pip_bounds().items()}
    assert pinned.items() <= bounds.items()
    assert {"torch", "numpy", "matplotlib", "ipywidgets", "diffusers", "rdkit"} <= pinned.keys()
    assert not {"pytest", "nbgrader"} & pinned.keys()


def test_colab_is_new_enough_for_the_course_and_does_not_have_it():
    pinned, others = pins("colab")
    assert not [name for name, version in pinned.items() if Version(version) < Version(least(name))]
    assert all(re.fullmatch(r"[a-z]+", name) for name in others)
    project = environment.pyproject()["project"]
    needed = {Requirement(line).name for line in project["dependencies"] + project["optional-dependencies"]["text"]}
    assert needed - {"jupyterlab"} <= pinned.keys() | set(others)


def least(name):
    return pip_bounds().get(name, ">=0").removeprefix(">=")


def test_the_newest_are_not_held_back():
    assert pins("newest") == ({}, [versions.LESSONS])


@pytest.mark.parametrize("asked", [(), ("middle",), ("oldest", "newest")])
def test_another_set_is_one_sentence(asked):
    with pytest.raises(SystemExit, match=r"^Name one set of versions: oldest, newest, colab\.$"):
        versions.main(*asked)


def test_the_doctor_asks_for_the_same_versions():
    asked = doctor.NEEDED | doctor.FOR_TEXT
    assert len(asked) > 6 and asked == {name: least(name) for name in asked}


def test_github_tries_every_set_and_the_first_and_the_newest_python():
    text = WORKFLOW.read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    tried = jobs["lessons"]["strategy"]["matrix"]["include"]
    assert {job["set"] for job in tried} == set(versions.SETS)
    assert f'>={tried[0]["python"]}' == environment.pyproject()["project"]["requires-python"]
    assert "python course.py test" in [step.get("run") for step in jobs["everything"]["steps"]]
    assert environment.pyproject()["tool"]["course"]["repository"] not in text
