"""Lesson 09, exercise "the size of the latents": the check `latents`."""

import torch

from . import Check, Complaint, answer
from .reading import comparable, ways


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
