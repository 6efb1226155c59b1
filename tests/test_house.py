"""The shape of the package: which way imports point, how long things may be, and who looks for hardware."""
import ast
import subprocess
import sys

import pytest
from notebook_code import ROOT, definitions

PACKAGE = ROOT / "cfg_lessons"
FIVE = ("schedules", "denoisers", "training", "guidance", "sampling")  # the files that everybody reads
LAYERS = [  # from the ground up; a new file of the package needs a place here
    {"files"},
    {"schedules"},
    {"denoisers"},
    {"training", "guidance", "sampling", "exact", "nets"},
    {"store", "metrics", "costs", "plots", "checks", "data", "shapes", "text2image", "editing", "miniature", "beyond",
     "zoo", "quality", "parallel"},
    {"widgets", "recipes", "sweep", "doctor", "labs"},
]
NEIGHBOURS = LAYERS[4]  # these may import each other, as long as there is no cycle
FORBIDDEN = {("recipes", "checks"), ("recipes", "widgets"), ("widgets", "recipes")}
MAY_NAME_HARDWARE = ("store",)  # it alone chooses the device
FILE_LINES, FUNCTION_LINES = 250, 25


def files():
    """The package's files; those of a folder count as one part with its name."""
    return sorted(file for file in PACKAGE.rglob("*.py"))


def part(file):
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def tree(file):
    return ast.parse(file.read_text(encoding="utf-8"))


each_file = pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(PACKAGE)))


# ---- imports

def imported(tree, folders=()):
    """The parts of the package that a file imports, also inside functions; `folders` lead to it inside the package."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ["cfg_lessons", *folders][:len(folders) + 2 - node.level] if node.level else []
            start = ".".join([*base, *filter(None, [node.module])])
            modules = [f"{start}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {(*module.split("."), "__init__")[1] for module in modules if module.split(".")[0] == "cfg_lessons"}
    return found


def arrows():
    """{part: the parts it imports}"""
    found = {}
    for file in files():
        folders = file.relative_to(PACKAGE).parts[:-1]
        found.setdefault(part(file), set()).update(imported(tree(file), folders) - {part(file)})
    return found


def layer(name):
    return next((height for height, names in enumerate(LAYERS) if name in names), None)


def may_import(one, other):
    if layer(one) is None or layer(other) is None or (one, other) in FORBIDDEN:
        return False
    return layer(other) < layer(one) or {one, other} <= NEIGHBOURS


def cycle(graph):
    """The parts that are left when those that import nothing left are taken away, again and again."""
    left = {name: set(others) for name, others in graph.items()}
    while free := {name for name, others in left.items() if not others & left.keys()}:
        left = {name: others for name, others in left.items() if name not in free}
    return set(left)


def test_the_five_files_are_there():
    assert {f"{name}.py" for name in FIVE} <= {file.name for file in files()}


def test_every_file_has_a_place():
    assert {part(file) for file in files()} - {"__init__"} <= set.union(*LAYERS)


def test_imports_point_one_way():
    wrong = [f"{one} imports {other}" for one, others in arrows().items() for other in others
             if one != "__init__" and not may_import(one, other)]
    assert not wrong


def test_the_entrance_opens_only_the_five_files():
    assert arrows()["__init__"] <= set(FIVE)


def test_imports_have_no_cycle():
    assert not cycle(arrows())


@pytest.mark.parametrize("code, folders, found", [
    ("import cfg_lessons.nets as n", (), {"nets"}),
    ("from cfg_lessons import nets, exact", (), {"nets", "exact"}),
    ("from cfg_lessons.nets import MLP", (), {"nets"}),
    ("from .nets import MLP", (), {"nets"}),
    ("from . import nets", (), {"nets"}),
    ("from ..metrics import mean", ("checks",), {"metrics"}),
    ("from .one import a", ("checks",), {"checks"}),
    ("def f():\n    import cfg_lessons", (), {"__init__"}),
    ("import torch.nn\nfrom nets import x", (), set()),
])
def test_every_form_of_import_is_seen(code, folders, found):
    assert imported(ast.parse(code), folders) == found


def test_the_arrows_can_fail():
    assert may_import("guidance", "denoisers") and may_import("checks", "metrics") and may_import("schedules", "files")
    assert may_import("recipes", "store") and may_import("widgets", "checks")
    for one, other in [("denoisers", "guidance"), ("guidance", "sampling"), ("store", "widgets"), ("recipes", "checks"),
                       ("recipes", "widgets"), ("widgets", "recipes"), ("files", "store"), ("nets", "nowhere")]:
        assert not may_import(one, other)
    assert cycle({"a": {"b"}, "b": {"a"}, "c": {"a"}, "d": set()}) == {"a", "b", "c"}
    assert not cycle({"a": {"b"}, "b": {"c"}, "c": set()})


# ---- sizes

def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def length(function):
    """The lines of a function's body, without its docstring."""
    start = function.body[0].end_lineno + 1 if ast.get_docstring(function) is not None else function.body[0].lineno
    return function.end_lineno - start + 1


@each_file
def test_a_file_can_be_read_in_one_sitting(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= FILE_LINES


@pytest.mark.parametrize("name", FIVE)
def test_a_function_fits_in_a_cell(name):
    lengths = {node.name: length(node) for node in functions(tree(PACKAGE / f"{name}.py"))}
    assert not {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES}


def test_the_length_of_a_function_is_that_of_its_body():
    code = 'def f(\n      x):\n  """\n  a\n  """\n  # b\n  return 1\ndef g():\n  """c"""\ndef h(): return 1'
    assert [length(node) for node in functions(ast.parse(code))] == [2, 0, 1]


# ---- manners

def hardware(tree):
    """The lines that name a device: strings in the code and attributes, not docstrings."""
    prose = {id(node.body[0].value) for node in ast.walk(tree)
             if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None}
    return [node.lineno for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr in ("cuda", "mps")
            or isinstance(node, ast.Constant) and "cuda" in str(node.value) and id(node) not in prose]


@each_file
def test_nobody_else_looks_for_hardware(file):
    assert part(file) in MAY_NAME_HARDWARE or not hardware(tree(file))


def test_every_way_to_name_the_hardware_is_seen():
    code = '"""on cuda"""\nx.to("cuda")\nf"cuda:{i}"\ntorch.cuda.is_available()\nx.cuda()\nx.cpu()'
    assert sorted(hardware(ast.parse(code))) == [2, 3, 4, 5]


@each_file
def test_what_is_public_says_what_it_is(file):
    module = tree(file)
    silent = [name for name, node in definitions(module).items()
              if name[0] != "_" and name != "main" and not ast.get_docstring(node)]
    assert ast.get_docstring(module), "the file has no docstring"
    assert not silent


def test_nothing_is_called_utils():
    ours = [path for top in ("cfg_lessons", "tests", "notebooks", "data") for path in (ROOT / top).rglob("*")]
    assert not [path for path in ours if path.stem.strip("_").lower() in ("util", "utils")]


def test_the_linter_is_content():
    found = subprocess.run([sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise", "."],
                           cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr
