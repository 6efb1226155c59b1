"""Reads the notebooks, as code for the tests that keep notebooks and package honest, and the captions of figures."""
import ast
import re

from cfg_lessons.labs.exercises import ROOT, read, tree

__all__ = ["DEFINITIONS", "NOTEBOOKS", "ROOT", "caption", "code_cells", "constants", "definitions", "figures", "plain",
           "read", "same_form", "trees"]
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
NOTEBOOKS = sorted(ROOT.glob("notebooks/[0-9]*.ipynb"))
ITALIC = re.compile(r"\*[^*\s]([^*]*[^*\s])?\*")


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def figures(notebook):
    """The numbers of the cells that show a picture."""
    return [number for number, cell in enumerate(notebook.cells)
            if any("image/png" in output.get("data", {}) for output in cell.get("outputs", ()))]


def caption(notebook, number):
    """The words below the figure of this cell, on one line, or "": the page of a lesson shows them as its alt text.

    They are the first paragraph, in italics, of the next cell of text. One cell of code may stand in between.
    """
    after = notebook.cells[number + 1:number + 3]
    text = next((cell.source for cell in after if cell.cell_type == "markdown"), "")
    words = " ".join(text.strip().split("\n\n")[0].split())
    return words[1:-1] if ITALIC.fullmatch(words) else ""


def plain(markdown):
    """Markdown as the words of an alt text: without marks, dollars and line breaks."""
    return " ".join(re.sub(r"[*`$]|\\(?=\W)", "", markdown).split())


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
