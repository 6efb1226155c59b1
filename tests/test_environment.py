"""The stack is written down twice, for pip and for conda: both must say the same. And the wheel holds everything."""
import re

import environment

ALIASES = {"pytorch": "torch", "matplotlib-base": "matplotlib"}


def pip_bounds():
    """{name: bound} in pyproject.toml, read line by line: not with the code that writes environment.yml."""
    text = (environment.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    names = "dependencies|text|molecules|labs|site|browser|dev"
    lists = re.findall(rf"^(?:{names}) = \[.*?\n(.*?)^\]", text, flags=re.M | re.S)
    assert len(lists) == 7
    lines = re.findall(r'^\s*"([\w-]+(?:\.[\w-]+)*)([^";]*)(;[^"]*)?"', "".join(lists), flags=re.M)
    bounds = {name: bound.strip() for name, bound, marker in lines if "python_version < " not in marker}
    assert bounds.pop("cfg-lessons") == "[text,molecules,labs,site,browser]"  # who develops has all of it
    return bounds


def conda_bounds():
    """{name: bound} in environment.yml, under the names of PyPI."""
    lines = re.findall(r"^ +- ([\w.-]+)([^\s:;]*)(?:;.*)?$", environment.FILE.read_text(encoding="utf-8"), flags=re.M)
    return {ALIASES.get(name, name): bound for name, bound in lines if name not in ("python", "pip")}


def test_pip_and_conda_ask_for_the_same():
    assert len(pip_bounds()) > 12
    assert conda_bounds() == pip_bounds()


def test_conda_python_is_one_the_package_admits():
    needed = environment.pyproject()["project"]["requires-python"].removeprefix(">=")
    as_tuple = [tuple(map(int, version.split("."))) for version in (needed, environment.PYTHON)]
    assert as_tuple[0] <= as_tuple[1]
    assert f"python={environment.PYTHON}\n" in environment.FILE.read_text(encoding="utf-8")


def test_environment_file_is_fresh():
    assert environment.main(check=True) == 0


def test_a_stale_environment_file_is_noticed(tmp_path, monkeypatch, capsys):
    stale = tmp_path / "environment.yml"
    stale.write_text(environment.render().replace(">=", "=="), encoding="utf-8")
    monkeypatch.setattr(environment, "FILE", stale)
    assert environment.main(check=True) == 1
    assert "python tests/environment.py" in capsys.readouterr().out
    assert environment.main(check=False) == 0 == environment.main(check=True)


def test_wheel_holds_every_folder_of_the_package():
    code = environment.ROOT / "cfg_lessons"
    folders = {".".join(file.parent.relative_to(environment.ROOT).parts) for file in code.rglob("*.py")}
    assert set(environment.pyproject()["tool"]["setuptools"]["packages"]) == folders | {"cfg_lessons._data"}
