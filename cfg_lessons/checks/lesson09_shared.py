"""What several checks of lesson 09 share."""

from typing import NamedTuple

import torch

from . import Complaint, answer, tensor_of


# Stand-ins for the parts of diffusers: small, and so made that unlike inputs get unlike answers.
class Forgotten(Complaint, AttributeError):
    """An answer was used as if it were the tensor in it."""

    def __init__(self, *_):
        super().__init__("A model's answer is an object; the tensor in it is .sample. Write unet(...).sample, or vae.decode(...).sample.")


def forgotten(*_):
    """What an answer says to arithmetic."""
    raise Forgotten


class Output(NamedTuple):
    """A model's answer, as diffusers gives it: the tensor is .sample, or [0]."""

    sample: torch.Tensor

    def __getattr__(self, name):
        raise AttributeError(name) if name.startswith("__") else Forgotten

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __neg__ = forgotten


def unet(sample, timestep, encoder_hidden_states, **options):
    """An answer that depends on the latents [B, 4, h, w], the step ([] or [B]) and the words of the text [B, L, C]."""
    n, texts = len(sample), encoder_hidden_states
    if texts.ndim != 3 or len(texts) != n:
        raise Complaint(f"The U-Net got {n} latents but a text of shape {list(texts.shape)}; it wants one text for each of them, [{n}, L, C]. Repeat each row of text as often as needed.")
    step = torch.as_tensor(timestep).double().flatten()
    if len(step) not in (1, n):
        raise Complaint(f"The U-Net got {n} latents but {len(step)} steps; it wants one step for all, or one for each.")
    if step.max() > 1 and not step.equal(step.round()):
        raise Complaint(f"Step {step[(step != step.round())][0]:.9g} is no whole number: in float32, 1000 t is sometimes a little off. Round it.")
    weights = torch.linspace(-0.3, 0.5, texts[0].numel()).reshape(texts[0].shape)
    meaning, when = (part[:, None, None, None] for part in ((texts * weights).sum((1, 2)), torch.cos(0.1 * step).float()))
    return Output(sample * when + torch.sin(meaning) * sample.roll(1, 1) + meaning.square())


def tensor(value):
    """What the learner's code returned, as a tensor."""
    if isinstance(answer(value), Output):
        raise Forgotten
    return tensor_of(value)
