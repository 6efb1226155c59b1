"""Pictures and dials: they draw, they follow their controls, and they hide no error."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from PIL import Image

from cfg_lessons import data, plots
from cfg_lessons.sampling import noise
from cfg_lessons.schedules import Cosine
from cfg_lessons.widgets import Dial

WORLD, QUILT = data.triangle(Cosine()), data.quilt(Cosine())
X, Y = WORLD.sample(50)
DIGITS = noise(13, 1, 28, 28)
DRAWINGS = {
    "scatter": lambda ax: plots.scatter(X, Y - 1, ax),
    "scatter without labels": lambda ax: plots.scatter(X, ax=ax),
    "density": lambda ax: plots.density(WORLD, 0.3, 1, ax),
    "density of two attributes": lambda ax: plots.density(QUILT, 0.3, torch.tensor([1, -1]), ax),
    "density of anything": lambda ax: plots.density(QUILT, 0.3, ax=ax),
    "field": lambda ax: plots.field(lambda x: -x, ax),
    "trails": lambda ax: plots.trails(torch.stack([X, X / 2, X / 3]), ax),
    "digits": lambda ax: plots.digits(DIGITS, 5, ax, wrong=torch.arange(13) == 7),
    "losses": lambda ax: plots.losses([1 / (i + 1) for i in range(100)], ax),
}


@pytest.fixture(autouse=True)
def no_figure_is_left_open():
    yield
    plt.close("all")


def picture(ax):
    """The pixels of the figure of an Axes."""
    ax.figure.canvas.draw()
    return np.asarray(ax.figure.canvas.buffer_rgba()).copy()


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_each_function_draws_into_the_axes_it_is_given_and_returns_it(drawing):
    (ax,) = plots.panels("a title")
    empty = picture(ax)
    assert DRAWINGS[drawing](ax) is ax
    assert (picture(ax) != empty).any()


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_each_function_finds_axes_of_its_own(drawing):
    assert DRAWINGS[drawing](None) is plt.gca()


def test_panels_are_as_many_as_their_titles():
    assert [ax.get_title() for ax in plots.panels("one", "two", "three")] == ["one", "two", "three"]


def test_a_sheet_has_an_axes_for_each_row_of_pictures():
    assert len(plots.sheet(DIGITS, DIGITS[:3], titles=["scale 1", "scale 3"], columns=7)) == 2


def test_tiles_lie_in_reading_order():
    x = torch.full((5, 1, 4, 4), -1.0)
    x[3] = 1
    sheet = plots.tile(x, columns=3, gap=2)
    assert sheet.shape == (2 * 6, 3 * 6)
    assert (sheet[6:10, 0:4] == 1).all() and sheet.sum() == 16


def test_null_is_grey_and_labels_have_colours_of_their_own():
    ax = plots.scatter(X[:3], torch.tensor([-1, 0, 1]), plots.panels("")[0])
    ax.figure.canvas.draw()
    colours = [plt.matplotlib.colors.to_hex(colour) for colour in ax.collections[0].get_facecolors()]
    assert colours == [colour.lower() for colour in (plots.GREY, *plots.COLOURS[:2])]


def test_smoothing_takes_means_of_neighbours():
    at, mean = plots.smooth([1.0, 2, 3, 10], 3)
    np.testing.assert_allclose(at, [1, 2])
    np.testing.assert_allclose(mean, [2, 5])


# ---- dials


def draw(ax, scale=1.0, label=0):
    if label == 13:
        raise ZeroDivisionError("an unlucky label")
    ax.set_title(f"{scale} {label}")
    ax.plot([0, scale], [label, 0])


@pytest.fixture
def dial():
    return Dial(draw, scale=(0.0, 5.0, 0.5), label=[0, 7, 9])


def pixels(dial):
    return np.asarray(Image.open(io.BytesIO(bytes(dial.image.value))))


def test_a_dial_starts_with_a_picture_of_its_defaults(dial):
    assert (dial.controls["scale"].value, dial.controls["label"].value) == (1.0, 0)
    assert dial.axes[0].get_title() == "1.0 0" and pixels(dial).std() > 0


@pytest.mark.parametrize("control, value, title", [("scale", 4.5, "4.5 0"), ("label", 7, "1.0 7")])
def test_turning_a_control_changes_the_picture_and_turning_back_restores_it(dial, control, value, title):
    before, start = pixels(dial), dial.controls[control].value
    dial.controls[control].value = value
    assert dial.axes[0].get_title() == title and (pixels(dial) != before).any()
    dial.controls[control].value = start
    assert (pixels(dial) == before).all()


def test_a_dial_goes_to_all_of_its_ends_and_back():
    asked = []

    def note(ax, scale=1.0, label=0):
        asked.append((scale, label))

    assert Dial(note, scale=(0.0, 5.0), label=[0, 7, 9]).ends() is True
    assert {(0.0, 0), (5.0, 0), (1.0, 9)} <= set(asked) and asked[-1] == (1.0, 0)


def test_a_dial_with_columns_hands_over_a_list_of_axes():
    def pair(axes, n=2):
        for ax in axes:
            ax.plot(range(n))

    dial = Dial(pair, columns=2, n=(2, 5))
    assert len(dial.axes) == 2 and dial.ends() is True


def test_an_error_while_drawing_surfaces(dial):
    with pytest.raises(ZeroDivisionError, match="unlucky"):
        Dial(draw, label=[0, 13]).ends()
    with pytest.raises(ZeroDivisionError, match="unlucky"):
        Dial(lambda ax, n=13: draw(ax, label=n), n=(0, 13))
