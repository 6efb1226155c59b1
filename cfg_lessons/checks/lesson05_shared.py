"""What several checks of lesson 05 share."""

import torch

from ..denoisers import NULL


def null_for(y):
    """NULL in place of every label."""
    return torch.full_like(y, NULL)


def from_target(target, reference, scale):
    """The mistake of taking the scale for Ho & Salimans' w."""
    return target + scale * (target - reference)


def backwards(target, reference, scale):
    """The mistake of pushing the wrong way."""
    return reference - scale * (target - reference)
