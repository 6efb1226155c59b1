"""The checks of lesson 09: guidance by two prompts, the shape of latents, latents as pictures, prompts as labels."""

from .lesson09_combine import combine
from .lesson09_latents import latents
from .lesson09_decode import decode
from .lesson09_adapter import adapter

__all__ = ["combine", "latents", "decode", "adapter"]
