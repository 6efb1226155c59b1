"""The same numbers on the device that store.best_device() finds as on the CPU."""

import pytest
import torch

from cfg_lessons import data, store, text2image
from cfg_lessons.denoisers import NULL, LearnedDenoiser, clipped
from cfg_lessons.guidance import cfg, classifier_guidance, given, interval
from cfg_lessons.metrics import density_coverage, precision_recall
from cfg_lessons.nets import MLP, Judge, NoisyClassifier, NoisyMLP, TinyUNet
from cfg_lessons.sampling import noise, sample
from cfg_lessons.schedules import Cosine, ddpm
from cfg_lessons.training import denoising_loss, drop_labels, fit

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here"),
]


@pytest.fixture
def device():
    """The accelerator, told to calculate in full single precision."""
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    return store.best_device()


def agree(here, there, atol):
    assert there.device.type != "cpu"
    torch.testing.assert_close(here, there.cpu(), rtol=0, atol=atol)


@pytest.mark.parametrize("kind, shape", [(MLP, (2,)), (TinyUNet, (1, 28, 28))])
@pytest.mark.parametrize("options", [{}, {"eta": 1.0}], ids=["ddim", "ddpm"])
def test_guided_samples_are_the_same_picture(device, kind, shape, options):
    torch.manual_seed(0)
    y, pictures = torch.tensor([0, 3, NULL, 9]), []
    model = LearnedDenoiser(kind(10), ddpm()).requires_grad_(False)
    for place in ("cpu", device):
        model.to(place)
        denoiser = cfg(clipped(model, model.schedule), interval(3.0, 0.2, 0.9))
        pictures.append(
            sample(denoiser, model.schedule, noise(4, *shape, device=place), y.to(place), steps=20, **options)
        )
    agree(*pictures, atol=1e-3)


def test_a_sentence_is_painted_as_the_same_picture(device):
    wishes = ["a large red circle on the left", "a small blue square at the top on a black background"]
    pictures = [text2image.paint(text2image.load(device=place), wishes, steps=5) for place in ("cpu", device)]
    assert (pictures[0] - pictures[1]).abs().mean() < 1e-3


def test_exact_classifier_guidance_is_the_same_walk(device):
    world, y = data.triangle(Cosine()), torch.arange(12) % 3
    guided = classifier_guidance(world.denoiser, world.classifier, world.schedule, 3.0)
    agree(
        *[sample(guided, world.schedule, noise(12, 2, device=place), y.to(place)) for place in ("cpu", device)],
        atol=1e-3,
    )


@pytest.mark.parametrize("net, kind, shape", [(MLP, NoisyMLP, (2,)), (TinyUNet, NoisyClassifier, (1, 28, 28))])
def test_learned_classifier_guidance_is_the_same_picture(device, net, kind, shape):
    torch.manual_seed(0)
    model, classifier = LearnedDenoiser(net(10), ddpm()).requires_grad_(False), kind(10).requires_grad_(False)
    y, pictures = torch.tensor([0, 3, NULL, 9]), []
    for place in ("cpu", device):
        guided = classifier_guidance(
            clipped(model.to(place), model.schedule), classifier.to(place), model.schedule, interval(3.0, 0.2, 0.9)
        )
        pictures.append(sample(guided, model.schedule, noise(4, *shape, device=place), y.to(place), steps=20))
    agree(*pictures, atol=1e-3)


@pytest.mark.parametrize("kind, shape", [(NoisyMLP, (2,)), (NoisyClassifier, (1, 28, 28))])
def test_classifiers_take_time_from_anywhere(device, kind, shape):
    classifier, x = kind(4).requires_grad_(False), noise(3, *shape)
    for t in (0.4, torch.tensor(0.4), torch.linspace(0, 1, 3)):
        agree(classifier.cpu()(x, t), classifier.to(device)(x.to(device), t), atol=1e-4)


def test_two_attributes_are_guided_the_same_way(device):
    world, y = data.quilt(Cosine()), torch.tensor([[0, NULL], [1, 2], [NULL, NULL]] * 4)
    agree(
        *[
            sample(cfg(world.denoiser, 3.0), world.schedule, noise(12, 2, device=place), y.to(place), steps=20)
            for place in ("cpu", device)
        ],
        atol=1e-3,
    )


def test_metrics_of_samples_on_the_device_are_the_same(device):
    real, fake = noise(100, 8), 0.7 * noise(100, 8, seed=1)
    for metric in (precision_recall, density_coverage):
        assert metric(real, fake) == pytest.approx(metric(real.to(device), fake.to(device)), abs=0.02)


def test_times_and_scales_for_each_sample_follow_the_samples(device):
    world, y = data.ring(ddpm()), torch.arange(8)
    t, scale = torch.linspace(0.1, 1, 8), torch.linspace(0, 5, 8)
    agree(
        *[
            given(cfg(world.denoiser, scale.to(place)), y)(noise(8, 2, device=place), t.to(place), y.to(place))
            for place in ("cpu", device)
        ],
        atol=1e-3,
    )


def test_training_is_the_same_for_some_steps(device, tmp_path):
    world, models = data.ring(Cosine()), []
    for place in ("cpu", device):
        torch.manual_seed(0)
        models.append(LearnedDenoiser(MLP(8), world.schedule).to(place))
        draw = data.batches(*(part.to(place) for part in world.sample(500)), size=64)

        def loss(model, x0, y, rng):
            return denoising_loss(model, x0, drop_labels(y, 0.1, rng), rng)

        for _ in range(2):  # the second call finds the file of the first and goes on from there
            fit(models[-1], loss, draw, 30, keep=tmp_path / str(place), every=20)
    for here, there in zip(models[0].parameters(), models[1].parameters()):
        agree(here.detach(), there.detach(), atol=1e-3)


def test_checkpoints_move_between_devices(device, tmp_path):
    model = Judge().eval().to(device)
    store.save(tmp_path / "judge.safetensors", model)
    x = noise(4, 1, 28, 28)
    agree(store.load(tmp_path / "judge.safetensors")(x), model(x.to(device)).detach(), atol=1e-3)
    agree(
        store.load(tmp_path / "judge.safetensors")(x),
        store.load(tmp_path / "judge.safetensors", device)(x.to(device)),
        atol=1e-3,
    )
