"""Training: forget some labels, add noise, guess the noise, repeat."""
import pickle
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm.auto import tqdm

from .denoisers import NULL, TARGETS
from .files import replacing


def drop_labels(y: Tensor, p: float, rng: torch.Generator) -> Tensor:
    """A copy of y [B] in which each label, by its own coin, is NULL with probability p (Ho & Salimans 2022)."""
    forget = torch.rand(len(y), generator=rng).to(y.device) < p
    return torch.where(forget, NULL, y)


def spread_times(n: int, rng: torch.Generator) -> Tensor:
    """n times [n], uniform on [0, 1], one in each n-th of it: less luck in the loss than n independent ones."""
    return (torch.arange(n) + torch.rand(n, generator=rng)) / n


def middle_times(n: int, rng: torch.Generator) -> Tensor:
    """n times [n] that crowd around the middle, where there is most to learn: logit-normal (Esser et al. 2024)."""
    return torch.special.ndtri(spread_times(n, rng)).sigmoid()


def denoising_loss(model, x0: Tensor, y: Tensor, rng: torch.Generator, times=spread_times) -> Tensor:
    """The mean squared error of a LearnedDenoiser on x0 [B, *D] with labels y [B], at random times.

    Measured in what the network predicts: the point a * x0 + b * eps (Ho et al. 2020, with any target).
    """
    t = times(len(x0), rng).to(x0)
    eps = torch.randn(x0.shape, generator=rng).to(x0)
    x_t = model.schedule.add_noise(x0, t, eps)
    a, b = TARGETS[model.target](*model.schedule.at(t, x0))
    return F.mse_loss(model.net(x_t, t, y), a * x0 + b * eps)


def classifier_loss(classifier, schedule, x0: Tensor, y: Tensor, rng: torch.Generator) -> Tensor:
    """Cross entropy of a noise-aware classifier (x_t, t) -> logits [B, K], at random times (Dhariwal & Nichol 2021)."""
    t = spread_times(len(x0), rng).to(x0)
    eps = torch.randn(x0.shape, generator=rng).to(x0)
    return F.cross_entropy(classifier(schedule.add_noise(x0, t, eps), t), y)


class Run:
    """Everything that one training changes: network, optimizer, learning rate, average, losses, dice."""

    def __init__(self, model: nn.Module, steps: int, lr: float, ema: float, seed: int):
        self.model, self.rng, self.losses = model, torch.Generator().manual_seed(seed), []
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.99), weight_decay=0.01)
        self.rate = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, lr, total_steps=steps, pct_start=0.15, cycle_momentum=False
        )
        self.average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(ema))

    def state(self):
        """All of it as plain values and tensors."""
        parts = {name: getattr(self, name).state_dict() for name in ("model", "optimizer", "rate", "average")}
        return parts | {"losses": self.losses, "rng": self.rng.get_state()}

    def save(self, path):
        """Write the state; whatever happens meanwhile, the last good file stays."""
        with replacing(path) as new:
            torch.save(self.state(), new)

    def resume(self, path):
        """Go on from a saved state of the same training."""
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
        except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
            raise ValueError(f"{path} is not a whole training state; delete it to start afresh") from error
        if state["rate"]["total_steps"] != self.rate.total_steps:
            old, new = state["rate"]["total_steps"], self.rate.total_steps
            raise ValueError(f"{path} belongs to a training of {old} steps, not {new}; delete it to start afresh")
        for name in ("model", "optimizer", "rate", "average"):
            getattr(self, name).load_state_dict(state[name])
        self.losses = state["losses"]
        self.rng.set_state(state["rng"])


def fit(model, loss, batches, steps, lr=2e-3, ema=0.99, seed=0, keep=None, watch=None, every=500) -> list[float]:
    """Train model in place for so many steps and return the loss of each; the model ends as its running average.

    loss(model, *batch, rng) -> scalar, batches(rng) -> batch, rng: the one source of chance.
    keep: a file that holds the state every so many steps; call again with the same file and it goes on from there.
    watch(model, step): called every so many steps, to look at it while it learns.
    """
    run = Run(model, steps, lr, ema, seed)
    if keep and Path(keep).exists():
        run.resume(keep)
    for i in tqdm(range(len(run.losses), steps), initial=len(run.losses), total=steps, desc="training"):
        value = loss(model, *batches(run.rng), run.rng)
        if not value.isfinite():
            raise ValueError(f"the loss is {value.item()} at step {i}: look for NaN in the data, or lower lr = {lr}")
        run.optimizer.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        run.optimizer.step(), run.rate.step(), run.average.update_parameters(model)
        run.losses.append(value.item())
        if keep and (i + 1) % every == 0:
            run.save(keep)
        if watch and (i + 1) % every == 0:
            watch(run.average.module, i + 1)
    model.load_state_dict(run.average.module.state_dict())
    return run.losses
