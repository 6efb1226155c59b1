"""Editing: walks that start from an image or know a part of it, on exact worlds and against the stock pipelines."""

import pytest
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline
from test_text2image import A, B, miniature, same

from cfg_lessons import data
from cfg_lessons.denoisers import NULL
from cfg_lessons.editing import img2img, inpainting, to_cells
from cfg_lessons.exact import Mixture
from cfg_lessons.guidance import cfg
from cfg_lessons.sampling import Counted, noise, sample, walk
from cfg_lessons.schedules import Cosine
from cfg_lessons.text2image import load, prompted


@pytest.fixture
def make_world():
    """One world is enough here: what matters is the walk."""
    return data.ring


@pytest.fixture
def clean(world):
    """Sixteen clean points of a world, in double precision."""
    return world.sample(16, seed=2)[0].double()


class Seen:
    """A denoiser that keeps the first question it was asked."""

    def __init__(self, denoiser):
        self.denoiser, self.first = denoiser, None

    def __call__(self, x, t, y):
        self.first = self.first or (x, float(t))
        return self.denoiser(x, t, y)


# ---- from an image


@pytest.mark.parametrize("strength", [0, 0.0, 0.04])
def test_strength_0_and_less_than_one_step_keep_the_image_as_it_is(world, asked, clean, strength):
    z, y = asked
    assert img2img(world.denoiser, world.schedule, clean, y, strength, z).equal(clean)


def test_strength_1_is_a_walk_from_the_image_noised_in_full(world, asked, clean):
    z, y = asked
    whole = sample(world.denoiser, world.schedule, world.schedule.add_noise(clean, 1.0, z), y, steps=20)
    assert img2img(world.denoiser, world.schedule, clean, y, 1.0, z).equal(whole)


@pytest.mark.parametrize("strength, steps, calls", [
    (0.0, 20, 0), (0.05, 20, 1), (0.3, 20, 6), (0.33, 20, 6), (0.5, 20, 10), (0.95, 20, 19), (1, 20, 20),
    (0.3, 10, 3), (0.7, 10, 7), (0.7, 1, 0), (1.0, 1, 1),
])  # fmt: skip
def test_only_the_steps_that_are_left_are_walked(world, asked, clean, strength, steps, calls):
    counted = Counted(world.denoiser)
    img2img(counted, world.schedule, clean, asked[1], strength, asked[0], steps)
    assert (counted.calls, counted.rows) == (calls, 16 * calls)


@pytest.mark.parametrize("strength, steps, first", [
    (0.3, 20, 0.3), (0.34, 20, 0.3), (0.9, 20, 0.9), (1.0, 20, 1.0), (0.75, 4, 0.75), (0.6, [1.0, 0.5, 0.2, 0.0], 0.5),
])  # fmt: skip
def test_the_image_is_noised_to_the_level_that_the_walk_starts_at(world, asked, clean, strength, steps, first):
    seen = Seen(world.denoiser)
    img2img(seen, world.schedule, clean, asked[1], strength, asked[0], steps)
    x, t = seen.first
    assert t == pytest.approx(first, abs=1e-12) and x.equal(world.schedule.add_noise(clean, t, asked[0]))


@pytest.mark.parametrize("strength", [-0.1, 1.001, 30, float("nan")])
def test_a_strength_that_makes_no_sense_is_refused(world, asked, clean, strength):
    with pytest.raises(ValueError, match=rf"^strength is {strength}; expected 0 \(keep .*\) to 1 \(forget it\)$"):
        img2img(world.denoiser, world.schedule, clean, asked[1], strength, asked[0])


# ---- knowing a part of the image


def exact_pictures(schedule):
    """An exact world of pictures [B, 2, 4, 4]: a denoiser, six clean ones x0, their labels, and noise."""
    rng = torch.Generator().manual_seed(0)
    world = Mixture(torch.randn(3, 32, generator=rng, dtype=torch.float64), [0.3, 0.2, 0.4], [0, 1, 2], schedule)
    x0, y = world.sample(6)
    z = torch.randn(6, 2, 4, 4, generator=rng, dtype=torch.float64)
    return lambda x, t, y: world.denoiser(x.flatten(1), t, y).view_as(x), x0.view(6, 2, 4, 4), y, z


@pytest.fixture
def pictures(schedule):
    return exact_pictures(schedule)


RIGHT = torch.tensor([[0.0, 0, 1, 1]] * 4)  # the right half is asked for
EACH = torch.stack([RIGHT, RIGHT.T, 1 - RIGHT, RIGHT, RIGHT.T, 1 - RIGHT])[:, None]  # another half for each picture
each_mask = pytest.mark.parametrize("mask", [RIGHT, EACH], ids=["one mask", "a mask for each"])


def known(mask, x):
    """x where the mask is 0, and 0 elsewhere."""
    return torch.where(mask.expand_as(x) == 0, x, 0)


def asked_of(mask):
    """What inpainting takes, with this mask."""
    denoiser, x0, _, _ = exact_pictures(Cosine())
    return denoiser, Cosine(), x0, mask


@each_mask
def test_what_is_known_comes_out_as_it_was(pictures, schedule, mask):
    denoiser, x0, y, z = pictures
    x = sample(inpainting(denoiser, schedule, x0, mask), schedule, z, y, steps=20)
    torch.testing.assert_close(known(mask, x), known(mask, x0), rtol=0, atol=1e-12)


@each_mask
def test_what_is_known_walks_straight_from_its_noise(pictures, schedule, mask):
    denoiser, x0, y, z = pictures
    alpha, sigma = schedule.at(1.0, x0)
    eps = (z - alpha * x0) / sigma
    for t, x in walk(inpainting(denoiser, schedule, x0, mask), schedule, z, y, steps=20):
        torch.testing.assert_close(known(mask, x), known(mask, schedule.add_noise(x0, t, eps)), rtol=0, atol=1e-12)


@each_mask
def test_what_is_asked_for_is_the_models_answer(pictures, schedule, mask):
    denoiser, x0, y, z = pictures
    x = schedule.add_noise(x0, 0.5, z)
    ours, plain = inpainting(denoiser, schedule, x0, mask)(x, 0.5, y), denoiser(x, 0.5, y)
    torch.testing.assert_close(known(1 - mask, ours), known(1 - mask, plain), rtol=0, atol=1e-12)
    assert (known(mask, ours) - known(mask, plain)).abs().max() > 0.01


def test_asking_for_everything_is_plain_sampling(pictures, schedule):
    denoiser, x0, y, z = pictures
    x = sample(inpainting(denoiser, schedule, x0, torch.ones(4, 4)), schedule, z, y, steps=20)
    torch.testing.assert_close(x, sample(denoiser, schedule, z, y, steps=20), rtol=0, atol=1e-12)


def test_asking_for_nothing_is_the_image(pictures, schedule):
    denoiser, x0, y, z = pictures
    x = sample(inpainting(denoiser, schedule, x0, torch.zeros(4, 4)), schedule, z, y, steps=20)
    torch.testing.assert_close(x, x0, rtol=0, atol=1e-12)


def test_one_image_may_be_known_to_a_whole_batch(pictures, schedule):
    denoiser, x0, y, z = pictures
    x = sample(inpainting(denoiser, schedule, x0[:1], RIGHT), schedule, z, y, steps=20)
    torch.testing.assert_close(known(RIGHT, x), known(RIGHT, x0[:1].expand_as(x)), rtol=0, atol=1e-12)


def test_a_mask_may_be_of_truth_values(pictures, schedule):
    denoiser, x0, y, z = pictures
    numbers, truths = (inpainting(denoiser, schedule, x0, mask)(z, 0.5, y) for mask in (RIGHT, RIGHT.bool()))
    assert numbers.equal(truths)


@each_mask
def test_guiding_what_knows_a_part_is_knowing_a_part_of_what_is_guided(pictures, schedule, mask):
    denoiser, x0, y, z = pictures
    first, then = cfg(inpainting(denoiser, schedule, x0, mask), 3.0), inpainting(cfg(denoiser, 3.0), schedule, x0, mask)
    torch.testing.assert_close(first(z, 0.5, y), then(z, 0.5, y), rtol=0, atol=1e-12)


def test_what_is_known_can_be_combined_with_a_weak_edit(pictures, schedule):
    denoiser, x0, y, z = pictures
    x = img2img(inpainting(denoiser, schedule, x0, RIGHT), schedule, x0, torch.full_like(y, NULL), 0.5, z)
    torch.testing.assert_close(known(RIGHT, x), known(RIGHT, x0), rtol=0, atol=1e-12)
    assert (x - x0).abs().max() > 0.01


@pytest.mark.parametrize("shape", [(16, 16), (6, 1, 4, 2), (4,)], ids=str)
def test_a_mask_of_another_size_is_refused(shape):
    size = str(list(shape[-2:])).replace("[", r"\[").replace("]", r"\]")
    with pytest.raises(ValueError, match=rf"^the mask has size {size}, what it masks \[4, 4\]; .* \(see to_cells\)$"):
        inpainting(*asked_of(torch.ones(shape)))


@pytest.mark.parametrize("shape", [(2, 4, 4), (6, 4, 4), (5, 1, 4, 4), (6, 3, 4, 4)], ids=str)
def test_a_mask_that_would_be_laid_over_the_wrong_axis_is_refused(shape):
    with pytest.raises(ValueError, match=r"^the mask has .*expected"):
        inpainting(*asked_of(torch.ones(shape)))


# ---- cells


@pytest.mark.parametrize("row, column", [(0, 0), (3, 3), (5, 2), (7, 15), (4, 12)])
def test_one_pixel_is_enough_to_ask_for_a_cell(row, column):
    mask, cells = torch.zeros(8, 16), torch.zeros(2, 4)
    mask[row, column] = cells[row // 4, column // 4] = 1
    assert to_cells(mask).equal(cells) and to_cells(mask.bool()).equal(cells)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_mask_of_all_or_nothing_stays_one(value):
    assert to_cells(torch.full((64, 64), value)).equal(torch.full((16, 16), value))


def test_the_size_of_a_cell_can_be_chosen():
    mask = torch.zeros(16, 16)
    mask[8, 0] = 1
    assert to_cells(mask, 8).equal(torch.tensor([[0.0, 0], [1, 0]]))


@pytest.mark.parametrize("shape", [(63, 64), (64, 62), (1, 64, 64), (64,)], ids=str)
def test_a_mask_without_whole_cells_is_refused(shape):
    told = str(list(shape)).replace("[", r"\[").replace("]", r"\]")
    with pytest.raises(ValueError, match=rf"^the mask has shape {told}; expected \[H, W\], both divisible by 4$"):
        to_cells(torch.ones(shape))


# ---- against the stock pipelines, with an untrained model


@pytest.fixture(scope="module")
def pipe(tmp_path_factory):
    return load(miniature(tmp_path_factory.mktemp("miniature")))


IMAGE, Z, LABELS = 0.8 * noise(2, 4, 16, 16, seed=5), noise(2, 4, 16, 16, seed=0), torch.tensor([0, 1])


def stock(kind, pipe, scale=3.0, **options):
    """The latents that another stock pipeline ends with, after 20 steps with the parts of this one."""
    painter = kind(**pipe.components, requires_safety_checker=False)
    painter.set_progress_bar_config(disable=True)
    return painter([A, B], guidance_scale=scale, num_inference_steps=20, output_type="latent", **options).images


@pytest.mark.parametrize("strength", [0.3, 0.5, 0.9, 1.0])
def test_img2img_is_the_stock_pipeline(pipe, strength):
    model, rng = prompted(pipe, [A, B]), torch.Generator().manual_seed(0)
    ours = img2img(cfg(model, 3.0), model.schedule, IMAGE, LABELS, strength, Z)
    same(ours, stock(StableDiffusionImg2ImgPipeline, pipe, image=IMAGE, strength=strength, generator=rng))


@pytest.fixture
def both_inpaint(pipe):
    """A function of where our walk starts: the cells that are asked for, ours and the stock pipeline's latents."""
    pixels, model = torch.zeros(64, 64), prompted(pipe, [A, B])
    pixels[20:44, 12:36] = 1
    cells, size = to_cells(pixels), dict(height=64, width=64, strength=1.0)
    image = dict(image=IMAGE, masked_image_latents=IMAGE, mask_image=pixels[None, None], latents=Z)

    def run(start):
        knowing = inpainting(cfg(model, 3.0), model.schedule, IMAGE, cells)
        ours = sample(knowing, model.schedule, start, LABELS, steps=20)
        return cells.bool(), ours, stock(StableDiffusionInpaintPipeline, pipe, **image, **size)

    return run


def test_inpainting_is_about_the_stock_pipeline(both_inpaint):
    """The stock pipeline noises what is known with z. Our denoiser reads that noise off the first x = z instead:
    (z - alpha x0) / sigma, with alpha = 0.0064 at t = 1, so known cells differ by at most alpha |x0| on their way."""
    cells, ours, theirs = both_inpaint(Z)
    off, step = (ours - theirs).abs(), 0.0064 * IMAGE.abs().max()
    assert off[..., ~cells].max() < 1e-5
    assert off[..., cells].max() < 4 * step  # the U-Net and the scale make more of it: measured, 1.4 to 1.6 steps


def test_inpainting_is_the_stock_pipeline_from_the_image_noised_in_full(pipe, both_inpaint):
    """From alpha x0 + sigma z our noise is z too: what is left is the first question, where the other still has z."""
    schedule, cells = prompted(pipe, [A]).schedule, both_inpaint(Z)[0]
    start = torch.where(cells, Z, schedule.add_noise(IMAGE, 1.0, Z))
    _, ours, theirs = both_inpaint(start)
    assert (ours - theirs).abs().max() < 1e-3  # measured: 0.0002


def test_plain_sampling_is_far_from_inpainting(pipe, both_inpaint):
    model, (cells, _, theirs) = prompted(pipe, [A, B]), both_inpaint(Z)
    plain = sample(cfg(model, 3.0), model.schedule, Z, LABELS, steps=20)
    assert (plain - theirs)[..., cells].abs().max() > 0.5
