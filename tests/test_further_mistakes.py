"""Mistakes that somebody else thought of: none passes, and each gets a sentence that says what is wrong.

Lists of them stand in further_mistakes_*.py.
"""

from importlib import import_module
from pathlib import Path

import pytest
from mistaken import MISTAKES

from cfg_lessons.checks import Verdict, by_name

for path in sorted(Path(__file__).parent.glob("further_mistakes_*.py")):
    import_module(path.stem)


def blind_spot(verdict: Verdict, telling: str) -> str:
    """What a verdict on a mistake lacks; "" if it is named in the words that tell it."""
    if verdict.status != "named":
        return f"{verdict.status}: {verdict.sentence}"
    return "" if telling in verdict.sentence else f"{telling!r} is not in: {verdict.sentence}"


@pytest.mark.parametrize("check, telling, words, function", MISTAKES,
                         ids=[f"{one[0]}-{i}" for i, one in enumerate(MISTAKES)])
def test_it_is_named(check, telling, words, function):
    assert not blind_spot(by_name(check).verdict(function), telling), words


def test_there_are_lists():
    assert len(MISTAKES) >= 100


def test_a_blind_spot_is_seen():
    check = by_name("lesson00.between")
    assert blind_spot(check.verdict(check.solution), "").startswith("correct")
    assert blind_spot(check.verdict(lambda a, b, scale: a + scale * b.cos()), "").startswith("wrong")
    assert blind_spot(check.verdict(lambda a, b, scale: a + scale * b), "clamp").startswith("'clamp' is not in")
    assert not blind_spot(check.verdict(lambda a, b, scale: a + scale * b), "scale * b")
