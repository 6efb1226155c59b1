"""Text to image: the course's few lines agree with the stock pipeline, and bad input gets one clear sentence.

The models here are small and untrained: what they paint is nothing, but both sides must paint the same.
"""

import json
import shutil

import pytest
import torch
from diffusers import (
    AutoencoderKL, DDIMScheduler, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel,
)  # fmt: skip
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel

from cfg_lessons import shapes, text2image
from cfg_lessons.denoisers import NULL
from cfg_lessons.guidance import cfg, negative
from cfg_lessons.miniature import parts
from cfg_lessons.sampling import noise, sample
from cfg_lessons.text2image import Matching, encode, expect_prompts, load, paint, prompted, to_images, to_latents

A, B = "a red circle", "a small blue cross on the left"
PICTURES = 2 * torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)) - 1


def save(folder, tokenizer, vae, text_encoder, unet, scheduler):
    """Write a pipeline of these parts, each of whose weights plays a part; its U-Net is not silent."""
    with torch.no_grad():
        for weight in unet.parameters():
            if (weight == 0).all():
                weight.normal_(0, 0.05, generator=torch.Generator().manual_seed(weight.numel()))
    vae.register_to_config(scaling_factor=0.7)
    StableDiffusionPipeline(
        vae=vae, text_encoder=text_encoder, tokenizer=tokenizer, unet=unet, scheduler=scheduler,
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def miniature(folder):
    """The miniature's parts, untrained."""
    torch.manual_seed(0)
    tokenizer = parts.make_tokenizer()
    models = parts.make_vae(), parts.make_text_encoder(tokenizer), parts.make_unet()
    return save(folder, tokenizer, *models, parts.make_scheduler())


def lookalike(folder):
    """What Stable Diffusion 1 is like, in small: 77 tokens, epsilon, a scaled linear chain, steps that lead."""
    torch.manual_seed(0)
    tokenizer = parts.make_tokenizer()
    tokenizer.model_max_length = 77
    tokenizer.init_kwargs.pop("whole_words")
    vae = AutoencoderKL(
        block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4, sample_size=16, latent_channels=4,
        down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2,
    )  # fmt: skip
    ends = dict(bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id)
    text_encoder = CLIPTextModel(CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=77, pad_token_id=tokenizer.pad_token_id, **ends,
    ))  # fmt: skip
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(32, 64), layers_per_block=1, cross_attention_dim=32, attention_head_dim=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    )  # fmt: skip
    scheduler = PNDMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True, steps_offset=1,
    )  # fmt: skip
    return save(folder, tokenizer, vae, text_encoder, unet, scheduler)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Where the untrained models lie, by their names."""
    return {make.__name__: make(tmp_path_factory.mktemp(make.__name__)) for make in (miniature, lookalike)}


@pytest.fixture(scope="module")
def pipe(folders):
    return load(folders["miniature"])


@pytest.fixture(scope="module", params=["miniature", "lookalike"])
def either(request, folders):
    """Each of the two models in turn."""
    return load(folders[request.param])


def start(pipe, n=2, seed=0):
    """Noise of the shape of the model's latents."""
    return noise(n, 4, *[pipe.unet.config.sample_size] * 2, seed=seed)


def stock(pipe, prompts, scale, z, steps=20, **options):
    """The latents that the stock pipeline ends with."""
    options |= dict(guidance_scale=scale, num_inference_steps=steps, latents=z, output_type="latent")
    return pipe(prompts, **options).images


def same(ours, theirs, share=2e-5):
    """Equal, but for a share of the largest number: both sides compute in float32."""
    torch.testing.assert_close(ours, theirs, rtol=0, atol=share * theirs.abs().max().item())


# ---- the walk, by hand and by the course, against the stock pipeline


def test_the_loop_by_hand_is_the_stock_pipeline(either):
    z, text = start(either, 1), encode(either, ["", A])
    either.scheduler.set_timesteps(20)
    for t in either.scheduler.timesteps:
        with torch.no_grad():
            null, wish = either.unet(torch.cat([z, z]), t, encoder_hidden_states=text).sample.chunk(2)
        z = either.scheduler.step(null + 3 * (wish - null), t, z).prev_sample
    same(z, stock(either, A, 3.0, start(either, 1)))


@pytest.mark.parametrize("scale", [1.0, 3.0, 7.5])
def test_the_courses_walk_is_the_stock_pipeline(either, scale):
    model, z = prompted(either, [A, B]), start(either)
    ours = sample(cfg(model, scale), model.schedule, z, torch.tensor([0, 1]), steps=20)
    same(ours, stock(either, [A, B], scale, z))


@pytest.mark.parametrize("steps", [2, 10, 50])
def test_it_is_so_for_each_number_of_steps_that_divides_the_chain(pipe, steps):
    model, z = prompted(pipe, [A]), start(pipe)
    ours = sample(cfg(model, 3.0), model.schedule, z, torch.tensor([0, 0]), steps=steps)
    same(ours, stock(pipe, [A, A], 3.0, z, steps))


@pytest.mark.parametrize("prediction", ["epsilon", "sample", "v_prediction"])
def test_it_is_so_whatever_the_network_predicts(folders, prediction):
    pipe = load(folders["lookalike"])
    pipe.scheduler = DDIMScheduler.from_config(pipe.scheduler.config, prediction_type=prediction)
    model, z = prompted(pipe, [A, B]), start(pipe)
    ours = sample(cfg(model, 3.0), model.schedule, z, torch.tensor([0, 1]), steps=20)
    same(ours, stock(pipe, [A, B], 3.0, z))


def test_a_negative_label_is_the_stock_negative_prompt(either):
    model, z = prompted(either, [A, B]), start(either)
    ours = sample(negative(model, 1, 3.0), model.schedule, z, torch.tensor([0, 0]), steps=20)
    same(ours, stock(either, [A, A], 3.0, z, negative_prompt=[B, B]))


def test_prompts_matter(either):
    z = start(either)
    one, other = (stock(either, [prompt] * 2, 3.0, z) for prompt in (A, B))
    assert (one - other).abs().max() > 0.01 * one.abs().max()


# ---- prompts as labels


def test_prompts_are_encoded_as_the_stock_pipeline_does(either):
    wish, empty = either.encode_prompt([A, B], "cpu", 1, True)
    assert encode(either, [A, B]).equal(wish) and encode(either, ["", ""]).equal(empty)


def test_null_is_the_empty_prompt(either):
    z, model = start(either), prompted(either, [A])
    with torch.no_grad():
        answer = model.net(z, torch.tensor([0.5, 0.5]), torch.tensor([NULL, NULL]))
        expected = either.unet(z, 499, encoder_hidden_states=encode(either, ["", ""])).sample
    same(answer, expected)


def test_each_row_of_a_batch_has_a_label_and_a_time_of_its_own(either):
    z, model, y = start(either, 4), prompted(either, [A, B]), torch.tensor([1, NULL, 0, 1])
    t = torch.tensor([0.2, 0.5, 0.8, 1.0])
    with torch.no_grad():
        alone = torch.cat([model(z[i : i + 1], t[i : i + 1], y[i : i + 1]) for i in range(4)])
        same(model(z, t, y), alone)
        assert ((model(z, t, torch.tensor([0, 1, 1, 0])) - alone).abs().amax((1, 2, 3)) > 1e-3).all()


@pytest.mark.parametrize("i", [0, 498, 999])
def test_time_is_the_step_of_the_chain(either, i):
    z, model = start(either), prompted(either, [A])
    with torch.no_grad():
        answer = model.net(z, torch.full((2,), (i + 1) / 1000), torch.tensor([0, 0]))
        same(answer, either.unet(z, i, encoder_hidden_states=encode(either, [A, A])).sample)


def test_the_schedule_is_that_of_the_model(either):
    schedule, chain = prompted(either, [A]).schedule, either.scheduler.alphas_cumprod
    t = torch.arange(1, 1001, dtype=torch.float64) / 1000
    torch.testing.assert_close(schedule.alpha(t), chain.double().sqrt(), rtol=1e-4, atol=0)


def test_a_denoiser_of_prompts_trains_nothing_of_the_models(pipe):
    z, model = start(pipe), prompted(pipe, [A])
    assert not sample(cfg(model, 3.0), model.schedule, z, torch.tensor([0, 0]), steps=2).requires_grad


# ---- loading


def test_the_steps_are_those_of_the_courses_walk_whatever_the_folder_held(either):
    assert type(either.scheduler) is DDIMScheduler
    either.scheduler.set_timesteps(20)
    times = prompted(either, [A]).schedule.times(20)[:-1]
    assert either.scheduler.timesteps.tolist() == (1000 * times - 1).round().tolist()


def test_a_model_is_loaded_ready_to_use(either):
    assert not either.unet.training and either.unet.dtype == torch.float32 and either.safety_checker is None


@pytest.mark.parametrize("name", ["miniature", "lookalike"])
def test_weights_of_half_precision_are_loaded_in_full(folders, tmp_path, name):
    load(folders[name]).to(torch.float16).save_pretrained(tmp_path)
    pipe = load(tmp_path)
    assert {model.dtype for model in (pipe.unet, pipe.vae, pipe.text_encoder)} == {torch.float32}


def renamed(folder, new, prefix):
    """A copy of a folder whose text encoder's weights have longer names."""
    shutil.copytree(folder, new, dirs_exist_ok=True)
    weights = new / "text_encoder" / "model.safetensors"
    save_file({prefix + name: value for name, value in load_file(weights).items()}, weights, {"format": "pt"})
    return new


def test_weights_under_the_names_of_hosted_models_are_found(folders, tmp_path):
    hosted = load(renamed(folders["lookalike"], tmp_path, "text_model."))
    assert torch.equal(encode(hosted, [A]), encode(load(folders["lookalike"]), [A]))


def test_weights_that_transformers_does_not_find_are_not_replaced_by_chance(folders, tmp_path):
    with pytest.raises(OSError, match=r"^could not load .*: \d+ weights of the text encoder are missing"):
        load(renamed(folders["lookalike"], tmp_path, "other."))


SILENT = """
import os, socket, sys
os.environ["HF_HUB_OFFLINE"] = "1"
def refused(*_): raise AssertionError("it asked the network")
socket.socket.connect = socket.getaddrinfo = refused
from cfg_lessons import text2image
text2image.load(sys.argv[1])
"""


def as_hosted(folder, new):
    """A copy of a folder with the index and the safety checker of the hosted Stable Diffusion 1."""
    shutil.copytree(folder, new, dirs_exist_ok=True)
    index = json.loads((new / "model_index.json").read_text())
    index = {name: index[name] for name in index if name not in ("requires_safety_checker", "image_encoder")}
    index |= {"safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"], "_diffusers_version": "0.6.0"}
    (new / "model_index.json").write_text(json.dumps(index))
    return new


@pytest.mark.parametrize("name", ["miniature", "lookalike", "as hosted"])
def test_loading_is_silent_and_needs_no_network(folders, tmp_path, python, name):
    folder = as_hosted(folders["lookalike"], tmp_path) if name == "as hosted" else folders[name]
    assert python(SILENT, folder).communicate(timeout=200) == ("", "")


# ---- painting


@pytest.mark.parametrize("unwanted", [None, "a square"])
def test_painting_is_the_courses_walk_and_the_decoder(pipe, unwanted):
    model, z = prompted(pipe, [A, B, "a square"]), start(pipe, seed=3)
    guided = cfg(model, 3.0) if unwanted is None else negative(model, 2, 3.0)
    ours = to_images(pipe, sample(guided, model.schedule, z, torch.tensor([0, 1]), steps=20))
    same(paint(pipe, [A, B], 3.0, unwanted, seed=3), ours, 1e-4)


def test_painting_in_parts_is_painting_at_once(pipe):
    at_once, in_parts = (paint(pipe, [A, B, A, B, A], steps=5, batch=batch) for batch in (32, 2))
    same(in_parts, at_once, 1e-4)


def test_the_same_seed_paints_the_same_and_another_one_something_else(pipe):
    first, again, other = (paint(pipe, [A], steps=5, seed=seed) for seed in (0, 0, 1))
    assert first.equal(again) and not first.allclose(other, atol=0.01)


def test_painted_pictures_are_pictures(either):
    x, side = paint(either, [A, B, B], steps=2), either.vae.config.sample_size
    assert x.shape == (3, 3, side, side) and -1 <= x.min() and x.max() <= 1


# ---- pixels and latents


def test_latents_are_the_mean_of_the_encoder_in_the_u_nets_unit(pipe):
    with torch.no_grad():
        same(to_latents(pipe, PICTURES), 0.7 * pipe.vae.encode(PICTURES).latent_dist.mode())


def test_images_are_what_the_stock_pipeline_decodes(pipe):
    options = dict(guidance_scale=3.0, num_inference_steps=2, latents=start(pipe))
    x = 2 * pipe([A, B], output_type="pt", **options).images - 1
    same(to_images(pipe, pipe([A, B], output_type="latent", **options).images), x)


def test_images_stay_in_their_range(pipe):
    x = to_images(pipe, 50 * start(pipe))
    assert x.min() == -1 and x.max() == 1


def test_matching_is_a_cosine_whatever_the_lengths():
    match, rng = Matching(64), torch.Generator().manual_seed(0)
    sentences, features = torch.randn(5, 64, generator=rng), torch.randn(7, 128, generator=rng)
    fit = match(sentences, features)
    assert fit.shape == (5, 7) and fit.abs().max() <= 1
    torch.testing.assert_close(match(9 * sentences, features / 9), fit)


# ---- the miniature's words


def test_the_same_words_get_the_same_numbers_each_time():
    assert parts.make_tokenizer().get_vocab() == parts.make_tokenizer().get_vocab()


def test_each_word_of_the_world_is_one_token(pipe):
    for word in shapes.words():
        assert len(pipe.tokenizer(word).input_ids) == 3, word  # with its beginning and its end


def test_every_caption_is_a_prompt(pipe):
    world = shapes.scenes(300, seed=1, two=0.5, held_out=None)
    expect_prompts(pipe.tokenizer, shapes.captions(world, chance=1.0) + shapes.captions(world, chance=0.5))


def test_capitals_are_no_other_words(pipe):
    expect_prompts(pipe.tokenizer, ["A Red CIRCLE"])
    assert encode(pipe, ["A Red CIRCLE"]).equal(encode(pipe, [A]))


def test_a_model_of_all_words_takes_any(folders):
    expect_prompts(load(folders["lookalike"]).tokenizer, ["a photograph of an astronaut, riding a horse"])


# ---- bad input

ALL_WORDS = ", ".join(shapes.words())
SENTENCES = {  # what is wrong: (how it is done, a part of the answer)
    "an unknown word": (
        lambda pipe: prompted(pipe, [A, "a pink circle"]),
        f"^prompt 1: the miniature does not know 'pink'; it knows {ALL_WORDS}$",
    ),
    "several unknown words": (lambda pipe: prompted(pipe, ["a big pink circle"]), "not know 'big', 'pink'; it knows"),
    "a word with a full stop": (lambda pipe: prompted(pipe, ["a red circle."]), r"not know 'circle\.'; it knows"),
    "a comma": (lambda pipe: prompted(pipe, ["a circle, red"]), "not know 'circle,'; it knows"),
    "a piece of a word": (lambda pipe: prompted(pipe, ["a rple circle"]), "not know 'rple'; it knows"),
    "letters of another alphabet": (lambda pipe: prompted(pipe, ["a red 円"]), "not know '円'; it knows"),
    "the name of a special token": (
        lambda pipe: prompted(pipe, ["a <|endoftext|> circle"]),
        r"not know '<\|endoftext\|>'; it knows",
    ),
    "an unknown word to paint": (lambda pipe: paint(pipe, ["a cat"]), "prompt 0: .* does not know 'cat'"),
    "an unknown word that is not wanted": (
        lambda pipe: paint(pipe, [A], negative="ugly"),
        "does not know 'ugly'; it knows",
    ),
    "an empty prompt": (lambda pipe: prompted(pipe, [A, ""]), "prompt 1 is empty; say what you want .* label NULL"),
    "a prompt of spaces": (lambda pipe: prompted(pipe, ["  "]), "prompt 0 is empty; say what you want"),
    "an empty prompt that is not wanted": (lambda pipe: paint(pipe, [A], negative=""), "prompt 1 is empty"),
    "a long prompt": (
        lambda pipe: prompted(pipe, ["a shape and " * 6 + "a red circle"]),
        "prompt 0 has 21 tokens, and the model reads 18: 'a red circle' would be cut off",
    ),
    "one prompt without a list": (lambda pipe: prompted(pipe, A), "expected a list of prompts"),
    "one prompt to paint without a list": (lambda pipe: paint(pipe, A), "expected a list of prompts"),
    "no prompt to paint": (lambda pipe: paint(pipe, []), "expected a list of prompts"),
    "images brighter than white": (
        lambda pipe: to_latents(pipe, PICTURES * 2),
        r"images reach from -2 to 2; expected values in \[-1, 1\]",
    ),
    "images of bytes": (lambda pipe: to_latents(pipe, (PICTURES + 1) * 127.5), r"images reach from .*\[-1, 1\]"),
    "images that are no numbers": (lambda pipe: to_latents(pipe, PICTURES * float("nan")), r"in \[-1, 1\]"),
    "images in grey": (
        lambda pipe: to_latents(pipe, PICTURES[:, :1]),
        r"images have shape \[2, 1, 64, 64\]; expected \[n, 3, H, W\]",
    ),
    "an image without a batch": (
        lambda pipe: to_latents(pipe, PICTURES[0]),
        r"images have shape \[3, 64, 64\]; expected \[n, 3, H, W\]",
    ),
    "images with their colours last": (
        lambda pipe: to_latents(pipe, PICTURES.movedim(1, -1)),
        r"images have shape \[2, 64, 64, 3\]; expected \[n, 3, H, W\]",
    ),
    "a label without a prompt": (
        lambda pipe: prompted(pipe, [A, B])(start(pipe), 0.5, torch.tensor([0, 2])),
        "labels reach from 0 to 2; .* 0 to 1, and NULL = -1",
    ),
    "a label below NULL": (
        lambda pipe: prompted(pipe, [A, B])(start(pipe), 0.5, torch.tensor([0, -2])),
        "labels reach from -2 to 0; .* 0 to 1, and NULL = -1",
    ),
}


@pytest.mark.parametrize("wrong", SENTENCES)
def test_bad_input_gets_one_clear_sentence(pipe, wrong):
    do, sentence = SENTENCES[wrong]
    with pytest.raises((ValueError, TypeError), match=sentence) as caught:
        do(pipe)
    assert "\n" not in str(caught.value)


def test_a_long_prompt_for_a_model_of_77_tokens_names_what_would_be_cut_off(folders):
    with pytest.raises(ValueError, match="has 78 tokens, and the model reads 75: 'a red circle' would be cut off"):
        prompted(load(folders["lookalike"]), ["a shape and " * 25 + "a red circle"])


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=f"^the folder {tmp_path} holds no text-to-image model; expected"):
        load(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("./models", tmp_path / "models", "~/some/models"):
        with pytest.raises(FileNotFoundError, match="models holds no text-to-image model"):
            load(folder)


def test_a_path_is_a_folder_and_never_the_name_of_a_hosted_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my").mkdir()
    with pytest.raises(FileNotFoundError, match="my/model holds no text-to-image model"):
        load((tmp_path / "my" / "model").relative_to(tmp_path))


def test_the_shipped_model_can_be_restored(tmp_path, monkeypatch):
    monkeypatch.setattr(text2image, "data_home", lambda: tmp_path)
    with pytest.raises(FileNotFoundError, match=r"miniature holds no .*; restore it \(git checkout data/miniature\)$"):
        load()


@pytest.mark.parametrize("file", [
    "model_index.json", "scheduler/scheduler_config.json", "unet/diffusion_pytorch_model.safetensors",
    "vae/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors", "text_encoder/config.json",
    "tokenizer/tokenizer.json",
])  # fmt: skip
def test_a_damaged_folder_is_reported_in_one_sentence(folders, tmp_path, file):
    shutil.copytree(folders["lookalike"], tmp_path, dirs_exist_ok=True)
    (tmp_path / file).write_bytes((tmp_path / file).read_bytes()[:300])
    with pytest.raises(OSError, match=f"^could not load {tmp_path}: .") as caught:
        load(tmp_path)
    assert "\n" not in str(caught.value)


# ---- without the packages

WITHOUT = """
import sys
for missing in sys.argv[1:]:
    sys.modules[missing] = None
from cfg_lessons import editing, shapes, text2image
print(shapes.caption(shapes.scenes(1)))
try:
    text2image.load()
except ImportError as error:
    print(error)
"""


@pytest.mark.parametrize("missing", [["diffusers"], ["transformers"], ["diffusers", "transformers", "accelerate"]])
def test_without_the_packages_everything_else_is_there_and_loading_names_the_command(python, missing):
    said, complaints = python(WITHOUT, *missing).communicate(timeout=200)
    assert not complaints
    caption, advice = said.splitlines()
    assert caption.startswith("a ") and "pip install diffusers transformers accelerate" in advice
    assert any(name in advice.split(":")[0] for name in missing)


def test_the_packages_are_not_loaded_before_they_are_needed(python):
    loaded = "import sys; from cfg_lessons import editing, shapes, text2image; print(*sys.modules)"
    said, _ = python(loaded).communicate(timeout=200)
    assert "torch" in said.split() and not {"diffusers", "transformers"} & set(said.split())
