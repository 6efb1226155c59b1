"""Editing: a walk that starts from an image, and a denoiser that knows a part of the answer already."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .denoisers import Denoiser, as_eps, as_x0
from .sampling import sample


def img2img(denoiser: Denoiser, schedule, x0: Tensor, y: Tensor, strength: float, noise: Tensor, steps=20) -> Tensor:
    """Noise x0 [B, *D] up to time `strength`, and walk back from there: only that part of `steps` is walked.

    strength 0 keeps x0, 1 forgets it (SDEdit, Meng et al. 2022, arXiv 2108.01073). noise [B, *D] ~ N(0, 1).
    """
    if not 0 <= strength <= 1:
        raise ValueError(f"strength is {strength}; expected 0 (keep the image) to 1 (forget it)")
    times = schedule.times(steps)
    times = times[times <= strength + 1e-6]
    if len(times) < 2:
        return x0
    return sample(denoiser, schedule, schedule.add_noise(x0, times[0], noise), y, steps=times)


def inpainting(denoiser: Denoiser, schedule, x0: Tensor, mask: Tensor) -> Denoiser:
    """A denoiser that knows x0 [B, C, H, W] where mask [H, W] (or [B, 1, H, W]) is 0, and is asked where it is 1.

    From the same noise, what is known walks straight to x0 (replacement: Song et al. 2021, arXiv 2011.13456).
    """
    if mask.shape[-2:] != x0.shape[-2:]:
        size, expected = list(mask.shape[-2:]), list(x0.shape[-2:])
        raise ValueError(f"the mask has size {size}, what it masks {expected}; expected the same (see to_cells)")
    if mask.ndim != 2 and mask.shape[:-2] != (len(x0), 1):
        raise ValueError(f"the mask has shape {list(mask.shape)}; expected [H, W] or [{len(x0)}, 1, H, W]")
    unknown, clean = (mask.to(x0) > 0.5).expand_as(x0), as_x0(denoiser, schedule)

    def knowing(x, t, y):
        times = len(x) // len(x0)  # guidance asks two questions in one batch
        return torch.where(torch.cat([unknown] * times), clean(x, t, y), torch.cat([x0] * times))

    return as_eps(knowing, schedule)


def to_cells(mask: Tensor, factor: int = 4) -> Tensor:
    """A mask of pixels [H, W] as one of latents [H / factor, W / factor]: one pixel that is asked for is enough."""
    if mask.ndim != 2 or any(side % factor for side in mask.shape):
        raise ValueError(f"the mask has shape {list(mask.shape)}; expected [H, W], both divisible by {factor}")
    return F.max_pool2d(mask.float()[None, None], factor)[0, 0]
