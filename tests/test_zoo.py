"""The zoo: each bug is called by its name, the healthy pass, and nothing on a cage gives the diagnosis away."""

import re

import pytest
import torch

from cfg_lessons import zoo
from cfg_lessons.checks import Check, ask_as, asked_as, by_name, lesson13, number_of
from cfg_lessons.checks.lesson13_detect_cfg import OF_CFGS
from cfg_lessons.checks.lesson13_detect_drop import OF_DROPPINGS, sound_drop
from cfg_lessons.checks.lesson13_diagnosis import CAUSES, CONFUSED, key, look_again
from cfg_lessons.checks.panels import CFGS, DROPPINGS, causes
from cfg_lessons.checks.worlds import believed, world

NAMES = ("", "ada", "bob")
ILL = [one for one in zoo.SPECIMENS if CAUSES[one.function.__name__] != "healthy"]
HEALTHY = [one for one in zoo.SPECIMENS if one not in ILL]
VALUES = ("diagnosis", "push", "belief", "mean")
FUNCTIONS = ("detect_drop", "detect_cfg", "loop", "pinned")


def label(specimen):
    return specimen.function.__name__


@pytest.fixture(autouse=True)
def nobody():
    yield
    ask_as()


@pytest.fixture(params=NAMES, ids=["nobody", *NAMES[1:]])
def name(request):
    ask_as(request.param)
    return request.param


# ---- the specimens

def test_there_are_enough():
    assert len(ILL) >= 15 and len(HEALTHY) >= 3
    assert len({label(one) for one in zoo.SPECIMENS}) == len(zoo.SPECIMENS)


@pytest.mark.parametrize("one", ILL, ids=label)
def test_a_bug_is_called_by_its_name(one, name):
    verdict = by_name(one.check).verdict(one.function)
    assert verdict.status == "named", verdict.sentence


@pytest.mark.parametrize("one", HEALTHY, ids=label)
def test_the_healthy_are_correct(one, name):
    verdict = by_name(one.check).verdict(one.function)
    assert verdict.status == "correct", verdict.sentence


def test_no_two_bugs_of_an_exercise_get_the_same_sentence():
    named = [(one.check, by_name(one.check).verdict(one.function).sentence) for one in ILL]
    assert len(set(named)) == len(named)


@pytest.mark.parametrize("one", ILL, ids=label)
def test_a_bug_exists_once(one):
    assert one.function in by_name(one.check).mistakes.values()


@pytest.mark.parametrize("one", zoo.SPECIMENS, ids=label)
def test_a_specimen_is_short_and_says_what_it_claims(one):
    text = zoo.source(one)
    assert text.startswith(f"def {label(one)}(") and "#" not in text
    assert 3 <= len(text.splitlines()) <= 20
    assert one.function.__doc__ and one.function.__doc__[-1] == "."


def kin(one):
    return [other for other in zoo.SPECIMENS if other.check == one.check]


@pytest.mark.parametrize("one", zoo.SPECIMENS, ids=label)
def test_neither_name_nor_docstring_gives_the_diagnosis_away(one):
    what, letter = label(one).rsplit("_", 1)
    assert (what, letter) == (label(kin(one)[0]).rsplit("_", 1)[0], "abcdefgh"[kin(one).index(one)])
    assert one.function.__doc__ == kin(one)[0].function.__doc__  # the ill claim what the healthy claim
    cause = CAUSES[label(one)]
    assert not set(what.split("_")) & set(re.findall(r"\w{3,}", cause.lower())) and cause not in one.function.__doc__


# ---- the wards

@pytest.mark.parametrize("seed", range(20))
def test_a_ward_holds_unlike_specimens_and_at_least_two_healthy(seed):
    ward = zoo.ward(seed)
    assert list(ward) == list(range(1, 11)) and len({label(one) for one in ward.values()}) == 10
    healthy = [one for one in ward.values() if one in HEALTHY]
    assert 2 <= len(healthy) <= 5


def test_a_ward_depends_on_the_name_alone():
    one, again, other = (zoo.ward(number_of(name)) for name in ("ada", "ada", "bob"))
    assert one == again and one != other
    assert zoo.ward(number_of("")) == zoo.ward()


def test_every_specimen_is_shown_to_somebody():
    assert {one for seed in range(30) for one in zoo.ward(seed).values()} == set(zoo.SPECIMENS)


@pytest.mark.parametrize("size", [7, 100])
def test_a_ward_that_cannot_be_is_refused(size):
    with pytest.raises(ValueError, match="expected 8 to"):
        zoo.ward(size=size)


# ---- the diagnosis

def verdict(changes=()):
    """The verdict on a right diagnosis with some changes."""
    return lesson13.diagnosis.verdict(key(zoo.ward(number_of(asked_as()))) | dict(changes))


def test_causes_are_those_of_the_specimens():
    assert {label(one) for one in zoo.SPECIMENS} == set(CAUSES)
    assert causes() == sorted(set(CAUSES.values()))
    assert all(list(pair) == sorted(pair) and set(pair) <= set(causes()) for pair in CONFUSED)


def test_the_right_diagnosis_is_correct(name):
    assert verdict().status == "correct"


@pytest.mark.parametrize("number", range(1, 11))
def test_the_first_wrong_number_is_told_but_not_its_cause(number, name):
    true = key(zoo.ward(number_of(name)))
    for said in causes():
        found = verdict({number: said, **{later: None for later in range(number + 1, 11)}})
        if said != true[number]:
            assert found.status == "named" and f"specimen {number} again" in found.sentence
            assert true[number] == "healthy" or true[number] not in found.sentence


def test_an_unfinished_diagnosis_is_judged_as_far_as_it_goes():
    assert "Specimen 4 has no diagnosis yet" in verdict({4: None, 9: None}).sentence


def test_who_are_easily_confused_are_told_apart():
    ward = {n: one for n, one in enumerate(zoo.SPECIMENS, 1)}
    true = key(ward)
    for first, second in CONFUSED:
        number = next(n for n, cause in true.items() if cause == first)
        right = torch.tensor([float(causes().index(cause)) for cause in true.values()])
        mine = right.clone()
        mine[number - 1] = causes().index(second)
        assert "you are near" in look_again([mine], [right])


@pytest.mark.parametrize("changes, sentence", [
    ({11: "healthy"}, "there is no specimen 11: they are numbered from 1 to 10"),
    ({3: "flu"}, "'flu' is no cause: write one of causes()"),
])
def test_what_is_no_number_or_no_cause_is_refused(changes, sentence):
    found = verdict(changes)
    assert found.status == "stopped" and sentence in found.sentence


# ---- stubs, and those who answer for another

@pytest.mark.parametrize("exercise", VALUES)
def test_a_value_that_is_none_is_not_yet(exercise):
    assert getattr(lesson13, exercise).verdict(None).status == "not yet"


@pytest.mark.parametrize("exercise", FUNCTIONS)
def test_a_function_that_is_not_written_is_not_yet(exercise):
    assert getattr(lesson13, exercise).verdict(lambda *given: None).status == "not yet"


@pytest.mark.parametrize("exercise", VALUES[1:])
def test_three_decimals_are_enough_in_any_form(exercise, name):
    check = getattr(lesson13, exercise)
    exact = torch.as_tensor(check.solution(world(name))).double()
    rounded = exact.flatten().round(decimals=3)
    for form in (exact, rounded, rounded.numpy(), tuple(rounded.tolist()), [rounded.tolist()]):
        assert check.verdict(form).status == "correct"
    assert check.verdict([1.0] * 5).status == "stopped"


@pytest.mark.parametrize("exercise", VALUES[1:])
def test_the_answer_of_the_course_is_not_that_of_ada(exercise):
    check = getattr(lesson13, exercise)
    theirs = check.solution(world())
    assert check.verdict(theirs).status == "correct"
    ask_as("ada")
    assert "course's own world" in check.verdict(theirs).sentence


def test_the_ward_of_the_course_is_not_that_of_ada():
    ask_as("ada")
    assert "course's own ward" in lesson13.diagnosis.verdict(key(zoo.ward())).sentence


def test_a_world_belongs_to_a_name():
    one, again, other = world("ada"), world("ada"), world("bob")
    assert one.x.equal(again.x) and one.mixture.means.equal(again.mixture.means)
    assert not one.mixture.means.equal(other.mixture.means)
    for i in range(50):
        some = world(str(i))
        assert some.label != some.unwanted and 0.3 < believed(some) < 0.8


# ---- the panels

PANELS = {"detect_drop": (DROPPINGS, OF_DROPPINGS), "detect_cfg": (CFGS, OF_CFGS)}


@pytest.mark.parametrize("exercise", PANELS)
def test_the_solution_finds_the_sick_and_only_them(exercise, name):
    check, (panel, sick) = getattr(lesson13, exercise), PANELS[exercise]
    assert [bool(said) for said in check.results(check.solution)[0]] == [i not in sick for i in range(len(panel))]


@pytest.mark.parametrize("exercise", PANELS)
@pytest.mark.parametrize("always", [True, False])
def test_a_test_that_looks_at_nothing_is_named(exercise, always):
    assert "whatever it is shown" in getattr(lesson13, exercise).verdict(lambda one: always).sentence


@pytest.mark.parametrize("exercise", PANELS)
def test_each_misjudgement_is_explained(exercise):
    check, (panel, sick) = getattr(lesson13, exercise), PANELS[exercise]
    for i, member in enumerate(panel):
        found = check.verdict(lambda one: check.solution(one) if one is not member else not check.solution(one))
        assert found.status == "named" and (sick[i] if i in sick else "rejects a right") in found.sentence


def test_a_failed_assertion_says_no():
    def test(drop):
        assert sound_drop(drop)
        return True

    assert lesson13.detect_drop.verdict(test).status == "correct"


# ---- explanations

def test_an_explanation_comes_after_the_mistakes():
    def explain(mine, right):
        return "a bit too much" if mine[0] > right[0] else None

    check = Check(lambda value: torch.tensor(value), 1.0, {"two": 2.0}, ["", "", ""], explain=explain)
    assert [check.verdict(value).status for value in (1.0, 2.0, 3.0, 0.5)] == ["correct", "named", "named", "wrong"]
    assert [check.verdict(value).sentence for value in (2.0, 3.0)] == ["two", "a bit too much"]
