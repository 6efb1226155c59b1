"""Lesson 10, exercise "what an edit should leave alone": the check `untouched`."""

import torch

from . import Check, Complaint, dice, lend, tensor_of
from .reading import comparable, near


def ask_untouched(untouched):
    """Three images that change everywhere, each by another amount, and two masks; all must survive."""
    rng, cases = dice(0), []
    for n, mask in ((3, [[1.0, 0, 0, 0], [1, 1, 0, 0]]), (2, [[0.0, 1, 0], [0, 1, 1]])):
        mask = torch.tensor(mask)
        before = torch.randn(n, 3, *mask.shape, generator=rng)
        change = torch.tensor([1.0, -2.0, 3.0])[:n, None, None, None] * (torch.randn(before.shape, generator=rng) + 0.5 + mask)
        cases.append((before, before + change, mask))
    signs = torch.randn(before.shape, generator=rng).sign()
    cases += [(before, before + 5 * mask, mask), (before, before + 0.5 * signs * (1 - mask), mask)]
    try:
        return [tensor_of(lend(untouched, before=before, after=after, mask=mask)) for before, after, mask in cases]
    except TypeError as error:
        if "bitwise_not" not in str(error) and "~" not in str(error):
            raise
        raise Complaint("~ turns round true and false, and the mask holds floats. Ask mask == 0, or mask < 0.5.") from None


def explain_untouched(mine, right):
    """What changes only inside; what changes by the same outside; the rest by size."""
    if not comparable(mine, right):
        return None
    if mine[2].abs().max() > 1e-4:
        return f"Where only the inside changes, the answer is 0; yours is {mine[2].abs().max():.3g}. Leave out the values where the mask is 1."
    if not near(mine[3], right[3]):
        return f"Where each value outside changes by 0.5, up or down, the answer is 0.5; yours is {mine[3][0]:.3g}. Take abs first, then the mean over all values outside, and only those."
    return "Where all values outside change by the same, yours is right, else not: take the mean of the changes' sizes, no other summary, over channels and pixels of each image."


def measured(mean, change=lambda a, b: (b - a).abs(), select=lambda d, mask: d[:, :, mask < 0.5]):
    """A candidate: what counts as change, which values count, and how they are summed up."""
    return lambda a, b, mask: mean(select(change(a, b), mask))


def per_image(values):
    """The mean of all values of each image."""
    return values.flatten(1).mean(1)


untouched = Check(
    ask_untouched,
    explain=explain_untouched,
    solution=measured(per_image),
    mistakes={
        "You averaged over the whole image. Inside the mask it was meant to change: leave it out.": measured(per_image, select=lambda d, mask: d),
        "You measured inside the mask, where it was meant to change. Outside is where the mask is 0.": measured(per_image, select=lambda d, mask: d[:, :, mask > 0.5]),
        "Without abs, brighter and darker cancel out. First abs, then the mean.": measured(per_image, lambda a, b: b - a),
        "Without abs, darker and brighter cancel out (and before - after is the loss, not the gain).": measured(per_image, lambda a, b: a - b),
        "You took abs of the mean: by then brighter and darker have cancelled out. First abs, then the mean.": measured(lambda v: per_image(v).abs(), lambda a, b: b - a),
        "That is the mean squared change: a change of 0.1 counts 0.01. Use abs.": measured(per_image, lambda a, b: (b - a) ** 2),
        "You set the inside to 0, and divided by all pixels: the larger the mask, the smaller your number. Divide by those outside.": measured(per_image, select=lambda d, mask: d * (1 - mask)),
        "Your numbers are 3 times too large: each pixel has 3 values. Divide by their number.": measured(lambda v: 3 * per_image(v)),
        "You added the changes of the outside, but divided by the number of values inside.": lambda a, b, mask: ((b - a).abs() * (1 - mask)).sum((1, 2, 3)) / (3 * mask.sum()),
        "That is the sum. Divide by the number of values, so that images of any size compare.": measured(lambda v: v.sum((1, 2))),
        "One number for the whole batch. Return one for each image: keep axis 0.": measured(torch.mean),
        "One number for each channel. Average over the channels too, so that one for each image is left.": measured(lambda v: v.mean(2)),
        "That is the largest change. Asked is the mean.": measured(lambda v: v.flatten(1).max(1).values),
        "One number for each channel, over all images. Return one for each image: average over channels and pixels, keep axis 0.": measured(lambda v: v.mean((0, 2))),
        "That is the root of the mean square: large changes count more. Asked is the mean of the changes' sizes: abs, then mean.": measured(lambda v: v.square().mean((1, 2)).sqrt()),
        "A mask of integers is taken for places, and picks columns 0 and 1. Make it true and false: mask == 0.": lambda a, b, mask: (b - a).abs()[:, :, (1 - mask).long()].flatten(1).mean(1),
        "A mask of integers is taken for places, and picks columns 0 and 1. Make it true and false, and ask for the outside: mask == 0.": lambda a, b, mask: (b - a).abs()[:, :, mask.long()].flatten(1).mean(1),
        "Your numbers are in levels of 255. Return the change of the values as they are.": measured(lambda v: 127.5 * per_image(v)),
        "You took abs after the mean over the channels: by then they have cancelled. First abs, then the mean.": measured(lambda v: v.mean(1).abs().mean(1), lambda a, b: b - a),
        "One number for each pixel. Average over the pixels too, so that one for each image is left.": measured(lambda v: v.mean(1)),
        "Only the first channel counts in yours. Average over all three.": measured(lambda v: v[:, 0].mean(1)),
    },
    hints=[
        "Three steps: how much each value changed, which of them lie outside the mask, and their mean for each image.",
        "(after - before).abs() is [n, 3, H, W]; indexed with [:, :, mask == 0] it is [n, 3, pixels outside].",
        "Index as in hint 2, then .mean((1, 2)).",
    ],
)  # fmt: skip
