"""The rules of lesson 12 against diffusers' guiders and scheduler, number by number; and what their texts say."""
import ast
import inspect

import pytest
import torch
from notebook_code import ROOT, definitions, trees

from cfg_lessons.denoisers import as_eps, as_x0
from cfg_lessons.guidance import autoguide, extrapolate, guide, interval, projected, rescaled
from cfg_lessons.sampling import noise
from cfg_lessons.schedules import Cosine

diffusers = pytest.importorskip("diffusers")
guiders = pytest.importorskip("diffusers.guiders")
from diffusers import DDIMScheduler  # noqa: E402
from diffusers.guiders.guider_utils import rescale_noise_cfg  # noqa: E402

LESSON = next(ROOT.glob("notebooks/12_*.ipynb"))
SCALES = (0.0, 0.5, 2.0, 7.5)
C = noise(5, 3, 8, 8, seed=0).double()
U = 0.8 * C + 0.5 * noise(5, 3, 8, 8, seed=1).double()


def of_lesson(name):
    """A function as lesson 12 defines it."""
    node = next(tree for found in map(definitions, trees(LESSON)) if (tree := found.get(name)))
    space = {"torch": torch, "extrapolate": extrapolate, "as_x0": as_x0, "as_eps": as_eps}
    exec(compile(ast.Module([node], []), str(LESSON), "exec"), space)
    return space[name]


def theirs(kind, c=C, u=U, step=5, steps=10, **options):
    """What a guider makes of two answers, in the middle of a walk."""
    guider = getattr(guiders, kind)(**options)
    guider.set_state(step=step, num_inference_steps=steps, timestep=torch.tensor(500))
    if kind == "AdaptiveProjectedGuidance":
        guider.momentum_buffer = None
    return guider.forward(c, u).pred


def same(a, b):
    return torch.allclose(a, b, rtol=0, atol=1e-9)


# ---- the rules

@pytest.mark.parametrize("s", SCALES)
def test_extrapolate(s):
    assert same(extrapolate(C, U, s), theirs("ClassifierFreeGuidance", guidance_scale=s))
    assert not same(extrapolate(C, U, s + 1), theirs("ClassifierFreeGuidance", guidance_scale=s))


@pytest.mark.parametrize("s", SCALES)
@pytest.mark.parametrize("phi", (0.3, 1.0))
def test_rescaled(s, phi):
    mine = rescaled(phi)(C, U, s)
    assert same(mine, theirs("ClassifierFreeGuidance", guidance_scale=s, guidance_rescale=phi))
    assert same(mine, rescale_noise_cfg(extrapolate(C, U, s), C, phi))
    assert not same(mine, extrapolate(C, U, s))


@pytest.mark.parametrize("s", SCALES)
@pytest.mark.parametrize("eta", (0.0, 0.4, 1.0))
@pytest.mark.parametrize("norm", (None, 4.0))
def test_projected_is_their_original_formulation(s, eta, norm):
    """Their number is then the paper's w - 1; 0 is their word for "no cap"."""
    options = dict(eta=eta, adaptive_projected_guidance_rescale=norm or 0.0, use_original_formulation=True)
    assert same(projected(eta, norm)(C, U, s), theirs("AdaptiveProjectedGuidance", guidance_scale=s - 1, **options))
    assert (C - U).flatten(1).norm(dim=1).min() > 4  # the cap of 4 is at work
    if eta < 1:
        assert not same(projected(eta, norm)(C, U, s), projected(1.0, norm)(C, U, s))


@pytest.mark.parametrize("s", SCALES)
def test_fitted(s):
    mine = of_lesson("fitted")(C, U, s)
    found = theirs("ClassifierFreeZeroStarGuidance", guidance_scale=s)
    assert torch.allclose(mine, found, rtol=0, atol=1e-5)  # they add 1e-8 below the line
    assert (mine - extrapolate(C, U, s)).abs().max() > 1e-2


@pytest.mark.parametrize("s", SCALES)
def test_autoguide(s):
    good, weak = (lambda x, t, y: C), (lambda x, t, y: U)
    y = torch.zeros(5, dtype=torch.long)
    options = dict(guidance_scale=s, auto_guidance_layers=[0], dropout=0.1)
    assert same(autoguide(good, weak, s)(C, 0.5, y), theirs("AutoGuidance", **options))
    assert not same(autoguide(weak, good, s)(C, 0.5, y), theirs("AutoGuidance", **options)) or s == 0.5


def test_interval_is_their_start_and_stop():
    """They count steps from the noise, 0 to 1; t falls from 1 to 0. Step i of n is at t = 1 - i / n."""
    low, high, n, y = 0.2, 0.7, 10, torch.zeros(5, dtype=torch.long)
    mine = guide(lambda x, t, y: C, lambda x, t, y: U, interval(3.0, low, high))
    guided = 0
    for i, t in enumerate(Cosine().times(n)[:-1]):
        found = theirs("ClassifierFreeGuidance", guidance_scale=3.0, start=1 - high, stop=1 - low, step=i, steps=n)
        assert same(mine(C, t, y), found)
        guided += not same(found, C)
    assert guided == 5


def test_thresholded_is_their_dynamic_thresholding():
    schedule, x0, t = Cosine(), 1.7 * noise(5, 3, 8, 8, seed=2).double(), 0.4
    x, y = schedule.add_noise(x0, t, C), torch.zeros(5, dtype=torch.long)
    denoiser = as_eps(lambda x, t, y: x0, schedule)
    mine = as_x0(of_lesson("thresholded")(denoiser, schedule, 0.9), schedule)(x, t, y)
    scheduler = DDIMScheduler(thresholding=True, dynamic_thresholding_ratio=0.9, sample_max_value=100.0)
    assert same(mine, scheduler._threshold_sample(x0))
    assert not same(mine, x0.clamp(-1, 1))


# ---- where their texts mislead: each sentence of the lesson's list, which names the version

as_read = pytest.mark.skipif(diffusers.__version__ != "0.42.1", reason="the lesson speaks of diffusers 0.42.1")


def says(thing, *words):
    return all(word in " ".join(inspect.getdoc(thing).split()) for word in words)


@as_read
def test_their_two_formulas_are_called_equivalent_and_differ():
    assert says(guiders.ClassifierFreeGuidance, "Equivalent in theory")
    one, other = (theirs("ClassifierFreeGuidance", guidance_scale=3.0, use_original_formulation=original)
                  for original in (False, True))
    assert same(other - one, C - U)


@as_read
def test_their_apg_projects_nothing_by_default():
    by_default = theirs("AdaptiveProjectedGuidance", guidance_scale=3.0, adaptive_projected_guidance_rescale=0.0)
    assert same(by_default, extrapolate(C, U, 3.0))
    assert says(guiders.AdaptiveProjectedGuidance, "The rescale factor applied to the noise predictions")
    large, larger = (theirs("AdaptiveProjectedGuidance", guidance_scale=3.0, adaptive_projected_guidance_rescale=r)
                     for r in (1e3, 1e6))
    assert same(large, larger)  # a cap that is not reached; a factor would show


@as_read
@pytest.mark.parametrize("s", (1.0001, 2.0, 7.5))
def test_their_usual_apg_is_the_papers_less_what_the_push_has_along_the_target(s):
    """It starts from the unconditional answer, so that it does not tend to the conditional one at scale 1."""
    found = theirs("AdaptiveProjectedGuidance", guidance_scale=s, eta=0.0, adaptive_projected_guidance_rescale=0.0)
    along = ((C - U) * C).flatten(1).sum(1) / C.square().flatten(1).sum(1)
    assert same(found, projected(0.0)(C, U, s) - along.reshape(-1, 1, 1, 1) * C)
    assert along.abs().min() > 0.1


@as_read
def test_at_scale_1_their_apg_takes_the_conditional_answer_all_the_same():
    assert same(theirs("AdaptiveProjectedGuidance", guidance_scale=1.0, eta=0.0), C)


@as_read
def test_their_zero_init_zeroes_whatever_the_network_says():
    assert says(guiders.ClassifierFreeZeroStarGuidance, "zero initialization of the noise predictions")
    assert theirs("ClassifierFreeZeroStarGuidance", guidance_scale=3.0, step=0).eq(0).all()


@as_read
def test_their_zero_star_names_other_defaults_than_it_has():
    said = "start (`float`, defaults to `0.01`)", "stop (`float`, defaults to `0.2`)"
    assert says(guiders.ClassifierFreeZeroStarGuidance, *said)
    has = inspect.signature(guiders.ClassifierFreeZeroStarGuidance.__init__).parameters
    assert (has["start"].default, has["stop"].default) == (0.0, 1.0)


@as_read
def test_their_dynamic_thresholding_is_a_static_clip_by_default():
    x0 = 3 * noise(5, 3, 8, 8, seed=2)
    for ratio in (0.5, 0.995):
        found = DDIMScheduler(thresholding=True, dynamic_thresholding_ratio=ratio)._threshold_sample(x0)
        assert torch.equal(found, x0.clamp(-1, 1))
