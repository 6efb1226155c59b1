"""The README agrees with the notebooks, and what it points to is there."""
import re

from front_page import PICTURES, README, page
from notebook_code import NOTEBOOKS, ROOT

TEXT = README.read_text(encoding="utf-8")


def test_the_lesson_table_is_fresh():
    assert page() == TEXT, "run python tests/front_page.py"


def test_links_and_pictures_are_there():
    targets = re.findall(r"\]\(([^)#]+)\)", TEXT) + re.findall(r'src="([^"]+)"', TEXT)
    local = [target for target in targets if not target.startswith("http")]
    assert len(local) > len(NOTEBOOKS)
    assert [target for target in local if not (ROOT / target).exists()] == []


def test_each_lesson_has_its_own_picture_light_enough_for_a_page():
    for path in NOTEBOOKS:
        assert 2_000 < (PICTURES / f"{path.stem}.png").stat().st_size < 150_000
