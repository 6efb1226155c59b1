"""How each shipped checkpoint is made: `python course.py train NAME`, or `python -m cfg_lessons.recipes NAME`.

Interrupt it and call it again: it goes on. The checkpoint carries the command and the metrics it reached.
Under torchrun, several processes share the work (parallel.py), and come to the same result within rounding.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from . import data, parallel, shapes, store
from .denoisers import NULL, LearnedDenoiser
from .nets import MLP, Judge, NoisyClassifier, NoisyMLP, Probe, TinyUNet
from .quality import judge_classifier, judge_digits, judge_probe, judge_samples, measure_spirals
from .schedules import Cosine, Straight
from .text2image import quiet_diffusers
from .training import classifier_loss, denoising_loss, drop_labels, fit, middle_times, spread_times


@dataclass
class Recipe:
    """What to build, on which batches, by which loss, for how long, and how to judge the result."""

    trained_on: str
    build: Callable[[], nn.Module]
    batches: Callable
    loss: Callable
    measure: Callable[[nn.Module], dict]
    steps: int
    lr: float
    ema: float = 0.99


def label_dropping_loss(model, x0, y, rng, times, p: float = 0.15):
    """The loss behind classifier-free guidance: the denoising loss with some labels forgotten."""
    return denoising_loss(model, x0, drop_labels(y, p, rng), rng, times)


def shaken(x, rng, turn=0.2, zoom=0.15, shear=0.2, shift=0.12):
    """Images x [B, 1, H, W], each turned, zoomed, sheared and shifted by its own small amounts (radians, shares)."""

    def draw(limit):
        return ((2 * torch.rand(len(x), generator=rng) - 1) * limit).to(x.device)

    angle, scale = draw(turn), 1 + draw(zoom)
    cos, sin = angle.cos() * scale, angle.sin() * scale
    matrix = torch.stack([cos, draw(shear) - sin, draw(shift), sin, cos, draw(shift)], 1).view(-1, 2, 3)
    places = F.affine_grid(matrix, x.shape, align_corners=False)
    return F.grid_sample(x + 1, places, align_corners=False) - 1  # beyond the edge is paper, -1


def judge_loss(judge, x0, y, rng):
    """Cross entropy on shaken clean digits."""
    return F.cross_entropy(judge(shaken(x0, rng)), y, label_smoothing=0.05)


def on_scenes(size: int):
    """Batches of scenes of the captioned world, each drawn anew: images, and the answers to all questions."""

    def draw(rng):
        world = shapes.scenes(size, seed=int(torch.randint(2**31, (), generator=rng)), two=0.4, held_out=None)
        return shapes.render(world), torch.stack(list(shapes.truth(world).values()), 1)

    return draw


def probe_loss(probe, x, answers, rng):
    """Cross entropy over all questions, on images blurred or made grainy by chance: a painter's edges are not exact."""
    soft = F.interpolate(F.avg_pool2d(x, 2), scale_factor=2.0, mode="bilinear")
    x = soft.lerp(x, torch.rand(len(x), 1, 1, 1, generator=rng).to(x))
    grain = 0.1 * torch.rand(len(x), 1, 1, 1, generator=rng) * torch.randn(x.shape, generator=rng)
    read = probe(x + grain.to(x))
    return sum(F.cross_entropy(read[name], y, ignore_index=NULL) for name, y in zip(read, answers.T))


def noisy_digits_loss(classifier, x0, y, rng):
    """What classifier guidance asks of a classifier: to read digits, shaken a little, through any noise."""
    return classifier_loss(classifier, Straight(), shaken(x0, rng), y, rng)


def noisy_spirals_loss(classifier, x0, y, rng):
    """The same for the two arms of the spirals."""
    return classifier_loss(classifier, Cosine(), x0, y, rng)


def on_digits(size: int):
    """Batches of the digits to train on."""
    return data.batches(*data.mnist("train"), size)


def on_spirals(size: int):
    """Batches of 20,000 points of the spirals."""
    return data.batches(*data.spirals(Cosine()).sample(20_000), size)


RECIPES = {
    "judge": Recipe(
        "MNIST, 8,000 digits, shaken", Judge, partial(on_digits, 128), judge_loss, judge_digits, steps=2000, lr=4e-3,
    ),
    "spirals": Recipe(
        "20,000 points of data.spirals", lambda: LearnedDenoiser(MLP(2), Cosine(), "v"), partial(on_spirals, 512),
        partial(label_dropping_loss, times=spread_times), measure_spirals, steps=3000, lr=1e-2,
    ),
    "spirals_classifier": Recipe(
        "20,000 points of data.spirals, noised by Cosine", NoisyMLP, partial(on_spirals, 512), noisy_spirals_loss,
        lambda net: judge_classifier(net, Cosine(), *data.spirals(Cosine()).sample(4000, seed=1)), steps=2000, lr=1e-2,
    ),
    "mnist_classifier": Recipe(
        "MNIST, 8,000 digits, shaken, noised by Straight", NoisyClassifier, partial(on_digits, 64), noisy_digits_loss,
        lambda net: judge_classifier(net, Straight(), *data.mnist("eval")), steps=12_000, lr=4e-3,
    ),
    "probe": Recipe(
        "scenes of data.shapes", lambda: Probe(shapes.QUESTIONS), partial(on_scenes, 64), probe_loss, judge_probe,
        steps=2500, lr=4e-3,
    ),
    "mnist_cfg": Recipe(
        "MNIST, 8,000 digits", lambda: LearnedDenoiser(TinyUNet(), Straight(), "flow"), partial(on_digits, 32),
        partial(label_dropping_loss, times=middle_times), judge_samples, steps=20_000, lr=8e-3,
    ),
}  # fmt: skip


def train(name: str, steps: int | None = None, seed: int = 0, out=None, device="cpu") -> dict:
    """Make a checkpoint by its recipe and return the metrics recorded in it.

    With another number of steps than the recipe's, the file gets a name of its own: a try replaces nothing shipped.
    """
    if name not in RECIPES:
        raise ValueError(f"there is no recipe {name!r}; there are {', '.join(RECIPES)}")
    recipe = RECIPES[name]
    steps = steps or recipe.steps
    title = name if steps == recipe.steps else f"{name}_{steps}_steps"
    out = Path(out or store.data_home() / "checkpoints" / f"{title}.safetensors")
    keep = out.with_suffix(f".{steps}-steps.{seed}.training")
    resumed = keep.exists()
    torch.manual_seed(seed)
    model, draw = recipe.build().to(device), recipe.batches()
    loss, began = parallel.split(recipe.loss, model), time.process_time()
    watch = parallel.in_step if parallel.members() > 1 else None
    with parallel.kept_by_first(keep) as kept:
        losses = fit(
            model, loss, lambda rng: [part.to(device) for part in draw(rng)], steps,
            lr=recipe.lr, ema=recipe.ema, seed=seed, keep=kept, watch=watch,
        )  # fmt: skip
    facts = {
        "trained_on": recipe.trained_on, "command": f"python course.py train {name}", "steps": steps, "seed": seed,
        "cpu_seconds": round(sum(parallel.from_all(time.process_time() - began))), "resumed": resumed,
    }  # fmt: skip
    if parallel.rank() == 0:
        facts["metrics"] = recipe.measure(model.eval().requires_grad_(False))
        store.save(out, model, **facts)
        keep.unlink(missing_ok=True)
        print(f"{name}: last loss {losses[-1]:.4f}, {facts} -> {out.name}")
    return parallel.from_first(facts.get("metrics"))


def train_miniature(steps, seed: int = 0, out=None, device="cpu"):
    """The miniature Stable Diffusion has a training of its own, and packages that nothing else here needs."""
    if parallel.members() > 1:
        raise SystemExit("The miniature is trained by one process: start it without torchrun.")
    quiet_diffusers()
    from .miniature.stages import train as train_parts

    if steps:
        raise SystemExit("--steps is for the other recipes: the miniature has a number of steps for each of its parts.")
    train_parts(out, seed=seed, device=device)


def main():
    parser = argparse.ArgumentParser(
        prog="course.py train", description="Make a checkpoint; interrupt it, and it goes on next time."
    )
    parser.add_argument("name", choices=[*RECIPES, "miniature"])
    parser.add_argument("--steps", type=int, help="for a quick try, which gets a file of its own")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="where to write; else a full training replaces the shipped checkpoint")
    with parallel.together() as device:
        options = parser.parse_args()
        try:
            make = train_miniature if options.name == "miniature" else partial(train, options.name)
            make(options.steps, options.seed, options.out, device)
        except KeyboardInterrupt:
            sys.exit("Stopped. The same command goes on from where it was last kept; it keeps every 500 steps.")
        except (ValueError, OSError) as error:
            sys.exit(f"{error}.")


if __name__ == "__main__":
    main()
