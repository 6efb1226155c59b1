"""The checks of lesson 09: guidance by two prompts, the shape of latents, latents as pictures, prompts as labels."""

from typing import NamedTuple

import torch

from .. import zoo
from ..denoisers import NULL
from . import Check, Complaint, answer, dice, function_of, lend, tensor_of
from .reading import comparable, near, ways, weights

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


class Config(dict):
    """A model's numbers, as diffusers keeps them: read by name or by key."""

    __getattr__ = dict.__getitem__


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


# combine ------------------------------------------------------------------------------------------------------------
def ask_combine(combine):
    """Two and three unlike latents, at several steps and scales; latents and texts must survive."""
    return [tensor(lend(combine, unet=unet, z=z, t=t, text=text, scale=scale)) for z, t, text, scale in combine_cases()]


def combine_cases():
    """Latents, a step, both texts and a scale."""
    rng = dice(0)
    text = torch.randn(2, 5, 6, generator=rng)
    asks = (2, 981, 3.0), (3, 500, 0.0), (3, 41, 7.5), (2, 0, 1.0), (1, 300, -1.0)
    return [(torch.randn(n, 4, 3, 2, generator=rng), torch.tensor(step), text, scale) for n, step, scale in asks]


def explain_combine(mine, right):
    """How much of both answers is in it, case by case."""
    if not comparable(mine, right):
        return None
    for (z, t, text, scale), out, wanted in zip(combine_cases(), mine, right):
        if near(out, wanted):
            continue
        null, wish = (unet(z, t, row.expand(len(z), -1, -1)).sample for row in (text[:1], text[1:]))
        found = weights(out, null, wish)
        if found is None:
            each = [weights(*rows) for rows in zip(out, null, wish)]
            why = "rows are mixed up" if any(each) else "it was not asked with z, t and one text as they come"
            return f"With {len(z)} latents at scale {scale:g}, yours is no weighted sum of the U-Net's answers to both texts: {why}. Which row belongs to which latent and text?"
        a, b = found
        if abs(a + b - 1) > 1e-3:
            return f"At scale {scale:g} you weigh the empty prompt's answer with {a:.3g} and the wish's with {b:.3g}: the weights must sum to 1. Add a difference to where it starts."
        return f"At scale {scale:g} you weigh the empty prompt's answer with {a:.3g} and the wish's with {b:.3g}. Scale 0 is the empty prompt, 1 the wish; go on along that line, at the same pace."
    return None


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
    explain=explain_combine,
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
        "Only three of the four channels are guided. That is right for pictures, whose further channels speak of variances (GLIDE); of latents, all four hold noise.": zoo.guide_latents_a,
        "You guided the texts and asked once. The U-Net is not linear in the text: ask with both texts, and guide its answers.": lambda unet, z, t, text, scale: unet(z, t, encoder_hidden_states=(text[:1] + scale * (text[1:] - text[:1])).expand(len(z), -1, -1)).sample,
        "There are twice as many answers as latents: take the halves apart, and combine them.": guided(lambda null, wish, s: torch.cat([null, wish])),
        "At scale 1 and below you return the wish alone, as diffusers does to save a pass. Scale 0 is the empty prompt: write the line for every scale.": guided(lambda null, wish, s: wish if s <= 1 else null + s * (wish - null)),
        "At scale 1 and below you return the empty prompt's answer. At scale 1 the wish must come out: write the line for every scale.": guided(lambda null, wish, s: null if s <= 1 else null + s * (wish - null)),
        "Your scale stops at 1. Guidance begins where you go beyond the wish: do not clamp.": guided(lambda null, wish, s: null + min(s, 1.0) * (wish - null)),
        "Your scale 1 is the empty prompt: you step (scale - 1) times from there. That factor belongs to a step that starts from the wish.": guided(lambda null, wish, s: null + (s - 1) * (wish - null)),
        "Your weights sum to scale - 1: the whole empty answer is subtracted. Its weight is 1 - scale.": guided(lambda null, wish, s: s * wish - null),
        "The empty prompt's answer is added: with weight scale for the wish, it gets 1 - scale, which is negative beyond 1.": guided(lambda null, wish, s: s * wish + (s - 1) * null),
        "Your push starts at z itself. It starts at the U-Net's answer to the empty prompt.": lambda unet, z, t, text, scale: z + scale * guided(lambda null, wish, s: wish - null)(unet, z, t, text, scale),
        "The step plays no part: hand t on to the U-Net.": lambda unet, z, t, text, scale: guided()(unet, z, 0 * t, text, scale),
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
    seen, whole = [], True
    for case in SIZES:
        try:
            shape = answer(latents(*case))
        except ZeroDivisionError:
            raise Complaint("You divide by 0. Is there a ^ in yours? In Python that is bitwise XOR, and 2 ^ 2 is 0; the power is **.") from None
        if not isinstance(shape, (tuple, list, torch.Tensor)):
            raise Complaint(f"Return three numbers, (channels, height, width); yours is one {type(shape).__name__}.")
        seen.append([float(side) // 1 for side in shape])
        whole = whole and all(hasattr(side, "__index__") for side in shape)
    return [*map(torch.tensor, seen), torch.tensor(whole)]


SIZES = (512, 512, 3, 4), (768, 512, 3, 4), (32, 64, 2, 4), (48, 80, 1, 3), (256, 64, 4, 16)


def explain_latents(mine, right):
    """A listed mistake, made with /; else which of the three numbers is wrong, and where."""
    for sentence, wrong in latents.mistakes.items():
        if latents.same(mine[:-1], latents.results(wrong)[:-1]):
            return sentence
    if not comparable(mine, right):
        return None
    for (height, width, halvings, channels), a, b in zip(SIZES, mine, right):
        asked = f"With {halvings} halvings and {channels} channels"
        if a[0] != b[0]:
            return f"{asked}, yours has {a[0]:g} channels. They come first, and are as many as `channels` says: halving changes the sides only."
        for name, side, mine_, true in (("height", height, a[1], b[1]), ("width", width, a[2], b[2])):
            if mine_ != true:
                return f"{asked}, the {name} {side} becomes {mine_:g} in yours. Halve it {halvings} times, and each time what is left: {side}, {side // 2}, ..."
    return None


def shrunk(factor):
    """A candidate that divides both sides by a factor, a function of the halvings."""
    return lambda h, w, n, c: (c, h // factor(n), w // factor(n))


latents = Check(
    ask_latents,
    explain=explain_latents,
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
        "The channels grow with the halvings, as inside a U-Net. Latents have as many as `channels` says.": lambda h, w, n, c: (c * 2**n, h // 2**n, w // 2**n),
        "The channels are divided like the sides. They stay as `channels` says.": lambda h, w, n, c: (c // 2**n, h // 2**n, w // 2**n),
        "Twice the channels: so many the encoder gives, a mean and a variance for each. Latents drawn from them have `channels`.": lambda h, w, n, c: (2 * c, h // 2**n, w // 2**n),
        **ways("One halving too {}: n of them divide a side by 2**n.", {"few": shrunk(lambda n: 2 ** (n - 1)), "many": shrunk(lambda n: 2 ** (n + 1))}),
        "You divide by halvings squared. Each halving is a division by 2: 2**halvings, not halvings**2.": shrunk(lambda n: n**2),
        **ways("Both sides come from the {}. An image need not be square: shrink each side by itself.", {
            "height": lambda h, w, n, c: (c, h // 2**n, h // 2**n), "width": lambda h, w, n, c: (c, w // 2**n, w // 2**n),
        }),
        "Without brackets, / 2 * halvings halves once and then multiplies. You want a power: 2**halvings.": lambda h, w, n, c: (c, h // 2 * n, w // 2 * n),
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

# adapter ------------------------------------------------------------------------------------------------------------
ABOVE = [0.254, 0.503]  # times that float32 puts a little above their step


def ask_adapter(adapter):
    """Times that float32 puts a little below or above their step, both ends, prompts and NULL; all must survive."""
    text, cases = adapter_cases()
    lent, seen = text.clone(), []
    net = function_of(adapter(unet, lent))
    for x, t, y in cases:
        try:
            seen.append(tensor(lend(net, x=x, t=t, y=y, cure="y + 1 makes a new tensor, y += 1 does not")))
        except (RuntimeError, ValueError, TypeError) as error:
            if "convert" not in str(error):
                raise
            raise Complaint("t and y hold one entry for each sample: item(), int() and float() want one number alone. Work on the whole tensor: .round().long().") from None
    if not lent.equal(text):
        raise Complaint("You wrote into text: the next call needs it as it was. Make a new tensor.")
    return seen


def adapter_cases():
    """The texts, and latents, times and labels in batches."""
    rng = dice(0)
    text, asks = torch.randn(4, 5, 6, generator=rng), (([0.251, 1.0, 0.57], [0, NULL, 2]), ([0.001, 0.502], [2, 1]), ([0.8, 0.506], [NULL, 0]), (ABOVE, [1, 0]))
    return text, [(torch.randn(len(times), 4, 3, 2, generator=rng), torch.tensor(times), torch.tensor(labels)) for times, labels in asks]


def explain_adapter(mine, right):
    """Sample by sample: with which step, and which row of text, would the U-Net have said that?"""
    if not comparable(mine, right):
        return None
    text, cases = adapter_cases()
    rows, steps = torch.arange(len(text)).repeat(1003), (torch.arange(1003) - 1).repeat_interleave(len(text))
    for (x, t, y), out, true in zip(cases, mine, right):
        for k in range(len(x)):
            if near(out[k], true[k]):
                continue
            said = unet(x[k].expand(len(rows), -1, -1, -1), steps, text[rows]).sample.double()
            gap = (said - out[k]).abs().flatten(1).amax(1)
            nearest = steps.sub((1000 * t[k]).round() - 1).abs() + 0.1 * rows.sub(y[k] + 1).abs()
            if gap.min() > 1e-4:
                return f"For t = {t[k]:g} and y = {y[k]} yours is no answer of the U-Net to x, a step from 0 to 999, and one row of text. Hand x on as it is, and return its .sample."
            found = nearest.masked_fill(gap > 1e-4, torch.inf).argmin()
            return f"For t = {t[k]:g} and y = {y[k]} you asked with step {steps[found]} and row {rows[found]} of text. Step i is t = (i + 1) / 1000, and row 0 is the empty prompt."
    return None


def adapted(step=lambda t: (t * 1000).round().long() - 1, row=lambda text, y: text[y + 1]):
    """A candidate: how a time becomes a step, and how a label becomes a text."""
    return lambda unet, text: lambda x, t, y: unet(x, step(t), encoder_hidden_states=row(text, y)).sample


adapter = Check(
    ask_adapter,
    explain=explain_adapter,
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
        "You round up: in float32, 1000 t is sometimes a little more than a whole number. Round to the nearest.": adapted(lambda t: (t * 1000).ceil().long() - 1),
        "The prompts are right, NULL is not: -1 picks the last row of text[1:]. Row 0 is the empty prompt.": adapted(row=lambda text, y: text[1:][y]),
        "The prompts are right, but NULL gets the first of them. Row 0 is the empty prompt: one shift serves all.": adapted(row=lambda text, y: text[y.clamp(min=0) + 1]),
        "Every row of the batch got the mean of the times. Each has its own.": adapted(lambda t: (t.mean() * 1000).round().long() - 1),
    },
    hints=[
        "Define a function of (x, t, y) inside, and return it. Which row of text is NULL's? Which is prompt 0's?",
        "NULL is -1 and its text is row 0: one shift of y serves all. t = i / 1000 is step i - 1, an integer.",
        "The text is text[y + 1]; the step is (1000 * t).round().long() - 1; hand both to unet, and return its .sample.",
    ],
)  # fmt: skip
