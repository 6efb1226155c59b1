"""The checks of lesson 06: precision by hand, spread within a class, a gate with two sides, the law of the sharpened density."""

import torch

from . import Check, Complaint, dice, lend
from .reading import comparable, one, ways

# precision ----------------------------------------------------------------------------------------------------------
def clouds():
    """Real points and samples in the plane, one real point far out; some samples lie on rays, so that any width shows."""
    rng = dice(3)
    real, fake = torch.randn(60, 2, generator=rng), 0.7 * torch.randn(80, 2, generator=rng) + torch.tensor([0.8, 0.0])
    rays = torch.arange(0, 14, 0.35)[:, None, None] * torch.tensor([[-0.2, 1.0], [-1.0, 0.3], [0.1, -1.0]])
    return torch.cat([real, torch.tensor([[4.0, 4.0]])]), torch.cat([fake, rays.flatten(0, 1)])


def ask_precision(precision):
    """Two sizes of neighbourhood; samples that lie where data is; samples that lie nowhere near."""
    real, fake = clouds()
    asks = (fake, 3), (fake, 1), (real[:20] + 1e-3, 2), (fake[:20] + 50, 3)
    return [one(lend(precision, real=real, fake=samples, k=k), "the share of the samples, a mean over them") for samples, k in asks]


def radius(x, k):
    """How far each of x [n, 2] is from its k-th neighbour, itself not counted."""
    return torch.cdist(x, x).sort(1).values[:, k]


def inside(real, fake, k):
    """Which samples lie in which real neighbourhoods: [n, m]."""
    return torch.cdist(real, fake) < radius(real, k)[:, None]


def discs(width, small=torch.Tensor.__lt__):
    """A candidate: the share of samples in a disc around a real point, of the radius width(real, fake, k) [n]."""
    return lambda real, fake, k: small(torch.cdist(real, fake), width(real, fake, k)[:, None]).any(0).double().mean().item()


def nearest_disc(real, fake, k):
    """The mistake of asking the nearest real point only."""
    near = torch.cdist(fake, real).min(1)
    return (near.values < radius(real, k)[near.indices]).double().mean().item()


def explain_precision(mine, right):
    """Shares that are none; what must be 1 and 0; k; too many or too few."""
    if not comparable(mine, right):
        return None
    if min(mine) < 0 or max(mine) > 1:
        return f"A share lies between 0 and 1; yours is {max(mine, key=abs):.3g}. Count each sample once, and divide by the number of samples."
    if mine[3] > 0:
        return f"Samples 50 away from all data count in yours: {mine[3]:.0%} of them. A sample counts only if it lies inside the disc of a real point."
    if mine[0] == mine[1] and 0 < mine[0] < 1:
        return "k plays no part: a disc reaches to the k-th neighbour of its real point, so a larger k makes all discs wider."
    if all(a <= b for a, b in zip(mine, right)):
        return "Too few samples count in yours. Look at the discs of all real points, and let each reach to the k-th nearest of the other real points."
    if any(a < b for a, b in zip(mine, right)):
        return "Now too many samples count in yours, now too few. Each disc has a radius of its own, measured among the real points alone: to the k-th neighbour."
    return "Too many samples count in yours. A disc reaches only to the k-th nearest of the other real points, and a sample must lie inside one."


precision = Check(
    ask_precision,
    explain=explain_precision,
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
            discs(lambda real, fake, k: radius(real, k).mean().expand(len(real))),
        **ways("One radius for all, {}: where data is dense your discs are too wide, where it is sparse too small. Each point has its own.", {
            "the middle one": discs(lambda real, fake, k: radius(real, k).median().expand(len(real))),
            "the largest": discs(lambda real, fake, k: radius(real, k).max().expand(len(real))),
            "the smallest": discs(lambda real, fake, k: radius(real, k).min().expand(len(real))),
        }),
        **ways("Your radius is the distance to {}. A disc is as wide as the data is sparse: measure to the k-th neighbour among the real points.", {
            "the k-th nearest sample": discs(lambda real, fake, k: torch.cdist(real, fake).sort(1).values[:, k - 1]),
            "the sample at place k, counted from 0": discs(lambda real, fake, k: torch.cdist(real, fake).sort(1).values[:, k]),
        }),
        "Only the disc of the nearest real point is asked. A disc further away can be wider and hold the sample: ask all discs.": nearest_disc,
        "Your discs reach to one of the farthest real points: topk takes the largest unless told largest=False. You want the nearest ones.": discs(lambda real, fake, k: torch.cdist(real, real).topk(k, 1).values[:, -1]),
        "The discs are too wide by one neighbour: place 0 is the point itself, so the k-th neighbour stands at place k.": discs(lambda real, fake, k: radius(real, k + 1)),
        "Your radius is the mean distance to the k neighbours. It is the distance to the last of them, the k-th.": discs(lambda real, fake, k: torch.cdist(real, real).sort(1).values[:, 1 : k + 1].mean(1)),
        "Your radius is the sum of the distances to the k neighbours. It is the distance to the last of them, the k-th.": discs(lambda real, fake, k: torch.cdist(real, real).sort(1).values[:, 1 : k + 1].sum(1)),
        "You always use 3 neighbours. How many, k says.": discs(lambda real, fake, k: radius(real, 3)),
        "Squares are compared with distances: square both, or neither.": discs(lambda real, fake, k: radius(real, k), lambda d, r: d**2 < r),
        "You counted the samples outside all discs. Precision is the share inside.": lambda real, fake, k: 1 - inside(real, fake, k).any(0).double().mean().item(),
        "That is how many samples lie in a disc. Asked is the share: the mean.": lambda real, fake, k: inside(real, fake, k).any(0).sum().item(),
        "You divided by the number of real points. Precision is a share of the samples: divide by theirs.": lambda real, fake, k: inside(real, fake, k).any(0).sum().item() / len(real),
    },
    hints=[
        "Two steps: how wide is the disc around each real point, and which samples fall into at least one disc?",
        "torch.cdist(real, real) sorted along a row starts with 0, the point itself; place k is the k-th neighbour.",
        "torch.cdist(real, fake) < radius[:, None] is [real, fake]; any(0) asks for each sample; then the mean.",
    ],
)  # fmt: skip

# spread -------------------------------------------------------------------------------------------------------------
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

# choice -------------------------------------------------------------------------------------------------------------

TABLES = [  # scales, accuracy, recall: one in order, one that is not
    torch.tensor([[0.0, 1.0, 2.0, 3.0, 4.0, 8.0], [0.50, 0.75, 0.875, 0.9375, 0.96875, 0.984375], [0.70, 0.80, 0.60, 0.55, 0.58, 0.10]]),
    torch.tensor([[4.0, 0.5, 2.0, 1.0, 8.0, 3.0], [0.80, 0.99, 0.70, 0.90, 0.985, 0.95], [0.20, 0.30, 0.90, 0.25, 0.60, 0.75]]),
    torch.tensor([[2.0, 1.0, 3.0, 5.0, 1.5], [0.90, 0.62, 0.98, 0.50, 0.64], [0.55, 0.60, 0.10, 0.95, 0.30]]),
]
ASKS = [*((0, gate) for gate in (0.875, 0.9, 0.1, 0.97, 0.999)), (1, 0.85), (1, 0.97), (1, 0.999), (2, 0.6), (2, 0.55), (2, 0.7), (2, 0.99)]


def ask_choice(choice):
    """Gates that scales just reach, that all pass, that none passes; recall that is not monotone; scales out of order."""
    chosen = []
    for i, gate in ASKS:
        try:
            scale = choice(*TABLES[i].clone(), gate)
        except Exception as error:
            if (TABLES[i][1] >= gate).any():
                raise
            raise Complaint(f"Where no scale passes, your code stops ({error}). Ask first whether any passes; if none does, return the most accurate one.") from None
        if scale is None and chosen:
            raise Complaint(f"With a gate of {gate} you return None. If no scale passes, return the most accurate one.")
        chosen.append(one(scale, "the scale of the highest recall among those that pass"))
    return chosen


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


def first_passing(scales, accuracy, recall, gate):
    """The mistake of taking the first that passes."""
    ok = accuracy >= gate
    return scales[ok][0] if ok.any() else scales[accuracy.argmax()]


def otherwise(fallback):
    """A candidate that chooses well, but answers fallback(scales, accuracy, recall) where none passes."""
    right = best(lambda accuracy, gate: accuracy >= gate, lambda accuracy, recall: recall)
    return lambda scales, accuracy, recall, gate: (
        right(scales, accuracy, recall, gate) if (accuracy >= gate).any() else fallback(scales, accuracy, recall))


def explain_choice(mine, right):
    """What was chosen, case by case: no scale of the list, one that fails, one of less recall, or wrongly where none passes."""
    if not comparable(mine, right):
        return None
    for (i, gate), a, b in zip(ASKS, mine, right):
        scales, accuracy, recall = TABLES[i].double()
        place = (scales - a).abs().argmin()
        passes = bool((accuracy >= gate - 1e-6).any())
        if a == b:
            continue
        if abs(scales[place] - a) > 1e-6:
            return f"You return {a:g}, which is none of the scales {[f'{s:g}' for s in scales]}. Return an entry of `scales`.".replace("'", "")
        if passes and accuracy[place] < gate - 1e-6:
            return f"With a gate of {gate} you choose scale {a:g}, whose accuracy is {accuracy[place]:.3g}: it fails. Only those that reach the gate may be chosen."
        if passes:
            return f"With a gate of {gate} you choose scale {a:g}. It passes, but another one passes too and has a higher recall: among those that pass, only recall counts."
        return f"Where a scale passes, you choose well; where none does, you choose scale {a:g}. Then take the one of the highest accuracy."
    return None


choice = Check(
    ask_choice,
    explain=explain_choice,
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
        "You took the sum or the product of both: a lot of recall then makes up for failing the gate. First the gate, then recall.": best(lambda accuracy, gate: accuracy >= -1, lambda accuracy, recall: accuracy + recall),
        "If no scale passes, your code still answers with the first of the list. The task says: then the most accurate one.":
            lambda scales, accuracy, recall, gate: scales[recall.masked_fill(accuracy < gate, -torch.inf).argmax()].item(),
        **ways("If no scale passes, you take {}. The task says: then the most accurate one.", {
            "the one of the highest recall": otherwise(lambda scales, accuracy, recall: scales[recall.argmax()]),
            "the largest": otherwise(lambda scales, accuracy, recall: scales.max()),
            "the smallest": otherwise(lambda scales, accuracy, recall: scales.min()),
            "the last of the list": otherwise(lambda scales, accuracy, recall: scales[-1]),
            "0": otherwise(lambda scales, accuracy, recall: 0.0),
        }),
        "You weigh accuracy and recall together among those that pass. To pass is enough: after the gate only recall counts.": best(lambda accuracy, gate: accuracy >= gate, lambda accuracy, recall: accuracy + recall),
        "You chose the lowest accuracy that passes, as if recall had to be highest there. It need not: compare the recalls.": best(lambda accuracy, gate: accuracy >= gate, lambda accuracy, recall: -accuracy),
        "That is the largest scale that passes. Among those that pass, the highest recall counts, not the scale.": lambda scales, accuracy, recall, gate: (scales[accuracy >= gate].max() if (accuracy >= gate).any() else scales[accuracy.argmax()]),
        "That is the first scale that passes. Another one further on may have a higher recall: compare them all.": first_passing,
        "Your gate keeps those that fail: accuracy must be at least the gate.": best(lambda accuracy, gate: accuracy <= gate, lambda accuracy, recall: recall),
        "The gate is for accuracy; you let recall pass it and took the highest accuracy. Swap them.":
            lambda scales, accuracy, recall, gate: best(lambda accuracy, gate: accuracy >= gate, lambda accuracy, recall: recall)(scales, recall, accuracy, gate),
        "That is the recall of the scale, not the scale: look the scale up at its place.": lambda scales, accuracy, recall, gate: recall[accuracy >= gate].max() if (accuracy >= gate).any() else recall[accuracy.argmax()],
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
    found = [one(law(*ask), "a variance").double() for ask in asks]
    try:
        found.append(torch.as_tensor(law(0.5, 3.0, 0.0), dtype=torch.float64))
    except ZeroDivisionError:  # some wrong laws have s below a line
        found.append(torch.tensor(-1.0))
    try:
        impossible = float(law(2.0, 1.0, 3.0))
    except Exception:  # to stop there is an honest answer
        impossible = float("nan")
    return [*found, torch.as_tensor(0 <= impossible < float("inf"))]


def explain_law(mine, right):
    """What must come out at scales 0 and 1; what scale adds up."""
    if not comparable(mine, right):
        return None
    label, everything = mine[3].item(), mine[5].item()
    if abs(label - 0.5) > 1e-4:
        return f"At s = 1 the product is p(x | y) itself, up to a constant: the variance is a. For a = 0.5, b = 3 yours is {label:.3g}. How many powers of p(x) are left?"
    if abs(everything - 3) > 1e-4:
        return "At s = 0 only p(x) is left, and the variance is b. Yours is another one: what stands before 1 / b must be 1 there."
    if all(abs(a - b) < 1e-4 for a, b in zip(mine[:6], right[:6])):
        return "Your variances are right, but where 1 over the variance is negative there is no density. Return what the formula gives there, or inf or nan."
    return "Right at s = 0 and s = 1, wrong between and beyond. What goes along a straight line in s is 1 over the variance, the number in the exponent."


law = Check(
    ask_law,
    explain=explain_law,
    solution=lambda a, b, s: 1 / (s / a + (1 - s) / b),
    mistakes={
        "That is what the DDIM walk gives, a to the s times b to the 1 - s. The density itself is another thing: add exponents.":
            lambda a, b, s: a**s * b ** (1 - s),
        "You extrapolated the variances. In the exponent of a Gaussian stands 1 over the variance: extrapolate that.":
            lambda a, b, s: s * a + (1 - s) * b,
        "There is no such density: for a > b and s above a / (a - b), 1 over the variance is negative. Your function hides that behind a variance that looks real. Return what the formula gives, or inf or nan.":
            lambda a, b, s: abs(1 / (s / a + (1 - s) / b)),
        "2 / (s + 1) holds for a = 1 and b = 2 only: the two variances are arguments.": lambda a, b, s: 2 / (s + 1),
        "That is 1 over the variance, the precision. Turn it over.": lambda a, b, s: s / a + (1 - s) / b,
        "You multiplied p(x) by p(x | y)^s. But p(y | x) is p(x | y) / p(x): one p(x) for each power goes away again.":
            lambda a, b, s: 1 / (s / a + 1 / b),
        "Label and all are swapped: at scale 1 the variance must be a, that of the label.":
            lambda a, b, s: 1 / (s / b + (1 - s) / a),
        "That is the standard deviation: the root is too much.": lambda a, b, s: (1 / (s / a + (1 - s) / b)) ** 0.5,
        "The exponent of p(x) is missing: p(x | y)^s alone has the variance a / s.": lambda a, b, s: a / s,
        "One power of p(y | x) too many: yours is p(x | y) p(y | x)^s, the label's own density at s = 0 (Ho & Salimans' w). Start from p(x).": lambda a, b, s: 1 / ((1 + s) / a - s / b),
        "a is missing: b / (s + 1) is right for a = b / 2 alone. Collect the powers of both Gaussians.": lambda a, b, s: b / (s + 1),
        "b is missing: 2 a / (s + 1) is right for b = 2 a alone. Collect the powers of both Gaussians.": lambda a, b, s: 2 * a / (s + 1),
        "p(x) itself is missing: you have p(y | x)^s alone, which is p(x | y)^s / p(x)^s. Multiply by p(x).": lambda a, b, s: 1 / (s / a - s / b) if s else -1.0,
        "The powers of p(x) have the wrong sign: dividing by it takes powers away. What is left of p(x) is the power 1 - s.": lambda a, b, s: 1 / (s / a + (s - 1) / b) if abs(s / a + (s - 1) / b) > 1e-9 else -1.0,
        "You extrapolated the standard deviations. In the exponent of a Gaussian stands 1 over the variance: extrapolate that.": lambda a, b, s: (s * a**0.5 + (1 - s) * b**0.5) ** 2,
        "That is the variance of a sum of random numbers, s of one and 1 - s of the other. Here densities are multiplied: exponents add.": lambda a, b, s: s**2 * a + (1 - s) ** 2 * b,
        "You turned over an extrapolated variance: 1 / (s a + ...). Each variance must be turned over before they are added.": lambda a, b, s: 1 / (s * a + (1 - s) * b),
        "Variances are squares already: 1 / a and 1 / b stand in the exponents, not their squares.": lambda a, b, s: 1 / (s / a**2 + (1 - s) / b**2),
    },
    hints=[
        "By Bayes' rule p(y | x) is p(x | y) / p(x), up to a constant. What powers of the two Gaussians are left?",
        "log N(0, v) is -x^2 / (2 v), up to a constant: powers of Gaussians add up to one number in front of x^2.",
        "1 over the variance is s times 1 / a, plus (1 - s) times 1 / b.",
    ],
)  # fmt: skip
