"""What this machine can do: `python course.py bench [--quick]`. It measures and reports; it never passes or fails.

Training is counted in CPU-seconds (all threads together), waiting in seconds of the clock.
"""

import argparse
import platform
import tempfile
from pathlib import Path

import torch

from cfg_lessons import costs, recipes, store, text2image
from cfg_lessons.guidance import cfg
from cfg_lessons.sampling import noise, sample


def waiting(steps: int = 10):
    """Guided digits from the shipped model: how long until they are there."""
    model = store.load("mnist_cfg")
    for n in (16, 64):
        start, y = noise(n, 1, 28, 28), torch.arange(n) % 10
        seconds = costs.seconds(lambda start=start, y=y: sample(cfg(model, 2.0), model.schedule, start, y, steps=steps))
        print(f"{n:4} guided digits, {steps} steps      {seconds:6.2f} s")


def painting(steps: int = 20):
    """Guided images from sentences, by the stock pipeline on the miniature."""
    pipe = text2image.load()
    for n in (1, 16):
        wishes = ["a large red circle on the left on a white background"] * n
        seconds = costs.seconds(lambda wishes=wishes: text2image.paint(pipe, wishes, steps=steps))
        print(f"{n:4} guided images of a sentence, {steps} steps {seconds:6.2f} s")


def training(name: str, steps: int, seed: int = 1):
    """A fresh training: CPU-seconds of the training itself, and what it reached."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"{name}.safetensors"
        recipes.train(name, steps, seed, out)
        facts = store.about(out)
    reached = facts["metrics"]
    ratio = next(reached[key] / reached[f"{key}_floor"] for key in reached if f"{key}_floor" in reached)
    right = f", accuracy {reached['accuracy']:.1%}" if "accuracy" in reached else ""
    print(f"{name}: {steps} steps in {facts['cpu_seconds']:.0f} CPU-seconds: {ratio:.2f} times the floor{right}")


def shipped():
    """What the shipped checkpoints say of themselves."""
    for name in recipes.RECIPES:
        facts = store.about(name)
        print(f"{name}: {facts['steps']} steps, {facts['metrics']}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="no training: the waiting times only")
    options = parser.parse_args()
    print(f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    shipped()
    waiting()
    painting()
    if not options.quick:
        training("spirals", recipes.RECIPES["spirals"].steps)
        training("mnist_cfg", 3000)
        training("mnist_cfg", 7500)
