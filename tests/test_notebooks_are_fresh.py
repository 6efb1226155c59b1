"""Outputs in git belong to the code in git, run once and in order, and every notebook keeps to the house's sizes."""
import json
import re
import statistics

import environment
import nbformat
import pytest
import refresh
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_code import NOTEBOOKS, code_cells, read

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def lines(cell):
    """How many lines a reader sees: no empty ones, and no folded solution."""
    seen = cell.source if cell.cell_type == "code" else re.sub("<details>.*?</details>", "", cell.source, flags=re.S)
    return sum(1 for line in seen.splitlines() if line.strip())


def test_empty_and_folded_lines_do_not_count():
    text = "one\n\ntwo\n<details>\n<summary>Solution</summary>\nthree\n</details>\nfour"
    assert lines(new_markdown_cell(text)) == 3 and lines(new_code_cell(text)) == 7


def test_there_are_notebooks():
    assert NOTEBOOKS


# ---- the outputs

@each_notebook
def test_outputs_belong_to_this_code(path):
    notebook = read(path)
    stored = notebook.metadata.get("outputs_of")
    assert stored == refresh.stamp(notebook), f"run: python course.py refresh {path.stem[:2]}"


@each_notebook
def test_cells_ran_once_in_order(path):
    counts = [cell.execution_count for cell in code_cells(read(path))]
    assert counts == list(range(1, len(counts) + 1))


@each_notebook
def test_a_reader_meets_no_error_and_no_warning(path):
    notebook = read(path)
    for cell in code_cells(notebook):
        errors = [output for output in cell.outputs if output.output_type == "error"]
        assert not errors or "raises-exception" in cell.metadata.get("tags", ()), cell.source
    refresh.inspect(notebook)


@each_notebook
def test_compared_cells_have_something_to_compare(path):
    for cell in code_cells(read(path)):
        if "nbval-check-output" in cell.metadata.get("tags", ()) or "NBVAL_CHECK_OUTPUT" in cell.source:
            assert cell.execution_count and cell.outputs, f"nbval would compare nothing: {cell.source}"


@each_notebook
def test_only_what_stays_the_same_is_stored(path):
    stored = read(path)
    assert "widgets" not in stored.metadata
    assert refresh.tidy(read(path)) == stored, "stored by another tool than tests/refresh.py"
    assert path.stat().st_size < 800_000


# ---- the sizes

@each_notebook
def test_cells_are_short(path):
    for cell in read(path).cells:
        assert lines(cell) <= (25 if cell.cell_type == "code" else 12), f"{lines(cell)} lines:\n{cell.source}"


@each_notebook
def test_half_of_the_code_cells_have_at_most_ten_lines(path):
    assert statistics.median(map(lines, code_cells(read(path)))) <= 10


@each_notebook
def test_the_first_code_cell_is_the_same_everywhere(path):
    assert code_cells(read(path))[0].source == code_cells(read(NOTEBOOKS[0]))[0].source


@each_notebook
def test_the_set_up_cell_fetches_this_repository(path):
    course = environment.pyproject()["tool"]["course"]
    assert f'"{course["repository"]}", "{course["branch"]}"' in code_cells(read(path))[0].source


# ---- the tool that makes them so

def notebook_file(folder, *sources):
    path = folder / "01_lesson.ipynb"
    path.write_text(nbformat.writes(new_notebook(cells=[new_code_cell(source) for source in sources])))
    return path


def test_refresh_stores_the_same_bytes_every_time(tmp_path):
    path = notebook_file(tmp_path, "from tqdm.auto import tqdm\nfor i in tqdm(range(2)):\n    print(i)",
                         "import ipywidgets\nipywidgets.IntSlider(3)", "import matplotlib; matplotlib.get_backend()")
    refresh.refresh(path)
    first = path.read_bytes()
    refresh.refresh(path)
    assert path.read_bytes() == first
    bar, slider, backend = read(path).cells
    assert [output.output_type for output in bar.outputs] == ["stream"]
    assert slider.outputs[0].data[refresh.VIEW]["model_id"] == "widget-001"
    assert "inline" in backend.outputs[0].data["text/plain"]
    assert [cell.execution_count for cell in (bar, slider, backend)] == [1, 2, 3]


@pytest.mark.parametrize("source, reason", [
    ("1 / 0", "ZeroDivisionError"),
    ("import warnings; warnings.warn('old')", "stderr.*old"),
    ("import ipywidgets\nslider = ipywidgets.IntSlider(3)\nipywidgets.interact(lambda x: 1 // (x - 3), x=slider);",
     "callback failed: ZeroDivisionError"),
    ("object()", "shows <object at 0x"),
    ("import sys; print(sys.prefix)", "path of this machine"),
])
def test_a_rejected_run_leaves_the_old_file(tmp_path, source, reason):
    path = notebook_file(tmp_path, source)
    old = path.read_bytes()
    with pytest.raises(refresh.Rejected, match=f"(?s){reason}"):
        refresh.refresh(path)
    assert path.read_bytes() == old and list(tmp_path.iterdir()) == [path]


def test_a_check_changes_no_file(tmp_path):
    path = notebook_file(tmp_path, "1 + 1")
    old = path.read_bytes()
    assert refresh.refresh(path, check=True) > 0
    assert path.read_bytes() == old


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = notebook_file(tmp_path, "1")
    old = path.read_bytes()
    monkeypatch.setattr(refresh.os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        refresh.write(path, "new")
    assert path.read_bytes() == old and list(tmp_path.iterdir()) == [path]


def test_tidy_keeps_tags_and_other_views():
    cell = new_code_cell("dial", metadata={"tags": ["a"], "course": {"id": "x"}, "collapsed": True})
    cell.outputs = [new_output("display_data", {refresh.VIEW: {"model_id": name}, "text/plain": text})
                    for name, text in [("a7", "Dial(at 100% | 3)"), ("b8", " 50%|#####     | 5/10")]]
    tidied = refresh.tidy(new_notebook(cells=[new_markdown_cell("hello"), cell], metadata={"widgets": {}}))
    assert [cell.id for cell in tidied.cells] == ["markdown-000", "code-001"]
    assert tidied.cells[1].metadata == {"tags": ["a"], "course": {"id": "x"}}
    assert [output.data[refresh.VIEW]["model_id"] for output in tidied.cells[1].outputs] == ["widget-001"]
    assert set(tidied.metadata) == {"kernelspec", "language_info", "outputs_of"}


def test_times_of_other_notebooks_stay(tmp_path):
    file = tmp_path / "times.json"
    refresh.keep_times(file, {"01_a": 1.0, "02_b": 2.0})
    refresh.keep_times(file, {"01_a": 3.0})
    assert json.loads(file.read_text()) == {"01_a": 3.0, "02_b": 2.0}


def test_an_unknown_number_is_one_sentence():
    with pytest.raises(SystemExit, match="^There is no notebook 99: choose from .*\\.$"):
        refresh.choose(["99"])
