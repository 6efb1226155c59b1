"""Noise schedules: how much signal and how much noise there is at time t.

    x_t = alpha(t) * x0 + sigma(t) * eps        t = 0 is data, t = 1 is noise

Time is a number in [0, 1] whatever the model. A chain of T noising steps is the same thing on a grid:
its step i is t = (i + 1) / T, see `Discrete`.
"""

import math

import torch
from torch import Tensor

ALMOST = 0.999  # where alpha(1) would be 0 we stop just short of it: reading x0 off pure noise divides by alpha


def shaped(t, x: Tensor) -> Tensor:
    """t, one number in [0, 1] or one per sample [B], as a tensor that broadcasts over x [B, *D].

    One number is kept in double precision on the CPU (it multiplies a tensor of any device and type); a batch of
    times follows x.
    """
    t = torch.as_tensor(t, dtype=None if isinstance(t, Tensor) else torch.float64)
    t = t.cpu().double() if t.ndim == 0 else t.to(x)
    if t.ndim > 1 or (t.ndim == 1 and len(t) != len(x)):
        raise ValueError(f"t has shape {list(t.shape)}; expected one time, or one for each of the {len(x)} samples")
    if not ((t >= 0) & (t <= 1)).all():
        raise ValueError("t must lie in [0, 1]: 0 is data, 1 is noise; step i of a chain of T is t = (i + 1) / T")
    return t.reshape(-1, *[1] * (x.ndim - 1)) if t.ndim else t


def falling(steps) -> Tensor:
    """steps + 1 evenly spaced times from 1 down to 0; or the very times you list, if they fall."""
    if isinstance(steps, int) and steps < 1:
        raise ValueError(f"a walk needs at least one step; {steps} were asked for")
    listed = torch.linspace(1, 0, steps + 1, dtype=torch.float64) if isinstance(steps, int) else steps
    listed = torch.as_tensor(listed, dtype=torch.float64)
    if listed.ndim != 1 or len(listed) < 2 or not (listed.diff() < 0).all():
        raise ValueError("a walk goes from noise to data: list at least two times, each smaller than the one before")
    return listed


class Schedule:
    """A subclass says alpha(t) and sigma(t), for t of any shape; the rest follows."""

    def alpha(self, t: Tensor) -> Tensor:
        """The share of signal at time t."""
        raise NotImplementedError

    def sigma(self, t: Tensor) -> Tensor:
        """The standard deviation of the noise at time t."""
        raise NotImplementedError

    def at(self, t, x: Tensor):
        """alpha(t) and sigma(t), shaped to multiply x [B, *D]; t is one number, or one per sample [B]."""
        t = shaped(t, x)
        return self.alpha(t), self.sigma(t)

    def add_noise(self, x0: Tensor, t, eps: Tensor) -> Tensor:
        """The whole forward process in one jump: x_t [B, *D] from x0 [B, *D] and eps [B, *D] ~ N(0, 1)."""
        alpha, sigma = self.at(t, x0)
        return alpha * x0 + sigma * eps

    def snr(self, t) -> Tensor:
        """The signal-to-noise ratio alpha**2 / sigma**2; infinite at t = 0."""
        t = torch.as_tensor(t) * 1.0  # whole numbers too
        return (self.alpha(t) / self.sigma(t)) ** 2

    def times(self, steps) -> Tensor:
        """The steps + 1 times that a walk visits, from 1 down to 0; or the very times you list."""
        return falling(steps)


class Cosine(Schedule):
    """A quarter of a circle, alpha**2 + sigma**2 = 1 (after Nichol & Dhariwal 2021, arXiv 2102.09672)."""

    def alpha(self, t):
        return torch.cos(math.pi / 2 * ALMOST * t)

    def sigma(self, t):
        return torch.sin(math.pi / 2 * ALMOST * t)


class Linear(Schedule):
    """DDPM in continuous time: its beta grows from 0.1 to 20 (Ho et al. 2020; Song et al. 2021, arXiv 2011.13456)."""

    def log_alpha(self, t):
        """Minus half the noise rate collected up to time t."""
        return -0.5 * (0.1 * t + 0.5 * 19.9 * t**2)

    def alpha(self, t):
        return self.log_alpha(t).exp()

    def sigma(self, t):
        return (-torch.expm1(2 * self.log_alpha(t))).sqrt()  # 1 - alpha**2, without losing the digits near t = 0


class Straight(Schedule):
    """Rectified flow: a straight line from data to noise (Liu et al. 2022, arXiv 2209.03003)."""

    def alpha(self, t):
        return 1 - ALMOST * t

    def sigma(self, t):
        return ALMOST * t


class Discrete(Schedule):
    """Any chain q(x_i | x_{i-1}) = N(sqrt(1 - beta_i) x_{i-1}, beta_i) of T steps, exactly.

    t = (i + 1) / T is step i (counted from 0, as the papers' code does), t = 0 is data. Between two steps the
    nearest one answers: a network trained on a chain knows no others.
    """

    def __init__(self, betas):
        betas = torch.as_tensor(betas, dtype=torch.float64)
        if betas.ndim != 1 or len(betas) < 1 or not ((betas > 0) & (betas < 1)).all():
            raise ValueError("betas must be a list of numbers strictly between 0 and 1, one per noising step")
        signal = torch.cat([torch.ones(1, dtype=torch.float64), (1 - betas).cumprod(0)])
        self.betas, self.signal = betas, signal  # [T], and alpha_bar [T + 1] that begins with 1 at t = 0

    def read(self, table, t):
        """The entry of table [T + 1] that belongs to time t."""
        return table.to(t)[(t * len(self.betas)).round().long()]

    def alpha(self, t):
        return self.read(self.signal.sqrt(), t)

    def sigma(self, t):
        return self.read((1 - self.signal).sqrt(), t)

    def times(self, steps):
        total = len(self.betas)
        if isinstance(steps, int) and steps > total:
            raise ValueError(f"this schedule has {total} steps; a walk of {steps} cannot visit more than those")
        return (super().times(steps) * total).round() / total


def ddpm(steps: int = 1000) -> Discrete:
    """The chain of Ho et al. (2020): beta from 1e-4 to 0.02 over 1000 steps, scaled up for fewer."""
    if steps <= 20:
        raise ValueError(f"{steps} steps are too few: beta would reach 1, and nothing of the signal would be left")
    return Discrete(torch.linspace(1e-4, 0.02, steps, dtype=torch.float64) * 1000 / steps)
