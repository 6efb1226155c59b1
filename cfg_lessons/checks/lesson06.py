"""The checks of lesson 06: precision by hand, spread within a class, a gate with two sides, the law of the sharpened density."""

import torch

from . import Check, answer, dice

# precision ----------------------------------------------------------------------------------------------------------


def clouds():
    """Real points and samples in the plane, more samples than real points; some far out on both sides."""
    rng = dice(3)
    real, fake = torch.randn(60, 2, generator=rng), 0.7 * torch.randn(80, 2, generator=rng) + torch.tensor([0.8, 0.0])
    return torch.cat([real, torch.tensor([[4.0, 4.0]])]), torch.cat([fake, torch.tensor([[-5.0, 3.0]])])


def ask_precision(precision):
    """Two sizes of neighbourhood; samples that lie where data is; samples that lie nowhere near."""
    real, fake = clouds()
    return [
        answer(precision(real.clone(), fake.clone(), 3)),
        precision(real.clone(), fake.clone(), 1),
        precision(real.clone(), real[:20].clone() + 1e-3, 2),
        precision(real.clone(), fake.clone() + 50, 3),
    ]


def radius(x, k):
    """How far each of x [n, 2] is from its k-th neighbour, itself not counted."""
    return torch.cdist(x, x).sort(1).values[:, k]


def inside(real, fake, k):
    """Which samples lie in which real neighbourhoods: [n, m]."""
    return torch.cdist(real, fake) < radius(real, k)[:, None]


precision = Check(
    ask_precision,
    solution=lambda real, fake, k: inside(real, fake, k).any(0).double().mean().item(),
    mistakes={
        "That is recall: the share of real points that lie among the samples. Draw the discs around the real points.":
            lambda real, fake, k: inside(fake, real, k).any(0).double().mean().item(),
        "That is coverage: the share of discs that hold a sample. Precision counts samples, not discs: any over the other axis.":
            lambda real, fake, k: inside(real, fake, k).any(1).double().mean().item(),
        "The discs are too small: each point is its own nearest neighbour, so the k-th among the others comes one place later.":
            lambda real, fake, k: (torch.cdist(real, fake) < radius(real, k - 1)[:, None]).any(0).double().mean().item(),
        "The discs are around the right points, but as wide as the samples are sparse. The radii come from the real points too.":
            lambda real, fake, k: (torch.cdist(fake, real) < radius(fake, k)[:, None]).any(1).double().mean().item(),
        "A sample must lie in one disc, not in all of them: any, not all.":
            lambda real, fake, k: inside(real, fake, k).all(0).double().mean().item(),
        "You took the mean over all pairs of disc and sample. First ask for each sample whether any disc holds it, then take the mean.":
            lambda real, fake, k: inside(real, fake, k).double().mean().item(),
        "You counted discs per sample over k: that is density, and it can exceed 1. A sample in five discs counts once.":
            lambda real, fake, k: inside(real, fake, k).double().sum(0).mean().item() / k,
        "One radius for all: where data is dense your discs are too wide, where it is sparse too small. Each point has its own.":
            lambda real, fake, k: (torch.cdist(real, fake) < radius(real, k).mean()).any(0).double().mean().item(),
    },
    hints=[
        "Two steps: how wide is the disc around each real point, and which samples fall into at least one disc?",
        "torch.cdist(real, real) sorted along a row starts with 0, the point itself; place k is the k-th neighbour.",
        "torch.cdist(real, fake) < radius[:, None] is [real, fake]; any(0) asks for each sample; then the mean.",
    ],
)  # fmt: skip

# spread -------------------------------------------------------------------------------------------------------------


def ask_spread(spread):
    """Classes of unequal size and width, far apart, one of them far from the origin; then images."""
    rng = dice(5)
    y = torch.tensor([0] * 5 + [1] * 12 + [4] * 3)
    x = torch.randn(20, 3, generator=rng) * (1 + y[:, None]) + 6.0 * y[:, None]
    given = x.clone()
    return [answer(spread(given, y.clone())), given.equal(x), spread(x.reshape(20, 1, 3, 1).clone(), y.clone())]


def from_centres(x, y):
    """The gap [n, F] of each sample to the mean of its class, class after class."""
    x = x.flatten(1)
    return torch.cat([x[y == k] - x[y == k].mean(0) for k in y.unique()])


def per_class(x, y, width):
    """The mean over classes of width(gaps of that class)."""
    x = x.flatten(1)
    return torch.stack([width(x[y == k] - x[y == k].mean(0)) for k in y.unique()]).mean().item()


def spoil(x, y):
    """The mistake of subtracting in place."""
    for k in y.unique():
        x[y == k] -= x[y == k].mean(0)
    return x.flatten(1).square().sum(1).mean().sqrt().item()


spread = Check(
    ask_spread,
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
        "Right number, but you changed the samples that you were given: x[...] -= works in place. Make new ones.": spoil,
        "The gaps cancel: above and below the mean add up to nothing. Square them first.":
            lambda x, y: from_centres(x, y).sum(1).mean().item(),
    },
    hints=[
        "For each label in y.unique(): its samples, their mean, and how far each is from it.",
        "x.flatten(1) makes rows of images; x[y == k].mean(0) is a class's mean; torch.cat puts the gaps together.",
        "gaps.square().sum(1) is a squared distance for each sample; then mean, then sqrt.",
    ],
)  # fmt: skip

# choice -------------------------------------------------------------------------------------------------------------

TABLES = [  # scales, accuracy, recall: one in order, one that is not
    torch.tensor([[0.0, 1.0, 2.0, 3.0, 4.0, 8.0], [0.50, 0.75, 0.875, 0.9375, 0.96875, 0.984375], [0.70, 0.80, 0.60, 0.55, 0.58, 0.10]]),
    torch.tensor([[4.0, 0.5, 2.0, 1.0, 8.0, 3.0], [0.80, 0.99, 0.70, 0.90, 0.985, 0.95], [0.20, 0.30, 0.90, 0.25, 0.60, 0.75]]),
]


def ask_choice(choice):
    """Gates that scales just reach, that all pass, that none passes; recall that is not monotone; scales out of order."""
    asks = [(0, gate) for gate in (0.875, 0.9, 0.1, 0.97, 0.999)] + [(1, gate) for gate in (0.85, 0.97, 0.999)]
    chosen = [choice(*TABLES[i].clone(), gate) for i, gate in asks]
    if chosen[0] is not None and None in chosen:
        raise ValueError("you return None where no scale passes; return the most accurate one then")
    return [torch.as_tensor(answer(scale)).reshape(()) for scale in chosen]


def best(passing, score):
    """A candidate: the scale of highest score(accuracy, recall) among those that pass(accuracy, gate)."""

    def choice(scales, accuracy, recall, gate):
        ok = passing(accuracy, gate)
        wanted = score(accuracy, recall).masked_fill(~ok, -torch.inf) if ok.any() else accuracy
        return scales[wanted.argmax()].item()

    return choice


def place(scales, accuracy, recall, gate):
    """The mistake of the index for the scale."""
    ok = accuracy >= gate
    return (recall.masked_fill(~ok, -torch.inf) if ok.any() else accuracy).argmax().item()


def among_the_passed(scales, accuracy, recall, gate):
    """The mistake of looking a place in the short list up in the long one."""
    ok = accuracy >= gate
    return scales[recall[ok].argmax() if ok.any() else accuracy.argmax()].item()


def smallest(scales, accuracy, recall, gate):
    """The mistake of trusting that recall always falls."""
    ok = accuracy >= gate
    return scales[ok].min().item() if ok.any() else scales[accuracy.argmax()].item()


choice = Check(
    ask_choice,
    solution=best(lambda accuracy, gate: accuracy >= gate, lambda accuracy, recall: recall),
    mistakes={
        "You chose the highest accuracy: that is turning the scale all the way up. Accuracy is a gate to pass; among those that pass, take the highest recall.":
            best(lambda accuracy, gate: accuracy >= gate, lambda accuracy, recall: accuracy),
        "You chose the highest recall of all: the gate plays no part.":
            best(lambda accuracy, gate: accuracy >= -1, lambda accuracy, recall: recall),
        "A scale that just reaches the gate has passed it: at least, not more than.":
            best(lambda accuracy, gate: accuracy > gate, lambda accuracy, recall: recall),
        "That is the place in the list, not the scale: look the scale up at that place.": place,
        "recall[passed].argmax() counts among those that passed: look it up in scales[passed], not in scales.": among_the_passed,
        "The gate is an argument: you used a number of your own.":
            best(lambda accuracy, gate: accuracy >= 0.95, lambda accuracy, recall: recall),
        "You chose the lowest recall of those that pass: argmax, not argmin.":
            best(lambda accuracy, gate: accuracy >= gate, lambda accuracy, recall: -recall),
        "That is the smallest scale that passes. Recall need not fall with every step; compare the recalls.": smallest,
        "You took the sum of both: a lot of recall then makes up for failing the gate. First the gate, then recall.":
            best(lambda accuracy, gate: accuracy >= -1, lambda accuracy, recall: accuracy + recall),
        "If no scale passes, your code still answers with the first of the list. The task says: then the most accurate one.":
            lambda scales, accuracy, recall, gate: scales[recall.masked_fill(accuracy < gate, -torch.inf).argmax()].item(),
    },
    hints=[
        "Two steps: which scales pass the gate? And if any: which of those has the highest recall?",
        "passed = accuracy >= gate is a mask; scales[passed] and recall[passed] are what is left to choose from.",
        "if passed.any(): the scale at recall[passed].argmax(), else the scale at accuracy.argmax().",
    ],
)  # fmt: skip

# law ----------------------------------------------------------------------------------------------------------------


def ask_law(law):
    """Variances of label and of all, at scales below, at and above 1; and whether it hides that no density exists."""
    asks = (1.0, 3.0, 2.0), (1.0, 2.0, 3.0), (0.25, 4.0, 1.5), (0.5, 3.0, 1.0), (0.5, 3.0, 0.5)
    found = [torch.as_tensor(answer(law(*ask)), dtype=torch.float64) for ask in asks]
    try:
        impossible = float(law(2.0, 1.0, 3.0))
    except Exception:  # to stop there is an honest answer
        impossible = float("nan")
    return [*found, torch.as_tensor(0 <= impossible < float("inf"))]


law = Check(
    ask_law,
    solution=lambda a, b, s: 1 / (s / a + (1 - s) / b),
    mistakes={
        "That is what the DDIM walk gives, a to the s times b to the 1 - s. The density itself is another thing: add exponents.":
            lambda a, b, s: a**s * b ** (1 - s),
        "You extrapolated the variances. In the exponent of a Gaussian stands 1 over the variance: extrapolate that.":
            lambda a, b, s: s * a + (1 - s) * b,
        "There is no such density: for a > b and s above a / (a - b), 1 over the variance is negative. Your function hides that behind a variance that looks real.":
            lambda a, b, s: abs(1 / (s / a + (1 - s) / b)),
        "That holds for a = 1 and b = 2 only: the two variances are arguments.": lambda a, b, s: 2 / (s + 1),
        "That is 1 over the variance, the precision. Turn it over.": lambda a, b, s: s / a + (1 - s) / b,
        "You multiplied p(x) by p(x | y)^s. But p(y | x) is p(x | y) / p(x): one p(x) for each power goes away again.":
            lambda a, b, s: 1 / (s / a + 1 / b),
        "Label and all are swapped: at scale 1 the variance must be a, that of the label.":
            lambda a, b, s: 1 / (s / b + (1 - s) / a),
        "That is the standard deviation: the root is too much.": lambda a, b, s: (1 / (s / a + (1 - s) / b)) ** 0.5,
        "The exponent of p(x) is missing: p(x | y)^s alone has the variance a / s.": lambda a, b, s: a / s,
        "Your scale is one too low: that is Ho & Salimans' w in place of s, where 0 is the label's own density.":
            lambda a, b, s: 1 / ((1 + s) / a - s / b),
    },
    hints=[
        "By Bayes' rule p(y | x) is p(x | y) / p(x), up to a constant. What powers of the two Gaussians are left?",
        "log N(0, v) is -x^2 / (2 v), up to a constant: powers of Gaussians add up to one number in front of x^2.",
        "1 over the variance is s times 1 / a, plus (1 - s) times 1 / b.",
    ],
)  # fmt: skip
