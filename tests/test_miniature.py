"""The miniature Stable Diffusion: its training can be interrupted, and what is shipped does as it is told."""

import json
import math
from dataclasses import replace
from functools import partial

import pytest
import torch
import torch.nn.functional as F

from cfg_lessons import shapes, store, text2image
from cfg_lessons.denoisers import NULL
from cfg_lessons.editing import img2img, inpainting, to_cells
from cfg_lessons.guidance import cfg
from cfg_lessons.miniature import stages
from cfg_lessons.sampling import noise, sample
from cfg_lessons.shapes import adherence, captions, render, scenes

SHORT = dict.fromkeys(stages.STEPS, 2)
train = partial(stages.train, steps=SHORT)


def files(folder):
    """{path inside the folder: content} of all files."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


# ---- the training


@pytest.fixture(scope="module")
def quick():
    """Make short work of what takes long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "SCENES", 64)
        patch.setattr(stages, "fit", partial(stages.fit, every=1))  # keeps, and looks at, each step
        patch.setattr(stages, "reached", partial(stages.reached, n=4))
        yield


@pytest.fixture(scope="module")
def made(quick, tmp_path_factory):
    """A miniature after two steps of each part, alone in its folder."""
    out = tmp_path_factory.mktemp("made") / "miniature"
    train(out)
    return out


@pytest.fixture
def interrupted(quick, tmp_path, monkeypatch):
    """A folder whose training was stopped after one step of the U-Net; what was there before is a note."""
    out, whole, steps = tmp_path / "miniature", stages.unet_loss, []

    def stopped(*args):
        if steps:
            raise KeyboardInterrupt
        steps.append(1)
        return whole(*args)

    out.mkdir()
    (out / "note.txt").write_text("from before")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(stages, "unet_loss", stopped)
        train(out)
    return out


def test_the_training_writes_a_whole_pipeline(made):
    assert (made / "model_index.json").exists()
    assert text2image.paint(text2image.load(made), ["a red circle"], steps=1).isfinite().all()


def test_an_interrupted_training_keeps_its_log(interrupted):
    train(interrupted)
    log = json.loads((interrupted / "training.json").read_text())
    assert [step for step, *_ in log["unet"]["gap"]] == [1, 2] and log["unet"]["steps"] == 2


def test_the_training_leaves_nothing_else_behind(made):
    assert list(made.parent.iterdir()) == [made]


def test_the_log_tells_of_each_part(made):
    log = json.loads((made / "training.json").read_text())
    assert set(log) == {*SHORT, "reached"}
    assert all(log[part]["steps"] == 2 and len(log[part]["loss"]) == 2 for part in SHORT)


def test_the_folder_holds_weights_and_words_and_no_code(made):
    assert {file.rsplit(".", 1)[1] for file in files(made)} == {"safetensors", "json"}


def test_everybody_may_read_it(made):
    assert all(file.stat().st_mode & 0o444 == 0o444 for file in [made, *made.rglob("*")])


def test_the_latents_have_spread_1(made):
    pipe, x = text2image.load(made), render(scenes(200, seed=1, held_out=None))
    assert text2image.to_latents(pipe, x).std().item() == pytest.approx(1, rel=0.1)  # measured on 500 others


def test_an_interrupted_training_leaves_the_folder_that_was_there(interrupted):
    assert files(interrupted) == {"note.txt": b"from before"}


def test_the_next_call_goes_on_and_ends_as_if_nothing_had_happened(interrupted, made, monkeypatch):
    def again(*args):
        raise AssertionError("what was finished is trained again")

    monkeypatch.setattr(stages, "vae_loss", again)
    monkeypatch.setattr(stages, "matching_loss", again)
    train(interrupted)
    ours, whole = files(interrupted), files(made)
    assert list(interrupted.parent.iterdir()) == [interrupted] and ours.keys() == whole.keys()
    differ = {file for file in ours if ours[file] != whole[file]}
    assert differ <= {"training.json"}  # it tells how long each part took


def test_what_another_try_left_is_not_taken_for_finished(quick, tmp_path, monkeypatch):
    asked, loss = [], stages.vae_loss

    def counted(*args):
        asked.append(1)
        return loss(*args)

    def stop(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(stages, "vae_loss", counted)
    monkeypatch.setattr(stages, "matching_loss", stop)
    for steps in (2, 3):
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / "miniature", steps=SHORT | {"vae": steps})
    assert len(asked) == 2 + 3


def test_a_try_needs_a_folder_of_its_own(quick, tmp_path, monkeypatch):
    (tmp_path / "miniature").mkdir()
    monkeypatch.setattr(store, "data_home", lambda: tmp_path)
    with pytest.raises(ValueError, match="folder of its own"):
        train()


# ---- what is shipped


@pytest.fixture(scope="module")
def pipe():
    return text2image.load()


@pytest.fixture(scope="module")
def probe():
    return store.load("probe")


@pytest.fixture(scope="module")
def log():
    return json.loads((store.data_home() / "miniature" / "training.json").read_text())


@pytest.fixture(scope="module")
def followed(pipe, probe):
    """{scale: {attribute: bool [500]}}: what came out right of 500 prompts of one object, half of them held out."""
    worlds = [scenes(250, seed=8, two=0.0, held_out=held_out) for held_out in (False, True)]
    found = {}
    for scale in (1.0, 3.0):
        right = [shapes.followed(probe, text2image.paint(pipe, captions(w, chance=1.0), scale), w) for w in worlds]
        found[scale] = {name: torch.cat([part[name] for part in right]) for name in right[0]}
    return found


def share(answers):
    return answers.float().mean().item()


def test_the_shipped_folder_is_small_and_holds_weights_and_words_only():
    shipped = files(store.data_home() / "miniature")
    assert sum(map(len, shipped.values())) <= 16 * 2**20
    assert {file.rsplit(".", 1)[1] for file in shipped} == {"safetensors", "json"}


def test_everybody_may_read_what_is_shipped():
    folder = store.data_home() / "miniature"
    assert all(file.stat().st_mode & 0o444 == 0o444 for file in [folder, *folder.rglob("*")])


def test_the_shipped_log_is_that_of_a_full_training(log):
    assert {part: log[part]["steps"] for part in stages.STEPS} == stages.STEPS


def test_each_part_learned_something(log):
    assert all(log[part]["loss"][-1] < 0.9 * log[part]["loss"][0] for part in stages.STEPS)


def test_each_part_was_good_enough_for_the_next(log):
    assert log["vae"]["probe_reads"]["shape"] >= 0.97
    assert min(log["text_encoder"]["readable"].values()) >= 0.99
    assert min(log["text_encoder"]["zero_shot"].values()) >= 0.95


def test_images_survive_the_latents(pipe, probe):
    world = scenes(500, seed=9, two=0.3, held_out=None)
    again = text2image.to_images(pipe, text2image.to_latents(pipe, render(world)))
    shares = {name: share(right) for name, right in adherence(probe, again, world).items()}
    assert min(shares.values()) >= 0.97, shares


def test_the_shipped_latents_have_spread_1(pipe):
    z = text2image.to_latents(pipe, render(scenes(200, seed=9, held_out=None)))
    assert z.std().item() == pytest.approx(1, rel=0.05)


def test_every_word_of_the_world_is_one_token_of_the_shipped_model(pipe):
    assert all(len(pipe.tokenizer(word).input_ids) == 3 for word in shapes.words())
    text2image.expect_prompts(pipe.tokenizer, captions(scenes(100, seed=9, two=0.5), chance=1.0))


def test_the_shipped_model_tells_which_caption_belongs_to_an_image(pipe):
    world = scenes(100, seed=9, two=0.0)
    fit = text2image.similarity(pipe, render(world), captions(world, chance=1.0))
    assert fit.shape == (100, 100) and fit.abs().max() <= 1 + 1e-5
    assert share(fit.diagonal() >= fit.amax(0) - 1e-5) >= 0.95  # two scenes may have the same caption


OFFLINE = """
import os, socket
os.environ["HF_HUB_OFFLINE"] = "1"
def refused(*_): raise AssertionError("it asked the network")
socket.socket.connect = socket.getaddrinfo = refused
from cfg_lessons import text2image
print(text2image.paint(text2image.load(), ["a red circle"], steps=1).shape)
"""


def test_the_shipped_model_paints_without_network_and_without_a_word(python):
    assert python(OFFLINE).communicate(timeout=200) == ("torch.Size([1, 3, 64, 64])\n", "")


def test_guided_images_follow_their_prompts(followed):
    shares = {name: share(right) for name, right in followed[3.0].items()}
    assert shares.pop("all") >= 0.85
    assert min(shares.values()) >= 0.90, shares


def test_guidance_makes_images_follow_their_prompts_more_often(followed):
    plain, guided = share(followed[1.0]["all"]), share(followed[3.0]["all"])
    assert guided >= plain + min(0.10, (1 - plain) / 2)  # ten points, or half of what is missing


def test_the_recorded_figures_are_those_of_the_shipped_model(followed, log):
    for scale, right in followed.items():
        for kind, ours in zip(("seen", "held_out"), right["all"].split(250)):
            p = log["reached"][f"{kind}, scale {scale:g}"]["all"]
            spread = math.sqrt(max(p * (1 - p), 0.01) * (1 / 250 + 1 / 500))  # of the difference of two shares
            assert abs(share(ours) - p) <= 4 * spread


def test_a_negative_prompt_takes_a_colour_away_and_leaves_the_shape(pipe, probe):
    def painted(unwanted):
        x = text2image.paint(pipe, ["a large circle on a white background"] * 200, 3.0, unwanted)
        read = shapes.answers(probe, x)
        return share(read["colour"] == 0), share(read["shape"] == 0)

    (red, _), (still_red, still_circles) = painted(None), painted("a red shape")
    assert red >= 0.05 and still_red <= red / 4
    assert still_circles >= 0.90


@pytest.fixture(scope="module")
def recoloured(pipe):
    """100 scenes; the same in another colour; the latents of the first, and a denoiser guided to the second."""
    world = scenes(100, seed=10, two=0.0)
    colour = torch.where(world.colour == NULL, NULL, (world.colour + 1) % 5)
    wish = replace(world, colour=colour)
    model = text2image.prompted(pipe, captions(wish, chance=1.0))
    return world, wish, text2image.to_latents(pipe, render(world)), cfg(model, 3.0), model.schedule


def around(world):
    """The cells [n, 1, 16, 16] of each object, with four pixels of room."""
    ground = shapes.rgb(shapes.BACKGROUNDS)[world.background][..., None, None]
    there = ((render(world) - ground).abs().amax(1) > 0.02).float()
    return torch.stack([to_cells(mask) for mask in F.max_pool2d(there, 9, 1, 4)])[:, None]


def test_inpainting_changes_the_colour_of_an_object_where_it_is(pipe, probe, recoloured):
    world, wish, z, guided, schedule = recoloured
    painter, start = inpainting(guided, schedule, z, around(world)), noise(100, 4, 16, 16, seed=1)
    x = text2image.to_images(pipe, sample(painter, schedule, start, torch.arange(100), steps=20))
    right = adherence(probe, x, wish)
    assert share(right["colour"]) >= 0.80 and share(right["place"]) >= 0.90


def test_inpainting_leaves_the_rest_of_the_image_alone(pipe, recoloured):
    world, _, z, guided, schedule = recoloured
    cells, start = around(world)[:10], noise(10, 4, 16, 16, seed=1)
    after = sample(inpainting(guided, schedule, z[:10], cells), schedule, start, torch.arange(10), steps=20)
    torch.testing.assert_close(after.where(cells == 0, 0), z[:10].where(cells == 0, 0), rtol=0, atol=1e-5)


def test_a_weak_edit_keeps_the_place(pipe, probe, recoloured):
    world, wish, z, guided, schedule = recoloured
    edited = img2img(guided, schedule, z, torch.arange(100), 0.3, noise(100, 4, 16, 16, seed=1), steps=20)
    assert share(adherence(probe, text2image.to_images(pipe, edited), wish)["place"]) >= 0.90


def test_the_shipped_log_tells_how_much_captions_helped_while_it_trained(log):
    steps, *gaps = zip(*log["unet"]["gap"])
    assert list(steps) == list(range(500, stages.STEPS["unet"] + 1, 500))
    assert gaps[2][-1] > max(0.3, gaps[2][0])  # at t = 0.75, where captions matter
