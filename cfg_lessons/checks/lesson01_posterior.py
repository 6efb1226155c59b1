"""Lesson 01, exercise "looking back one step": the check `posterior`."""

import torch

from . import Check, Complaint, lend, tensor_of

# fmt: off


def posterior_of(x, x0, beta, before, doubt=None):
    """The solution: mean [B, D] and variance of q(x_before | x, x0). `doubt` is the variance of what x0 says."""
    doubt = doubt or 1 - before
    precision = 1 / doubt + (1 - beta) / beta
    return (before**0.5 * x0 / doubt + (1 - beta) ** 0.5 * x / beta) / precision, 1 / precision


def mean_and_variance(mine, x, x0, beta, before):
    """The two things that should come back: the mean, shaped like x, and the variance [1]."""
    both = lend(mine, x=x, x0=x0, beta=beta, before=before)
    if not isinstance(both, (tuple, list)) or len(both) != 2:
        raise Complaint("Return two things, the mean and the variance: return mean, variance.")
    mean, variance = (tensor_of(part, "a mean and a variance, each a tensor or a number") for part in both)
    if mean.numel() == 1 and variance.shape == x.shape and (variance != variance.flatten()[0]).any():
        raise Complaint("The two have changed places: return the mean first, then the variance.")
    return mean, variance.reshape(-1)[:1]


def ask_posterior(mine):
    """Mean [2, 3] and variance [1], at three steps; and the mean's two factors, each by itself."""
    x, x0 = torch.tensor([[0.7, -1.2, 0.1], [1.5, 0.4, -0.8]], dtype=torch.float64)
    one, none = torch.ones_like(x), torch.zeros_like(x)
    steps = ((0.1, 0.8), (0.3, 0.2), (0.4, 0.7))
    means, variances = zip(*[mean_and_variance(mine, x, x0, *step) for step in steps])
    return {
        "the variance": torch.stack(variances),
        "the mean": torch.stack(means),
        "the factor of x0": torch.stack([mean_and_variance(mine, none, one, *step)[0] for step in steps]),
        "the factor of x": torch.stack([mean_and_variance(mine, one, none, *step)[0] for step in steps]),
    }


def with_variance(f):
    """The right mean, with another variance."""
    return lambda x, x0, beta, before: (posterior_of(x, x0, beta, before)[0], f(beta, before))


def with_weights(f):
    """The right variance, and a mean that weights x0 and x otherwise."""

    def mine(x, x0, beta, before):
        of_x0, of_x = f(beta, before)
        return (of_x0 * x0 + of_x * x) / (1 - before * (1 - beta)), posterior_of(x, x0, beta, before)[1]

    return mine


def witnesses(of_x0=lambda beta, before: (before**0.5, 1 - before), of_x=lambda beta, before: ((1 - beta) ** -0.5, beta / (1 - beta)),
              weigh=lambda variance: 1 / variance, combined=lambda a, b: 1 / (1 / a + 1 / b), total=lambda p, q: p + q):
    """A candidate: each opinion is (factor, variance); how they are weighed, what variance results, what the mean is divided by."""

    def mine(x, x0, beta, before):
        (a, v), (b, w) = of_x0(beta, before), of_x(beta, before)
        p, q = weigh(v), weigh(w)
        return (p * a * x0 + q * b * x) / total(p, q), combined(v, w)

    return mine


posterior = Check(
    ask_posterior,
    posterior_of,
    {
        "The mean is right, but beta is the variance of a step forward. Looking back you know x0 too: precisions add.": with_variance(lambda beta, before: beta),
        "The mean is right, but you return the standard deviation: leave out the last root.": with_variance(lambda beta, before: ((1 - before) * beta / (1 - before * (1 - beta))) ** 0.5),
        "The mean is right, but you return the precision: the variance is one over it.": with_variance(lambda beta, before: (1 - before * (1 - beta)) / ((1 - before) * beta)),
        "The mean is right, but you added the variances. Two witnesses know more than one: add the precisions, 1 / variance.": with_variance(lambda beta, before: 1 - before + beta / (1 - beta)),
        "The mean is right, but that is the mean of the variances. Two witnesses know more than one: add the precisions, 1 / variance.": with_variance(lambda beta, before: (1 - before + beta / (1 - beta)) / 2),
        "The mean is right, but that is the variance of x's opinion alone. x0 speaks too: add the precisions.": with_variance(lambda beta, before: beta / (1 - beta)),
        "The mean is right, but that is the variance of x0's opinion alone. x speaks too: add the precisions.": with_variance(lambda beta, before: 1 - before),
        "The mean is right, but you multiplied the variances: precisions add, so divide by the sum of both variances too.": with_variance(lambda beta, before: (1 - before) * beta / (1 - beta)),
        "The mean is right, but the variance is not divided by what is noise after the step: 1 - before * (1 - beta).": with_variance(lambda beta, before: (1 - before) * beta),
        "x's opinion has the variance beta / (1 - beta): dividing x by sqrt(1 - beta) divides its noise's variance by 1 - beta.": witnesses(of_x=lambda beta, before: ((1 - beta) ** -0.5, beta)),
        "x's opinion has the variance beta / (1 - beta): you multiplied by 1 - beta, but x was divided by its root.": witnesses(of_x=lambda beta, before: ((1 - beta) ** -0.5, beta * (1 - beta))),
        "x's opinion has the variance beta / (1 - beta); you took its precision for it.": witnesses(of_x=lambda beta, before: ((1 - beta) ** -0.5, (1 - beta) / beta)),
        "x's opinion divides by the root of 1 - beta once, the noise's variance by 1 - beta once: yours is divided twice.": witnesses(of_x=lambda beta, before: ((1 - beta) ** -0.5, beta / (1 - beta) ** 2)),
        "x says x / sqrt(1 - beta): the step shrank the signal, so grow it again. You left x as it is.": witnesses(of_x=lambda beta, before: (1.0, beta / (1 - beta))),
        "x was taken for x_before with the variance beta. The step shrank the signal first: solve it for x_before, and x says x / sqrt(1 - beta), with the variance beta / (1 - beta).": witnesses(of_x=lambda beta, before: (1.0, beta)),
        "x says x / sqrt(1 - beta): the step multiplied by that root, so looking back you divide.": witnesses(of_x=lambda beta, before: ((1 - beta) ** 0.5, beta / (1 - beta))),
        "x says x / sqrt(1 - beta), with a root: the step keeps sqrt(1 - beta) of the signal.": witnesses(of_x=lambda beta, before: (1 / (1 - beta), beta / (1 - beta))),
        "x0 says sqrt(before) * x0: `before` is alpha squared, so take its root.": witnesses(of_x0=lambda beta, before: (before, 1 - before)),
        "x0 says sqrt(before) * x0: before the step the signal had shrunk already. You left x0 as it is.": witnesses(of_x0=lambda beta, before: (1.0, 1 - before)),
        "You took `before` for alpha: it is alpha squared, so the signal's factor is its root, and x0 leaves open 1 - before.": witnesses(of_x0=lambda beta, before: (before, 1 - before**2)),
        "x0's opinion is about x_before, before the step: sqrt(before) * x0 with the variance 1 - before. You took both from after the step.": witnesses(of_x0=lambda beta, before: ((before * (1 - beta)) ** 0.5, 1 - before * (1 - beta))),
        "What x0 leaves open is 1 - before, the noise before the step. You took that after the step.": witnesses(of_x0=lambda beta, before: (before**0.5, 1 - before * (1 - beta))),
        "You took the noise's standard deviation for its variance: what x0 leaves open has the variance 1 - before, without a root.": witnesses(of_x0=lambda beta, before: (before**0.5, (1 - before) ** 0.5)),
        "The variance is right, but the mean is weighted by the variances. The surer witness counts more: weigh by 1 / variance.": witnesses(weigh=lambda variance: variance),
        "The variance is right, but the mean weighs by one over the standard deviation. Weigh by one over the variance.": witnesses(weigh=lambda variance: variance**-0.5),
        "The variance is right, but both opinions count the same in the mean. The surer witness counts more: weigh by 1 / variance.": witnesses(weigh=lambda variance: 1.0),
        "The variance is right, but the mean is a sum of both, weighted by precision, and not yet divided by the sum of the precisions.": witnesses(total=lambda p, q: 1.0),
        "You weigh by the variances, and add them. The surer witness counts more, and both know more than one: use 1 / variance in both places.": witnesses(weigh=lambda variance: variance, combined=lambda a, b: a + b),
        "x0's opinion got the variance `before`. That is its share of signal, alpha squared: what x0 leaves open is "
        "the rest, 1 - before.": lambda x, x0, beta, before: posterior_of(x, x0, beta, before, doubt=before),
        "You took `before` for alpha squared after the step. It is the one before it: the step multiplies by 1 - beta.": lambda x, x0, beta, before: posterior_of(x, x0, beta, before / (1 - beta)),
        "The variance is right, but the two weights of the mean changed places. A small beta means that x is close to "
        "the truth: then x must count more.": with_weights(lambda beta, before: ((1 - beta) ** 0.5 * (1 - before), before**0.5 * beta)),
        "The variance is right, but the roots are missing in the mean: `before` is alpha squared, and a step keeps "
        "sqrt(1 - beta) of the signal.": with_weights(lambda beta, before: (before * beta, (1 - beta) * (1 - before))),
        "The variance is right, but the mean forgets the shrinking: x0 says sqrt(before) * x0, x says "
        "x / sqrt(1 - beta).": with_weights(lambda beta, before: (beta, (1 - beta) * (1 - before))),
    },
    [
        "Two witnesses speak about x_before. From x0: it is Gaussian with mean sqrt(before) * x0 and variance "
        "1 - before. From x: it is near x / sqrt(1 - beta), with variance beta / (1 - beta).",
        "Multiply two Gaussians: precisions (1 / variance) add; the mean is the average weighted by precision.",
        "precision = 1 / (1 - before) + (1 - beta) / beta; variance = 1 / precision; "
        "mean = variance * (x0's mean / (1 - before) + x's mean * (1 - beta) / beta).",
    ],
)
