"""Every exercise: a stub is "not yet", the folded solution is correct, each known mistake is called by its name."""

import ast
import importlib
import pkgutil
import re

import pytest
import torch
from notebook_code import NOTEBOOKS, code_cells, read, trees

import cfg_lessons.checks
from cfg_lessons.checks import Check, claim
from cfg_lessons.labs import exercises as labs

MODULES = sorted(module.name for module in pkgutil.iter_modules(cfg_lessons.checks.__path__))
LESSONS = [name for name in MODULES if re.fullmatch(r"lesson\d\d", name)]
CHECKS = {
    f"{lesson}.{name}": value
    for lesson in LESSONS
    for name, value in vars(importlib.import_module(f"cfg_lessons.checks.{lesson}")).items()
    if isinstance(value, Check)
}
MISTAKES = [(name, sentence) for name, check in CHECKS.items() for sentence in check.mistakes]


def vocabulary(path):
    """What the code of a notebook can speak of: its imports, definitions and constants; nothing is trained."""
    words = {}
    for cell in code_cells(read(path)):
        exec(compile(labs.vocabulary(cell.source), path.name, "exec"), words)
    return words


EXERCISES = [(path, e.check, e.name) for path in NOTEBOOKS for e in labs.exercises(read(path), path.stem[:2])]


def test_every_check_serves_an_exercise():
    assert {name for _, name, _ in EXERCISES} == set(CHECKS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_all_that_a_lesson_asks_of_its_checks_exists(path):
    nodes = [node for code in trees(path) for node in ast.walk(code) if isinstance(node, ast.Attribute)]
    asked = {node.attr for node in nodes if isinstance(node.value, ast.Name) and node.value.id == "check"}
    checks = importlib.import_module(f"cfg_lessons.checks.lesson{path.stem[:2]}")
    assert asked and asked <= set(vars(checks))


@pytest.mark.parametrize("path, name, function", EXERCISES, ids=[name for _, name, _ in EXERCISES])
def test_stub_is_not_yet_and_solution_is_correct(path, name, function):
    words = vocabulary(path)
    assert CHECKS[name].verdict(words[function]).status == "not yet"
    for code in labs.solutions(read(path)):
        exec(code, words)
    verdict = CHECKS[name].verdict(words[function])
    assert verdict.status == "correct", verdict.sentence


@pytest.mark.parametrize("name, sentence", MISTAKES, ids=[f"{n}-{i}" for i, (n, _) in enumerate(MISTAKES)])
def test_mistake_is_called_by_its_name(name, sentence):
    verdict = CHECKS[name].verdict(CHECKS[name].mistakes[sentence])
    assert (verdict.status, verdict.sentence) == ("named", sentence)


@pytest.mark.parametrize("name", CHECKS)
def test_at_least_three_mistakes_and_three_hints(name):
    assert len(CHECKS[name].mistakes) >= 3
    assert len(CHECKS[name].hints) == 3


def test_what_no_check_foresaw_is_still_answered():
    check = CHECKS["lesson00.between"]
    assert "2 of 3 are missing" in check.verdict(lambda a, b, scale: a[:1]).sentence
    assert "ZeroDivisionError" in check.verdict(lambda a, b, scale: 1 / 0).sentence
    assert "off by up to" in check.verdict(lambda a, b, scale: a + 1).sentence
    near = check.verdict(lambda a, b, scale: a + scale * (b - a) if scale % 1 == 0 else b.sin())
    assert "right for scale 0.0, scale 1.0" in near.sentence and "wrong for scale 0.5" in near.sentence


SHAPES = [], [1], [2], [3], [4], [6], [3, 1], [3, 3], [3, 2], [2, 3], [1, 3], [5, 3, 2]


@pytest.mark.parametrize("mine", SHAPES, ids=str)
@pytest.mark.parametrize("right", [[], [3], [3, 2]], ids=str)
def test_any_shape_in_place_of_any_other_is_answered(mine, right):
    check = Check(lambda shape: torch.ones(shape), right, {}, ["", "", ""])
    verdict = check.verdict(mine)
    assert verdict.status in (("correct",) if mine == right else ("named", "wrong"))
    assert mine == right or f"shape {mine}; expected {right}" in verdict.sentence


def test_hints_are_three(capsys):
    check = CHECKS["lesson00.between"]
    for level in (1, 2, 3):
        check.hint(level)
    assert capsys.readouterr().out.splitlines() == check.hints
    with pytest.raises(ValueError, match="ask for 1, 2 or 3"):
        check.hint(4)


def test_a_claim_that_does_not_hold_stops_the_lesson(capsys):
    claim("one is less than two", 1 < 2)
    assert capsys.readouterr().out == "✓ one is less than two\n"
    with pytest.raises(AssertionError, match="two is less than one"):
        claim("two is less than one", 2 < 1)
