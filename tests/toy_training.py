"""A small training that a test can interrupt: `python toy_training.py KEEP STEPS EVERY WIDTH PAUSE`."""

import sys
import time

import torch

from cfg_lessons import data
from cfg_lessons.denoisers import LearnedDenoiser
from cfg_lessons.nets import MLP
from cfg_lessons.schedules import Cosine
from cfg_lessons.training import denoising_loss, drop_labels, fit


def train(keep=None, steps=60, every=10, width=32, pause=0.0, asked=None):
    """The trained model, always the same; each batch is noted in the list `asked` and comes after a pause."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = LearnedDenoiser(MLP(8, width), Cosine())
    draw = data.batches(*data.ring(Cosine()).sample(500), size=64)

    def batches(rng):
        time.sleep(pause)
        if asked is not None:
            asked.append(1)
        return draw(rng)

    def loss(model, x0, y, rng):
        return denoising_loss(model, x0, drop_labels(y, 0.1, rng), rng)

    fit(model, loss, batches, steps, seed=3, keep=keep, every=every)
    return model


if __name__ == "__main__":
    train(sys.argv[1], *map(int, sys.argv[2:5]), pause=float(sys.argv[5]))
