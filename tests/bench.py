"""What this machine can do: `python course.py bench [--quick]`. It measures and reports; it never passes or fails.

Training is counted in CPU-seconds (all threads together), waiting in seconds of the clock.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from cfg_lessons import costs, parallel, recipes, store, sweep, text2image
from cfg_lessons.guidance import cfg
from cfg_lessons.sampling import noise, sample
from cfg_lessons.training import fit


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


def sharing(steps: int = 100, seeds: int = 8):
    """A training and a sweep by one process with one thread, by one with two threads, and by two with one thread."""
    for processes, threads in ((1, 1), (1, 2), (2, 1)):
        command = "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}", "-m", "tests.bench"
        environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
        asked = subprocess.run(
            [sys.executable, *command, "--share", str(steps), str(seeds)],
            env=environment, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        print(f"processes {processes}, threads of each {threads}: {asked.stdout.strip()}")


def share(steps: int, seeds: int):
    """What each process of `sharing` does; the first prints the seconds of the clock."""
    with parallel.together() as device:
        recipe = recipes.RECIPES["mnist_cfg"]
        model, draw = recipe.build().to(device), recipe.batches()
        began = time.perf_counter()
        fit(model, parallel.split(recipe.loss, model), draw, steps)
        trained = time.perf_counter() - began
        sweep.sweep("spirals", [2.0], range(seeds), device=device)
        swept = time.perf_counter() - began - trained
        print(f"{steps} steps of mnist_cfg {trained:.1f} s, {seeds} cells of a sweep of spirals {swept:.1f} s")


def shipped():
    """What the shipped checkpoints say of themselves."""
    for name in recipes.RECIPES:
        facts = store.about(name)
        print(f"{name}: {facts['steps']} steps, {facts['metrics']}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="no training: the waiting times only")
    parser.add_argument("--share", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.share:
        sys.exit(share(*options.share))
    print(f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    shipped()
    waiting()
    painting()
    if not options.quick:
        sharing()
        training("spirals", recipes.RECIPES["spirals"].steps)
        training("mnist_cfg", 3000)
        training("mnist_cfg", 7500)
