"""For every reader: figures have words, colours stay apart for each kind of eye, and colour never speaks alone.

Colour-blind eyes are simulated twice, after Brettel, Viénot & Mollon (1997) and after Machado, Oliveira & Fernandes
(2009), which only approximates tritanopia. Distances are those of CAM02-UCS. How far apart is far enough? Petroff asks
18 of a palette of eight, for each eye ("Accessible color sequences for data visualization", 2021, arXiv:2107.02270).
"""
import re
from itertools import combinations

import numpy as np
import pytest
import torch
from colorspacious import cspace_convert
from daltonlens.simulate import Deficiency, Simulator_Brettel1997, Simulator_Machado2009
from matplotlib import colormaps
from matplotlib.colors import to_rgb
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_code import NOTEBOOKS, ROOT, caption, code_cells, figures, plain, read

from cfg_lessons import plots

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
METHODS = {"Brettel": Simulator_Brettel1997(), "Machado": Simulator_Machado2009()}
KINDS = {"protanopia": Deficiency.PROTAN, "deuteranopia": Deficiency.DEUTAN, "tritanopia": Deficiency.TRITAN}
EYES = ["normal", *(f"{kind}, {method}" for kind in KINDS for method in METHODS)]
each_eye = pytest.mark.parametrize("eye", EYES)
TOGETHER = [*plots.COLOURS, plots.GREY]
OKABE_ITO = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000", "#9A9A9A"]  # and a grey
FAR = 18
MAPS = {"Oranges", "Blues", "viridis_r", "gray_r"}
READABLE = 4.5  # the contrast that WCAG 2.2 asks of text, level AA


# ---- words

@each_notebook
def test_every_figure_has_a_caption_of_its_own(path):
    notebook = read(path)
    captions = {number: caption(notebook, number) for number in figures(notebook)}
    assert captions and not {number: words for number, words in captions.items() if not 40 <= len(words) <= 600}
    assert len(set(captions.values())) == len(captions), "two figures have the same caption: put one after each"


def lesson(*after):
    figure = new_code_cell(outputs=[new_output("display_data", {"image/png": ""})])
    return new_notebook(cells=[new_markdown_cell("before"), figure, *after])


@pytest.mark.parametrize("after, words", [
    ([new_markdown_cell("*A dot\non a line.*\n\nMore.")], "A dot on a line."),
    ([new_code_cell(), new_markdown_cell("*A dot.*")], "A dot."),
    ([new_code_cell(), new_code_cell(), new_markdown_cell("*Too late.*")], ""),
    ([new_markdown_cell("Upright.\n\n*Second.*")], ""),
    ([new_markdown_cell("*Half* of it.")], ""),
    ([new_markdown_cell("*One* or *two*")], ""),
    ([new_markdown_cell("**Bold.**")], ""),
    ([], ""),
])
def test_a_caption_is_the_first_paragraph_in_italics(after, words):
    notebook = lesson(*after)
    assert figures(notebook) == [1] and caption(notebook, 1) == words


def test_marks_do_not_reach_the_ears():
    assert plain("*The guess $\\hat x_0$ of `cfg` at\n5\\%.*") == "The guess \\hat x_0 of cfg at 5%."


# ---- colours

def seen(colours, eye):
    """Colours as this eye sees them, in CAM02-UCS: lightness, redness, yellowness [n, 3]."""
    rgb = np.round([[255 * part for part in to_rgb(colour)] for colour in colours]).astype(np.uint8)
    if eye != "normal":
        kind, method = eye.split(", ")
        rgb = METHODS[method].simulate_cvd(rgb[None], KINDS[kind], severity=1.0)[0]
    return cspace_convert(rgb, "sRGB255", "CAM02-UCS")


def nearest(colours, eye):
    """The two colours that this eye tells apart least: (distance, colour, colour)."""
    return min((float(np.linalg.norm(a - b)), one, other)
               for (a, one), (b, other) in combinations(zip(seen(colours, eye), colours), 2))


@each_eye
def test_any_two_colours_are_far_apart(eye):
    """Measured: normal 24.7; by both methods protanopia 19.1, 18.2, deuteranopia 18.2, 18.9, tritanopia 18.2, 18.2."""
    assert nearest(TOGETHER, eye)[0] >= FAR


@pytest.mark.parametrize("eye, pair", [("protanopia, Brettel", {"#009E73", "#9A9A9A"}),
                                       ("deuteranopia, Brettel", {"#CC79A7", "#9A9A9A"}),
                                       ("tritanopia, Brettel", {"#E69F00", "#CC79A7"})])
def test_okabe_and_ito_are_not(eye, pair):
    """Why our palette is only nearly theirs: in each kind of blindness two of theirs, or one and a grey, are close."""
    distance, *names = nearest(OKABE_ITO, eye)
    assert distance < 2 / 3 * FAR and set(names) == pair


def gets_darker(shades, eye):
    return (np.diff(seen(shades(np.linspace(0, 1, 10)), eye)[:, 0]) < 0).all()


@each_eye
@pytest.mark.parametrize("name", sorted(MAPS))
def test_a_map_of_heights_gets_darker_all_the_way(name, eye):
    assert gets_darker(colormaps[name], eye) and gets_darker(plots.PAPER, eye)
    assert not gets_darker(colormaps["jet_r"], eye)


def test_no_other_map_is_in_use():
    code = [path.read_text(encoding="utf-8") for path in (ROOT / "cfg_lessons").rglob("*.py")]
    code += [cell.source for path in NOTEBOOKS for cell in code_cells(read(path))]
    assert set(re.findall(r'cmap\W+"(\w+)"', "\n".join(code))) == MAPS


def luminance(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


def contrast(colour):
    """WCAG's ratio of the luminances of white and a colour: from 1 to 21."""
    return 1.05 / (luminance(colour) + 0.05)


def test_the_contrast_of_known_colours():
    assert contrast("black") == pytest.approx(21) and contrast("#767676") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("colour", [plots.COLOURS[0], plots.GREY, "0.4", "black"])
def test_text_can_be_read_on_white(colour):
    """In these colours figures write; orange and sky blue, for one, are for marks alone."""
    assert contrast(colour) >= READABLE


# ---- more than colour

def test_each_label_has_a_mark_of_its_own():
    labels = torch.arange(-1, len(plots.COLOURS))
    ax = plots.scatter(torch.zeros(len(labels), 2), labels, plots.panels("")[0])
    outlines = [path.vertices.round(3).tolist() for path in ax.collections[0].get_paths()]
    assert len(outlines) == len(labels) and all(a != b for a, b in combinations(outlines, 2))
    plots.plt.close("all")


def test_the_mark_of_a_label_is_the_same_in_any_company():
    outlines = {}
    for labels in ([0, 1, 2], [2, 0, -1], [1]):
        ax = plots.scatter(torch.zeros(len(labels), 2), torch.tensor(labels), plots.panels("")[0])
        for label, path in zip(labels, ax.collections[0].get_paths()):
            assert (outlines.setdefault(label, path.vertices) == path.vertices).all()
    plots.plt.close("all")
