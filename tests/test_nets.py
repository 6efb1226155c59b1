"""The networks: noise-aware classifiers, and the memory of which labels a training has seen."""

import pytest
import torch

from cfg_lessons import data, store
from cfg_lessons.denoisers import NULL, LearnedDenoiser
from cfg_lessons.nets import MLP, AttributeEmbedding, LabelEmbedding, NoisyClassifier, NoisyMLP, TinyUNet
from cfg_lessons.sampling import noise
from cfg_lessons.schedules import ALMOST, Cosine, Straight
from cfg_lessons.training import denoising_loss, drop_labels, fit

# ---- noise-aware classifiers

CLASSIFIERS = {"points": (NoisyMLP, 2, (2,)), "pictures": (NoisyClassifier, 10, (1, 28, 28))}  # net, labels, shape


@pytest.fixture(params=CLASSIFIERS)
def classifier(request):
    """A classifier with random weights everywhere, and six samples for it."""
    make, _, shape = CLASSIFIERS[request.param]
    torch.manual_seed(0)
    net = make().eval().requires_grad_(False)
    for parameter in net.parameters():
        parameter.add_(0.05 * torch.randn(parameter.shape))
    return net, noise(6, *shape)


@pytest.mark.parametrize("make, labels, shape", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_a_classifier_gives_a_logit_for_each_label(make, labels, shape):
    assert make()(noise(6, *shape), 0.5).shape == (6, labels)
    assert make(classes=5)(noise(6, *shape), 0.5).shape == (6, 5)


def test_a_classifier_of_points_works_in_any_dimension():
    assert NoisyMLP(3, dims=5)(noise(6, 5), 0.5).shape == (6, 3)


def test_a_classifier_takes_time_as_a_number_or_a_tensor_of_one_or_one_per_sample(classifier):
    net, x = classifier
    one = net(x, 0.25)
    for t in (torch.tensor(0.25), torch.tensor(0.25, dtype=torch.float64), torch.full((6,), 0.25)):
        torch.testing.assert_close(net(x, t), one, rtol=0, atol=1e-6)
    t = torch.linspace(0, 0.9, 6)
    alone = torch.cat([net(x[i : i + 1], t[i]) for i in range(6)])
    torch.testing.assert_close(net(x, t), alone, rtol=0, atol=1e-5)
    assert net(x, 0).isfinite().all()


def test_a_classifier_looks_at_the_clock(classifier):
    net, x = classifier
    early, late = net(x, 0.2) / (1 - ALMOST * 0.2), net(x, 0.7) / (1 - ALMOST * 0.7)  # without the factor
    assert (early - late).abs().max() > 0.01 * early.abs().max()


@pytest.mark.parametrize("t", [1, 1.0, torch.tensor(1.0), torch.ones(6)], ids=["whole", "number", "single", "batch"])
def test_in_noise_the_labels_are_next_to_equal(classifier, t):
    net, x = classifier
    assert 0 < net(x, t).abs().max() < 0.01


def test_the_push_over_alpha_stays_finite_up_to_noise(classifier):
    net, x = classifier

    def guess_moves(t):  # how far the push moves the guess of the clean data, up to sigma**2
        point = x.clone().requires_grad_()
        return torch.autograd.grad(net(point, t)[:, 0].sum(), point)[0].norm() / Straight().alpha(torch.tensor(t))

    assert 0.2 * guess_moves(0.95) < guess_moves(1.0) < 5 * guess_moves(0.95)


def test_before_the_end_the_push_fades_with_the_noise(classifier):
    net, x = classifier

    def push(t):
        point = x.clone().requires_grad_()
        return torch.autograd.grad(net(point, t)[:, 0].sum(), point)[0].norm()

    assert push(0.5) > 10 * push(0.99) > 0


def test_a_classifier_comes_back_from_its_file(classifier, tmp_path):
    net, x = classifier
    store.save(tmp_path / "net.safetensors", net)
    assert store.load(tmp_path / "net.safetensors")(x, 0.5).equal(net(x, 0.5))


# ---- labels that were seen


def table(*trained, classes=3):
    """A label embedding that has met these labels in training, one batch each, and is done."""
    embedding = LabelEmbedding(classes, 4)
    for label in trained:
        embedding(torch.tensor([label]))
    return embedding.eval()


def test_every_label_and_null_has_a_row_of_its_own():
    rows = table(NULL, 0, 1, 2)(torch.tensor([NULL, 0, 1, 2]))
    assert rows.shape == (4, 4) and len(rows.unique(dim=0)) == 4


def test_only_a_training_that_takes_gradients_sees_labels():
    embedding, y = LabelEmbedding(3, 4), torch.tensor([0, 2])
    with torch.no_grad():
        embedding(y)
    embedding.eval()(y)
    assert embedding.seen.tolist() == [False] * 4  # NULL, 0, 1, 2
    embedding.train()(y)
    assert embedding.seen.tolist() == [False, True, False, True]
    embedding(torch.tensor([NULL]))
    assert embedding.seen.tolist() == [True, True, False, True]


def test_a_network_without_any_training_answers_everything():
    for mode in (torch.enable_grad, torch.no_grad):
        with mode():
            assert LabelEmbedding(3, 4).eval()(torch.tensor([NULL, 0, 1, 2])).shape == (4, 4)
    with torch.no_grad():  # as a training does that looks at samples before it starts
        assert LabelEmbedding(3, 4)(torch.tensor([NULL, 0, 1, 2])).shape == (4, 4)


def test_what_was_seen_is_answered():
    assert table(0, 2)(torch.tensor([2, 0, 0])).shape == (3, 4)


@pytest.mark.parametrize("trained, asked, sentence", [
    ([0, 1, 2], [0, NULL], r"^NULL, the null row, was never trained: its numbers are random; train with drop_labels"),
    ([NULL, 0, 1], [1, 2, 2], "^label 2 was never trained: its numbers are random"),
    ([NULL], [0, NULL], "^label 0 was never trained"),
])  # fmt: skip
def test_what_was_never_seen_is_refused(trained, asked, sentence):
    embedding = table(*trained)
    with pytest.raises(ValueError, match=sentence):
        embedding(torch.tensor(asked))
    with pytest.raises(ValueError, match=sentence), torch.no_grad():  # looking at samples in the middle of a training
        embedding.train()(torch.tensor(asked))


@pytest.mark.parametrize("kind, shape", [(MLP, (2,)), (TinyUNet, (1, 28, 28))])
def test_a_stored_network_remembers_what_it_has_seen(kind, shape, tmp_path):
    model = LearnedDenoiser(kind(3), Cosine())
    model(noise(4, *shape), 0.5, torch.tensor([0, 1, 1, 0]))
    store.save(tmp_path / "net.safetensors", model)
    again, x = store.load(tmp_path / "net.safetensors"), noise(2, *shape)
    assert again(x, 0.5, torch.tensor([1, 0])).shape == x.shape
    for unseen, name in ((NULL, "NULL, the null row,"), (2, "label 2")):
        with pytest.raises(ValueError, match=f"{name} was never trained"):
            again(x, 0.5, torch.tensor([0, unseen]))


@pytest.mark.parametrize("p", [0.0, 0.5])
def test_a_fitted_network_has_seen_what_its_batches_held(p):
    model = LearnedDenoiser(MLP(4, 16), Cosine())
    x, y = data.triangle(Cosine()).sample(300)

    def loss(model, x0, y, rng):
        return denoising_loss(model, x0, drop_labels(y, p, rng), rng)

    fit(model, loss, data.batches(x, y, 64), 5)
    assert model.net.label.seen.tolist() == [p > 0, True, True, True, False]  # NULL, 0, 1, 2, 3


# ---- several attributes


def test_attributes_add_the_rows_of_their_tables():
    embedding = AttributeEmbedding((3, 5), 4)
    y = torch.tensor([[0, 4], [2, NULL], [NULL, 3], [NULL, NULL]])
    rows = embedding[0].weight[[1, 3, 0, 0]] + embedding[1].weight[[5, 0, 4, 0]]  # label y has row y + 1
    torch.testing.assert_close(embedding(y), rows)


def test_each_attribute_remembers_what_it_has_seen():
    embedding = AttributeEmbedding((2, 3), 4)
    embedding(torch.tensor([[0, NULL], [NULL, 2]]))
    assert [column.seen.tolist() for column in embedding] == [[True, True, False], [True, False, False, True]]
    assert embedding.eval()(torch.tensor([[0, 2]])).shape == (1, 4)  # never together, but each of them
    with pytest.raises(ValueError, match="^label 1 was never trained"):
        embedding(torch.tensor([[0, 1]]))


@pytest.mark.parametrize("y, sentence", [
    ([0, 1], r"labels have shape \[2\]; expected \[B, 2\], a column per attribute"),
    ([[0, 1, 1]], r"labels have shape \[1, 3\]; expected \[B, 2\]"),
    ([[1], [0]], r"labels have shape \[2, 1\]; expected \[B, 2\]"),
    ([[[0, 1]]], r"labels have shape \[1, 1, 2\]; expected \[B, 2\]"),
    ([[0, 5]], "labels reach from 5 to 5; this network knows 0 to 4, and NULL = -1"),
    ([[3, 0]], "labels reach from 3 to 3; this network knows 0 to 2"),
])  # fmt: skip
def test_labels_that_do_not_fit_the_attributes_are_refused(y, sentence):
    with pytest.raises(ValueError, match=sentence):
        AttributeEmbedding((3, 5), 4)(torch.tensor(y))


def test_a_network_of_two_attributes_comes_back_from_its_file(tmp_path):
    model, x = LearnedDenoiser(MLP((3, 2)), Cosine()), noise(4, 2)
    y = torch.tensor([[0, 1], [2, NULL], [NULL, 0], [NULL, NULL]])
    asked = model(x, 0.5, y).detach()
    assert len(asked.unique(dim=0)) == 4
    store.save(tmp_path / "net.safetensors", model)
    again = store.load(tmp_path / "net.safetensors")
    assert again(x, 0.5, y).equal(asked)
    with pytest.raises(ValueError, match="label 1 was never trained"):
        again(x, 0.5, torch.tensor([[1, 1]] * 4))
