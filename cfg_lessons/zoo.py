"""The zoo of lesson 13: specimens of code as it is met in the wild. Some do what they claim, others do not.

    ward(seed)          numbered specimens, another choice for each seed
    source(specimen)    how one is written
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F

from .denoisers import NULL, clipped
from .guidance import cfg, given, log_likelihood
from .sampling import sample, step


def strided_a(steps, total=1000):
    """The steps of a chain of `total` that a walk of so many steps visits, in equal strides, the noisiest first."""
    return [total * (steps - i) // steps - 1 for i in range(steps)]


def strided_b(steps, total=1000):
    """The steps of a chain of `total` that a walk of so many steps visits, in equal strides, the noisiest first."""
    return list(reversed(range(steps)))


def drop_labels_a(y, p, rng):
    """A copy of y [B] in which each label, by its own coin from rng, is NULL with probability p."""
    mask = torch.rand(len(y), generator=rng) < p
    return torch.where(mask, y, NULL)


def drop_labels_b(y, p, rng):
    """A copy of y [B] in which each label, by its own coin from rng, is NULL with probability p."""
    return y.masked_fill(torch.rand(len(y), generator=rng) < p, 0)


def drop_labels_c(y, p, rng):
    """A copy of y [B] in which each label, by its own coin from rng, is NULL with probability p."""
    return torch.where(torch.rand(len(y), generator=rng) >= p, y, NULL)


def drop_labels_d(y, p, rng):
    """A copy of y [B] in which each label, by its own coin from rng, is NULL with probability p."""
    if torch.rand(1, generator=rng).item() < p:
        return torch.full_like(y, NULL)
    return y.clone()


def drop_labels_e(y, p, rng):
    """A copy of y [B] in which each label, by its own coin from rng, is NULL with probability p."""
    y[torch.rand(len(y), generator=rng) < p] = NULL
    return y


def log_prob_a(classifier, x, t, y):
    """log p(y | x_t) [B] by a classifier (x, t) -> logits [B, K]."""
    return -F.cross_entropy(classifier(x, t), y, reduction="none")


def log_prob_b(classifier, x, t, y):
    """log p(y | x_t) [B] by a classifier (x, t) -> logits [B, K]."""
    log_probs = F.log_softmax(classifier(x, t), dim=-1)
    return log_probs[y]


def log_prob_c(classifier, x, t, y):
    """log p(y | x_t) [B] by a classifier (x, t) -> logits [B, K]."""
    return classifier(x, t).gather(1, y[:, None]).squeeze(1)


def steer_a(denoiser, classifier, schedule, scale):
    """Classifier guidance: a denoiser out of an unconditional one and the gradient of log p(y | x_t)."""

    def guided(x, t, y):
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            eps = denoiser(x, t, torch.full_like(y, NULL))
            grad = torch.autograd.grad(log_likelihood(classifier, x, t, y).sum(), x)[0]
        return eps - scale * schedule.at(t, x)[1] * grad

    return guided


def steer_b(denoiser, classifier, schedule, scale):
    """Classifier guidance: a denoiser out of an unconditional one and the gradient of log p(y | x_t)."""

    def guided(x, t, y):
        eps = denoiser(x, t, torch.full_like(y, NULL))
        with torch.enable_grad():
            x.requires_grad_(True)
            grad = torch.autograd.grad(log_likelihood(classifier, x, t, y).sum(), x)[0]
        return eps - scale * schedule.at(t, x)[1] * grad

    return guided


def steer_c(denoiser, classifier, schedule, scale):
    """Classifier guidance: a denoiser out of an unconditional one and the gradient of log p(y | x_t)."""

    def guided(x, t, y):
        with torch.enable_grad():
            x_in = x.detach().requires_grad_()
            grad = torch.autograd.grad(log_likelihood(classifier, x_in, t, y).sum(), x_in)[0]
        return denoiser(x, t, torch.full_like(y, NULL)) - scale * grad

    return guided


def combine_a(target, reference, scale):
    """Guidance: at scale 0 the reference, at scale 1 the target, and beyond it above 1."""
    return torch.lerp(reference, target, scale)


def combine_b(target, reference, scale):
    """Guidance: at scale 0 the reference, at scale 1 the target, and beyond it above 1."""
    return (1 + scale) * target + (1 - scale) * reference


def batched_a(denoiser, x, t, y, scale):
    """Classifier-free guidance in one call, a batch of twice the size; t is one number, or one for each sample."""
    t = torch.as_tensor(t).expand(len(x)).repeat(2)
    cond, uncond = denoiser(torch.cat([x, x]), t, torch.cat([y, y])).chunk(2)
    return uncond + scale * (cond - uncond)


def away_a(denoiser, unwanted, scale):
    """A negative prompt: a denoiser that steps from the answer for the unwanted label past the one for y."""

    def avoiding(x, t, y):
        null, bad = (denoiser(x, t, torch.full_like(y, label)) for label in (NULL, unwanted))
        return null + scale * (denoiser(x, t, y) - bad)

    return avoiding


def guide_latents_a(unet, z, t, text, scale):
    """Guided noise in latents z [B, 4, h, w], from the empty text[0] towards text[1], by one call of the U-Net."""
    out = unet(torch.cat([z, z]), t, encoder_hidden_states=text.repeat_interleave(len(z), 0)).sample
    eps, rest = out[:, :3], out[:, 3:].chunk(2)
    uncond, cond = eps.chunk(2)
    return torch.cat([uncond + scale * (cond - uncond), rest[1]], dim=1)


def to_pixels_a(vae, z):
    """Pictures [B, H, W, 3] as matplotlib shows them, from the U-Net's latents z [B, 4, h, w]."""
    image = vae.decode(z / vae.config.scaling_factor).sample
    return image.clamp(-1, 1).permute(0, 2, 3, 1)


def begin_a(schedule, x0, noise, strength, steps):
    """Image to image: x0, noised as far as strength says, and the times of `steps` that are left to walk."""
    times = schedule.times(round(steps * strength))
    return schedule.add_noise(x0, strength, noise), times


def always_a(denoiser, label, scale):
    """A denoiser that is guided towards one label, whatever y it is asked for."""
    return cfg(given(denoiser, label), scale)


def always_b(denoiser, label, scale):
    """A denoiser that is guided towards one label, whatever y it is asked for."""

    def guided(x, t, y):
        cond, uncond = (denoiser(x, t, torch.full_like(y, asked)) for asked in (label, NULL))
        return cond + (scale - 1) * (cond - uncond)

    return guided


def walk_a(network, schedule, x, y, scale, steps):
    """Guided DDIM from noise x to data: the network in eval mode, its guided x0 clipped to [-1, 1], no graph kept."""
    guided = clipped(cfg(network, scale), schedule)
    return sample(guided, schedule, x, y, steps=steps)


def walk_b(network, schedule, x, y, scale, steps):
    """Guided DDIM from noise x to data: the network in eval mode, its guided x0 clipped to [-1, 1], no graph kept."""
    was = network.training
    guided = clipped(cfg(network.eval(), scale), schedule)
    for t, then in pairwise(schedule.times(steps)):
        x = step(x, guided(x, t, y), schedule.at(t, x), schedule.at(then, x))
    network.train(was)
    return x


def walk_c(network, schedule, x, y, scale, steps):
    """Guided DDIM from noise x to data: the network in eval mode, its guided x0 clipped to [-1, 1], no graph kept."""
    was = network.training
    guided = cfg(clipped(network.eval(), schedule), scale)
    x = sample(guided, schedule, x, y, steps=steps)
    network.train(was)
    return x


@dataclass(frozen=True)
class Specimen:
    """A function, and the check of the exercise that it could be an answer to: "lesson03.drop"."""

    function: Callable
    check: str


KINDS = {
    "lesson02.visited": (strided_a, strided_b),
    "lesson03.drop": (drop_labels_a, drop_labels_b, drop_labels_c, drop_labels_d, drop_labels_e),
    "lesson04.label": (log_prob_a, log_prob_b, log_prob_c),
    "lesson04.steer": (steer_a, steer_b, steer_c),
    "lesson05.combine": (combine_a, combine_b),
    "lesson05.batched": (batched_a,),
    "lesson07.away": (away_a,),
    "lesson09.combine": (guide_latents_a,),
    "lesson09.decode": (to_pixels_a,),
    "lesson10.start": (begin_a,),
    "lesson13.pinned": (always_a, always_b),
    "lesson13.loop": (walk_a, walk_b, walk_c),
}
SPECIMENS = tuple(Specimen(function, check) for check, kin in KINDS.items() for function in kin)
# The kinds that are short to read: of two of them a ward shows all.
SHORT = ("lesson02.visited", "lesson03.drop", "lesson04.label", "lesson05.combine", "lesson13.pinned")


def ward(seed: int = 0, size: int = 10) -> dict[int, Specimen]:
    """Numbers 1 to size, and a specimen for each: two of the kinds in SHORT whole, and strays. The seed decides."""
    if not 8 <= size <= len(SPECIMENS):
        raise ValueError(f"a ward of {size} is too small or too large; expected 8 to {len(SPECIMENS)}")
    rng = torch.Generator().manual_seed(seed)

    def shuffled(things):
        return [things[i] for i in torch.randperm(len(things), generator=rng).tolist()]

    kinds = shuffled(SHORT)[:2]
    strays = shuffled([one for one in SPECIMENS if one.check not in kinds])
    return dict(enumerate(shuffled(([one for one in SPECIMENS if one.check in kinds] + strays)[:size]), 1))


def source(specimen: Specimen) -> str:
    """The text of a specimen."""
    return inspect.getsource(specimen.function)
