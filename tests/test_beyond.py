"""The worlds of lesson 11, and that guidance does not know them: the five central files as they were."""
import ast
import sys

import pytest
import torch
from notebook_code import ROOT, definitions, trees

from cfg_lessons.beyond import audio, molecules, motion, solids, video
from cfg_lessons.denoisers import NULL
from cfg_lessons.guidance import cfg, compose, negative
from cfg_lessons.sampling import noise, sample
from cfg_lessons.schedules import Straight

WORLDS = {world.__name__.rpartition(".")[2]: world for world in (audio, molecules, motion, solids, video)}
SHAPES = {"audio": (1024,), "molecules": (49,), "motion": (2, 32), "solids": (96, 3), "video": (8, 16, 16)}
FIVE = ("schedules", "denoisers", "training", "guidance", "sampling")
LESSON = ROOT / "notebooks" / "11_beyond_images.ipynb"

each_world = pytest.mark.parametrize("name", sorted(WORLDS))


# ---- data and probes

@each_world
def test_samples_are_what_they_say(name):
    x, y = WORLDS[name].samples(400, seed=3)
    labels = WORLDS[name].LABELS
    assert x.shape == (400, *SHAPES[name]) and x.isfinite().all() and 0.3 < x.std() < 1.2
    assert y.shape == (400, len(labels)) and y.dtype == torch.long
    for column, names in zip(y.T, labels.values()):
        assert set(column.tolist()) == set(range(len(names)))


@each_world
def test_the_same_seed_gives_the_same_samples(name):
    one, again, other = (WORLDS[name].samples(50, seed=seed) for seed in (4, 4, 5))
    assert one[0].equal(again[0]) and one[1].equal(again[1])
    assert not one[0].equal(other[0])


@pytest.mark.parametrize("name, least", [("audio", 0.99), ("molecules", 1), ("motion", 0.99), ("solids", 0.97)])
def test_the_probe_reads_true_data(name, least):
    x, y = WORLDS[name].samples(300, seed=6)
    assert (WORLDS[name].read(x) == y).all(1).float().mean() >= least


def test_the_probe_of_clips_reads_true_ones():
    """Digits of 10 by 10 pixels are hard to tell; directions are not."""
    x, y = video.samples(400, seed=6)
    right = (video.read(x) == y).float().mean(0)
    assert right[0] > 0.8 and right[1] == 1


@pytest.mark.parametrize("name", ["audio", "motion", "solids", "video"])
def test_noise_is_further_away_than_data(name):
    world = WORLDS[name]
    x, _ = world.samples(100, seed=7)
    assert world.away(noise(100, *SHAPES[name])).mean() > 1.5 * world.away(x).mean()


def test_probes_know_what_does_not_change_the_label():
    x, y = solids.samples(60, seed=8)
    order = torch.randperm(96, generator=torch.Generator().manual_seed(0))
    turned = solids.turned(x[:, order], torch.full((60,), 1.0))
    assert solids.read(turned).equal(solids.read(x))
    notes, y = audio.samples(60, seed=8)
    assert audio.read(0.3 * notes).equal(audio.read(notes))


def test_clips_glide_the_way_they_are_labelled():
    x, y = video.samples(200, seed=9)
    place = torch.arange(16.0)
    mass = x.sum((2, 3))
    down = (x.sum(3) * place).sum(2) / mass
    right = (x.sum(2) * place).sum(2) / mass
    moves = torch.stack([right[:, -1] - right[:, 0], down[:, -1] - down[:, 0]], 1)
    wanted = torch.tensor([[6, 0], [-6, 0], [0, 6], [0, -6]])[y[:, 1]]
    assert torch.allclose(moves, wanted.float(), atol=1e-3)


# ---- molecules, and what a chemistry library says of them

def test_vectors_are_molecules_and_back():
    x, _ = molecules.samples(200, seed=10)
    assert molecules.encode(*molecules.decode(x)).equal(x)
    assert molecules.decode(x + 0.3 * torch.tanh(noise(200, 49)))[1].equal(molecules.decode(x)[1])


def test_what_is_no_molecule_is_not_valid():
    atoms = torch.zeros(3, 7, dtype=torch.long)
    bonds = torch.zeros(3, 7, 7, dtype=torch.long)
    for k in range(6):
        bonds[:, k, k + 1] = bonds[:, k + 1, k] = 1
    atoms[1, 3] = 3  # fluorine in the middle of a chain
    bonds[2, 3, 4] = bonds[2, 4, 3] = 0  # two pieces
    assert molecules.valid(molecules.encode(atoms, bonds)).tolist() == [True, False, False]


def test_rdkit_agrees():
    chem = pytest.importorskip("rdkit.Chem")
    from rdkit.Chem.rdMolDescriptors import CalcTPSA

    x, y = molecules.samples(300, seed=11)
    texts = molecules.smiles(x)
    assert molecules.valid(x).all() and all(text and "." not in text for text in texts)
    drawn = [chem.MolFromSmiles(text) for text in texts]
    areas = torch.tensor([CalcTPSA(molecule) for molecule in drawn])
    assert ((areas - molecules.polar_area(x)).abs() < 0.1).float().mean() > 0.97  # not in aromatic rings
    assert y[:, 1].tolist() == [int(molecule.GetRingInfo().NumRings() > 0) for molecule in drawn]
    broken = x.clone()
    broken[:, 28:] = 2 * (2 - molecules.MIDDLE[28:])  # double bonds everywhere
    assert molecules.smiles(broken) == [None] * 300 and not molecules.valid(broken).any()


def test_a_machine_on_which_rdkit_cannot_draw_says_so(monkeypatch, capsys):
    pytest.importorskip("rdkit.Chem")
    x = molecules.samples(5, seed=1)[0]
    monkeypatch.setitem(sys.modules, "rdkit.Chem.Draw", None)
    assert molecules.picture(x) is None
    assert capsys.readouterr().out.startswith("RDKit cannot draw on this machine: ")


def test_pictures_and_players():
    for world in (motion, solids, audio):
        axes = world.picture(world.samples(3, seed=1)[0], titles=["a", "b", "c"])
        assert [ax.get_title() for ax in axes] == ["a", "b", "c"]
    assert len(video.picture(video.samples(2, seed=1)[0], titles=["a", "b"])) == 2
    moving = video.play(video.samples(6, seed=1)[0], "six clips", columns=3).data
    assert 'alt="six clips"' in moving and "image/gif" in moving
    sound = audio.play(audio.samples(2, seed=1)[0])
    assert sound.data[:4] == b"RIFF" and len(sound.data) == 44 + 2 * 2 * 2 * 1024  # a header, two bytes, twice the rate


# ---- guidance does not know what it guides

def toy(x, t, y):
    """A denoiser of any data, whose answer depends on both labels."""
    return x * (1 + t) + (y.to(x) @ torch.tensor([0.3, 0.7])).reshape(-1, *[1] * (x.ndim - 1))


@each_world
def test_guidance_is_the_same_formula_for_any_shape(name):
    x, y = noise(4, *SHAPES[name]), WORLDS[name].samples(4, seed=2)[1]
    null, other = torch.full_like(y, NULL), torch.zeros_like(y)
    c, u, w = toy(x, 0.5, y), toy(x, 0.5, null), toy(x, 0.5, other)
    assert torch.allclose(cfg(toy, 3.0)(x, 0.5, y), u + 3 * (c - u), atol=1e-5)
    assert torch.allclose(negative(toy, torch.tensor([0, NULL]), 1.0)(x, 0.5, null), u, atol=1e-5)
    assert torch.allclose(compose(toy, [y, other], [2.0, -1.0])(x, 0.5, y), u + 2 * (c - u) - (w - u), atol=1e-5)
    assert sample(cfg(toy, torch.tensor([1.0, 2, 3, 4])), Straight(), x, y, steps=2).shape == x.shape


@pytest.mark.parametrize("part", FIVE)
def test_the_five_files_know_of_no_modality(part):
    """Their text speaks of none; and lesson 11 defines nothing of what they define."""
    text = (ROOT / "cfg_lessons" / f"{part}.py").read_text(encoding="utf-8")
    assert not {name for name in [*WORLDS, "beyond"] if name in text}
    taught = set(definitions(ast.parse(text)))
    assert not taught & {name for tree in trees(LESSON) for name in definitions(tree)}


def test_lesson_11_guides_by_what_earlier_lessons_taught():
    imported = {}
    for tree in trees(LESSON):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cfg_lessons."):
                imported |= {alias.name: node.module for alias in node.names}
    for name, module in {"cfg": "guidance", "negative": "guidance", "compose": "guidance", "sample": "sampling",
                         "drop_labels": "training", "denoising_loss": "training", "fit": "training"}.items():
        assert imported[name] == f"cfg_lessons.{module}"


def test_its_networks_are_short():
    """Layer and a network together: at most 40 lines."""
    sizes = {}
    for tree in trees(LESSON):
        for name, node in definitions(tree).items():
            if isinstance(node, ast.ClassDef):
                sizes[name] = node.end_lineno - node.lineno + 1
    assert sizes.keys() == {"Layer", "VectorNet", "CloudNet"}
    assert max(sizes["VectorNet"], sizes["CloudNet"]) + sizes["Layer"] <= 40
