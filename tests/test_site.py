"""The web page, as far as no browser is needed: films belong to their lessons, and a build is whole and safe."""
import json
import math
import re
import subprocess
import sys
from zipfile import ZipFile

import pytest
import yaml
from environment import pyproject
from film import FILMS, INDEX, TURNS, code_of, nearest
from notebook_code import NOTEBOOKS, ROOT, figures, read

sys.path.append(str(ROOT / "docs"))
import build  # noqa: E402

COURSE = pyproject()["tool"]["course"]
FILMED = json.loads(INDEX.read_text(encoding="utf-8"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


# ---- films

@each_notebook
def test_a_film_belongs_to_its_lesson(path):
    filmed = FILMED[path.stem]
    assert filmed["code"] == code_of(read(path)), f"run: python course.py refresh {path.stem[:2]}"
    assert {name: turn["values"] for name, turn in filmed["turns"].items()} == TURNS[path.stem[:2]]


@each_notebook
def test_a_film_has_a_picture_for_each_setting_and_is_light(path):
    with ZipFile(FILMS / f"{path.stem}.zip") as film:
        names, sizes = film.namelist(), [part.file_size for part in film.infolist()]
    count = math.prod(len(values) for values in TURNS[path.stem[:2]].values())
    assert names == [f"{number:03}.webp" for number in range(count)]
    assert sum(sizes) < 1e6 and min(sizes) > 500


def test_the_nearest_value_that_is_filmed():
    assert nearest([0.0, 0.5, 1.0], 0.6) == 1 and nearest([1, 2, 5], 5) == 2 and nearest(["sound", "NULL"], "NULL") == 1


# ---- pages

def test_controls_give_the_number_of_the_picture():
    turns = {"kind": {"values": ["a", "<b>"], "start": 1}, "guidance_scale": {"values": [0.0, 0.5, 2.0], "start": 2}}
    html = build.film("06_x", turns)
    assert '<img src="../films/06_x/005.webp"' in html  # 1 * 3 + 2
    assert '<option value="1" selected>&lt;b&gt;</option>' in html
    assert 'max="2" value="2" aria-valuetext="2"' in html and '["0", "0.5", "2"]' in html
    assert '<label for="06_x-guidance_scale">guidance scale</label>' in html


@each_notebook
def test_a_lesson_becomes_a_page(path):
    notebook = build.page(read(path), path.stem, FILMED)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    alts = [o.metadata["image/png"]["alt"] for o in outputs if "image/png" in o.get("data", {})]
    assert len(alts) >= len(figures(read(path))) and all(40 <= len(alt) <= 600 for alt in alts)
    assert not any(mark in alt for alt in alts for mark in ("*", "`", "$", "\n"))
    assert len([o for o in outputs if 'class="film"' in o.get("data", {}).get("text/html", "")]) == 1
    assert "colab.research.google.com/assets" not in notebook.cells[0].source
    place = f"{COURSE['repository']}/blob/{COURSE['branch']}/notebooks/{path.name}"
    assert f"[Open in Colab](https://colab.research.google.com/github/{place})" in notebook.cells[0].source
    assert f"[The notebook on GitHub](https://github.com/{place})" in notebook.cells[0].source


# ---- the site

@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web") / "site"
    done = make("--to", folder)
    assert done.returncode == 0, done.stderr
    return folder


def make(*arguments):
    return subprocess.run([sys.executable, "docs/build.py", *arguments], cwd=ROOT, capture_output=True, text=True,
                          timeout=300)


def test_the_site_has_every_page_and_asks_no_other_site(site):
    pages = {str(page.relative_to(site)): page.read_text(encoding="utf-8") for page in site.rglob("*.html")}
    assert {f"notebooks/{path.stem}.html" for path in NOTEBOOKS} | {"index.html", "search.html"} <= set(pages)
    for name, page in pages.items():
        asked = re.findall(r'<(?:img|script|source|iframe)[^>]*\ssrc="(?:https?:)?//[^"]*"', page)
        asked += [link for link in re.findall(r"<link [^>]*>", page) if "//" in link and 'rel="canonical"' not in link]
        assert not asked, f"{name}: {asked}"
    assert (site / "_static" / "mathjax" / "tex-chtml.js").exists()


def test_the_workflow_publishes_what_the_command_builds():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "pages.yml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["build"]["steps"]
    assert "python course.py site" in [step.get("run") for step in steps]
    assert [step["with"]["path"] for step in steps if "upload-pages-artifact" in step.get("uses", "")] == ["site"]


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    refused = make("--to", tmp_path)
    assert refused.returncode == 1 and "holds something else" in refused.stderr
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_build_that_fails_leaves_the_old_site(site, monkeypatch):
    before = {str(file): file.stat().st_mtime_ns for file in site.rglob("*")}
    monkeypatch.setattr(build, "build_main", lambda arguments: 1)
    assert build.build(site) == 1
    assert {str(file): file.stat().st_mtime_ns for file in site.rglob("*")} == before
    assert list(site.parent.iterdir()) == [site]
