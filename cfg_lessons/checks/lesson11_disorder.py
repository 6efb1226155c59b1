"""Lesson 11, exercise "does order matter?": the check `disorder`."""

import torch

from . import Check, Complaint, dice, lend
from .reading import comparable, one


def orderless(x, t, y):
    """An answer that does not care for the order of the points."""
    return x * (1 + torch.as_tensor(t).reshape(-1, 1, 1)) + x.mean(1, keepdim=True).square() + y[:, None, None]


def ordered(x, t, y):
    """An answer that does: the later a point comes, the larger."""
    return orderless(x, t, y) + 0.3 * torch.arange(x.shape[1])[:, None] * x


def mirrored(x, t, y):
    """The same, with the other sign."""
    return -ordered(x, t, y)


def firm(denoiser, time):
    """A denoiser that complains of clouds, labels or times that are not as in the probe."""

    def asked(x, t, y):
        if x.ndim != 3 or x.shape[1:] != (6, 3):
            raise Complaint(f"The denoiser was asked about x of shape {list(x.shape)}; expected [n, 6, 3]: `order` belongs to axis 1, the points. Keep all of them.")
        times = torch.as_tensor(t)
        if times.dtype == torch.long:
            raise Complaint("The denoiser wants (x, t, y) in this order: t and y changed places.")
        if not (times.double() - time).abs().max() < 1e-6 or not torch.is_tensor(y) or len(y) != len(x) or y.is_floating_point():
            raise Complaint("The denoiser was asked with another time, or not with one label for each cloud. Only the points are shuffled: hand t and y on as they are.")
        return denoiser(x, t, y)

    return asked


def ask_disorder(disorder):
    """One denoiser without order, two with, in two orders; the second is turned round by one, so it is not its own inverse."""
    x = torch.randn(2, 6, 3, generator=dice(0))
    orders = torch.tensor([2, 0, 1, 5, 3, 4]), torch.tensor([1, 2, 3, 4, 5, 0])
    seen = {}
    asked = {"a denoiser that knows no order": orderless, "one that does": ordered, "one with the other sign": mirrored}
    for name, denoiser in asked.items():
        for k, (t, order) in enumerate(zip((0.5, 0.3), orders)):
            out = lend(lambda x, order: disorder(firm(denoiser, t), x, t, torch.tensor([0, 1]), order), x=x, order=order)
            seen[f"{name}, order {k + 1}"] = one(out, "the largest difference")
    return seen


def differs(one, two, summary=lambda gap: gap.abs().max()):
    """A candidate: the largest difference of two answers (denoiser, x, t, y, order) -> tensor."""
    return lambda d, x, t, y, order: summary(one(d, x, t, y, order) - two(d, x, t, y, order))


def shuffled(d, x, t, y, order):
    """The answer for the shuffled points."""
    return d(x[:, order], t, y)


def answer_shuffled(d, x, t, y, order):
    """The shuffled answer."""
    return d(x, t, y)[:, order]


def explain_disorder(mine, right):
    """Whether the denoiser without order passes, and whether the other is caught."""
    if not comparable(mine, right):
        return None
    if all(a in (0, 1) for a in mine):
        return "You answer yes or no. Asked is the number: how large the largest absolute difference is."
    if max(abs(a) for a in mine[:2]) > 1e-4:
        return f"For a denoiser that knows no order you say {max(mine[:2]):.3g}; it must be 0. Compare the answer for the shuffled points with the answer shuffled in the same way."
    if max(abs(a) for a in mine[2:]) < 1e-6:
        return "You find nothing at a denoiser that does depend on the order: is the shuffled x asked at all?"
    k = max(range(2, len(mine)), key=lambda k: abs(mine[k] - right[k]))
    return f"0 where it must be; but where the order matters you say {mine[k]:.4g}, and it is {right[k]:.4g}. Use `order` itself, and return the largest absolute difference as it is: of all numbers, not rounded, not relative."


disorder = Check(
    ask_disorder,
    explain=explain_disorder,
    solution=differs(shuffled, answer_shuffled),
    mistakes={
        "You compare with the answer as it is. The answer for shuffled points must come out shuffled: compare with denoiser(x, t, y)[:, order].":
            differs(shuffled, lambda d, x, t, y, order: d(x, t, y)),
        "The answer is shuffled once too often, or the wrong way round: index the points of one with `order`, and the answer of the other, each once.":
            differs(lambda d, x, t, y, order: d(x[:, order], t, y)[:, order], lambda d, x, t, y, order: d(x, t, y)),
        "You compare the points, not the answers: ask the denoiser twice.": differs(lambda d, x, t, y, order: x[:, order], lambda d, x, t, y, order: x),
        "You compare with the shuffled points. Compare with the denoiser's answer for x, shuffled.": differs(shuffled, lambda d, x, t, y, order: x[:, order]),
        "Both your answers are the same one, and their difference is always 0. Ask once for the shuffled points, once for x as it is.": differs(shuffled, shuffled),
        "That is the mean difference. Asked is the largest.": differs(shuffled, answer_shuffled, lambda gap: gap.abs().mean()),
        "That is the largest difference with its sign, so a large negative one is missed: .abs() before .max().": differs(shuffled, answer_shuffled, lambda gap: gap.max()),
        "That is the sum of all differences. Asked is the largest.": differs(shuffled, answer_shuffled, lambda gap: gap.abs().sum()),
        "That is the length of the difference. Asked is its largest entry.": differs(shuffled, answer_shuffled, lambda gap: gap.norm()),
        "That is the mean square. Asked is the largest absolute difference.": differs(shuffled, answer_shuffled, lambda gap: gap.square().mean()),
        "That is the largest square. Asked is the largest absolute difference: .abs() in place of .square().": differs(shuffled, answer_shuffled, lambda gap: gap.square().max()),
        "You answer yes or no. Asked is the number: how large the largest difference is.": differs(shuffled, answer_shuffled, lambda gap: (gap.abs().max() > 1e-5).float()),
    },
    hints=[
        "Two answers: one for the shuffled points, one for x itself. What must be done to the second before they can agree?",
        "x[:, order] shuffles the points. The same index shuffles an answer [n, P, 3].",
        "(denoiser(x[:, order], t, y) - denoiser(x, t, y)[:, order]).abs().max()",
    ],
)  # fmt: skip
