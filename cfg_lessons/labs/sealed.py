"""A copy of the package without the key: where a student's code runs, no solution is to be found.

A check asks by its probe and knows the answer by its solution and its list of mistakes. The copy keeps the probes, and
of the modules of the checks only what the probes refer to, from one module to the next.
"""

import ast
import shutil
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def names(node) -> set:
    """All names that a piece of code mentions."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def defines(node) -> set:
    """The names that a statement at the top level of a module brings into being."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return set.union(*map(names, targets))
    return {node.name} if hasattr(node, "name") else set()


def is_check(node) -> bool:
    """Is it a line `name = Check(...)`?"""
    return isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("Check(")


def without_answers(node):
    """A line `name = Check(...)` with its probe alone."""
    call = node.value
    empty = {"solution": "None", "mistakes": "{}", "hints": "()"}
    call.args, call.keywords = call.args[:1], [k for k in call.keywords if k.arg in ("probe", "tolerance")]
    call.keywords += [ast.keyword(arg, ast.parse(value, mode="eval").body) for arg, value in empty.items()]
    return node


def kept(source: str, wanted=()) -> ast.Module:
    """A module with the probes of its checks, the names that are wanted of it, and all that these refer to."""
    body = [without_answers(node) if is_check(node) else node for node in ast.parse(source).body]
    stays = {node for node in body if is_check(node)}
    wanted = set(wanted).union(*map(names, stays))
    while more := [node for node in body if node not in stays and not is_check(node) and defines(node) & wanted]:
        stays.update(more)
        wanted |= set.union(*map(names, more))
    for node in stays:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            node.names = [alias for alias in node.names if (alias.asname or alias.name).split(".")[0] in wanted]
    return ast.Module([node for node in body if node in stays], [])


def gathers(source: str) -> bool:
    """Does a module only gather what others define, as lesson05.py does with the checks of its exercises?"""
    body = ast.parse(source).body
    return all(isinstance(node, (ast.Expr, ast.ImportFrom)) or defines(node) == {"__all__"} for node in body)


def asked_of(module: str, tree: ast.Module) -> set:
    """What a module of the checks takes from its neighbour `module`."""
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.level == 1]
    return {alias.name for node in imports if node.module == module for alias in node.names}


def copy(folder) -> Path:
    """Write the package without the key into a folder, and return the folder from which to import it."""
    new = Path(shutil.copytree(PACKAGE, Path(folder) / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__")))
    source = {path: path.read_text(encoding="utf-8") for path in sorted(new.glob("checks/*.py"))}
    whole = {path for path, text in source.items() if path.stem == "__init__" or gathers(text)}
    trees = {path: ast.parse(text) if path in whole else kept(text) for path, text in source.items()}
    for _ in source:  # what one module takes of another may need a third
        for path in source:
            if path not in whole:
                trees[path] = kept(source[path], set().union(*(asked_of(path.stem, tree) for tree in trees.values())))
    for path, tree in trees.items():
        path.write_text(ast.unparse(tree), encoding="utf-8")
    return new.parent
