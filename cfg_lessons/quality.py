"""How good a trained model is: what each recipe measures, and writes into its checkpoint."""

from functools import partial

import torch

from . import data, metrics, shapes, store
from .denoisers import NULL
from .guidance import cfg
from .sampling import noise, sample


def judge_digits(judge) -> dict:
    """Accuracy on the 2,000 digits that no training has seen."""
    return {"accuracy": round(metrics.accuracy(judge, *data.mnist("eval")), 4)}


def judge_classifier(classifier, schedule, x0, y, seed: int = 0) -> dict:
    """Accuracy on noised x0 at t = 0, 0.1, ... 1."""
    x0, y = x0.to(device := next(classifier.parameters()).device), y.to(device)
    eps, times = noise(len(x0), *x0.shape[1:], seed=seed, device=device), [i / 10 for i in range(11)]
    seen = [metrics.accuracy(partial(classifier, t=t), schedule.add_noise(x0, t, eps), y) for t in times]
    return {"accuracy_at_t": [round(share, 4) for share in seen]}


def judge_probe(probe, n: int = 2000) -> dict:
    """The share of right answers to each question, over unseen scenes."""
    world = shapes.scenes(n, seed=1, two=0.5, held_out=None)
    right, asked = shapes.adherence(probe, shapes.render(world), world), shapes.truth(world)
    return {"accuracy": {name: round(right[name][asked[name] != NULL].float().mean().item(), 4) for name in right}}


def judge_samples(model, n: int = 1000, scale: float = 2.0, steps: int = 10, seed: int = 0) -> dict:
    """Guided samples, as many of each digit: accuracy, and Frechet distance as a multiple of what real digits have."""
    judge, device = store.load("judge"), next(model.parameters()).device
    y = torch.arange(10).repeat_interleave(n // 10)
    start = noise(len(y), 1, 28, 28, seed=seed, device=device)
    with torch.no_grad():
        parts = [
            sample(cfg(model, scale), model.schedule, x, c, steps=steps)
            for x, c in zip(start.split(250), y.to(device).split(250))
        ]
    x, real = torch.cat(parts).cpu(), metrics.features(judge, data.mnist("train")[0])
    floor = digit_floor(judge, real, n)
    distance = metrics.frechet_distance(metrics.features(judge, x), real)
    return {
        "scale": scale,
        "n": n,
        "steps": steps,
        "accuracy": round(metrics.accuracy(judge, x, y), 4),
        "frechet": round(distance, 4),
        "frechet_floor": round(floor, 4),
    }


def digit_floor(judge, real, n: int) -> float:
    """The Frechet distance of n unseen digits from the features `real` of those trained on; the mean of all parts."""
    parts = metrics.features(judge, data.mnist("eval")[0]).split(n)
    return sum(metrics.frechet_distance(part, real) for part in parts) / len(parts)


def measure_spirals(model, n: int = 4000, draws: int = 8) -> dict:
    """Sliced Wasserstein distance of samples from true points, and of true points from true points, over some draws."""
    world = data.spirals(model.schedule)
    nobody = torch.full((n,), NULL)
    made = [sample(model, model.schedule, noise(n, 2, seed=i), nobody) for i in range(draws)]
    true = [world.sample(n, seed=100 + i)[0] for i in range(2 * draws)]
    ours = sum(metrics.sliced_wasserstein(a, b) for a, b in zip(made, true)) / draws
    floor = sum(metrics.sliced_wasserstein(a, b) for a, b in zip(true[:draws], true[draws:])) / draws
    return {"n": n, "sliced_wasserstein": round(ours, 4), "sliced_wasserstein_floor": round(floor, 4)}


def judge_arms(model, n: int = 4000, scale: float = 2.0, steps: int = 50, seed: int = 0) -> dict:
    """Guided points of the spirals, as many of each arm: accuracy, read by the exact classifier, and distance.

    The distance is the sliced Wasserstein distance of each arm from as many true points of it, the mean of both arms;
    sliced_wasserstein_floor is that of true points from true points.
    """
    world, device = data.spirals(model.schedule), next(model.parameters()).device
    y = torch.arange(2).repeat_interleave(n // 2)
    x = sample(cfg(model, scale), model.schedule, noise(len(y), 2, seed=seed, device=device), y.to(device), steps=steps)
    true, others = [
        torch.cat([world.only(world.labels == arm).sample(n // 2, seed=place + seed)[0] for arm in (0, 1)])
        for place in (0, 1000)
    ]

    def distance(a, b):
        arms = [metrics.sliced_wasserstein(a[y == arm], b[y == arm]) for arm in (0, 1)]
        return round(sum(arms) / 2, 4)

    return {
        "scale": scale,
        "n": n,
        "steps": steps,
        "accuracy": round(metrics.accuracy(partial(world.classifier, t=0.0), x.cpu(), y), 4),
        "sliced_wasserstein": distance(x.cpu(), true),
        "sliced_wasserstein_floor": distance(true, others),
    }
