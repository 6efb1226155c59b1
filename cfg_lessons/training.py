"""Training: forget some labels, add noise, guess the noise, repeat."""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm.auto import tqdm

from .denoisers import NULL, TARGETS
from .files import replacing


def drop_labels(y: Tensor, p: float, rng: torch.Generator) -> Tensor:
    """A copy of y [B] (or [B, A]) in which each label, by its own coin, is NULL with probability p.

    (Ho & Salimans 2022, arXiv 2207.12598.)
    """
    forget = torch.rand(y.shape, generator=rng).to(y.device) < p
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
    """Everything that one training changes: the model, its average, optimizer, learning rate, losses, and chance."""

    def __init__(self, model: nn.Module, steps: int, lr: float, ema: float, seed: int):
        self.model, self.losses, self.rng = model, [], torch.Generator().manual_seed(seed)
        self.average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(ema))
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.99), weight_decay=0.01)
        self.rate = torch.optim.lr_scheduler.OneCycleLR(  # with 0.05 it would divide by 0 at 20 steps
            self.optimizer, lr, total_steps=steps, pct_start=0.051, anneal_strategy="linear", cycle_momentum=False
        )

    def learn(self, loss: Tensor):
        """One step of the model down the slope of a loss."""
        if not loss.isfinite():
            at = f"{loss.item()} at step {len(self.losses)}"
            raise ValueError(f"the loss is {at}: look for NaN in the data, or lower lr")
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.rate.step()
        self.average.update_parameters(self.model)
        self.losses.append(loss.item())


PARTS = ("model", "average", "optimizer", "rate")


def keep_run(run: Run, path):
    """Write a run to a file as plain values and tensors; whatever happens meanwhile, the last good file stays."""
    state = {part: getattr(run, part).state_dict() for part in PARTS}
    with replacing(path) as new:
        torch.save(state | {"losses": run.losses, "rng": run.rng.get_state()}, new)


def resume_run(run: Run, path):
    """Bring a fresh run to where a kept one of the same training was."""
    cure = "delete it to start afresh, or name another file"
    try:
        state = dict(torch.load(path, map_location="cpu", weights_only=True))
        parts, losses, rng = [state[part] for part in PARTS], state["losses"], state["rng"]
        steps, shapes = state["rate"]["total_steps"], {name: part.shape for name, part in state["model"].items()}
    except Exception as error:  # torch has many ways to say that it cannot read a file
        raise ValueError(f"{path} is not a whole training state; {cure}") from error
    if shapes != {name: part.shape for name, part in run.model.state_dict().items()}:
        raise ValueError(f"{path} belongs to a training of another network; {cure}")
    if steps != run.rate.total_steps:
        raise ValueError(f"{path} belongs to a training of {steps} steps, not {run.rate.total_steps}; {cure}")
    for name, part in zip(PARTS, parts):
        getattr(run, name).load_state_dict(part)
    run.losses = losses
    run.rng.set_state(rng)


def fit(model, loss, batches, steps, lr=2e-3, ema=0.99, seed=0, keep=None, watch=None, every=500) -> list[float]:
    """Train model in place for so many steps and return the loss of each; the model ends as its running average.

    loss(model, *batch, rng) -> scalar, batches(rng) -> batch, rng: the one source of chance.
    keep: a file that holds the run, written every so many steps; call again with the same file and it goes on there.
    watch(model, step): called every so many steps, to look at the average while it learns.
    """
    run = Run(model, steps, lr, ema, seed)
    if keep and Path(keep).exists():
        resume_run(run, keep)
    done = len(run.losses)
    for i in tqdm(range(done + 1, steps + 1), initial=done, total=steps, desc="training"):
        run.learn(loss(model, *batches(run.rng), run.rng))
        if keep and i % every == 0:
            keep_run(run, keep)
        if watch and i % every == 0:
            watch(run.average.module, i)
    model.load_state_dict(run.average.module.state_dict())
    return run.losses
