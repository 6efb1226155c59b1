"""Checks of lesson 01: the closed form, the signal-to-noise ratio, a schedule of your own, the posterior."""
import math

import torch

from ..schedules import Cosine, Linear, Schedule, Straight
from . import Check, answer, dice

# fmt: off


# ---- 1: the closed form

def small_chain():
    """A small chain with large steps: x0 [5, 5], betas [8], i [5], eps [5, 5]. A square lets a lost axis pass."""
    x0, eps = torch.randn(2, 5, 5, generator=dice(1), dtype=torch.float64)
    return x0, torch.linspace(0.02, 0.3, 8, dtype=torch.float64), torch.tensor([0, 1, 3, 6, 7]), eps


def noised_with(signal, alpha=torch.sqrt, sigma=lambda signal: (1 - signal).sqrt(), shape=(-1, 1)):
    """A candidate: signal(betas, i) [B] is its alpha squared, from which it reads alpha and sigma as it likes."""

    def mine(x0, betas, i, eps):
        kept = signal(betas, i).reshape(shape)
        return alpha(kept) * x0 + sigma(kept) * eps

    return mine


def signal_after(betas, i):
    """alpha squared after step i, counted from 0."""
    return (1 - betas).cumprod(0)[i]


closed_form = Check(
    lambda mine: answer(mine(*small_chain())),
    noised_with(signal_after),
    {
        "The signal is too weak: the product of 1 - beta is alpha squared. Take its root before it multiplies x0.":
            noised_with(signal_after, alpha=lambda signal: signal),
        "The noise is too weak: variances add up to 1, not standard deviations. Look at sigma**2 = 1 - alpha**2.":
            noised_with(signal_after, sigma=lambda signal: 1 - signal.sqrt()),
        "The noise is too weak: 1 - alpha**2 is its variance. eps wants the standard deviation: take the root.":
            noised_with(signal_after, sigma=lambda signal: 1 - signal),
        "Only the last step is in it: betas[i] is one step's noise. Every step up to i took its share of the signal.":
            noised_with(lambda betas, i: (1 - betas)[i]),
        "One step is missing: step i is counted from 0, so x has been through i + 1 steps.":
            noised_with(lambda betas, i: signal_after(betas, i) / (1 - betas)[i]),
        "All samples got the noise of the whole chain: i [B] names a step for each of them.":
            noised_with(lambda betas, i: (1 - betas).prod().expand(len(i))),
        "You took step i's own beta for all the steps before it too. Each step has a beta of its own: multiply them all.":
            noised_with(lambda betas, i: (1 - betas[i]) ** (i + 1)),
        "Your numbers [B] went along the columns of x0 [B, D]. Each is for one sample: give them a second axis, "
        "[:, None], and they become [B, 1].": noised_with(signal_after, shape=(1, -1)),
        "You added up the betas. Each step takes a share of what is left, so the factors 1 - beta multiply: a product "
        "over the steps, not a sum.": noised_with(lambda betas, i: (1 - betas.cumsum(0)).clamp(min=0)[i]),
    },
    [
        "Each step multiplies the signal by sqrt(1 - beta). What is left after several is a product of such factors.",
        "(1 - betas).cumprod(0) lists alpha**2 after each step. Index it with i, and give it a second axis: [:, None].",
        "signal = (1 - betas).cumprod(0)[i][:, None] is alpha**2 [B, 1]: alpha is its root, sigma that of 1 - signal.",
    ],
)


# ---- 2: the signal-to-noise ratio

def bisected(ratio, target, right=True):
    """Halve [0, 1] again and again, towards the t where ratio(t) = target; without `right`, to the wrong side."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        above = ratio(torch.tensor(middle, dtype=torch.float64)) > target
        low, high = (middle, high) if above == right else (low, middle)
    return (low + high) / 2


def ask_times(mine):
    """The times at which three schedules reach three ratios."""
    times = [answer(mine(schedule, snr)) for schedule in (Cosine(), Linear(), Straight()) for snr in (10.0, 1.0, 0.1)]
    return torch.stack([torch.as_tensor(t, dtype=torch.float64).reshape(()) for t in times])


time_of = Check(
    ask_times,
    lambda schedule, snr: bisected(schedule.snr, snr),
    {
        "You ran to the wrong end: the ratio falls as t grows. Where it is still above the one you look for, go on to "
        "a larger t.": lambda schedule, snr: bisected(schedule.snr, snr, right=False),
        "This is where alpha / sigma has the value. The ratio compares variances: square it, or ask schedule.snr.":
            lambda schedule, snr: bisected(lambda t: schedule.alpha(t) / schedule.sigma(t), snr),
        "This is where the signal alone has the value. A ratio also asks how much noise there is: divide by sigma**2.":
            lambda schedule, snr: bisected(lambda t: schedule.alpha(t) ** 2, snr),
        "This is where the noise-to-signal ratio has the value: you have the fraction upside down.":
            lambda schedule, snr: bisected(schedule.snr, 1 / snr),
        **{f"This is a formula for {name} alone, and you were asked about any schedule: look for the t with schedule.snr.":
            lambda schedule, snr, formula=formula: formula(snr**-0.5) / 0.9995  # within tolerance, with ALMOST or without
           for name, formula in (("Cosine", lambda r: math.atan(r) * 2 / math.pi), ("Straight", lambda r: r / (1 + r)))},
    },
    [
        "schedule.snr(t) falls all the way, so it takes each value once. Try many t, or halve an interval repeatedly.",
        "Keep low = 0 and high = 1. Look in the middle: where schedule.snr(middle) is still above snr, go right.",
        "for _ in range(40): middle = (low + high) / 2; then low = middle if schedule.snr(middle) > snr, else "
        "high = middle. Return the middle.",
    ],
    tolerance=6e-4,
)


# ---- 3: a schedule of your own. The probe asks for one property after the other, and tells the first that fails.

def first_fault(make):
    """0 if a schedule has all that it needs; else the number of the first thing that it lacks."""
    if not callable(make):
        return torch.tensor(1.0)
    schedule, t = make(), torch.linspace(0, 1, 10_001, dtype=torch.float64)
    try:
        alpha, sigma = answer(schedule.alpha(t)), answer(schedule.sigma(t))
    except (TypeError, ValueError, RuntimeError) as error:
        if "scalar" not in str(error).lower() and "ambiguous" not in str(error):
            raise
        return torch.tensor(2.0)
    if getattr(alpha, "shape", 0) != t.shape or getattr(sigma, "shape", 0) != t.shape:
        return torch.tensor(3.0)
    faults = [
        not hasattr(schedule, "add_noise"),
        not (alpha.isfinite().all() and sigma.isfinite().all()),
        abs(alpha[0] - 1) > 1e-3 or abs(sigma[0]) > 1e-3,
        min(alpha.min(), sigma.min()) < -1e-6,
        (alpha - alpha.cummin(0).values).max() > 1e-6 or alpha[0] == alpha[-1],
        alpha.diff().min() < -0.03,
        (alpha**2 + sigma**2 - 1).abs().max() > 1e-3,
        alpha[-1] ** 2 > 1e-3 * sigma[-1] ** 2,
        alpha[-1] < 1e-9,
    ]
    return torch.tensor(float(next((i for i, fault in enumerate(faults, 4) if fault), 0)))


def made_of(alpha, sigma=None):
    """A schedule of these functions; without sigma, the one that keeps the variance."""
    made = Schedule()
    made.alpha, made.sigma = alpha, sigma or (lambda t: (1 - alpha(t) ** 2).clamp(min=0).sqrt())
    return lambda: made


own_schedule = Check(
    first_fault,
    Cosine,
    {
        "Hand over the class itself, not an object made of it: check.own_schedule(Mine), with no () after Mine.": Cosine(),
        "Your code wants one number, but t is a tensor of many: use torch.cos, not math.cos; torch.where, not if.":
            made_of(lambda t: math.cos(t)),
        "alpha(t) and sigma(t) must have the shape of t: compute with t itself, by tensor operations.":
            made_of(lambda t: t.mean(), lambda t: t.mean()),
        "Your class does not build on Schedule, so it cannot add noise: write class Mine(Schedule).":
            type("Stranger", (), {"alpha": Cosine.alpha, "sigma": Cosine.sigma}),
        "alpha or sigma is NaN or infinite somewhere in [0, 1]: look for a division by 0, or for the root of something "
        "that falls below 0 by rounding (clamp it).": made_of(lambda t: (0.5 - t).sqrt()),
        "t = 0 must be data: alpha(0) = 1 and sigma(0) = 0. A sigmoid starts below 1: shift and stretch it.":
            made_of(lambda t: torch.sigmoid(3 - 6 * t).sqrt()),
        "alpha or sigma is negative somewhere, and neither may be: sigma is a standard deviation, the positive root.":
            made_of(lambda t: 1 - 0.999 * t, lambda t: -(1 - (1 - 0.999 * t) ** 2).sqrt()),
        "alpha must fall from the start to the end: time that goes on must never bring signal back.":
            made_of(lambda t: torch.cos(2 * torch.pi * t).abs()),
        "alpha jumps somewhere. From one moment to the next it must change little: a walk in small steps needs that.":
            made_of(lambda t: torch.where(t < 0.5, 1.0, 0.01)),
        "The variance is not preserved: alpha**2 + sigma**2 must be 1 at all times. Let sigma follow from alpha.":
            made_of(lambda t: 1 - 0.999 * t, lambda t: 0.999 * t),
        "Too much signal is left at t = 1: the ratio must fall below 0.001, or the walk back starts from the wrong "
        "place. Stretch your curve down, or make it steeper.": made_of(lambda t: 1 - 0.9 * t),
        "No signal at all is left at t = 1. Section 5 shows what that breaks: stop just short of it, with ALMOST * t.":
            made_of(lambda t: 1 - t),
    },
    [
        "Write alpha first and let sigma follow: sigma**2 = 1 - alpha**2. Then only alpha has to be right.",
        "torch.sigmoid(3 - 6 * t) falls in the shape of an S, from 0.95 to 0.05. Shift and stretch it, so that it goes "
        "from 1 to 0, and call that alpha**2.",
        "With s(t) = torch.sigmoid(3 - 6 * ALMOST * t), low = sigmoid(-3) and high = sigmoid(3): alpha is the root of "
        "(s(t) - low) / (high - low).",
    ],
)


# ---- 4: the posterior

def posterior_of(x, x0, beta, before, doubt=None):
    """The solution: mean [B, D] and variance of q(x_before | x, x0). `doubt` is the variance of what x0 says."""
    doubt = doubt or 1 - before
    precision = 1 / doubt + (1 - beta) / beta
    return (before**0.5 * x0 / doubt + (1 - beta) ** 0.5 * x / beta) / precision, 1 / precision


def ask_posterior(mine):
    """Mean [2, 3] and variance [1], at an early and at a late step."""
    x, x0 = torch.tensor([[0.7, -1.2, 0.1], [1.5, 0.4, -0.8]], dtype=torch.float64)
    seen = []
    for beta, before in ((0.1, 0.8), (0.3, 0.2)):
        both = answer(mine(x, x0, beta, before))
        if not isinstance(both, (tuple, list)) or len(both) != 2:
            raise TypeError("return two things, the mean and the variance")
        seen += [torch.as_tensor(both[0]), torch.as_tensor(answer(both[1])).reshape(-1)[:1]]
    return seen


def with_variance(f):
    """The right mean, with another variance."""
    return lambda x, x0, beta, before: (posterior_of(x, x0, beta, before)[0], f(beta, before))


def with_weights(f):
    """The right variance, and a mean that weights x0 and x otherwise."""

    def mine(x, x0, beta, before):
        of_x0, of_x = f(beta, before)
        return (of_x0 * x0 + of_x * x) / (1 - before * (1 - beta)), posterior_of(x, x0, beta, before)[1]

    return mine


posterior = Check(
    ask_posterior,
    posterior_of,
    {
        "The mean is right, but beta is the variance of a step forward. Looking back you know x0 too: precisions add.":
            with_variance(lambda beta, before: beta),
        "The mean is right, but you return the standard deviation: leave out the last root.":
            with_variance(lambda beta, before: ((1 - before) * beta / (1 - before * (1 - beta))) ** 0.5),
        "The mean is right, but you return the precision: the variance is one over it.":
            with_variance(lambda beta, before: (1 - before * (1 - beta)) / ((1 - before) * beta)),
        "x0's opinion got the variance `before`. That is its share of signal, alpha squared: what x0 leaves open is "
        "the rest, 1 - before.": lambda x, x0, beta, before: posterior_of(x, x0, beta, before, doubt=before),
        "You took `before` for alpha squared after the step. It is the one before it: the step multiplies by 1 - beta.":
            lambda x, x0, beta, before: posterior_of(x, x0, beta, before / (1 - beta)),
        "The variance is right, but the two weights of the mean changed places. A small beta means that x is close to "
        "the truth: then x must count more.":
            with_weights(lambda beta, before: ((1 - beta) ** 0.5 * (1 - before), before**0.5 * beta)),
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
