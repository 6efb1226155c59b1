"""Lesson 06, exercise "spread within a label": the check `spread`."""

import torch

from . import Check, dice, lend
from .reading import comparable, one, ways


def ask_spread(spread):
    """Classes of unequal size and width, far apart, one of them far from the origin; images; two points; points that agree."""
    rng = dice(5)
    y = torch.tensor([0] * 5 + [1] * 12 + [4] * 3)
    x = torch.randn(20, 3, generator=rng) * (1 + y[:, None]) + 6.0 * y[:, None]
    asks = (x, y), (x.reshape(20, 1, 3, 1), y), (torch.tensor([[3.0], [4.0], [8.0], [20.0], [21.0], [25.0]]), y[[0, 1, 2, 17, 18, 19]]), (6.0 * y[:, None] + torch.ones(20, 3), y)
    cure = "x[...] = and -= work in place; make new tensors"
    return [one(lend(spread, x=points, y=labels, cure=cure), "the spread of all samples together") for points, labels in asks]


def from_centres(x, y):
    """The gap [n, F] of each sample to the mean of its class, class after class."""
    x = x.flatten(1)
    return torch.cat([x[y == k] - x[y == k].mean(0) for k in y.unique()])


def per_class(x, y, width):
    """The mean over classes of width(gaps of that class)."""
    x = x.flatten(1)
    return torch.stack([width(x[y == k] - x[y == k].mean(0)) for k in y.unique()]).mean().item()


def rooted(gaps):
    """A candidate: the root mean square length of gaps(x, y) [m, F]."""
    return lambda x, y: gaps(x.flatten(1), y).square().sum(1).mean().sqrt().item()


def of_labels(labels):
    """The gaps to the mean of a class, for some of the classes only."""
    return lambda x, y: torch.cat([x[y == k] - x[y == k].mean(0) for k in labels(y)])


def unbiased(x, y):
    """The variance of each class, all features added, with n - 1: a list of (number of samples, variance)."""
    return [((y == k).sum(), x.flatten(1)[y == k].var(0).sum()) for k in y.unique()]


def explain_spread(mine, right):
    """What must be 0, the two points, images; the rest by size."""
    if not comparable(mine, right):
        return None
    vectors, images, pair, agree = map(float, mine)
    if abs(agree) > 1e-3:
        return f"Samples that equal the mean of their label have a spread of 0; yours is {agree:.3g}. Subtract from each sample the mean of its own label."
    if abs(pair - 7**0.5) < 1e-3:
        return "You divided by n - 1, as torch.var and std do unless told otherwise. The mean divides by n: correction=0, or square().mean()."
    if abs(vectors - images) > 1e-3 * vectors:
        return "Rows and images of the same numbers get different spreads. Flatten first: x.flatten(1)."
    if abs(pair - right[2]) > 1e-3:
        return f"For the samples 3, 4, 8 of one label and 20, 21, 25 of another yours is {pair:.3g}. The gaps to the means are -2, -1, 3 in both: square all six, mean, root."
    return "Labels of equal number come out right, labels of unequal number do not. Put the gaps of all labels together, then take one mean over all samples."


spread = Check(
    ask_spread,
    explain=explain_spread,
    solution=lambda x, y: from_centres(x, y).square().sum(1).mean().sqrt().item(),
    mistakes={
        "That is the distance from the mean of everything: ten classes far apart give a large number even if each holds one picture. Take the mean of each class.":
            lambda x, y: (x.flatten(1) - x.flatten(1).mean(0)).square().sum(1).mean().sqrt().item(),
        "One number was subtracted from all features: mean() without an axis. The mean of a class is a point: mean(0).":
            lambda x, y: torch.cat([x[y == k].flatten(1) - x[y == k].mean() for k in y.unique()]).square().sum(1).mean().sqrt().item(),
        "You took the mean over the features too. The squared distance of a sample is the sum over its features.":
            lambda x, y: from_centres(x, y).square().mean().sqrt().item(),
        "That is the mean of the distances. Root mean square: square, mean, and then the root.":
            lambda x, y: from_centres(x, y).square().sum(1).sqrt().mean().item(),
        "The last root is missing: that is the mean squared distance.": lambda x, y: from_centres(x, y).square().sum(1).mean().item(),
        "You took a mean per class and then the mean over classes: small classes count too much. One mean over all samples.":
            lambda x, y: per_class(x, y, lambda gap: gap.square().sum(1).mean().sqrt()),
        "Nothing was subtracted: that is the distance from the origin.": lambda x, y: x.flatten(1).square().sum(1).mean().sqrt().item(),
        **ways("You divided by n - 1, as {} does unless told otherwise. A mean divides by n: correction=0, or square().mean().", {
            "var": lambda x, y: (sum(n * v for n, v in unbiased(x, y)) / len(x)).sqrt(),
            "std": lambda x, y: torch.stack([v.sqrt() for _, v in unbiased(x, y)]).mean(),
            "the variance of a class": lambda x, y: torch.stack([v for _, v in unbiased(x, y)]).mean().sqrt(),
        }),
        "The last label is never looked at: range(n) ends at n - 1, and labels may have gaps. Run over y.unique().": rooted(of_labels(lambda y: y.unique()[:-1])),
        "The first label is never looked at. Run over y.unique().": rooted(of_labels(lambda y: y.unique()[1:])),
        "You took the mean squared distance of each class and then their mean: small classes count too much. One mean over all samples.": lambda x, y: per_class(x, y, lambda gap: gap.square().sum(1).mean()) ** 0.5,
        "You added the spreads of the classes. All gaps belong into one mean, over all samples.": lambda x, y: per_class(x, y, lambda gap: gap.square().sum(1).mean().sqrt()) * len(y.unique()),
        "You added the squared distances, and took no mean: the more samples, the larger. Take the mean over samples.": lambda x, y: from_centres(x, y).square().sum().sqrt().item(),
        "That is the distance of the class means from the mean of all: between the labels. Asked is the spread within them.": rooted(lambda x, y: torch.stack([x[y == k].mean(0) for k in y]) - x.mean(0)),
        "The centre of a label is not its median, but its mean.": rooted(lambda x, y: torch.cat([x[y == k] - x[y == k].median(0).values for k in y.unique()])),
        "That is the sum of the gaps' sizes, feature by feature. Square them, add, and take the root at the end.": lambda x, y: from_centres(x, y).abs().sum(1).mean().item(),
        "The gaps cancel: above and below the mean add up to nothing. Square them first.":
            lambda x, y: from_centres(x, y).sum(1).mean().item(),
    },
    hints=[
        "For each label in y.unique(): its samples, their mean, and how far each is from it.",
        "x.flatten(1) makes rows of images; x[y == k].mean(0) is a class's mean; torch.cat puts the gaps together.",
        "gaps.square().sum(1) is a squared distance for each sample; then mean, then sqrt.",
    ],
)  # fmt: skip
