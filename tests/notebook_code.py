"""Reads the notebooks as code, for the tests that keep notebooks and package honest."""
import ast

from cfg_lessons.labs.exercises import ROOT, read, tree

__all__ = ["DEFINITIONS", "NOTEBOOKS", "ROOT", "code_cells", "constants", "definitions", "read", "same_form", "trees"]
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
NOTEBOOKS = sorted(ROOT.glob("notebooks/[0-9]*.ipynb"))


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def trees(path):
    """The syntax tree of each code cell; magics and shell lines become the calls that they are."""
    for cell in code_cells(read(path)):
        yield tree(cell.source)


def definitions(tree):
    """{name: node} of every function and class at the top level."""
    return {node.name: node for node in tree.body if isinstance(node, DEFINITIONS)}


def constants(tree):
    """{name: value} of every name that is assigned at the top level."""
    found = {}
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if is_annotated(node) else []
        found |= {target.id: node.value for target in targets if isinstance(target, ast.Name)}
    return found


def is_annotated(node):
    return isinstance(node, ast.AnnAssign) and node.value is not None


def same_form(node):
    """The code of a node as text: comments, layout and docstrings do not count."""
    node = ast.parse(ast.unparse(node))
    for part in ast.walk(node):
        if isinstance(part, DEFINITIONS) and ast.get_docstring(part) is not None:
            part.body = part.body[1:] or [ast.Pass()]
    return ast.unparse(node)
