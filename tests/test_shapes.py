"""The captioned world: pictures show what their captions say, and the probe reads it."""

import itertools
import math
import re
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from cfg_lessons import shapes, store
from cfg_lessons.denoisers import NULL
from cfg_lessons.shapes import (
    ATTRIBUTES, BACKGROUNDS, COLOURS, HELD_OUT, PLACES, QUESTIONS, RELATIONS, SHAPES, SIZES,
    adherence, caption, captions, render, rgb, scenes, truth,
)  # fmt: skip

ONE, TWO = scenes(1000, seed=3, two=0.0, held_out=None), scenes(1000, seed=4, two=1.0, held_out=None)
MIXED = scenes(500, seed=5, two=0.5, held_out=None)
AREAS = {"circle": math.pi, "square": (2 * 0.86) ** 2, "triangle": 1.75 * 0.875, "cross": 4 * 0.32 * (2 - 0.32)}
each_kind = pytest.mark.parametrize("kind", [ONE, TWO], ids=["one object", "two objects"])


@pytest.fixture(scope="module")
def probe():
    return store.load("probe")


def ground(world):
    """The colour of each background: [n, 3, 1, 1]."""
    return rgb(BACKGROUNDS)[world.background][..., None, None]


def one(shape="circle", colour="red", size="large", place="in the middle", background="white", geometry=(0, 0, 0.4, 0)):
    """A scene of one object, as told."""
    words = [SHAPES.index(shape), NULL], [list(COLOURS).index(colour), NULL], [SIZES.index(size), NULL]
    where = torch.tensor([[geometry, (0.0, 0, 0, 0)]], dtype=torch.float32)
    numbers = [torch.tensor([word]) for word in words]
    rest = torch.tensor([PLACES.index(place)]), torch.tensor([list(BACKGROUNDS).index(background)])
    return shapes.Scenes(*numbers, *rest, where)


def covered(world, pixels=64):
    """How much of each pixel the only object covers: [n, pixels, pixels], from its colour and the background's."""
    whole = rgb(COLOURS)[world.colour[:, 0]][..., None, None] - ground(world)
    return ((render(world, pixels) - ground(world)) * whole).sum(1) / whole.square().sum(1)


def area(world, pixels=64):
    """The covered area of each image, whose side is 2."""
    return covered(world, pixels).sum((1, 2)) * (2 / pixels) ** 2


# ---- scenes


def test_the_same_seed_gives_the_same_scenes():
    first, again = scenes(50, seed=7), scenes(50, seed=7)
    assert all(getattr(first, name).equal(getattr(again, name)) for name in vars(first))


def test_another_seed_gives_other_scenes():
    assert not scenes(50, seed=7).shape.equal(scenes(50, seed=8).shape)


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_so_many_scenes_hold_two_objects(share):
    two = scenes(4000, seed=1, two=share).two.float().mean().item()
    assert abs(two - share) <= 4 * math.sqrt(share * (1 - share) / 4000)


def objects(world, k):
    """(shape, colour, size) of object k of each scene."""
    return list(zip(world.shape[:, k].tolist(), world.colour[:, k].tolist(), world.size[:, k].tolist()))


@pytest.mark.parametrize("k", [0, 1])
def test_held_out_combinations_never_occur_in_training(k):
    assert not set(objects(scenes(5000, seed=1, two=1.0), k)) & set(HELD_OUT)


def test_all_other_combinations_do():
    assert len(set(objects(scenes(5000, seed=1), 0))) == 4 * 5 * 2 - len(HELD_OUT)


def test_held_out_combinations_always_come_first_when_they_are_asked_for():
    assert set(objects(scenes(500, seed=1, two=0.5, held_out=True), 0)) == set(HELD_OUT)


def test_any_combination_may_occur_where_nothing_is_held_out():
    assert len(set(objects(ONE, 0))) == 4 * 5 * 2


def test_no_word_is_held_out_for_good():
    for column, count in enumerate((4, 5, 2)):
        assert {row[column] for row in objects(scenes(5000, seed=1), 0)} == set(range(count))


def test_a_scene_of_one_object_has_no_second_one():
    assert all((getattr(ONE, name)[:, 1] == NULL).all() for name in ("shape", "colour", "size"))


def test_scenes_can_be_chosen_by_row():
    some = MIXED[[3, 1]]
    assert len(some) == 2 and caption(some, 0) == caption(MIXED, 3) and caption(some, 1) == caption(MIXED, 1)


# ---- pictures


@each_kind
def test_pictures_stay_in_the_range_of_pictures(kind):
    x = render(kind)
    assert x.shape == (1000, 3, 64, 64) and -1 <= x.min() and x.max() <= 1


@each_kind
def test_corners_show_the_background(kind):
    corners = render(kind)[:, :, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners == ground(kind)[..., 0]).all()


def test_an_object_has_its_colour_at_its_centre():
    across, down = ((ONE.geometry[:, 0, :2] + 1) * 32).long().T
    centre = render(ONE)[torch.arange(1000), :, down, across]
    torch.testing.assert_close(centre, rgb(COLOURS)[ONE.colour[:, 0]], rtol=0, atol=1e-6)


def frame(x):
    """The outermost pixels [..., 4 * side] of pictures [..., side, side]."""
    return torch.cat([x[..., 0, :], x[..., -1, :], x[..., 0], x[..., -1]], -1)


def test_no_object_reaches_the_edge_of_its_picture():
    assert frame(covered(ONE)).max() < 0.5  # not even the middle of an outermost pixel


def test_neither_of_two_objects_comes_near_the_edge():
    assert (frame(render(TWO)) == ground(TWO)[..., 0]).all()


def test_two_objects_never_touch():
    first, second = TWO.geometry[:, 0], TWO.geometry[:, 1]
    apart, reach = (first[:, :2] - second[:, :2]).abs().amax(1), first[:, 2] + second[:, 2]
    assert (apart > 1.05 * reach).all()  # a tilted cross reaches farthest: cos 0.2 + 0.32 sin 0.2 = 1.044 radii


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("r", [0.22, 0.46])
def test_each_shape_covers_its_area(shape, r):
    assert area(one(shape, geometry=(0.1, -0.05, r, 0.0))).item() == pytest.approx(AREAS[shape] * r**2, rel=0.01)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("angle", [-0.2, 0.1, math.pi / 2, 1.0])
def test_turning_a_shape_keeps_its_area(shape, angle):
    turned, straight = (area(one(shape, geometry=(0.1, -0.05, 0.4, a))).item() for a in (angle, 0.0))
    assert turned == pytest.approx(straight, rel=0.005)


def test_a_quarter_turn_of_a_triangle_points_to_the_right():
    upright, turned = (covered(one("triangle", geometry=(0, 0, 0.4, a)))[0] for a in (0.0, math.pi / 2))
    torch.testing.assert_close(turned, upright.rot90(-1), rtol=0, atol=1e-5)


def test_a_triangle_points_up():
    rows = covered(one("triangle"))[0].sum(1)
    assert rows[32 + 8] > rows[32] > rows[32 - 8] > 0


def test_large_objects_are_larger_than_small_ones():
    for world, k in ((ONE, 0), (TWO, 0), (TWO, 1)):
        size, r = world.size[:, k], world.geometry[:, k, 2]
        assert r[size == 0].max() < r[size == 1].min()


def test_pixels_are_covered_by_a_share_of_themselves():
    fine = F.avg_pool2d(render(MIXED, 128), 2)
    sharp = render(MIXED, 128)[:, :, ::2, ::2]  # a picture whose pixels are points of a finer one
    off, off_sharp = ((other - render(MIXED)).abs().mean((1, 2, 3)) for other in (fine, sharp))
    assert off.max() < 0.001 and off_sharp.min() > off.max()


@pytest.mark.parametrize("pixels", [16, 64, 128])
def test_a_picture_has_the_size_that_was_asked_for(pixels):
    assert render(MIXED[:2], pixels).shape == (2, 3, pixels, pixels)


def test_a_black_background_is_darker_than_a_white_one():
    dark, light = (render(one(background=name)).mean() for name in ("black", "white"))
    assert dark < -0.5 < 0.3 < light


# ---- sentences

OBJECT = rf"a (?:({'|'.join(SIZES)}) )?(?:({'|'.join(COLOURS)}) )?({'|'.join(SHAPES)}|shape)"
GRAMMAR = re.compile(
    rf"{OBJECT}(?: ({'|'.join(RELATIONS)}|and) {OBJECT})?"
    rf"(?: ({'|'.join(PLACES)}))?(?: on a ({'|'.join(BACKGROUNDS)}) background)?"
)


def parsed(text):
    """What a caption says: [size, colour, shape] of the first, relation, the same of the second, place, background."""
    found = GRAMMAR.fullmatch(text)
    assert found, text
    return list(found.groups())


def expected(world, i, said=ATTRIBUTES):
    """What a caption should say of scene i, read off its numbers."""
    words = []
    for k in (0, 1):
        if world.shape[i, k] == NULL:
            words += [None] * 4
            continue
        size, colour, shape = SIZES[world.size[i, k]], list(COLOURS)[world.colour[i, k]], SHAPES[world.shape[i, k]]
        words += [RELATIONS[world.place[i]] if "place" in said else "and"] if k else []
        words += ["size" in said and size or None, "colour" in said and colour or None]
        words += [shape if "shape" in said else "shape"]
    place = None if world.two[i] or "place" not in said else PLACES[world.place[i]]
    return [*words, place, list(BACKGROUNDS)[world.background[i]] if "background" in said else None]


@each_kind
def test_a_caption_of_everything_names_what_is_there(kind):
    assert all(parsed(caption(kind, i)) == expected(kind, i) for i in range(len(kind)))


COMBINATIONS = [c for n in range(6) for c in itertools.combinations(ATTRIBUTES, n)]


@pytest.mark.parametrize("said", COMBINATIONS, ids=",".join)
def test_a_caption_says_only_what_is_said(said):
    assert all(parsed(caption(MIXED, i, said)) == expected(MIXED, i, said) for i in range(40))


def test_captions_say_each_attribute_with_the_chance_they_are_given():
    texts = captions(scenes(3000, seed=1, two=0.0), chance=0.7)
    for word, share in (("background", 0.7), ("shape", 0.3)):
        said = sum(word in text for text in texts) / 3000
        assert said == pytest.approx(share, abs=4 * math.sqrt(0.21 / 3000))


def test_captions_at_chance_1_say_everything_and_at_0_nothing():
    assert captions(MIXED, chance=1.0) == [caption(MIXED, i) for i in range(500)]
    assert set(captions(MIXED, chance=0.0)) == {"a shape", "a shape and a shape"}


def test_the_same_seed_gives_the_same_captions_and_another_one_others():
    assert captions(MIXED, seed=1) == captions(MIXED, seed=1) != captions(MIXED, seed=2)


def test_every_word_of_every_caption_is_known_and_no_other():
    texts = captions(scenes(3000, seed=1, two=0.5, held_out=None)) + captions(MIXED, chance=0.2)
    assert sorted({word for text in texts for word in text.split()}) == shapes.words()


# ---- truth


@pytest.mark.parametrize("relation, beside, swapped", [
    ("left of", 0, False), ("right of", 0, True), ("above", 1, False), ("below", 1, True),
])  # fmt: skip
def test_of_two_objects_the_left_or_the_upper_one_comes_first(relation, beside, swapped):
    world = TWO[TWO.place == RELATIONS.index(relation)]
    right, first, second = truth(world), *([1, 0] if swapped else [0, 1])
    assert (right["beside"] == beside).all()
    for name in ("shape", "colour", "size"):
        assert right[name].equal(getattr(world, name)[:, first])
        assert right[f"{name} 2"].equal(getattr(world, name)[:, second])
    axis = 1 if beside else 0
    assert (world.geometry[:, first, axis] < world.geometry[:, second, axis]).all()


def test_a_relation_lies_along_the_axis_that_it_names():
    gap = (TWO.geometry[:, 0, :2] - TWO.geometry[:, 1, :2]).abs()
    assert ((gap[:, 1] > gap[:, 0]).long() == truth(TWO)["beside"]).all()


@pytest.mark.parametrize("place, axis, sign", [(0, 0, -1), (1, 0, 1), (2, 1, -1), (3, 1, 1)])
def test_an_object_lies_where_its_place_says(place, axis, sign):
    x = ONE.geometry[ONE.place == place, 0, :2]
    assert (sign * x[:, axis] > x[:, 1 - axis].abs()).all()


def test_questions_that_make_no_sense_have_no_answer():
    alone, pair = truth(ONE), truth(TWO)
    assert all((alone[name] == NULL).all() for name in ("beside", "shape 2", "colour 2", "size 2"))
    assert (pair["place"] == NULL).all()


@each_kind
def test_all_other_questions_have_one_of_their_answers(kind):
    senseless = {"beside", "shape 2", "colour 2", "size 2"} if kind is ONE else {"place"}
    for name, right in truth(kind).items():
        assert name in senseless or set(right.tolist()) == (
            {int(kind is TWO)} if name == "objects" else set(range(QUESTIONS[name]))
        )


# ---- the probe


@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize("two", [0.0, 1.0])
def test_the_probe_reads_pictures_that_it_has_not_seen(probe, two, held_out):
    world = scenes(500, seed=11, two=two, held_out=held_out)
    shares = {name: right.float().mean().item() for name, right in adherence(probe, render(world), world).items()}
    assert min(shares.values()) >= 0.98, shares


@pytest.mark.parametrize("name", ["size", "colour", "shape", "place", "background"])
def test_the_probe_finds_the_one_attribute_that_is_wrong(probe, name):
    world, kinds = scenes(300, seed=12, two=0.0), QUESTIONS[name]
    said = getattr(world, name)
    wrong = replace(world, **{name: torch.where(said == NULL, NULL, (said + 1) % kinds)})
    shares = {key: right.float().mean().item() for key, right in adherence(probe, render(world), wrong).items()}
    assert shares.pop(name) <= 0.02 and min(shares.values()) >= 0.98


def test_pictures_of_other_scenes_do_not_adhere(probe):
    other, world = scenes(500, seed=12, two=0.3, held_out=None), scenes(500, seed=11, two=0.3, held_out=None)
    right = torch.stack(list(adherence(probe, render(other), world).values()))
    assert right.all(0).float().mean() <= 0.02


def test_the_probe_answers_each_question_with_a_number(probe):
    seen = shapes.answers(probe, render(MIXED))
    assert seen.keys() == QUESTIONS.keys()
    assert all(seen[name].equal(right.where(right != NULL, seen[name])) for name, right in truth(MIXED).items())


def test_a_question_that_makes_no_sense_counts_as_answered(probe):
    right = adherence(probe, -torch.ones(len(MIXED), 3, 64, 64), MIXED)
    assert right["place"][MIXED.two].all() and right["shape 2"][~MIXED.two].all() and right["beside"][~MIXED.two].all()


def test_an_image_follows_its_caption_only_if_there_is_nothing_else_in_it(probe):
    world = scenes(200, seed=13, two=0.0, held_out=None)
    beside = scenes(200, seed=14, two=1.0, held_out=None)
    assert shapes.followed(probe, render(world), world)["all"].float().mean() >= 0.98
    right, none = truth(beside), torch.full((200,), NULL)
    first = {name: torch.stack([right[name], none], 1) for name in ("shape", "colour", "size")}
    assert not shapes.followed(probe, render(beside), replace(beside, **first))["all"].any()


def test_what_a_caption_shall_never_say_it_does_not_say():
    said = " ".join(captions(ONE, chance=1.0, never={"place", "size"})).split()
    assert not {"left", "right", "top", "bottom", "middle", "small", "large"} & set(said)
    assert {"red", "circle", "background"} <= set(said)
