"""Guidance: the table of guidance.py, line by line, and the traps."""

import numpy as np
import pytest
import torch
from diffusers.guiders.adaptive_projected_guidance import normalized_guidance
from diffusers.guiders.guider_utils import rescale_noise_cfg

from cfg_lessons import data
from cfg_lessons.denoisers import NULL, TARGETS, LearnedDenoiser, as_eps, as_x0
from cfg_lessons.guidance import (
    autoguide, bayes, cfg, classifier_guidance, compose, extrapolate, given, guide, interval, log_likelihood, negative,
    projected, rescaled, strength,
)  # fmt: skip
from cfg_lessons.nets import MLP, TinyUNet
from cfg_lessons.sampling import Counted, noise, sample, walk
from cfg_lessons.schedules import Cosine, Straight, ddpm

WORLD = data.triangle(Cosine())
BATCH = torch.linspace(0.1, 1, 12, dtype=torch.float64)
each_time = pytest.mark.parametrize("t", [0.5, torch.tensor(0.5), BATCH], ids=["number", "single", "batch"])


@pytest.fixture
def x():
    return torch.randn(12, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.fixture
def y():
    return torch.arange(12) % 3


def same(a, b, atol=1e-12):
    torch.testing.assert_close(a, b, rtol=0, atol=atol)


def null(x, t, y):
    return WORLD.denoiser(x, t, torch.full_like(y, NULL))


def other(x, t, y):
    """Some denoiser that has nothing to do with the labels."""
    return 0.3 * x + 0.1


def net(kind, target="v"):
    """A network with random weights everywhere, and a batch for it."""
    torch.manual_seed(0)
    model = LearnedDenoiser(kind(10), Cosine(), target).requires_grad_(False)
    for parameter in model.parameters():
        parameter.add_(0.05 * torch.randn(parameter.shape))
    shape = (2,) if kind is MLP else (1, 28, 28)
    return model, noise(6, *shape), torch.tensor([0, 9, NULL, 3, 3, 7])


each_net = pytest.mark.parametrize("kind", [MLP, TinyUNet])

# ---- one scale, one sentence


@each_time
@pytest.mark.parametrize("scale", [1, 1.0])
def test_scale_1_is_bitwise_the_target_and_asks_it_once(x, y, t, scale):
    target, reference = Counted(WORLD.denoiser), Counted(other)
    assert (guide(target, reference, scale)(x, t, y) == WORLD.denoiser(x, t, y)).all()
    assert (target.calls, reference.calls) == (1, 0)


def test_cfg_at_scale_1_costs_one_pass_and_above_it_one_doubled_pass(x, y):
    for scale, rows in ((1.0, 12), (3.0, 24)):
        counted = Counted(WORLD.denoiser)
        cfg(counted, scale)(x, 0.5, y)
        assert (counted.calls, counted.rows) == (1, rows)


@each_time
def test_scale_0_is_the_reference(x, y, t):
    same(guide(WORLD.denoiser, other, 0.0)(x, t, y), other(x, t, y))
    same(cfg(WORLD.denoiser, 0.0)(x, t, y), null(x, t, y))


@each_time
def test_scale_3_goes_three_times_as_far_from_the_reference(x, y, t):
    same(guide(WORLD.denoiser, other, 3)(x, t, y), other(x, t, y) + 3 * (WORLD.denoiser(x, t, y) - other(x, t, y)))


@each_time
def test_a_scale_may_be_one_per_sample(x, y, t):
    scale = torch.linspace(0, 5, 12)
    each = [guide(WORLD.denoiser, other, s)(x, t, y)[i] for i, s in enumerate(scale.tolist())]
    same(guide(WORLD.denoiser, other, scale)(x, t, y), torch.stack(each), 1e-6)


def test_a_scale_per_sample_works_on_pictures():
    model, x, y = net(TinyUNet)
    scale = torch.tensor([0, 1, 2, 3, 4, 5])
    each = [cfg(model, int(s))(x, 0.5, y)[i] for i, s in enumerate(scale)]
    same(cfg(model, scale)(x, 0.5, y), torch.stack(each), 1e-4)


def test_a_scale_may_be_a_function_of_time(x, y):
    for t in (0.2, 0.5):
        same(cfg(WORLD.denoiser, lambda t: 1 + 4 * t)(x, t, y), cfg(WORLD.denoiser, 1 + 4 * t)(x, t, y))
    same(cfg(WORLD.denoiser, lambda t: 1 + 4 * t)(x, BATCH, y), cfg(WORLD.denoiser, 1 + 4 * BATCH)(x, BATCH, y))


@pytest.mark.parametrize("t", [0.3, BATCH], ids=["number", "batch"])
def test_a_function_of_time_may_give_one_scale_per_sample(x, y, t):
    scale = torch.linspace(0, 5, 12)
    same(cfg(WORLD.denoiser, lambda t: scale * (1 - t))(x, t, y), cfg(WORLD.denoiser, scale * (1 - t))(x, t, y))


@pytest.mark.parametrize("scale", [2, 2.0, torch.tensor(2), np.float32(2)])
def test_a_scale_of_one_number_multiplies_as_that_number(x, y, scale):
    assert strength(scale, x).shape == () and strength(scale, x).dtype == x.dtype and strength(scale, x) == 2
    same(guide(WORLD.denoiser, other, scale)(x, 0.5, y), guide(WORLD.denoiser, other, 2.0)(x, 0.5, y))


@pytest.mark.parametrize("scales", [[1.0, 2, 3, -4], torch.tensor([1, 2, 3, -4])], ids=["list", "tensor"])
def test_scales_per_sample_stand_in_the_batch_axis_and_follow_the_samples(scales):
    for shape in ((4,), (4, 2), (4, 1, 28, 28)):
        s = strength(scales, torch.ones(shape, dtype=torch.float64))
        assert s.shape == (4,) + (1,) * (len(shape) - 1) and s.dtype == torch.float64
        assert s.flatten().tolist() == [1, 2, 3, -4]


def test_a_scale_per_sample_leaves_the_samples_at_1_unguided(x, y):
    scale = 1.0 + 2 * (torch.arange(12) % 2)
    guided = cfg(WORLD.denoiser, scale)(x, 0.5, y)
    same(guided[::2], WORLD.denoiser(x, 0.5, y)[::2])
    same(guided[1::2], cfg(WORLD.denoiser, 3.0)(x, 0.5, y)[1::2])


def test_an_interval_guides_above_low_up_to_high():
    scale = interval(3.0, 0.2, 0.6)
    times, scales = [0.0, 0.2, 0.2001, 0.6, 0.6001, 1.0], [1, 1, 3, 3, 1, 1]
    assert [scale(t) for t in times] == [scale(torch.tensor(t, dtype=torch.float64)) for t in times] == scales
    assert scale(torch.tensor(times)).tolist() == scale(torch.tensor(times, dtype=torch.float64)).tolist() == scales


def test_outside_its_interval_guidance_costs_nothing(y):
    counted, x = Counted(WORLD.denoiser), noise(12, 2)
    sample(cfg(counted, interval(3.0, 0.25, 0.75)), WORLD.schedule, x, y, steps=8)
    assert (counted.calls, counted.rows) == (8, 4 * 12 + 4 * 24)  # t = 6/8, 5/8, 4/8, 3/8 are guided


# ---- one network, one doubled batch


@each_net
@pytest.mark.parametrize("t", [0.4, torch.tensor(0.4), torch.linspace(0.1, 1, 6)], ids=["number", "single", "batch"])
def test_one_doubled_batch_equals_two_passes(kind, t):
    model, x, y = net(kind)
    whole = cfg(model, 4.0)(x, t, y)
    nobody = torch.full_like(y, NULL)
    same(whole, model(x, t, nobody) + 4.0 * (model(x, t, y) - model(x, t, nobody)), 1e-5)
    assert not torch.allclose(whole[0], model(x, t, y)[0], atol=1e-3)


@each_net
def test_label_null_is_guided_by_nothing(kind):
    model, x, y = net(kind)
    same(cfg(model, 4.0)(x, 0.4, y)[2], model(x, 0.4, y)[2], 1e-5)


# ---- the same in every space


@pytest.mark.parametrize("target", TARGETS)
@each_time
def test_extrapolation_is_the_same_in_eps_x0_v_and_flow(x, y, t, target):
    alpha, sigma = WORLD.schedule.at(t, x)
    a, b = TARGETS[target](alpha, sigma)

    def spoken(denoiser):
        eps = denoiser(x, t, y)
        return a * (x - sigma * eps) / alpha + b * eps

    guided = extrapolate(spoken(WORLD.denoiser), spoken(null), 3.0)
    torch.testing.assert_close(guided, spoken(cfg(WORLD.denoiser, 3.0)), rtol=1e-9, atol=1e-9)


def test_guidance_wraps_functions_that_speak_of_clean_data_too(x, y):
    clean = [as_x0(d, WORLD.schedule) for d in (WORLD.denoiser, null)]
    same(as_eps(guide(*clean, 3.0), WORLD.schedule)(x, 0.5, y), cfg(WORLD.denoiser, 3.0)(x, 0.5, y))


# ---- given, and the order of pinning


def test_given_pins_a_label_whatever_is_asked(x, y):
    for label in (2, torch.tensor(2), torch.full((12,), 2)):
        same(given(WORLD.denoiser, label)(x, 0.5, y), WORLD.denoiser(x, 0.5, torch.full_like(y, 2)))


def test_given_takes_a_label_for_each_sample(x, y):
    same(given(WORLD.denoiser, y.flip(0))(x, 0.5, y), WORLD.denoiser(x, 0.5, y.flip(0)))


def test_given_takes_an_embedding():
    def speaks(x, t, words):
        return x * words.mean(1, keepdim=True)

    x, caption, silence = noise(5, 2), torch.randn(5, 8), torch.zeros(8)
    same(given(speaks, torch.ones(8))(x, 0.5, caption), x)
    same(guide(speaks, given(speaks, silence), 3.0)(x, 0.5, caption), 3 * speaks(x, 0.5, caption), 1e-6)


@pytest.mark.parametrize("shape", [(8,), (5,), (3, 8)], ids=["words", "as many as samples", "a list of words"])
def test_given_pins_an_embedding_where_labels_are_numbers(shape):
    x, y, words = noise(5, 2), torch.arange(5), torch.randn(shape)
    assert given(lambda x, t, words: words, words)(x, 0.5, y).equal(torch.stack([words] * 5))


def test_pinning_last_guides_and_pinning_first_does_not(x, y):
    sevens = torch.full_like(y, 2)
    same(given(cfg(WORLD.denoiser, 3.0), 2)(x, 0.5, y), cfg(WORLD.denoiser, 3.0)(x, 0.5, sevens))
    same(cfg(given(WORLD.denoiser, 2), 3.0)(x, 0.5, y), WORLD.denoiser(x, 0.5, sevens))


# ---- classifier guidance


@pytest.mark.parametrize("make", [Cosine, Straight, ddpm])
@pytest.mark.parametrize("scale", [1.0, 3.0, 7.5])
@pytest.mark.parametrize("eta", [0.0, 1.0], ids=["ddim", "ddpm"])
def test_exact_classifier_guidance_is_classifier_free_guidance_over_whole_walks(make, scale, eta, y):
    world, x = data.triangle(make()), noise(12, 2).double()
    free, by_classifier = (
        walk(denoiser, world.schedule, x, y, steps=25, eta=eta)
        for denoiser in (
            cfg(world.denoiser, scale),
            classifier_guidance(world.denoiser, world.classifier, world.schedule, scale),
        )
    )
    for (_, one), (_, two) in zip(free, by_classifier):
        same(one, two, 1e-10)


@each_time
def test_bayes_makes_the_conditional_denoiser(x, y, t):
    for labels in (y, y - 1, torch.full_like(y, NULL)):  # all, some, none
        same(bayes(WORLD.denoiser, WORLD.classifier, WORLD.schedule)(x, t, labels), WORLD.denoiser(x, t, labels), 1e-10)


def test_bayes_adds_the_gradient_of_any_classifier(x):
    weight = torch.tensor([[1.0, -0.5], [0.3, 0.8], [-2.0, 0.1]], dtype=torch.float64)
    y = torch.tensor([0, NULL, 2, 1, NULL, 0, 2, 2, 1, 0, NULL, 1])
    push = weight[y] - (x @ weight.T).softmax(1) @ weight  # of log softmax(weight x)[y], by hand
    asked = bayes(other, lambda x, t: x @ weight.T, WORLD.schedule)(x, BATCH, y)
    sigma = WORLD.schedule.at(BATCH, x)[1]
    same(asked, other(x, BATCH, y) - sigma * torch.where(y[:, None] == NULL, 0.0, push))


def test_the_log_likelihood_of_a_label_is_its_share_of_the_logits(x):
    y = torch.tensor([0, 1, 2, 3, NULL, 0, 1, 2, 3, NULL, 3, 0])
    logits = torch.randn(12, 4, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    shares = [0.0 if k == NULL else (row[k].exp() / row.exp().sum()).log().item() for row, k in zip(logits, y.tolist())]
    same(log_likelihood(lambda x, t: logits, x, 0.5, y), torch.tensor(shares, dtype=torch.float64))


def test_the_classifier_is_asked_at_the_time_and_place_of_the_sample(x, y):
    def classifier(x, t):
        return torch.stack([x[:, 0] * t, x[:, 1], t + 0 * x[:, 0]], 1)

    logits = torch.stack([x[:, 0] * BATCH, x[:, 1], BATCH], 1)
    same(log_likelihood(classifier, x, BATCH, y), logits.log_softmax(1)[torch.arange(12), y])


def test_where_nothing_was_asked_there_is_no_gradient_however_sure_the_classifier(x):
    y, point = torch.arange(12) % 2 - 1, x.clone().requires_grad_()
    log_p = log_likelihood(lambda x, t: torch.stack([1e4 * x[:, 0], x[:, 1]], 1), point, 0.5, y)
    (push,) = torch.autograd.grad(log_p.sum(), point)
    assert (log_p[y == NULL] == 0).all() and (push[y == NULL] == 0).all()
    assert (log_p[y == 0] < 0).any() and push.isfinite().all() and (push[y == 0] != 0).any()


@pytest.mark.parametrize("scale", [0.0, 1.0, 3.0])
def test_classifier_guidance_asks_the_denoiser_once_per_step(y, scale):
    counted = Counted(WORLD.denoiser)
    sample(
        classifier_guidance(counted, WORLD.classifier, WORLD.schedule, scale), WORLD.schedule, noise(12, 2), y, steps=9
    )
    assert (counted.calls, counted.rows) == (9, 9 * 12)


def test_classifier_guidance_remembers_nothing_from_one_question_to_the_next(x, y):
    weight = torch.ones(1, dtype=torch.float64)
    guided = classifier_guidance(lambda x, t, y: weight * x, WORLD.classifier, WORLD.schedule, 3.0)
    before = guided(x, 0.5, y)
    weight.fill_(2.0)
    same(guided(x, 0.5, y) - before, x)


def test_the_classifiers_gradient_does_not_reach_the_denoiser(x, y):
    weight = torch.ones((), dtype=torch.float64, requires_grad=True)

    def learned(x, t, y):
        assert not x.requires_grad
        return weight * WORLD.denoiser(x, t, y)

    bayes(learned, WORLD.classifier, WORLD.schedule)(x, 0.5, y)
    assert weight.grad is None


@pytest.mark.parametrize("mode", [torch.no_grad, torch.enable_grad])
def test_bayes_leaves_the_callers_tensor_alone(x, y, mode):
    with mode():
        out = bayes(WORLD.denoiser, WORLD.classifier, WORLD.schedule)(x, 0.5, y)
    assert not x.requires_grad and x.grad is None and not out.requires_grad


def test_bayes_leaves_no_gradient_in_the_classifiers_weights(x, y):
    classifier = torch.nn.Linear(2, 3).double()
    bayes(WORLD.denoiser, lambda x, t: classifier(x), WORLD.schedule)(x, 0.5, y)
    assert classifier.weight.grad is None


def test_every_sample_has_a_gradient_of_its_own(x, y):
    guided = classifier_guidance(WORLD.denoiser, WORLD.classifier, WORLD.schedule, 3.0)
    alone = torch.cat([guided(x[i : i + 1], 0.5, y[i : i + 1]) for i in range(12)])
    same(guided(x, 0.5, y), alone)


# ---- the other lines of the table


def test_a_negative_prompt_pushes_away_from_the_unwanted_label(x, y):
    unwanted, wanted = WORLD.denoiser(x, 0.5, torch.full_like(y, 1)), 2 * (y % 2)  # labels 0 and 2
    pushed = unwanted + 2 * (WORLD.denoiser(x, 0.5, wanted) - unwanted)
    same(negative(WORLD.denoiser, 1, 2.0)(x, 0.5, wanted), pushed)


def test_a_negative_prompt_may_differ_from_sample_to_sample(x, y):
    unwanted = (y + 1) % 3
    guided = negative(WORLD.denoiser, unwanted, 2.0)(x, 0.5, y)
    same(guided, 2 * WORLD.denoiser(x, 0.5, y) - WORLD.denoiser(x, 0.5, unwanted))


@pytest.mark.parametrize("unwanted", [2, torch.tensor(2), torch.tensor([1, 1, 2])], ids=["number", "single", "batch"])
def test_a_label_both_wanted_and_unwanted_is_refused_though_it_be_one_of_many(x, unwanted):
    with pytest.raises(ValueError, match="^label 2 is wanted and unwanted: guidance cancels to the plain prediction$"):
        negative(WORLD.denoiser, unwanted, 2.0)(x[:3], 0.5, torch.tensor([0, 0, 2]))


def test_a_negative_prompt_of_nothing_is_cfg(x, y):
    same(negative(WORLD.denoiser, NULL, 2.0)(x, 0.5, y), cfg(WORLD.denoiser, 2.0)(x, 0.5, y))


def test_autoguidance_pushes_away_from_the_weaker_model(x, y):
    weak = data.triangle(Straight()).denoiser
    same(autoguide(WORLD.denoiser, weak, 2.0)(x, 0.5, y), 2 * WORLD.denoiser(x, 0.5, y) - weak(x, 0.5, y))


@pytest.mark.parametrize("scale", [-1.0, 0.0, 1.0, 3.0])
def test_composing_one_label_is_cfg(x, y, scale):
    same(compose(WORLD.denoiser, [2], [scale])(x, 0.5, y), given(cfg(WORLD.denoiser, scale), 2)(x, 0.5, y))


def test_composing_labels_adds_their_pushes(x, y):
    pushes = [WORLD.denoiser(x, 0.5, torch.full_like(y, k)) - null(x, 0.5, y) for k in range(2)]
    same(compose(WORLD.denoiser, [0, 1], [2.0, -1.5])(x, 0.5, y), null(x, 0.5, y) + 2 * pushes[0] - 1.5 * pushes[1])


def test_composed_scales_may_be_one_per_sample_or_functions_of_time(x, y):
    each, middle = torch.linspace(-1, 5, 12), torch.where((0.2 < BATCH) & (BATCH <= 0.6), 3.0, 1.0)
    composed = compose(WORLD.denoiser, [0, 1, 2], [each, lambda t: 4 * t, interval(3.0, 0.2, 0.6)])(x, BATCH, y)
    pushes = [WORLD.denoiser(x, BATCH, torch.full_like(y, k)) - null(x, BATCH, y) for k in range(3)]
    scales = [each, 4 * BATCH, middle]
    same(composed, null(x, BATCH, y) + sum(s[:, None] * push for s, push in zip(scales, pushes)), 1e-6)


# ---- two attributes

QUILT = data.quilt(Cosine())


@pytest.fixture
def wish():
    """[colour, place], with a column left open here and there."""
    return torch.tensor([[0, NULL], [1, NULL], [2, 1], [NULL, 2], [NULL, NULL], [0, 2]] * 2)


def eps(x, *labels):
    return QUILT.denoiser(x, 0.5, torch.tensor(labels).expand(len(x), 2))


def test_cfg_leaves_out_both_attributes_at_once(x, wish):
    guided = cfg(QUILT.denoiser, 3.0)(x, 0.5, wish)
    same(guided, 3 * QUILT.denoiser(x, 0.5, wish) - 2 * eps(x, NULL, NULL))
    same(guided[4::6], eps(x, NULL, NULL)[4::6])


def test_guiding_one_attribute_is_guiding_the_world_of_that_attribute(x):
    colour = QUILT.attribute(0)
    start, y = noise(12, 2).double(), torch.arange(12) % 3
    both, alone = (
        sample(cfg(world.denoiser, 2.0), Cosine(), start, labels, steps=10)
        for world, labels in ((QUILT, torch.stack([y, torch.full_like(y, NULL)], 1)), (colour, y))
    )
    same(both, alone)


def test_a_negative_prompt_of_two_attributes_pushes_away_from_both(x, wish):
    for unwanted in (torch.tensor([1, 0]), torch.tensor([1, 0]).expand(12, 2)):
        same(negative(QUILT.denoiser, unwanted, 2.0)(x, 0.5, wish), 2 * QUILT.denoiser(x, 0.5, wish) - eps(x, 1, 0))


def test_wishes_that_share_one_attribute_do_not_cancel(x):
    away = negative(QUILT.denoiser, torch.tensor([1, 0]), 2.0)
    same(away(x, 0.5, torch.tensor([1, 2]).expand(12, 2)), 2 * eps(x, 1, 2) - eps(x, 1, 0))
    with pytest.raises(ValueError, match=r"label \[1, 0\] is wanted and unwanted: guidance cancels"):
        away(x, 0.5, torch.cat([torch.tensor([1, 2]).expand(11, 2), torch.tensor([[1, 0]])]))


def test_attributes_can_be_composed_out_of_single_wishes(x, wish):
    composed = compose(QUILT.denoiser, [torch.tensor([0, NULL]), torch.tensor([NULL, 2])], [2.0, 3.0])(x, 0.5, wish)
    nothing = eps(x, NULL, NULL)
    same(composed, nothing + 2 * (eps(x, 0, NULL) - nothing) + 3 * (eps(x, NULL, 2) - nothing))


# ---- rules of every method


def test_every_method_passes_its_rule_on(x, y):
    def only_target(target, reference, scale):
        return target

    target = WORLD.denoiser
    same(cfg(target, 3, only_target)(x, 0.5, y), target(x, 0.5, y))
    same(negative(target, NULL, 3, only_target)(x, 0.5, y), target(x, 0.5, y))
    same(autoguide(target, other, 3, only_target)(x, 0.5, y), target(x, 0.5, y))


# ---- rules


@pytest.fixture
def pair():
    """A target and a reference the shape of pictures."""
    return torch.randn(2, 6, 3, 4, 4, generator=torch.Generator().manual_seed(0)).unbind()


@pytest.fixture(params=[4.0, torch.tensor([0.0, 1, 2, 3, 4, 5])], ids=["number", "per sample"])
def scale(request):
    """A scale as guide hands it to a rule."""
    return request.param if isinstance(request.param, float) else request.param.view(6, 1, 1, 1)


@pytest.mark.parametrize("rule", [rescaled(0.7), projected(), projected(0.5, norm=2.0)])
def test_every_rule_gives_the_target_where_there_is_nothing_to_guide(pair, scale, rule):
    same(rule(pair[0], pair[0].clone(), scale), pair[0], 1e-5)


@pytest.mark.parametrize("rule", [rescaled(0.7), projected(), projected(0.5, norm=2.0)])
def test_every_rule_gives_the_target_at_scale_1(pair, rule):
    same(rule(*pair, 1.0), pair[0], 1e-5)


@pytest.mark.parametrize("rule", [extrapolate, rescaled(0.7), projected(0.5, norm=2.0)])
def test_every_rule_treats_each_sample_by_itself(pair, rule):
    (target, reference), scale = pair, torch.arange(6.0).view(6, 1, 1, 1)
    alone = [rule(target[i : i + 1], reference[i : i + 1], scale[i : i + 1]) for i in range(6)]
    same(rule(*pair, scale), torch.cat(alone), 1e-5)


@pytest.mark.parametrize("phi", [0.0, 0.7, 1.0])
def test_rescaling_agrees_with_diffusers(pair, scale, phi):
    target, reference = pair
    same(
        rescaled(phi)(target, reference, scale),
        rescale_noise_cfg(extrapolate(target, reference, scale), target, phi),
        1e-6,
    )


def test_rescaling_in_full_gives_the_spread_of_the_target(pair):
    same(rescaled(1.0)(*pair, 5.0).flatten(1).std(1), pair[0].flatten(1).std(1), 1e-5)


@pytest.mark.parametrize("eta", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("norm", [None, 0.5, 100.0])
def test_projection_agrees_with_diffusers(pair, eta, norm):
    theirs = normalized_guidance(*pair, 4.0 - 1, eta=eta, norm_threshold=norm or 0.0, use_original_formulation=True)
    same(projected(eta, norm)(*pair, 4.0), theirs, 1e-5)


def test_projection_with_eta_1_and_no_norm_is_extrapolation(pair, scale):
    same(projected(1.0)(*pair, scale), extrapolate(*pair, scale), 1e-5)


def test_projection_with_eta_0_adds_nothing_along_the_target(pair):
    target, out = pair[0], projected(0.0)(*pair, 4.0)
    same(((out - target) * target).flatten(1).sum(1), torch.zeros(6), 1e-3)


def test_the_push_of_a_projection_is_no_longer_than_its_norm(pair):
    push = (projected(1.0, norm=0.5)(*pair, 4.0) - pair[0]).flatten(1)
    same(push.norm(dim=1), torch.full((6,), 3 * 0.5), 1e-4)


def test_rules_work_inside_a_walk(y):
    for rule in (rescaled(0.7), projected(0.0, norm=1.0)):
        assert sample(cfg(WORLD.denoiser, 3.0, rule), WORLD.schedule, noise(12, 2), y, steps=5).isfinite().all()


def test_a_scale_may_be_an_array_of_numpy(x, y):
    scale = np.linspace(1, 3, len(x))
    same(cfg(WORLD.denoiser, scale)(x, 0.5, y), cfg(WORLD.denoiser, torch.tensor(scale))(x, 0.5, y))
