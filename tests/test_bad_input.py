"""Bad input: one clear sentence each, and nothing lost."""

import os
import pickle
import shutil
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from cfg_lessons import data, nets, store
from cfg_lessons.denoisers import LearnedDenoiser
from cfg_lessons.exact import Mixture
from cfg_lessons.files import replacing
from cfg_lessons.guidance import cfg, classifier_guidance, compose, given, guide, log_likelihood, negative
from cfg_lessons.metrics import density_coverage, precision_recall
from cfg_lessons.sampling import noise, sample
from cfg_lessons.schedules import Cosine, Discrete, ddpm
from cfg_lessons.training import denoising_loss, fit

WORLD = data.triangle(Cosine())
X, Y, DIGITS = noise(4, 2), torch.tensor([0, 1, 2, -1]), noise(4, 1, 28, 28)
POINTS, PICTURES = LearnedDenoiser(nets.MLP(3), Cosine()), LearnedDenoiser(nets.TinyUNet(3), Cosine())
NAN, INF = float("nan"), float("inf")
QUILT, PAIRS = data.quilt(Cosine()), torch.tensor([[0, 1], [2, -1], [-1, 0], [1, 1]])
FELT = LearnedDenoiser(nets.MLP((3, 3)), Cosine())  # a network of two attributes


def taught(*labels):
    """A network that has met these labels in training and no others."""
    model = LearnedDenoiser(nets.MLP(3), Cosine())
    model(noise(len(labels), 2), 0.5, torch.tensor(labels))
    return model.eval()


def by_classifier(classifier, x=X, y=Y):
    """Classifier guidance, asked once."""
    return classifier_guidance(lambda x, t, y: x, classifier, Cosine(), 3.0)(x, 0.5, y)


def guided(scale):
    """Guidance of some scale, asked once."""
    return guide(WORLD.denoiser, POINTS, scale)(X, 0.5, Y)


def walk_with(**options):
    return sample(WORLD.denoiser, options.pop("schedule", WORLD.schedule), X, options.pop("y", Y), **options)


SENTENCES = {  # what is wrong: (how it is done, a part of the answer)
    # shapes
    "points in space for a network of the plane": (
        lambda: POINTS(noise(4, 3), 0.5, Y),
        r"x has shape \[4, 3\]; expected \[B, 2\]",
    ),
    "points in space for a world in the plane": (
        lambda: WORLD.denoiser(noise(4, 3), 0.5, Y),
        r"shape \[4, 3\]; expected \[B, 2\]",
    ),
    "one point without a batch": (lambda: WORLD.denoiser(X[0], 0.5, Y), r"shape \[2\]; expected \[B, 2\]"),
    "pictures without channels": (
        lambda: PICTURES(DIGITS[:, 0], 0.5, Y),
        r"shape \[4, 28, 28\]; expected \[B, 1, 28, 28\]",
    ),
    "larger pictures": (
        lambda: PICTURES(noise(4, 1, 32, 32), 0.5, Y),
        r"shape \[4, 1, 32, 32\]; expected \[B, 1, 28, 28\]",
    ),
    "coloured pictures for the judge": (lambda: nets.Judge()(noise(4, 3, 28, 28)), r"expected \[B, 1, 28, 28\]"),
    "a mixture with a std too many": (
        lambda: Mixture(torch.zeros(2, 2), [1.0] * 3, [0, 1], Cosine()),
        "one std and one label",
    ),
    # labels
    "a label too large": (
        lambda: POINTS(X, 0.5, Y + 1),
        "labels reach from 0 to 3; this network knows 0 to 2, and NULL = -1",
    ),
    "a label below NULL": (lambda: POINTS(X, 0.5, Y - 1), "labels reach from -2 to 1; this network knows 0 to 2"),
    "a label that the sketch of a class does not have": (
        lambda: PICTURES(DIGITS, 0.5, Y + 1),
        "this network knows 0 to 2",
    ),
    "a label that a world does not have": (
        lambda: WORLD.denoiser(X, 0.5, Y + 1),
        r"label 3 is unknown here; labels are \[0, 1, 2\], or NULL = -1",
    ),
    "float labels": (
        lambda: POINTS(X, 0.5, Y.float()),
        r"labels must be integers, these are torch.float32; use y.long\(\)",
    ),
    "float labels for a world": (
        lambda: WORLD.denoiser(X, 0.5, Y.float()),
        "labels are torch.float32.* expected an integer",
    ),
    "too few labels for a network": (
        lambda: POINTS(X, 0.5, Y[:2]),
        r"labels have shape \[2\]; expected one for each of 4 samples",
    ),
    "one label for many pictures": (
        lambda: PICTURES(DIGITS, 0.5, Y[:1]),
        r"labels have shape \[1\]; expected one for each of 4",
    ),
    "one label for many points": (
        lambda: WORLD.denoiser(X, 0.5, Y[:1]),
        r" \[1\]; expected an integer for each of 4 points",
    ),
    "three attributes for a world of two": (
        lambda: QUILT.denoiser(X, 0.5, torch.zeros(4, 3).long()),
        r"labels are torch.int64 \[4, 3\]; expected 2 integers for each of 4 points",
    ),
    "one label for a world of two attributes": (
        lambda: QUILT.log_prob(X, 0.5, Y),
        r" \[4\]; expected 2 integers for each",
    ),
    "two attributes for a world of one": (
        lambda: WORLD.denoiser(X, 0.5, PAIRS),
        r" \[4, 2\]; expected an integer for each",
    ),
    "float attributes for a world": (
        lambda: QUILT.denoiser(X, 0.5, PAIRS * 1.0),
        "labels are torch.float32.* 2 integers",
    ),
    "attributes that a world does not have": (
        lambda: QUILT.denoiser(X, 0.5, PAIRS + torch.tensor([0, 2])),
        r"label \[0, 3\] is unknown here; labels are \[\[0, 0\], \[0, 1\], .*, or NULL = -1",
    ),
    "a pair of attributes that never meets": (
        lambda: QUILT.only(QUILT.labels.sum(1) != 1).denoiser(X, 0.5, PAIRS),
        r"label \[0, 1\] is unknown here",
    ),
    "the classifier of two attributes": (lambda: QUILT.classifier(X, 0.5), r"Ask world.attribute\(i\).classifier"),
    "three attributes for a network of two": (
        lambda: FELT(X, 0.5, torch.zeros(4, 3).long()),
        r"labels have shape \[4, 3\]; expected \[B, 2\], a column per attribute",
    ),
    "one label for a network of two attributes": (lambda: FELT(X, 0.5, Y), r"shape \[4\]; expected \[B, 2\], a column"),
    "two attributes for a network of one": (
        lambda: POINTS(X, 0.5, PAIRS),
        r"labels have shape \[4, 2\]; expected one integer for each sample, \[B\]",
    ),
    "an attribute too large for a network": (lambda: FELT(X, 0.5, PAIRS + 2), "labels reach from 1 to 4; this network"),
    "float attributes for a network": (
        lambda: FELT(X, 0.5, PAIRS * 1.0),
        "labels must be integers, these are torch.fl",
    ),
    "noise and labels that do not match": (
        lambda: walk_with(y=Y[:3]),
        "4 samples of noise but 3 labels; expected one label for each",
    ),
    "data and labels that do not match": (
        lambda: data.batches(X, Y[:3], 2),
        "4 samples but 3 labels; expected one label for each",
    ),
    "pinned labels that do not match": (
        lambda: given(WORLD.denoiser, Y[:3])(X, 0.5, Y),
        r"shape \[3\]; expected \[4\], or one label",
    ),
    # times
    "t above 1": (
        lambda: WORLD.denoiser(X, 1.01, Y),
        r"t must lie in \[0, 1\].*step i of a chain of T is t = \(i \+ 1\) / T",
    ),
    "t below 0": (lambda: POINTS(X, torch.tensor([0.1, -0.1, 0.5, 1]), Y), r"t must lie in \[0, 1\]"),
    "t that is no number": (lambda: WORLD.denoiser(X, NAN, Y), r"t must lie in \[0, 1\]"),
    "a timestep in place of t": (lambda: POINTS(X, 999, Y), r"t must lie in \[0, 1\]"),
    "too few times": (
        lambda: WORLD.denoiser(X, torch.rand(3), Y),
        r"t has shape \[3\]; expected one time, or one for each of the 4",
    ),
    "times in a column": (lambda: POINTS(X, torch.rand(4, 1), Y), r"t has shape \[4, 1\]; expected one time"),
    # schedules and walks
    "more steps than the chain has": (
        lambda: walk_with(schedule=ddpm(), steps=1001),
        "has 1000 steps; a walk of 1001 cannot visit more",
    ),
    "no steps": (lambda: walk_with(steps=0), "at least one step; 0 were asked for"),
    "half a step": (lambda: walk_with(steps=2.5), "list at least two times"),
    "times that rise": (lambda: walk_with(steps=[0.0, 0.5, 1.0]), "each smaller than the one before"),
    "a walk from beyond 1": (lambda: walk_with(steps=[1.5, 0.5, 0.0]), r"t must lie in \[0, 1\]"),
    "eta above 1": (lambda: walk_with(eta=1.5), r"eta = 1.5; expected 0 \(DDIM\) to 1 \(DDPM\)"),
    "eta below 0": (lambda: walk_with(eta=-0.5), r"eta = -0.5; expected 0"),
    "eta that is no number": (lambda: walk_with(eta=NAN), "eta = nan; expected 0"),
    "a beta of 0": (lambda: Discrete([0.0, 0.1]), "betas must be a list of numbers strictly between 0 and 1"),
    "a beta of 1": (lambda: Discrete([0.1, 1.0]), "strictly between 0 and 1"),
    "a beta that is no number": (lambda: Discrete([0.1, NAN]), "strictly between 0 and 1"),
    "no betas": (lambda: Discrete([]), "betas must be a list"),
    "a table of betas": (lambda: Discrete([[0.1], [0.2]]), "betas must be a list"),
    "too short a ddpm": (lambda: ddpm(20), "20 steps are too few: beta would reach 1"),
    # guidance, networks, data
    "scales that do not match": (
        lambda: cfg(WORLD.denoiser, torch.ones(3))(X, 0.5, Y),
        r"scale has shape \[3\]; expected a number, or one for each of 4",
    ),
    "scales in a column": (
        lambda: guided(torch.ones(4, 1)),
        r"scale has shape \[4, 1\]; expected a number, or one for",
    ),
    "a function of time that gives too many scales": (
        lambda: guided(lambda t: torch.ones(5)),
        r"scale has shape \[5\]; expected a number, or one for each of 4 samples",
    ),
    "a function of time that gives nothing": (
        lambda: guided(lambda t: None),
        "scale is None; expected a number, or one per sample, or a function of t",
    ),
    "a scale in words": (lambda: guided("3"), "scale is '3'; expected a number, or one per sample, or a function of t"),
    "scales in words": (lambda: guided(["3"] * 4), r"scale is \['3', '3', '3', '3'\]; expected a number"),
    "no scale": (lambda: guided(None), "scale is None; expected a number"),
    "an infinite scale": (lambda: guided(INF), "scale is inf; expected a finite number"),
    "a scale that is no number": (lambda: guided(NAN), "scale is nan; expected a finite number"),
    "a tensor of one infinite scale": (lambda: guided(torch.tensor(-INF)), "scale is -inf; expected a finite number"),
    "one infinite scale among others": (
        lambda: guided(torch.tensor([1.0, 2, INF, 3])),
        "scale is inf; expected a finite number",
    ),
    "a scale that is no number among others": (lambda: guided([1, 2, NAN, 3]), "scale is nan; expected a finite"),
    "a function of time that gives no number": (
        lambda: guided(lambda t: NAN),
        "scale is nan; expected a finite number",
    ),
    "a function of time that gives infinity to some": (
        lambda: guided(lambda t: torch.tensor([1.0, 2, 3, INF])),
        "scale is inf; expected a finite number",
    ),
    "composing with infinity": (lambda: compose(WORLD.denoiser, [1], [INF])(X, 0.5, Y), "scale is inf; expected a fin"),
    "composing with too few scales for the samples": (
        lambda: compose(WORLD.denoiser, [1], [torch.ones(3)])(X, 0.5, Y),
        r"scale has shape \[3\]; expected a number, or one for each of 4",
    ),
    "composing with a function of time that gives nothing": (
        lambda: compose(WORLD.denoiser, [1], [lambda t: None])(X, 0.5, Y),
        "scale is None; expected a number",
    ),
    "the same label wanted and unwanted": (
        lambda: negative(WORLD.denoiser, 2, 3.0)(X, 0.5, Y),
        "label 2 is wanted and unwanted: guidance cancels to the plain prediction",
    ),
    "the same label wanted and unwanted, as a tensor": (
        lambda: negative(WORLD.denoiser, torch.tensor([1, 2, 2, 0]), 3.0)(X, 0.5, Y),
        "label 2 is wanted and unwanted: guidance cancels",
    ),
    "no label wanted and no label unwanted": (
        lambda: negative(WORLD.denoiser, -1, 3.0)(X, 0.5, Y),
        "label -1 is wanted and unwanted: guidance cancels",
    ),
    "the same two attributes wanted and unwanted": (
        lambda: negative(QUILT.denoiser, torch.tensor([1, 1]), 3.0)(X, 0.5, PAIRS),
        r"label \[1, 1\] is wanted and unwanted: guidance cancels",
    ),
    "guidance of a network that never did without a label": (
        lambda: cfg(taught(0, 1, 2), 3.0)(X[:3], 0.5, Y[:3]),
        r"NULL, the null row, was never trained: .*; train with drop_labels \(lesson 3\)",
    ),
    "a label that a network never met": (lambda: taught(-1, 0, 1)(X, 0.5, Y), "label 2 was never trained"),
    "points for a classifier of digits": (
        lambda: by_classifier(nets.NoisyClassifier()),
        r"x has shape \[4, 2\]; expected \[B, 1, 28, 28\]",
    ),
    "digits for a classifier of points": (
        lambda: by_classifier(nets.NoisyMLP(3), DIGITS),
        r"x has shape \[4, 1, 28, 28\]; expected \[B, 2\]",
    ),
    "points in space for a classifier of the plane": (
        lambda: by_classifier(nets.NoisyMLP(3), noise(4, 3)),
        r"x has shape \[4, 3\]; expected \[B, 2\]",
    ),
    "a classifier with one logit for each sample": (
        lambda: by_classifier(lambda x, t: x[:, 0]),
        r"the classifier gave logits \[4\] for labels \[4\]; expected \[4, K\] and one label for each sample",
    ),
    "a classifier that answers once for all": (
        lambda: by_classifier(lambda x, t: x.mean(0, keepdim=True)),
        r"the classifier gave logits \[1, 2\] for labels \[4\]; expected \[4, K\]",
    ),
    "a classifier that answers with pictures": (
        lambda: by_classifier(lambda x, t: x, DIGITS),
        r"the classifier gave logits \[4, 1, 28, 28\] for labels \[4\]; expected \[4, K\]",
    ),
    "two attributes for a classifier": (
        lambda: by_classifier(nets.NoisyMLP(3), y=PAIRS),
        r"gave logits \[4, 3\] for labels \[4, 2\]; expected \[4, K\] and one label for each sample",
    ),
    "too few labels for a classifier": (
        lambda: by_classifier(nets.NoisyMLP(3), y=Y[:3]),
        r"for labels \[3\]; expected \[4, K\] and one label for each",
    ),
    "a label that the classifier does not know": (
        lambda: by_classifier(nets.NoisyMLP(2)),
        "labels reach from -1 to 2; this classifier knows 0 to 1, and NULL = -1",
    ),
    "a label below NULL for a classifier": (
        lambda: log_likelihood(nets.NoisyMLP(3), X, 0.5, Y - 1),
        "labels reach from -2 to 1; this classifier knows 0 to 2",
    ),
    "labels and scales that do not match": (lambda: compose(WORLD.denoiser, [1, 2], [3.0]), "2 labels but 1 scales"),
    "an unknown target": (
        lambda: LearnedDenoiser(nets.MLP(3), Cosine(), "score"),
        "target 'score' is unknown; .* eps, x0, v, flow",
    ),
    "NaN in the data": (lambda: data.batches(X * NAN, Y, 2), "NaN or infinite values; clean it before training"),
    "infinity in the data": (lambda: data.batches(X / 0, Y, 2), "NaN or infinite values"),
    "real samples too few for their neighbours": (
        lambda: precision_recall(X[:3], noise(9, 2)),
        "3 samples have no 3 neighbours each; draw more of them",
    ),
    "fake samples too few for their neighbours": (
        lambda: precision_recall(noise(9, 2), X, k=4),
        "4 samples have no 4 neighbours each; draw more of them",
    ),
    "real samples too few for density": (
        lambda: density_coverage(X, noise(9, 2)),
        "4 samples have no 5 neighbours each",
    ),
    "an unknown split": (lambda: data.mnist("test"), "split 'test' is unknown; expected 'train' or 'eval'"),
    "an unknown checkpoint": (
        lambda: store.load("mnist_dfg"),
        "there is no checkpoint 'mnist_dfg'; there are .*mnist_cfg",
    ),
}


@pytest.mark.parametrize("wrong", SENTENCES)
def test_bad_input_gets_one_clear_sentence(wrong):
    do, sentence = SENTENCES[wrong]
    with pytest.raises((ValueError, TypeError, FileNotFoundError), match=sentence) as caught:
        do()
    assert "\n" not in str(caught.value)


def test_nan_in_training_stops_it_and_leaves_the_kept_file_alone(tmp_path):
    keep, batches = tmp_path / "keep", iter([X, X, X * NAN])
    with pytest.raises(ValueError, match="the loss is nan at step 2: look for NaN in the data, or lower lr"):
        fit(POINTS, denoising_loss, lambda rng: (next(batches), Y), 5, keep=keep, every=1)
    state = torch.load(keep, weights_only=True)
    assert len(state["losses"]) == 2 and all(value.isfinite().all() for value in state["model"].values())


# ---- checkpoints


@pytest.fixture
def saved(tmp_path):
    """A checkpoint file."""
    path = tmp_path / "toy.safetensors"
    store.save(path, POINTS, trained_on="nothing")
    return path


def test_a_checkpoint_comes_back_as_it_went(saved):
    again = store.load(saved)
    torch.testing.assert_close(again(X, 0.5, Y), POINTS(X, 0.5, Y))
    assert again.target == "v" and type(again.schedule) is Cosine and store.about(saved)["trained_on"] == "nothing"
    assert not again.training and not any(parameter.requires_grad for parameter in again.parameters())


def test_a_plain_network_comes_back_as_one(tmp_path):
    judge = nets.Judge().eval()
    store.save(tmp_path / "judge.safetensors", judge)
    torch.testing.assert_close(store.load(tmp_path / "judge.safetensors")(DIGITS), judge(DIGITS))


@pytest.mark.parametrize("left", [0.0, 0.01, 0.5, 0.999])
def test_a_truncated_checkpoint_is_refused(saved, left):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(left * len(content))])
    with pytest.raises(ValueError, match="is not a whole checkpoint of this course; restore it"):
        store.load(saved)


def test_a_checkpoint_whose_tensors_were_altered_is_refused(saved):
    whole = bytearray(saved.read_bytes())
    whole[-5] ^= 1
    saved.write_bytes(whole)
    with pytest.raises(ValueError, match="the tensors in .* were altered; restore it"):
        store.load(saved)


@pytest.mark.parametrize("at", [0, 1, 9, 20])
def test_a_checkpoint_with_an_altered_head_is_refused(saved, at):
    content = bytearray(saved.read_bytes())
    content[at] ^= 0x55
    saved.write_bytes(content)
    with pytest.raises(ValueError, match="checkpoint of this course|does not fit"):
        store.load(saved)


class Payload:
    """Opening this as a pickle would write a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize(
    "write", [torch.save, lambda what, path: path.write_bytes(pickle.dumps(what))], ids=["torch", "pickle"]
)
def test_a_checkpoint_runs_no_code(saved, tmp_path, write):
    write(Payload(tmp_path / "ran"), saved)
    with pytest.raises(ValueError, match="is not a whole checkpoint of this course"):
        store.load(saved)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("about", [
    '{"net": "Linear", "config": {}}', '{"net": "os.system", "config": {}}', '{"net": "MLP", "config": {"classes": 5}}',
    '{"net": "MLP", "config": {"depth": 5}}', '{"net": "MLP"}', "[]",
    '{"net": "MLP", "config": {"classes": 3}, "schedule": "Unknown", "target": "v"}',
])  # fmt: skip
def test_a_checkpoint_of_something_else_is_refused(saved, about):
    save_file(POINTS.net.state_dict(), saved, metadata={"about": about})
    with pytest.raises(ValueError, match="does not fit this version of the course"):
        store.load(saved)


def test_a_safetensors_file_from_elsewhere_is_refused(saved):
    save_file(POINTS.net.state_dict(), saved)
    with pytest.raises(ValueError, match="is not a whole checkpoint of this course"):
        store.about(saved)


# ---- the shipped data


@pytest.fixture
def copied_data(tmp_path, monkeypatch):
    """A copy of the shipped digits, which the course is told to use."""
    shutil.copy(store.data_home() / "mnist_10k.npz", tmp_path)
    monkeypatch.setenv("CFG_LESSONS_DATA", str(tmp_path))
    return tmp_path / "mnist_10k.npz"


def test_the_shipped_digits_are_as_promised(copied_data):
    (x, y), (x_eval, y_eval) = data.mnist("train"), data.mnist("eval")
    assert x.shape == (8000, 1, 28, 28) and x_eval.shape == (2000, 1, 28, 28)
    assert x.min() == -1 and x.max() == 1 and x.dtype == torch.float32
    assert y.dtype == torch.int64 and sorted(y.unique().tolist()) == sorted(y_eval.unique().tolist()) == list(range(10))


def test_altered_digits_are_refused(copied_data):
    content = bytearray(copied_data.read_bytes())
    content[5000] ^= 1
    copied_data.write_bytes(content)
    with pytest.raises(ValueError, match="mnist_10k.npz is damaged or altered; restore it"):
        data.mnist()


def test_digits_that_would_run_code_are_refused(copied_data, tmp_path):
    np.savez(copied_data, images=np.array([Payload(tmp_path / "ran")]), labels=np.zeros(1))
    with pytest.raises(ValueError, match="damaged or altered"):
        data.mnist()
    assert not (tmp_path / "ran").exists()


# ---- no permission, no disk

WRITE = """
import sys, torch
from cfg_lessons import nets, store
from cfg_lessons.files import replacing
{first}
def keep(path):
    with replacing(path) as new:
        torch.save(torch.zeros(100_000), new)
for write in (lambda path: store.save(path, nets.MLP(3)), keep):
    try:
        write(sys.argv[1])
        print("written")
    except OSError as error:
        print(error)
"""
FULL_DISK = """import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"""
posix = pytest.mark.skipif(os.name != "posix", reason="limits and user ids are a matter of POSIX systems")


def words_of(process):
    words, complaints = process.communicate(timeout=100)
    assert process.returncode == 0, complaints
    return words.splitlines()


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="tried on Linux only")
def test_a_full_disk_is_reported_and_the_old_file_stays(saved, python):
    before = saved.read_bytes()
    words = words_of(python(WRITE.format(first=FULL_DISK), saved))
    assert len(words) == 2
    for sentence in words:
        assert sentence.startswith(f"could not write {saved} (") and sentence.endswith("before is untouched")
        assert "disk full" in sentence or "too large" in sentence
    assert saved.read_bytes() == before and list(saved.parent.iterdir()) == [saved]


@posix
@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become a user without rights"
)
def test_a_folder_without_permission_is_reported_and_the_old_file_stays(saved, python):
    before = saved.read_bytes()
    saved.parent.chmod(0o755)
    for folder in list(saved.parents)[1:3]:  # pytest's own folders are closed to others
        folder.chmod(0o755)
    words = words_of(python(WRITE.format(first="import os; os.setuid(65534)"), saved))
    assert len(words) == 2
    assert all("Permission denied" in sentence and "before is untouched" in sentence for sentence in words)
    assert saved.read_bytes() == before and list(saved.parent.iterdir()) == [saved]


def test_an_error_while_writing_leaves_the_old_file(saved):
    before = saved.read_bytes()
    with pytest.raises(OSError, match="could not write .*untouched"), replacing(saved) as new:
        new.write_bytes(b"half of it")
        raise RuntimeError("the pen broke")
    assert saved.read_bytes() == before and list(saved.parent.iterdir()) == [saved]


def test_the_data_folder_must_exist(tmp_path, monkeypatch):
    monkeypatch.setenv("CFG_LESSONS_DATA", str(tmp_path))
    monkeypatch.setattr(store, "__file__", str(tmp_path / "elsewhere" / "store.py"))
    with pytest.raises(FileNotFoundError, match="the course's data folder is missing"):
        store.data_home()
