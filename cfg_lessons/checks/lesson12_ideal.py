"""Lesson 12, exercise "the ideal scale, by formula": the check `ideal`."""

import torch

from . import Check, dice
from .lesson12_shared import scales
from .reading import comparable, ways


def cases():
    """a, b, s, k: no noise, some, a great deal; scales 1 and 0; a label wider than all; and some of chance."""
    rolls = torch.rand(3, 4, generator=dice(0), dtype=torch.float64).tolist()
    drawn = [(0.5 + p, (0.5 + p) * (1.5 + q), 1.5 + 3 * r, 0.3 + 1.5 * k) for p, q, r, k in rolls]
    return [(1, 2, 3, 0), (1, 2, 1, 0.7), (1, 2, 0, 0.7), (1, 2, 3, 0.9), (1, 2, 3, 100), (2, 1, 1.5, 0.8), *drawn]


def ask_ideal(ideal):
    """The scale for each case; some wrong answers divide by 0 where s or k is 0."""
    return scales(ideal, cases())


def sharp(a, b, s):
    """The variance of the sharpened density."""
    return 1 / (s / a + (1 - s) / b)


def share(v, a, b):
    """Which mixture of 1 / a and 1 / b is 1 / v?"""
    return (1 / v - 1 / b) / (1 / a - 1 / b)


def by(v=sharp, noise=lambda k: k**2, form=share, change=lambda w: w):
    """A candidate: the sharpened variance, what is added to all three, and how they are compared."""
    return lambda a, b, s, k: change(form(v(a, b, s) + noise(k), a + noise(k), b + noise(k)))


def explain_ideal(mine, right):
    """What must come out at scales 0 and 1, and without noise; then what mixture the given scale makes."""
    if not comparable(mine, right):
        if mine[0].shape == right[0].shape and mine[0].isnan().any():
            a, b, s, k = cases()[int(mine[0].isnan().nonzero()[0])]
            return f"At a = {a:g}, b = {b:g}, s = {s:.3g}, k = {k:.3g} your scale is no finite number: something divides by 0 there. Below the line stands 1 / (a + k^2) - 1 / (b + k^2), which is 0 only for a = b."
        return None
    for place, (a, b, s, k) in enumerate(cases()):
        said, true = mine[0][place].item(), right[0][place].item()
        if abs(said - true) < 1e-4 * max(1, abs(true)):
            continue
        if k == 0:
            return f"At k = 0 nothing is blurred, and the ideal scale is s, {s:g}. Yours is {said:.4g}. Without noise your formula must become (1/v - 1/b) / (1/a - 1/b), with 1/v = s/a + (1-s)/b: compare it term by term."
        if s == 1:
            return f"At s = 1 the wanted answer is the target's own, and the scale is 1 at any k. Yours is {said:.4g} at k = {k:g}: noise all three variances alike, and count from the reference to the target."
        if s == 0:
            return f"At s = 0 the wanted answer is the reference's own, and the scale is 0 at any k. Yours is {said:.4g} at k = {k:g}: take the reference away above the line."
        mixed = said / (a + k * k) + (1 - said) / (b + k * k)
        wide = 1 / (mixed or float("nan")) - k * k
        close = " At much noise it tends to (b - v) / (b - a)." if k > 50 else ""
        return f"At a = {a:.3g}, b = {b:.3g}, s = {s:.3g}, k = {k:.3g} your scale is {said:.4g}: the push then ends at the answer of a Gaussian of variance {wide:.3g}, before the noise. It should be v = {sharp(a, b, s):.3g}. Solve 1/(v+k^2) = 1/(b+k^2) + w (1/(a+k^2) - 1/(b+k^2)) for w.{close}"
    return None


ideal = Check(
    ask_ideal,
    explain=explain_ideal,
    solution=by(),
    mistakes={
        "You noise first and sharpen then, or leave k out: that gives s at any k. It is what CFG does; the ideal sharpens first, so noise v by k^2.": lambda a, b, s, k: s,
        "You compare variances, and k falls out. The answers go with one over the variance: compare 1 / (v + k^2).": by(form=lambda v, a, b: (v - b) / (a - b)),
        "You compare standard deviations. The answers go with one over the variance: compare 1 / (v + k^2).": by(form=lambda v, a, b: (v.sqrt() - b.sqrt()) / (a.sqrt() - b.sqrt())),
        "You compare one over the standard deviation. The answers go with one over the variance: leave the root out.": by(form=lambda v, a, b: share(v.sqrt(), a.sqrt(), b.sqrt())),
        "You compare logarithms, as for the width at which a walk ends. The answers are compared here: 1 / (v + k^2).": by(form=lambda v, a, b: (v / b).log() / (a / b).log()),
        "You compare squares of variances. The answers go with one over the variance itself.": by(form=lambda v, a, b: share(v**2, a**2, b**2)),
        **ways("You add {}. Variances add, and that of the noise is k**2 beside the signal's: v + k**2.", {
            "k, not its square": by(noise=lambda k: k), "the root of k": by(noise=lambda k: k**0.5), "2 k": by(noise=lambda k: 2 * k), "1 / k^2": by(noise=lambda k: 1 / k**2), "1 / k": by(noise=lambda k: 1 / k), "k^2 / 2": by(noise=lambda k: k**2 / 2), "2 k^2": by(noise=lambda k: 2 * k**2),
            "k^4": by(noise=lambda k: k**4), "sigma^2 = k^2 / (1 + k^2)": by(noise=lambda k: k**2 / (1 + k**2)), "1 + k^2": by(noise=lambda k: 1 + k**2),
        }),
        "The noise is subtracted. It makes all three wider: add k**2.": by(noise=lambda k: -(k**2)),
        "You multiply the variances by k^2. Noise adds to a variance: v + k**2.": lambda a, b, s, k: share(sharp(a, b, s) * k**2, a * k**2, b * k**2),
        "Your v extrapolates the variances. Its inverse is what goes along a straight line: 1 / v = s / a + (1 - s) / b.": by(lambda a, b, s: s * a + (1 - s) * b),
        "Your v is the variance at which CFG ends by DDIM. The density is sharpened by precisions: 1 / v = s / a + (1 - s) / b.": by(lambda a, b, s: a**s * b ** (1 - s)),
        "Your v is upside down: s / a + (1 - s) / b is one over the variance. Turn it over.": by(lambda a, b, s: s / a + (1 - s) / b),
        "In your v label and all are exchanged: s belongs to a, 1 - s to b.": by(lambda a, b, s: sharp(b, a, s)),
        "Your v keeps a whole p(x): 1 / v = s / a + 1 / b has b too often. What is left of p(x) is the power 1 - s.": by(lambda a, b, s: 1 / (s / a + 1 / b)),
        "Your v is a / s, that of p(x | y)^s alone, and b is missing: 1 / v = s / a + (1 - s) / b.": by(lambda a, b, s: a / s),
        "Your v has one power of p(y | x) too many: that is Ho & Salimans' w. Here 1 / v = s / a + (1 - s) / b.": by(lambda a, b, s: sharp(a, b, 1 + s)),
        "The powers of p(x) have the wrong sign in your v: it is (1 - s) / b, not (s - 1) / b.": by(lambda a, b, s: 1 / (s / a + (s - 1) / b)),
        "Your v is squared, or made of squares: variances are squares already. 1 / v = s / a + (1 - s) / b.": by(lambda a, b, s: 1 / (s / a**2 + (1 - s) / b**2)),
        "Your v is a standard deviation: the root is too much.": by(lambda a, b, s: sharp(a, b, s) ** 0.5),
        "Target and reference are exchanged: the push goes from b to a, so at s = 1 the ideal scale is 1.": by(change=lambda w: 1 - w),
        "The sign is wrong: above the line stands wanted minus reference, below it target minus reference.": by(change=lambda w: -w),
        "The fraction is upside down: wanted minus reference stands above the line, target minus reference below.": by(change=lambda w: 1 / w),
        "You count from the target: that is Ho & Salimans' w, one less than our scale. Take the reference away above the line.": by(change=lambda w: w - 1),
        "That is one too many: (wanted - reference) / (target - reference) is the scale already.": by(change=lambda w: w + 1),
        "You left the reference out above the line: the scale counts from the reference. Take 1 / (b + k^2) away there.": by(form=lambda v, a, b: (1 / v) / (1 / a - 1 / b)),
        "You left the reference out below the line: the push is target minus reference. Take 1 / (b + k^2) away there.": by(form=lambda v, a, b: (1 / v - 1 / b) / (1 / a)),
        "You left the reference out, above and below the line: it is (wanted - reference) / (target - reference).": by(form=lambda v, a, b: a / v),
        "You divided by the reference's answer. Divide by the push: target minus reference.": by(form=lambda v, a, b: (1 / v - 1 / b) * b),
        "You divided by how far the wanted answer is from the target's. Divide by the push: target minus reference.": by(form=lambda v, a, b: (1 / v - 1 / b) / (1 / v - 1 / a)),
        "You forgot that the sharpened density is noised as well: it is v + k^2.": lambda a, b, s, k: (1 / sharp(a, b, s) - 1 / (b + k**2)) / (1 / (a + k**2) - 1 / (b + k**2)),
        "Only the sharpened density is noised in yours. Target and reference see the same noise: a + k^2, b + k^2.": lambda a, b, s, k: share(sharp(a, b, s) + k**2, a, b),
        "The reference is not noised in yours: it is b + k^2, in both places.": lambda a, b, s, k: share(sharp(a, b, s) + k**2, a + k**2, b),
        "The target is not noised in yours: it is a + k^2.": lambda a, b, s, k: share(sharp(a, b, s) + k**2, a, b + k**2),
        "Below the line nothing is noised in yours: the push is 1 / (a + k^2) - 1 / (b + k^2).": lambda a, b, s, k: (1 / (sharp(a, b, s) + k**2) - 1 / (b + k**2)) / (1 / a - 1 / b),
        "Above the line nothing is noised in yours: it is 1 / (v + k^2) - 1 / (b + k^2).": lambda a, b, s, k: (1 / sharp(a, b, s) - 1 / b) / (1 / (a + k**2) - 1 / (b + k**2)),
        "That is a formula that imitates the ideal scale, the line of section 1. Asked is the exact one, for these a, b, s and k.": lambda a, b, s, k: 1 + 2 / (1 + 27 * k**2),
        "That is the line of section 1 with s in it, an imitation. Asked is the exact scale, for these a, b, s and k.": lambda a, b, s, k: 1 + (s - 1) / (1 + 27 * k**2),
        "That is v, the variance of the sharpened density. Asked is the scale whose push leads to its answer.": lambda a, b, s, k: sharp(a, b, s),
        "That is v + k^2, the variance of the noised sharpened density. Asked is the scale whose push leads to its answer.": lambda a, b, s, k: sharp(a, b, s) + k**2,
        "You multiply by s once more: v holds it already. Leave the factor out.": lambda a, b, s, k: s * by()(a, b, s, k),
        "You divide by s: the scale itself is asked, not its share of s. Leave the division out.": lambda a, b, s, k: by()(a, b, s, k) / s,
        "Never below 1? At s = 0 the ideal scale is 0: leave the bound out.": by(change=lambda w: w.clamp(min=1)),
    },
    hints=[
        "Everything is a Gaussian around 0, so each answer is x times a number: compare the numbers.",
        "The number is 1 / (variance + k^2), up to a common factor. Which mixture of two of them gives the third?",
        "v = 1 / (s / a + (1 - s) / b), and then (1/(v+k^2) - 1/(b+k^2)) / (1/(a+k^2) - 1/(b+k^2)).",
    ],
)  # fmt: skip
