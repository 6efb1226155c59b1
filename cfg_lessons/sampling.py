"""Sampling: walk from noise at t = 1 to data at t = 0. One step rule covers DDIM and DDPM."""

import torch
from torch import Tensor

from .denoisers import Denoiser, to_x0


def noise(n: int, *shape: int, seed: int = 0, device="cpu") -> Tensor:
    """Standard normal noise [n, *shape], drawn on the CPU and then moved: the same picture everywhere."""
    return torch.randn(n, *shape, generator=torch.Generator().manual_seed(seed)).to(device)


def step(x, eps, now, then, eta=0.0, fresh=None):
    """One step from now = (alpha, sigma) to then = (alpha, sigma), given the noise eps [B, *D] in x [B, *D].

    eta = 0 is DDIM (Song et al. 2021, arXiv 2010.02502): the believed noise is kept. eta = 1 is DDPM's ancestral
    step (Ho et al. 2020): the posterior q(x_then | x_now, x0). `fresh` [B, *D] is the noise that eta > 0 adds.
    """
    (alpha, sigma), (alpha2, sigma2) = now, then
    new = (sigma**2 - (alpha / alpha2 * sigma2) ** 2).clamp(min=0)  # the noise that this stretch of the chain added
    spread = eta * sigma2 / sigma * new.sqrt()
    kept = (sigma2**2 - spread**2).clamp(min=0).sqrt()
    x = alpha2 * to_x0(eps, x, alpha, sigma) + kept * eps
    return x if fresh is None else x + spread * fresh


def walk(denoiser: Denoiser, schedule, noise: Tensor, y: Tensor, steps=50, eta: float = 0.0, seed: int = 0):
    """Yield (t, x_t) from noise [B, *D] at t = 1 down to data at t = 0, labels y [B].

    steps is a number, or the falling times to visit. Same noise, labels and seed: same walk.
    """
    if len(y) != len(noise):
        raise ValueError(f"{len(noise)} samples of noise but {len(y)} labels; expected one label for each")
    if not 0 <= eta <= 1:
        raise ValueError(f"eta = {eta}; expected 0 (DDIM) to 1 (DDPM)")
    rng = torch.Generator().manual_seed(-1 - seed)  # not the seed of the noise it starts from: fresh means fresh
    times, x = schedule.times(steps), noise
    yield times[0], x
    for t, then in zip(times[:-1], times[1:]):
        with torch.no_grad():
            eps = denoiser(x, t, y)
            fresh = torch.randn(x.shape, generator=rng, dtype=x.dtype).to(x.device) if eta else None
            x = step(x, eps, schedule.at(t, x), schedule.at(then, x), eta, fresh)
        yield then, x


def sample(denoiser: Denoiser, schedule, noise: Tensor, y: Tensor, **options) -> Tensor:
    """The end of the walk: samples x0 [B, *D]. Options as in `walk`."""
    for _, x in walk(denoiser, schedule, noise, y, **options):
        pass
    return x


class Counted:
    """A denoiser that counts its work: `calls` of the network, and `rows`, the samples that passed through it."""

    def __init__(self, denoiser: Denoiser):
        self.denoiser, self.calls, self.rows = denoiser, 0, 0

    def __call__(self, x, t, y):
        self.calls, self.rows = self.calls + 1, self.rows + len(x)
        return self.denoiser(x, t, y)
