"""The checks of lesson 09: guidance by two prompts, the shape of latents, latents as pictures, prompts as labels."""

from typing import NamedTuple

import torch

from ..denoisers import NULL
from . import Check, answer, dice

# Stand-ins for the parts of diffusers: small, and so made that unlike inputs get unlike answers.


class Output(NamedTuple):
    """A model's answer, as diffusers gives it: the tensor is .sample, or [0]."""

    sample: torch.Tensor


class Config(dict):
    """A model's numbers, as diffusers keeps them: read by name or by key."""

    __getattr__ = dict.__getitem__


def unet(sample, timestep, encoder_hidden_states, **options):
    """An answer that depends on the latents [B, 4, h, w], the step ([] or [B]) and the words of the text [B, L, C]."""
    n, texts = len(sample), encoder_hidden_states
    if len(texts) != n:
        raise ValueError(f"the U-Net got {n} latents but {len(texts)} texts; it wants one text for each")
    step = torch.as_tensor(timestep).double().flatten()
    weights = torch.linspace(-0.3, 0.5, texts[0].numel()).reshape(texts[0].shape)
    meaning, when = (texts * weights).sum((1, 2)), torch.cos(0.1 * step).float()
    meaning, when = meaning[:, None, None, None], when[:, None, None, None]
    return Output(sample * when + torch.sin(meaning) * sample.roll(1, 1) + meaning.square())


def tensor(value):
    """What the learner's code returned, as a tensor."""
    if isinstance(answer(value), Output):
        raise TypeError("that is the model's whole answer, an object: the tensor in it is .sample")
    return torch.as_tensor(value)


def unchanged(given, kept):
    """Did the caller's tensors survive?"""
    return torch.tensor([all(a.equal(b) for a, b in zip(given, kept))])


# combine ------------------------------------------------------------------------------------------------------------
def ask_combine(combine):
    """Two and three unlike latents, at several steps and scales; latents and texts must survive."""
    rng, seen = dice(0), []
    text = torch.randn(2, 5, 6, generator=rng)
    for n, step, scale in ((2, 981, 3.0), (3, 500, 0.0), (3, 41, 7.5), (2, 0, 1.0)):
        z = torch.randn(n, 4, 3, 2, generator=rng)
        given = z.clone(), text.clone()
        seen += [tensor(combine(unet, given[0], torch.tensor(step), given[1], scale)), unchanged(given, (z, text))]
    return seen


# Ways to lay two questions into one batch, and to read the answers: one half below the other, or side by side.
HALVES = (lambda z: torch.cat([z, z]), lambda text, n: text.repeat_interleave(n, 0), lambda out: out.chunk(2))
PAIRS = (lambda z: z.repeat_interleave(2, 0), lambda text, n: text.repeat(n, 1, 1), lambda out: (out[::2], out[1::2]))


def guided(rule=lambda null, wish, s: null + s * (wish - null), latents=HALVES, texts=HALVES, answers=HALVES):
    """A candidate: a rule for the two answers, and how the batch is laid and read."""

    def candidate(unet, z, t, text, scale):
        out = unet(latents[0](z), t, encoder_hidden_states=texts[1](text, len(z))).sample
        return rule(*answers[2](out), scale)

    return candidate


combine = Check(
    ask_combine,
    solution=guided(),
    mistakes={
        "The two are swapped: at your scale 0 the wish comes out. Row 0 of text is the empty prompt, and the first half of the answers belongs to the row that you laid first.": guided(lambda null, wish, s: wish + s * (null - wish)),
        "text.repeat lays the texts side by side (empty, wish, empty, wish ...), torch.cat the latents one half below the other: with more than one latent they are mixed up. Repeat each row by itself.": guided(texts=PAIRS),
        "The latents lie side by side (z1, z1, z2, z2 ...), the texts one half below the other. Lay both in the same way.": guided(latents=PAIRS),
        "Latents and texts lie side by side, but chunk(2) takes the upper and the lower half. Lay them in halves, or take every second answer.": guided(latents=PAIRS, texts=PAIRS),
        "Your batch lies in halves, but you take every second answer. Read it as you laid it: chunk(2).": guided(answers=PAIRS),
        "One too many: at your scale 1 you push already, as with the paper's w. diffusers and this course start at the empty prompt's answer, and scale 1 is the wish.": guided(lambda null, wish, s: wish + s * (wish - null)),
        "The push points the wrong way, away from the wish. It leads from the empty prompt's answer to the wish's.": guided(lambda null, wish, s: null + s * (null - wish)),
        "That is the answer for the wish, at every scale: the empty prompt plays no part. Were both questions asked with the wish?": guided(lambda null, wish, s: wish),
        "That is the answer for the empty prompt, at every scale: the wish plays no part. Were both questions asked with row 0 of text?": guided(lambda null, wish, s: null),
        "That is the push alone. Add it to where it starts: the empty prompt's answer.": guided(lambda null, wish, s: s * (wish - null)),
        "You add the wish's whole answer. Add only what it changes: its difference from the empty prompt's answer.": guided(lambda null, wish, s: null + s * wish),
        "You took channels apart, not samples: the two halves lie along axis 0.": guided(lambda null, wish, s: (lambda a, b: a + s * (b - a))(*torch.cat([null, wish]).chunk(2, 1))),
        "You guided the texts and asked once. The U-Net is not linear in the text: ask with both texts, and guide its answers.": lambda unet, z, t, text, scale: unet(z, t, encoder_hidden_states=(text[:1] + scale * (text[1:] - text[:1])).expand(len(z), -1, -1)).sample,
        "There are twice as many answers as latents: take the halves apart, and combine them.": guided(lambda null, wish, s: torch.cat([null, wish])),
        "The answer is right, but you wrote over z or text: the caller still needs them. Make new tensors (no +=, no copy_).": lambda unet, z, t, text, scale: z.copy_(guided()(unet, z, t, text, scale)),
    },
    hints=[
        "It is the one line of lesson 5. Which two answers does it need, and how many texts does each of them take?",
        "torch.cat([z, z]) needs 2 B texts: first B times row 0, then B times row 1. See repeat_interleave. Or ask twice, with text[:1] and text[1:] expanded to B rows.",
        "null, wish = unet(torch.cat([z, z]), t, encoder_hidden_states=text.repeat_interleave(len(z), 0)).sample.chunk(2); then the line with scale.",
    ],
)  # fmt: skip

# latents ------------------------------------------------------------------------------------------------------------
def ask_latents(latents):
    """Squares and not, one to four halvings, several numbers of channels; and whether right numbers are integers."""
    cases = (512, 512, 3, 4), (768, 512, 3, 4), (32, 64, 2, 4), (48, 80, 1, 3), (256, 64, 4, 16)
    seen, whole = [], True
    for case in cases:
        shape = answer(latents(*case))
        if not isinstance(shape, (tuple, list, torch.Tensor)):
            raise TypeError(f"expected three numbers, (channels, height, width); this returned {type(shape).__name__}")
        seen.append([float(side) // 1 for side in shape])
        whole = whole and all(hasattr(side, "__index__") for side in shape)
    return [*map(torch.tensor, seen), torch.tensor(whole or seen != [[*shrunk(lambda n: 2**n)(*c)] for c in cases])]


def shrunk(factor):
    """A candidate that divides both sides by a factor, a function of the halvings."""
    return lambda h, w, n, c: (c, h // factor(n), w // factor(n))


latents = Check(
    ask_latents,
    solution=shrunk(lambda n: 2**n),
    mistakes={
        "You divide by 2 * halvings. Each halving halves what the last one left: three of them leave an eighth, not a sixth.": shrunk(lambda n: 2 * n),
        "You halve once. Halve as often as `halvings` says.": shrunk(lambda n: 2),
        "You divide by halvings. Each halving is a division by 2.": shrunk(lambda n: n),
        "You divide each side by 4 for each halving: that is what happens to the area. A side is halved.": shrunk(lambda n: 4**n),
        "You always divide by 8. That is right for Stable Diffusion, with its three halvings; count them.": shrunk(lambda n: 8),
        "You always divide by 4. That is right for the miniature, with its two halvings; count them.": shrunk(lambda n: 4),
        "^ is no power in Python, but bitwise XOR. The power is **.": lambda h, w, n, c: (c, h // 2 ^ n, w // 2 ^ n),
        "Height and width are swapped: a tensor of pictures is [n, channels, height, width].": lambda h, w, n, c: (c, w // 2**n, h // 2**n),
        "The channels come first, then height and width: only matplotlib wants them last.": lambda h, w, n, c: (h // 2**n, w // 2**n, c),
        "Only the height shrinks. The width does too.": lambda h, w, n, c: (c, h // 2**n, w),
        "Only the width shrinks. The height does too.": lambda h, w, n, c: (c, h, w // 2**n),
        "Your latents are larger than the picture. The encoder makes the sides smaller.": lambda h, w, n, c: (c, h * 2**n, w * 2**n),
        "Those are the 3 channels of a picture. Latents have `channels` of them.": lambda h, w, n, c: (3, h // 2**n, w // 2**n),
        "Latents have as many channels as `channels` says, not always 4.": lambda h, w, n, c: (4, h // 2**n, w // 2**n),
        "The channels are missing: three numbers, channels first.": lambda h, w, n, c: (h // 2**n, w // 2**n),
        "The shape of one picture's latents has three numbers: leave the batch axis away.": lambda h, w, n, c: (1, c, h // 2**n, w // 2**n),
        "The values are right, but some are floats, and a shape is made of integers: divide with //.": lambda h, w, n, c: (c, h / 2**n, w / 2**n),
    },
    hints=[
        "What is left of a side of 512 pixels after one halving? After two? After three?",
        "Each halving divides both sides by 2; so n of them divide by 2 * 2 * ... * 2, which is 2**n.",
        "(channels, height // 2**halvings, and the same for the width).",
    ],
)  # fmt: skip

# decode -------------------------------------------------------------------------------------------------------------
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
    rng, seen = dice(0), []
    for factor, shape in ((0.18215, (2, 4, 3, 2)), (0.75, (3, 4, 2, 4)), (2.5, (2, 4, 2, 3))):
        z = torch.randn(shape, generator=rng)
        given = (z.clone(),)
        seen += [tensor(decode(Vae(factor), *given)), unchanged(given, (z,))]
    return seen


def decoded(unit=lambda z, f: z / f, values=lambda x: (x / 2 + 0.5).clamp(0, 1), axes=lambda x: x.permute(0, 2, 3, 1)):
    """A candidate: the unit of the latents, the range of the values, the order of the axes."""
    return lambda vae, z: axes(values(vae.decode(unit(z, vae.config.scaling_factor)).sample))


decode = Check(
    ask_decode,
    solution=decoded(),
    mistakes={
        "You multiplied by the scaling factor: that is the way in. On the way out, divide.": decoded(lambda z, f: z * f),
        "The scaling factor is missing: the U-Net and the autoencoder measure latents in different units. Divide before you decode.": decoded(lambda z, f: z),
        "You divided the picture by the scaling factor. It belongs to the latents: divide them, before you decode.": lambda vae, z: decoded(lambda z, f: z, lambda x: (x / vae.config.scaling_factor / 2 + 0.5).clamp(0, 1))(vae, z),
        "Everything darker than mid-grey is black: you clamped to [0, 1], but never moved [-1, 1] there.": decoded(values=lambda x: x.clamp(0, 1)),
        "The values are still in [-1, 1]. matplotlib wants [0, 1]: move them.": decoded(values=lambda x: x.clamp(-1, 1)),
        "You clamped to [0, 1] before you moved the values there: the dark half is lost. Move first, then clamp.": decoded(values=lambda x: x.clamp(0, 1) / 2 + 0.5),
        "Some values lie outside [0, 1]: the decoder overshoots a little. Clamp at the end.": decoded(values=lambda x: x / 2 + 0.5),
        "The values are as the decoder gave them: move [-1, 1] to [0, 1], and clamp.": decoded(values=lambda x: x),
        "You add before you halve: -1 should become 0, and 1 should become 1. Try both in your formula.": decoded(values=lambda x: ((x + 0.5) / 2).clamp(0, 1)),
        "You did not halve: -1 becomes 0, but everything above 0 becomes 1.": decoded(values=lambda x: (x + 1).clamp(0, 1)),
        "You stretched each batch to its own darkest and brightest value. -1 is black and 1 is white, whatever the picture.": decoded(values=lambda x: (x - x.min()) / (x.max() - x.min())),
        "The values go from 0 to 255. For floats, matplotlib wants 0 to 1.": decoded(values=lambda x: (x / 2 + 0.5).clamp(0, 1) * 255),
        "The colours are still axis 1, and matplotlib wants them last.": decoded(axes=lambda x: x),
        "The picture lies on its side: you have [B, W, H, 3]. Height comes before width.": decoded(axes=lambda x: x.permute(0, 3, 2, 1)),
        "The shape is right, the pixels are scrambled: reshape cuts the numbers anew, in the old order. Axes are moved by permute or movedim.": decoded(axes=lambda x: x.reshape(len(x), *x.shape[2:], 3)),
        "Only the first picture is left. Return all of the batch.": decoded(axes=lambda x: x[0].permute(1, 2, 0)),
        "The picture is right, but you wrote over the caller's z: /= changes it in place. Make a new tensor.": decoded(lambda z, f: z.div_(f)),
    },
    hints=[
        "Three things are to be done: the unit of the latents before decoding, the range of the values after it, and the order of the axes.",
        "The pipeline multiplies latents by vae.config.scaling_factor on the way in. After decoding: -1 must become 0, and 1 stay 1.",
        "vae.decode(z / factor).sample, then / 2 + 0.5, then .clamp(0, 1), then .permute(...) with axis 1 last.",
    ],
)  # fmt: skip

# adapter ------------------------------------------------------------------------------------------------------------
def ask_adapter(adapter):
    """Times that float32 puts a little below their step, both ends of the chain, prompts and NULL; all must survive."""
    rng, seen = dice(0), []
    text = torch.randn(4, 5, 6, generator=rng)
    net = answer(adapter(unet, text))
    if not callable(net):
        raise TypeError(f"return a function of (x, t, y); this returned {type(net).__name__}")
    for times, labels in (([0.251, 1.0, 0.57], [0, NULL, 2]), ([0.001, 0.502], [2, 1]), ([0.8, 0.506], [NULL, 0])):
        x = torch.randn(len(times), 4, 3, 2, generator=rng)
        kept = x, torch.tensor(times), torch.tensor(labels), text.clone()
        given = [part.clone() for part in kept[:3]]
        seen += [tensor(net(*given)), unchanged((*given, text), kept)]
    return seen


def adapted(step=lambda t: (t * 1000).round().long() - 1, row=lambda text, y: text[y + 1]):
    """A candidate: how a time becomes a step, and how a label becomes a text."""
    return lambda unet, text: lambda x, t, y: unet(x, step(t), encoder_hidden_states=row(text, y)).sample


adapter = Check(
    ask_adapter,
    solution=adapted(),
    mistakes={
        "text[y] is one row off: prompt 0 gets the empty text, and NULL = -1 the last one. Row 0 is the empty prompt.": adapted(row=lambda text, y: text[y]),
        "NULL gets the empty text, but so does prompt 0, and the others are one row off. Prompt k is row k + 1.": adapted(row=lambda text, y: text[y.clamp(min=0)]),
        "Every row of the batch got the text of the first. Look up a text for each label.": adapted(row=lambda text, y: text[y[:1] + 1].expand(len(y), -1, -1)),
        "The label plays no part: you always give the empty prompt.": adapted(row=lambda text, y: text[:1].expand(len(y), -1, -1)),
        "One step too late: t = 1 is the last step of the chain, and steps count from 0, so it is 999.": adapted(lambda t: (t * 1000).round().long()),
        "You cut off instead of rounding: in float32, 1000 * 0.502 is a little less than 502. Round first.": adapted(lambda t: (t * 1000).long() - 1),
        "The U-Net counts steps from 0 to 999; you gave it t in [0, 1].": adapted(lambda t: t),
        "t * 999 squeezes the chain: t = 0.001 must be step 0, t = 0.002 step 1. Multiply by 1000.": adapted(lambda t: (t * 999).round().long()),
        "The chain runs backwards: step 999 is the noisiest, as t = 1 is.": adapted(lambda t: 1000 - (t * 1000).round().long()),
        "Every row of the batch got the time of the first. Each has its own.": adapted(lambda t: (t[0] * 1000).round().long() - 1),
        "The answer is right, but you wrote over x, t, y or text: the walk still needs them. y + 1 makes a new tensor, y += 1 does not.": adapted(row=lambda text, y: text[y.add_(1)]),
    },
    hints=[
        "Define a function of (x, t, y) inside, and return it. Which row of text is NULL's? Which is prompt 0's?",
        "NULL is -1 and its text is row 0: one shift of y serves all. t = i / 1000 is step i - 1, an integer.",
        "The text is text[y + 1]; the step is (1000 * t).round().long() - 1; hand both to unet, and return its .sample.",
    ],
)  # fmt: skip
