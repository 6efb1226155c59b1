"""What a lesson asks of a student, read from its notebook: stubs, checks, folded solutions."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).resolve().parents[2]
CALL = re.compile(r"^check\.(\w+)\((\w+)\)", flags=re.M)
SOLUTION = re.compile(r"<details><summary>Solution</summary>.*?</details>\n?", flags=re.S)
DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Exercise:
    """check: "lesson05.combine"; name: what the learner defines; stub, question: the numbers of their cells."""

    check: str
    name: str
    stub: int
    question: int

    @property
    def short(self) -> str:
        """The name without its lesson: "combine"."""
        return self.check.partition(".")[2]


def lessons(numbers=()) -> list:
    """The notebooks, or those with these numbers ("05"); one sentence if there is no such lesson, or no notebooks."""
    paths = sorted(ROOT.glob("notebooks/[0-9]*.ipynb"))
    if not paths:
        raise SystemExit("There are no notebooks beside this package: run the command in a clone of the course.")
    known = {path.stem[:2]: path for path in paths}
    if strange := [number for number in numbers if number not in known]:
        raise SystemExit(f"There is no lesson {strange[0]}: choose from {' '.join(known)}.")
    return [known[number] for number in numbers] if numbers else paths


def read(path):
    """A notebook as nbformat holds it."""
    return nbformat.read(path, as_version=4)


def tree(source: str) -> ast.Module:
    """The syntax tree of a cell; magics and shell lines become the calls that they are."""
    return ast.parse(TransformerManager().transform_cell(source))


def defined(source: str) -> set:
    """The names that a cell defines or assigns at its top level; none if it is not Python."""
    try:
        nodes = tree(source).body
    except SyntaxError:
        return set()
    names = {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))}
    targets = [t for node in nodes if isinstance(node, ast.Assign) for t in node.targets]
    return names | {target.id for target in targets if isinstance(target, ast.Name)}


def exercises(notebook, number: str) -> list:
    """The exercises of lesson `number`, in their order: each cell `check.name(thing)`, and the cell of the thing."""
    found = []
    for i, cell in enumerate(notebook.cells):
        for call in CALL.finditer(cell.source) if cell.cell_type == "code" else ():
            above = [j for j in range(i) if notebook.cells[j].cell_type == "code"]
            stub = max(j for j in above if call[2] in defined(notebook.cells[j].source))
            found.append(Exercise(f"lesson{number}.{call[1]}", call[2], stub, i))
    return found


def solutions(notebook) -> list:
    """The code of the folded solutions, in their order."""
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    folded = [part for source in cells for part in SOLUTION.findall(source)]
    return [code for part in folded for code in re.findall(r"```python\n(.*?)```", part, flags=re.S)]


def plain(node) -> bool:
    """Is it an assignment of a plain value, such as NULL = -1, or of a type, Denoiser = Callable[...]?"""
    if not isinstance(node, ast.Assign) or not all(isinstance(target, ast.Name) for target in node.targets):
        return False
    try:
        return ast.unparse(node.value).startswith("Callable[") or bool([ast.literal_eval(node.value)])
    except ValueError:
        return False


def vocabulary(source: str) -> str:
    """What a cell says without doing anything: its imports, definitions and plain constants. No cell is trained."""
    nodes = [node for node in tree(source).body if isinstance(node, DEFINITIONS) or plain(node)]
    return ast.unparse(ast.Module(nodes, []))
