"""A name is taught in one notebook, before it is imported, and what is taught is what the package runs."""
import ast

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from notebook_code import NOTEBOOKS, ROOT, constants, definitions, same_form, trees

PACKAGE = ROOT / "cfg_lessons"
TAUGHT = ("schedules", "denoisers", "training", "guidance", "sampling")
COMMANDS = ("recipes", "sweep", "doctor", "stages")  # typed, never imported: a lesson may use their names otherwise
EXERCISES = "lesson*.py"  # the checks of one lesson, and the mistakes that they know: names of their own
FINISHED_PRODUCT = "00"  # shows where the course leads, so it may import what comes later

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def names(file):
    """{name: syntax tree} of what a file of the package offers; of the five files also their constants."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {**(constants(tree) if file.parent == PACKAGE and file.stem in TAUGHT else {}), **definitions(tree)}


def package():
    """{name: its syntax trees}: a name in one of the five files stands for that one alone."""
    found = {}
    files = (f for f in sorted(PACKAGE.rglob("*.py")) if f.stem not in COMMANDS and not f.match(EXERCISES))
    for file in files:
        for name, node in names(file).items():
            found.setdefault(name, []).append(node)
    return {**found, **{name: [node] for name, (_, node) in taught_names().items()}}


def taught_names():
    """{name: (file, syntax tree)} of what the five files offer."""
    return {name: (stem, node) for stem in TAUGHT for name, node in names(PACKAGE / f"{stem}.py").items()}


def lessons(paths):
    """{name of the package: the notebooks that define it}."""
    known, where = package(), {}
    for path in paths:
        for tree in trees(path):
            for name in {**constants_taught(tree), **definitions(tree)}:
                if name in known:
                    where.setdefault(name, []).append(path.stem)
    return where


def constants_taught(tree):
    taught = taught_names()
    return {name: node for name, node in constants(tree).items() if name in taught}


# ---- the three rules; each returns what breaks it

def drifted(path):
    """Rule 1: a definition whose name exists in the package is the same code."""
    known = package()
    return [name for tree in trees(path) for name, node in {**constants_taught(tree), **definitions(tree)}.items()
            if name in known and same_form(node) not in map(same_form, known[name])]


def taught_twice(paths):
    """Rule 2: no name of the package is defined in two notebooks, or twice in one."""
    return {name: where for name, where in lessons(paths).items() if len(where) > 1}


def too_early(path, paths):
    """Rule 3: a taught name is imported only after an earlier notebook taught it."""
    if path.stem.startswith(FINISHED_PRODUCT):
        return []
    earlier = lessons([other for other in paths if other.stem < path.stem])
    return sorted(name for name in used(path) if name in taught_names() and name not in earlier)


def used(path):
    """The names that a notebook takes from the five files, by any form of import."""
    tree = ast.Module([node for cell in trees(path) for node in cell.body], [])
    files = {f"cfg_lessons.{stem}": PACKAGE / f"{stem}.py" for stem in TAUGHT}
    modules, found = set(files), set()
    for node in ast.walk(tree):
        for alias in node.names if isinstance(node, (ast.Import, ast.ImportFrom)) else ():
            start = node.module if isinstance(node, ast.ImportFrom) else None
            if f"{start}.{alias.name}" in files or alias.name in files:
                modules.add(alias.asname or alias.name)
            elif start in files and alias.name == "*":
                found |= names(files[start]).keys()
            elif start in (*files, "cfg_lessons"):
                found.add(alias.name)
    return found | {node.attr for node in ast.walk(tree)
                    if isinstance(node, ast.Attribute) and ast.unparse(node.value) in modules}


@each_notebook
def test_same_code_in_notebook_and_package(path):
    assert not drifted(path)


def test_taught_once():
    assert not taught_twice(NOTEBOOKS)


@each_notebook
def test_nothing_is_used_before_it_is_taught(path):
    assert not too_early(path, NOTEBOOKS)


def test_the_lessons_teach_something():
    assert lessons(NOTEBOOKS)


# ---- the rules can fail

@pytest.fixture
def write(tmp_path):
    """Put a notebook of these code cells into an empty folder."""
    def write(name, *cells):
        path = tmp_path / f"{name}.ipynb"
        path.write_text(nbformat.writes(new_notebook(cells=[new_code_cell(cell) for cell in cells])))
        return path
    return write


@pytest.fixture
def to_x0():
    """The package's own text of a short function, comments and docstring included."""
    file = PACKAGE / "denoisers.py"
    text = file.read_text(encoding="utf-8")
    return ast.get_source_segment(text, definitions(ast.parse(text))["to_x0"])


def test_drift_is_noticed_and_a_docstring_is_not_drift(write, to_x0):
    node = definitions(ast.parse(to_x0))["to_x0"]
    assert drifted(write("01", to_x0)) == []
    assert drifted(write("01", same_form(node) + "  # said otherwise")) == []
    assert drifted(write("01", to_x0 + "\n    pass")) == ["to_x0"]
    assert drifted(write("01", "NULL = 0")) == ["NULL"]
    assert drifted(write("01", "NULL = -1", "%time x = 1", "!ls", "mine = 3")) == []


def test_teaching_twice_is_noticed(write, to_x0):
    first, second = write("01", to_x0), write("02", to_x0)
    assert taught_twice([first]) == {}
    assert taught_twice([first, second]) == {"to_x0": ["01", "02"]}


@pytest.mark.parametrize("cells", [
    ["from cfg_lessons.denoisers import to_x0"],
    ["from cfg_lessons.denoisers import to_x0 as mine"],
    ["from cfg_lessons import denoisers", "denoisers.to_x0(1, 2, 3, 4)"],
    ["import cfg_lessons.denoisers as d", "d.to_x0"],
    ["import cfg_lessons", "cfg_lessons.denoisers.to_x0"],
    ["import cfg_lessons.denoisers", "cfg_lessons.denoisers.to_x0"],
    ["from cfg_lessons.denoisers import *"],
    ["def f():\n    from cfg_lessons.denoisers import to_x0"],
])
def test_a_name_used_too_early_is_noticed(write, to_x0, cells):
    early, teaching, late, product = write("01", *cells), write("02", to_x0), write("03", *cells), write("00", *cells)
    paths = [product, early, teaching, late]
    assert "to_x0" in too_early(early, paths)
    assert "to_x0" not in too_early(late, paths)
    assert too_early(product, paths) == []
