"""What each part learns from: its batches, and its loss."""

import torch
import torch.nn.functional as F
from torch import nn

from .. import shapes
from ..denoisers import LearnedDenoiser
from ..text2image import Matching, PromptNet
from ..training import denoising_loss, drop_labels, spread_times
from .parts import WIDTH


def seed_from(rng) -> int:
    """A seed for whoever takes one."""
    return int(torch.randint(2**31, (), generator=rng))


def pieces(size: int, rng):
    """Pieces [size, 3, 32, 32] of images, cut around an object, and where objects are in them [size, 1, 32, 32]."""
    world = shapes.scenes(size, seed=seed_from(rng), two=0.4)
    images, ground = shapes.render(world), shapes.rgb(shapes.BACKGROUNDS)[world.background][..., None, None]
    here = world.geometry[:, 0, :2] + 0.25 * torch.randn(size, 2, generator=rng)
    corner = ((here + 1) * 32 - 16).long().clamp(0, 32).tolist()
    parts = torch.stack([image[:, y : y + 32, x : x + 32] for image, (x, y) in zip(images, corner)])
    return parts, ((parts - ground).abs().amax(1, keepdim=True) > 0.02).float()


def vae_loss(vae, x, there, rng):
    """Reconstruction, five times as dear on objects as on the plain ground, and a little of the Gaussian's price."""
    seen = vae.encode(x.contiguous(memory_format=torch.channels_last)).latent_dist
    z = seen.mean + seen.std * torch.randn(seen.mean.shape, generator=rng).to(x)
    error, weight = vae.decode(z).sample - x, 1 + 4 * there
    price = 0.5 * (seen.mean**2 + seen.var - 1 - seen.logvar).mean()
    return ((error.abs() + 2 * error**2) * weight).mean() / weight.mean() + 1e-4 * price


class Reader(nn.Module):
    """The text encoder, and the two maps that compare what it says with what a probe sees."""

    def __init__(self, text_encoder):
        super().__init__()
        self.text_encoder, self.match = text_encoder, Matching(WIDTH)

    def forward(self, ids, features):
        """The cosine of each caption with each image: [n, m]."""
        return self.match(self.text_encoder(ids).pooler_output, features)


def matching_loss(reader, ids, features, rng):
    """Which image belongs to this sentence, and which sentence to this image? (Radford et al. 2021.)"""
    logits = reader.match.sharpness.exp() * reader(ids, features)
    own = torch.arange(len(ids), device=ids.device)
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


def unet_loss(unet, schedule, z, text, rng):
    """The denoising loss of lesson 2 with the dropped labels of lesson 3: one caption in ten is the empty one."""
    y = drop_labels(torch.arange(len(z)), 0.1, rng).to(z.device)
    return denoising_loss(LearnedDenoiser(PromptNet(unet, text), schedule, "v"), z, y, rng, chain_times)


def chain_times(n: int, rng):
    """spread_times on the grid of a chain of 1000 steps."""
    return (1000 * spread_times(n, rng)).ceil().clamp(min=1) / 1000
