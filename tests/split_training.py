"""A training without its measuring, which torchrun can split: `split_training.py NAME STEPS OUT`.

`split_training.py slopes STEPS OUT`: what the loss of each recipe, whole and split, has as value and gradients; and a
training of the U-Net.
"""

import dataclasses
import sys

import psutil
import torch

from cfg_lessons import parallel, recipes


def train(name, steps, out, device="cpu"):
    """recipes.train, and no time spent on the quality of a short try."""
    recipes.RECIPES[name] = dataclasses.replace(recipes.RECIPES[name], measure=lambda model: {})
    recipes.train(name, steps, 0, out, device)


def slopes(name, split):
    """The loss of a recipe on its first batch, its gradients, and the boolean buffers; the batch is one row short."""
    torch.manual_seed(0)
    recipe, rng = recipes.RECIPES[name], torch.Generator().manual_seed(0)
    model = recipe.build()
    for weights in model.parameters():  # the zeros of a fresh model would hide its gradients
        weights.data += 0.02 * torch.randn(weights.shape)
    loss = parallel.split(recipe.loss, model) if split else recipe.loss
    value = loss(model, *[part[1:] for part in recipe.batches()(rng)], rng)
    (3 * value).backward()
    flags = [buffer.clone() for buffer in model.buffers() if buffer.dtype == torch.bool]
    return [value.detach(), *[weights.grad for weights in model.parameters()], *flags]


def all_slopes(out):
    """For each recipe, the slopes of the whole loss and of the split one, or why it cannot be split."""
    found = {}
    for name in recipes.RECIPES:
        try:
            found[name] = slopes(name, split=False), slopes(name, split=True)
        except ValueError as error:
            found[name] = str(error)
    torch.save(found, f"{out}.{parallel.rank()}")


if __name__ == "__main__":
    name, steps, out = sys.argv[1:]
    threads = psutil.Process().num_threads()
    with parallel.together() as device:
        if name == "slopes":
            all_slopes(out)
        train("mnist_cfg" if name == "slopes" else name, int(steps), out, device)
    # a group that outlived this block would now and then abort the process at its exit; one thread is tqdm's
    assert psutil.Process().num_threads() <= threads + 1, "threads of the group are left"
