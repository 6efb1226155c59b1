"""A copy of the package without the key: where a student's code runs, no solution is to be found.

A check asks by its probe and knows the answer by its solution and its list of mistakes. The copy keeps the probes, and
of their modules only what the probes refer to.
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


def without_key(source: str) -> str:
    """The module of a lesson's checks with its probes only, and what they refer to."""
    body = ast.parse(source).body
    checks = [node for node in body if is_check(node)]
    for node in checks:
        call = node.value
        call.args, call.keywords = call.args[:1], [k for k in call.keywords if k.arg in ("probe", "tolerance")]
        call.keywords += [ast.keyword(arg, ast.parse(value, mode="eval").body) for arg, value in
                          (("solution", "None"), ("mistakes", "{}"), ("hints", "()"))]
    kept, wanted = set(checks), set.union(set(), *map(names, checks))
    while more := [node for node in body if node not in kept and not is_check(node) and defines(node) & wanted]:
        kept.update(more)
        wanted |= set.union(*map(names, more))
    return ast.unparse(ast.Module([node for node in body if node in kept], []))


def copy(folder) -> Path:
    """Write the package without the key into a folder, and return the folder from which to import it."""
    new = Path(shutil.copytree(PACKAGE, Path(folder) / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__")))
    for module in new.glob("checks/lesson*.py"):
        module.write_text(without_key(module.read_text(encoding="utf-8")), encoding="utf-8")
    return new.parent
