"""Lesson 09, exercise "from latents to a picture": the check `decode`."""

import torch

from .. import zoo
from . import Check, Complaint, dice, lend
from .lesson09_shared import Output, tensor
from .reading import comparable, near, ways


class Config(dict):
    """A model's numbers, as diffusers keeps them: read by name or by key."""

    __getattr__ = dict.__getitem__


class Vae:
    """An autoencoder that makes pictures twice as large as the latents, with some values beyond [-1, 1]."""

    def __init__(self, factor):
        self.config = Config(scaling_factor=factor)

    def decode(self, z, **options):
        """The pictures [B, 3, 2h, 2w] of latents [B, 4, h, w]."""
        large = z.repeat_interleave(2, 2).repeat_interleave(2, 3)
        return Output(1.3 * torch.sin(large[:, :3] + 0.5 * large[:, 3:]))


def ask_decode(decode):
    """Pictures that are not square, from two autoencoders; the latents must survive."""
    seen = []
    for factor, z in decode_cases():
        x = tensor(lend(decode, vae=Vae(factor), z=z, cure="make a new tensor: z / factor, not z /= factor"))
        if not x.is_floating_point() or x.abs().max() > 20:
            raise Complaint("Your values are of the size of bytes, 0 to 255. Here floats in [0, 1] are asked for: do not multiply, do not round.")
        seen.append(x)
    return seen


def decode_cases():
    """Scaling factors and latents: with the first factor, 1, the unit plays no part."""
    rng = dice(0)
    asks = (1.0, (3, 4, 4, 5)), (0.18215, (2, 4, 3, 2)), (0.75, (3, 4, 2, 4)), (2.5, (2, 4, 2, 3))
    return [(factor, torch.randn(shape, generator=rng)) for factor, shape in asks]


def explain_decode(mine, right):
    """The range, what becomes of black, grey and white; then the unit of the latents."""
    if not comparable(mine, right):
        return None
    if near(mine[0], right[0]):
        return "With a scaling factor of 1 yours is right, with others not: it is about the unit. Divide the latents by vae.config.scaling_factor before you decode."
    raw = Vae(1.0).decode(decode_cases()[0][1]).sample.permute(0, 2, 3, 1)
    if min(part.min() for part in mine) < -1e-4 or max(part.max() for part in mine) > 1 + 1e-4:
        return f"Your values run from {min(part.min() for part in mine):.3g} to {max(part.max() for part in mine):.3g}. They must lie in [0, 1]: move -1 to 0 and keep 1, then clamp both ends."
    for value, name, wanted in ((0.0, "mid-grey", 0.5), (-1.0, "black", 0.0), (1.0, "white", 1.0)):
        place = (raw - value).abs().argmin()
        if abs(mine[0].flatten()[place] - wanted) > 0.05:
            return f"The decoder's {raw.flatten()[place]:.2f}, {name}, becomes {mine[0].flatten()[place]:.2f} in yours, and should become about {wanted:g}. Divide the latents, nothing else; then move [-1, 1] to [0, 1] by a straight line."
    return "Black, grey and white come out well, what lies between does not: move [-1, 1] to [0, 1] by a straight line, each value for itself."


def decoded(unit=lambda z, f: z / f, values=lambda x: (x / 2 + 0.5).clamp(0, 1), axes=lambda x: x.permute(0, 2, 3, 1)):
    """A candidate: the unit of the latents, the range of the values, the order of the axes."""
    return lambda vae, z: axes(values(vae.decode(unit(z, vae.config.scaling_factor)).sample))


decode = Check(
    ask_decode,
    explain=explain_decode,
    solution=decoded(),
    mistakes={
        "You multiplied by the scaling factor: that is the way in. On the way out, divide.": decoded(lambda z, f: z * f),
        "The scaling factor is missing: the U-Net and the autoencoder measure latents in different units. Divide before you decode.": decoded(lambda z, f: z),
        "You divided the picture by the scaling factor. It belongs to the latents: divide them, before you decode.": lambda vae, z: decoded(lambda z, f: z, lambda x: (x / vae.config.scaling_factor / 2 + 0.5).clamp(0, 1))(vae, z),
        "Everything darker than mid-grey is black: you clamped to [0, 1], but never moved [-1, 1] there.": decoded(values=lambda x: x.clamp(0, 1)),
        "The values are still in [-1, 1]. matplotlib wants [0, 1]: move them.": zoo.to_pixels_a,
        "You clamped to [0, 1] before you moved the values there: the dark half is lost. Move first, then clamp.": decoded(values=lambda x: x.clamp(0, 1) / 2 + 0.5),
        "Some values lie outside [0, 1]: the decoder overshoots a little. Clamp at the end.": decoded(values=lambda x: x / 2 + 0.5),
        "The values are as the decoder gave them: move [-1, 1] to [0, 1], and clamp.": decoded(values=lambda x: x),
        "You add before you halve: -1 should become 0, and 1 should become 1. Try both in your formula.": decoded(values=lambda x: ((x + 0.5) / 2).clamp(0, 1)),
        "You did not halve: -1 becomes 0, but everything above 0 becomes 1.": decoded(values=lambda x: (x + 1).clamp(0, 1)),
        "You stretched each batch to its own darkest and brightest value. -1 is black and 1 is white, whatever the picture.": decoded(values=lambda x: (x - x.min()) / (x.max() - x.min())),
        "The colours are still axis 1, and matplotlib wants them last.": decoded(axes=lambda x: x),
        "The picture lies on its side: you have [B, W, H, 3]. Height comes before width.": decoded(axes=lambda x: x.permute(0, 3, 2, 1)),
        "The shape is right, the pixels are scrambled: reshape cuts the numbers anew, in the old order. Axes are moved by permute or movedim.": decoded(axes=lambda x: x.reshape(len(x), *x.shape[2:], 3)),
        "Only the first picture is left. Return all of the batch.": decoded(axes=lambda x: x[0].permute(1, 2, 0)),
        "You added 1 to the half: -1 becomes 0.5, grey in place of black. Half of [-1, 1] needs only 0.5 more.": decoded(values=lambda x: (x / 2 + 1).clamp(0, 1)),
        "You halved, but did not move: everything below 0 is black. Add 0.5.": decoded(values=lambda x: (x / 2).clamp(0, 1)),
        "That is the other direction: 2 x - 1 leads from [0, 1] to [-1, 1].": decoded(values=lambda x: (2 * x - 1).clamp(0, 1)),
        "You subtract 0.5, so that nearly everything is black: -1 should become 0. Add it.": decoded(values=lambda x: (x / 2 - 0.5).clamp(0, 1)),
        "That is a negative: black and white are swapped. -1 is black and should become 0.": decoded(values=lambda x: (0.5 - x / 2).clamp(0, 1)),
        "A sigmoid bends the values: white ends at 0.73. Move them by a straight line, and clamp.": decoded(values=torch.sigmoid),
        "You stretched each image to its own darkest and brightest value. -1 is black and 1 is white, whatever the image.": decoded(values=lambda x: (x - x.amin((1, 2, 3), True)) / (x.amax((1, 2, 3), True) - x.amin((1, 2, 3), True))),
        **ways("Only one end is clamped: values {} are left. Clamp both.", {
            "below 0": decoded(values=lambda x: (x / 2 + 0.5).clamp(max=1)), "above 1": decoded(values=lambda x: (x / 2 + 0.5).clamp(min=0)),
        }),
        "You divide by 0.18215, which is the factor of Stable Diffusion. Each autoencoder has its own: vae.config.scaling_factor.": decoded(lambda z, f: z / 0.18215),
    },
    hints=[
        "Three things are to be done: the unit of the latents before decoding, the range of the values after it, and the order of the axes.",
        "The pipeline multiplies latents by vae.config.scaling_factor on the way in. After decoding: -1 must become 0, and 1 stay 1.",
        "vae.decode(z / factor).sample, then / 2 + 0.5, then .clamp(0, 1), then .permute(...) with axis 1 last.",
    ],
)  # fmt: skip
