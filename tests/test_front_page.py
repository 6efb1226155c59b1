"""The front page agrees with the notebooks and the model, and what the pages of the repository point to is there."""
import re

import environment
import numpy as np
import pytest
from front_page import DIAL, PICTURES, README, SCALES, STEP, dial_frame, page, three_rows
from notebook_code import NOTEBOOKS, ROOT
from PIL import Image, ImageSequence

from cfg_lessons import store
from cfg_lessons.labs import address

COURSE = environment.pyproject()["tool"]["course"]
OURS = "https://github.com/{repository}/blob/{branch}/".format(**COURSE)
PAGES = sorted({path for kind in address.FILES for path in ROOT.glob(kind) if path.suffix in (".md", ".yml", ".cff")})


def test_the_lesson_table_is_fresh():
    assert page() == README.read_text(encoding="utf-8"), "run python tests/front_page.py"


# ---- links

def anchors(text):
    """What stands behind # in links to the headings of a page, as GitHub writes it."""
    headings = re.findall(r"^#+ (.+)$", text, flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead(path, text):
    """The links of a page to files or headings of this repository that are not there."""
    for target in re.findall(r'(?:\]\(|src="|href="|url: )([^)"\s]+)', text):
        file, _, anchor = target.removeprefix(OURS).partition("#")
        there = (ROOT if target.startswith(OURS) else path.parent) / file if file else path
        if file.startswith(("http:", "https:", "mailto:")):
            continue
        if not there.exists() or anchor and anchor not in anchors(there.read_text(encoding="utf-8")):
            yield target


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_page_points_to_is_there(path):
    assert list(dead(path, path.read_text(encoding="utf-8"))) == []


def test_a_dead_link_is_noticed():
    text = f'[a](x.md) [b](data) ![c](x.png) [d](#start) [e](#end) <img src="x.gif"> [f]({OURS}course.py#L1) ' \
           f"[g]({OURS}x.py) [h](https://example.org/x.md) [i](docs/INSTRUCTORS.md#2-plans) [j](data/README.md#plans)"
    assert list(dead(README, text + "\n## Start\n")) == [
        "x.md", "x.png", "#end", "x.gif", f"{OURS}course.py#L1", f"{OURS}x.py", "data/README.md#plans"]


def test_every_lesson_is_linked_from_the_front_page():
    text = README.read_text(encoding="utf-8")
    assert [path.name for path in NOTEBOOKS if f"(notebooks/{path.name})" not in text] == []


@pytest.mark.parametrize("name, stated", [
    ("CITATION.cff", r"^version: (\S+)$"),
    ("CHANGELOG.md", r"\A(?s:.*?)^## (\d\S+) - \d{4}-\d\d-\d\d$"),
    ("README.md", r"version(?:\s+=\s+\{| )(\d[^},]*)"),
])
def test_the_version_is_that_of_the_package(name, stated):
    found = re.findall(stated, (ROOT / name).read_text(encoding="utf-8"), flags=re.M)
    assert set(found) == {environment.pyproject()["project"]["version"]}


# ---- pictures

def test_each_lesson_has_its_own_picture_light_enough_for_a_page():
    for path in NOTEBOOKS:
        assert 2_000 < (PICTURES / f"{path.stem}.png").stat().st_size < 150_000


@pytest.fixture(scope="module")
def film():
    """The frames of the animation, as numbers, and how long each stays."""
    with Image.open(DIAL) as image:
        return [(np.asarray(frame.convert("RGB"), float), frame.info["duration"])
                for frame in ImageSequence.Iterator(image)]


def test_the_animation_is_light_and_calm_and_goes_there_and_back(film):
    frames, times = zip(*film)
    assert DIAL.stat().st_size < 600_000
    assert min(times) == STEP >= 250 and times[0] == times[len(SCALES) - 1] >= 2000
    assert all(np.abs(one - other).mean() > 0.1 for one, other in zip(frames, frames[1:]))
    assert all(np.array_equal(one, other) for one, other in zip(frames[1:], frames[:0:-1], strict=True))


@pytest.fixture(scope="module")
def digits():
    """{scale: what the model draws there, what was asked for}"""
    model = store.load("mnist_cfg")
    return {scale: three_rows(model, scale) for scale in (0, 2, 8)}


def test_the_animation_is_what_the_model_draws(film, digits):
    for scale, (drawn, _) in digits.items():
        again = np.asarray(dial_frame(drawn, scale).convert("RGB"), float)
        gap = np.abs(again - film[SCALES.index(scale)][0])
        gap[315:] = gap[270:, :170] = 0  # letters, which differ between versions of Matplotlib
        assert gap.mean() < 0.1


def test_the_caption_of_the_animation_is_true(digits):
    judge = store.load("judge")
    granted = {scale: (judge(drawn).argmax(1) == asked).sum().item() for scale, (drawn, asked) in digits.items()}
    apart = {scale: drawn.clamp(-1, 1).reshape(3, 10, -1).std(0).mean() for scale, (drawn, _) in digits.items()}
    assert granted[0] <= 6 and granted[2] == 30
    assert apart[0] > 1.2 * apart[2] > 1.2 * 1.2 * apart[8]
