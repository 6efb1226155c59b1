"""Checks of lesson 01: the closed form, the signal-to-noise ratio, a schedule of your own, the posterior."""
import math

import torch

from ..schedules import Cosine, Linear, Schedule, Straight
from . import Check, Complaint, answer, dice, lend, tensor_of

# fmt: off


# ---- 1: the closed form

def small_chain():
    """A small chain with large steps: x0 [5, 5], betas [8], i [5], eps [5, 5]. A square lets a lost axis pass."""
    x0, eps = torch.randn(2, 5, 5, generator=dice(1), dtype=torch.float64)
    return {"x0": x0, "betas": torch.linspace(0.02, 0.3, 8, dtype=torch.float64), "i": torch.tensor([3, 0, 7, 1, 6]), "eps": eps}


def ask_closed(mine):
    """The jump; asked again it must be the same; and with the data alone, and with the noise alone."""
    given = small_chain()
    x, again = (tensor_of(lend(mine, **given)) for _ in "ab")
    if not torch.allclose(x, again, equal_nan=True):
        raise Complaint("Asked the same twice, you give two answers: use the noise eps that you are given, and draw none.")
    one, none = torch.ones(5, 5, dtype=torch.float64), torch.zeros(5, 5, dtype=torch.float64)
    return {
        "the jump": x,
        "the factor of x0": tensor_of(mine(one, given["betas"].clone(), given["i"].clone(), none)),
        "the factor of eps": tensor_of(mine(none.clone(), given["betas"].clone(), given["i"].clone(), one.clone())),
    }


def noised_with(signal, alpha=torch.sqrt, sigma=lambda signal: (1 - signal).sqrt(), shape=(-1, 1), only=None):
    """A candidate: signal(betas, i) [B] is its alpha squared, from which it reads alpha and sigma as it likes."""

    def mine(x0, betas, i, eps):
        kept = signal(betas, i)
        here, there = (kept.reshape(shape if only in (None, part) else (-1, 1)) for part in ("x0", "eps"))
        return alpha(here) * x0 + sigma(there) * eps

    return mine


def with_noise_of(variance):
    """A candidate with the right share of signal, and noise of another variance(betas, i) [B]."""
    return lambda x0, betas, i, eps: signal_after(betas, i)[:, None].sqrt() * x0 + variance(betas, i)[:, None].sqrt() * eps


def signal_after(betas, i):
    """alpha squared after step i, counted from 0."""
    return (1 - betas).cumprod(0)[i]


LOST_AXIS = "Your numbers [B] went along the columns of x0 [B, D]. Each is for one sample: give them a second axis, [:, None], and they become [B, 1]."

closed_form = Check(
    ask_closed,
    noised_with(signal_after),
    {
        "The signal is too weak: the product of 1 - beta is alpha squared. Take its root before it multiplies x0.": noised_with(signal_after, alpha=lambda signal: signal),
        "The signal is too weak, and the noise too strong: the product of 1 - beta is alpha squared already. Take its root, and do not square it again.": noised_with(lambda betas, i: signal_after(betas, i) ** 2),
        "You took the root twice: the product of 1 - beta is alpha squared, so one root gives alpha.": noised_with(lambda betas, i: signal_after(betas, i).sqrt()),
        "The noise is too weak: variances add up to 1, not standard deviations. Look at sigma**2 = 1 - alpha**2.": noised_with(signal_after, sigma=lambda signal: 1 - signal.sqrt()),
        "The noise is too weak: 1 - alpha**2 is its variance. eps wants the standard deviation: take the root.": noised_with(signal_after, sigma=lambda signal: 1 - signal),
        "A square is forgotten: the noise's variance is 1 - alpha**2, not 1 - alpha.": noised_with(signal_after, sigma=lambda signal: (1 - signal.sqrt()).sqrt()),
        "Both roots are missing: alpha squared is a share of variance, and so is 1 - alpha squared. Take the root of each.": noised_with(signal_after, alpha=lambda signal: signal, sigma=lambda signal: 1 - signal),
        "alpha and sigma changed places: the root of the product of 1 - beta belongs to x0.": noised_with(lambda betas, i: 1 - signal_after(betas, i)),
        "The noise is added at full strength: its variance after all these steps is 1 - alpha**2.": noised_with(signal_after, sigma=torch.ones_like),
        "The signal does not fade: x0 is multiplied by alpha, the root of the product of 1 - beta.": noised_with(signal_after, alpha=torch.ones_like),
        "Only the faded signal came back: add the noise, sigma times eps.": noised_with(signal_after, sigma=torch.zeros_like),
        "You subtract the noise: x is alpha x0 plus sigma eps.": noised_with(signal_after, sigma=lambda signal: -(1 - signal).sqrt()),
        "Only the last step is in it: betas[i] is one step's noise. Every step up to i took its share of the signal.": noised_with(lambda betas, i: (1 - betas)[i]),
        "The signal is right, but the noise is that of the last step alone. All of them added some: its variance is 1 - alpha**2.": with_noise_of(lambda betas, i: betas[i]),
        "The signal is right, but you added up the betas for the noise. Each later step also shrinks the noise that is there already: what is left is 1 - alpha**2.": with_noise_of(lambda betas, i: betas.cumsum(0)[i]),
        "You multiplied the betas, the shares that get lost. What is kept in each step is 1 - beta: multiply those.": noised_with(lambda betas, i: betas.cumprod(0)[i]),
        "The product of the betas is not what is lost: multiply what is kept, 1 - beta; the noise's variance is 1 minus that product.": noised_with(lambda betas, i: 1 - betas.cumprod(0)[i]),
        "One step is missing: step i is counted from 0, so x has been through i + 1 steps.": noised_with(lambda betas, i: signal_after(betas, i) / (1 - betas)[i]),
        "One step is missing, and at i = 0 you took the whole chain: index -1 is the last. Index with i as it is.": noised_with(lambda betas, i: signal_after(betas, i - 1)),
        "One step too many: step i is counted from 0, and cumprod has done i + 1 steps at place i already.": noised_with(lambda betas, i: signal_after(betas, (i + 1).clamp(max=len(betas) - 1))),
        "You multiplied from the end of the chain. The steps that x went through are the first ones, up to i.": noised_with(lambda betas, i: (1 - betas).flip(0).cumprod(0)[i]),
        "You multiplied the steps from i to the end. x went through those before: from the first up to i.": noised_with(lambda betas, i: (1 - betas).flip(0).cumprod(0).flip(0)[i]),
        "All samples got the noise of the whole chain: i [B] names a step for each of them.": noised_with(lambda betas, i: (1 - betas).prod().expand(len(i))),
        "All samples got the step of the first one, i[0]: i [B] names a step for each of them.": noised_with(lambda betas, i: signal_after(betas, i[:1]).expand(len(i))),
        "All samples got the step of the last one, i[-1]: i [B] names a step for each of them.": noised_with(lambda betas, i: signal_after(betas, i[-1:]).expand(len(i))),
        "You took step i's own beta for all the steps before it too. Each step has a beta of its own: multiply them all.": noised_with(lambda betas, i: (1 - betas[i]) ** (i + 1)),
        "You took the mean of the betas for each step. Each step has a beta of its own: multiply them all.": noised_with(lambda betas, i: (1 - betas.mean()) ** (i + 1)),
        LOST_AXIS: noised_with(signal_after, shape=(1, -1)),
        "For x0: " + LOST_AXIS: noised_with(signal_after, shape=(1, -1), only="x0"),
        "For eps: " + LOST_AXIS: noised_with(signal_after, shape=(1, -1), only="eps"),
        "You added up the betas. Each step takes a share of what is left, so the factors 1 - beta multiply: a product over the steps, not a sum.": noised_with(lambda betas, i: (1 - betas.cumsum(0)).clamp(min=0)[i]),
        "exp(-beta) is near 1 - beta only for a small beta. Each step keeps 1 - beta of the signal: multiply those.": noised_with(lambda betas, i: (-betas.cumsum(0)).exp()[i]),
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


def brackets(schedule, snr, t, room):
    """Does the ratio pass snr within `room` of the time t?"""
    early, late = (torch.tensor(min(max(t + by, 0.0), 1.0), dtype=torch.float64) for by in (-room, room))
    return bool(schedule.snr(early) >= snr >= schedule.snr(late))


def ask_times(mine):
    """The times at which three schedules reach three ratios."""
    asked = [(schedule, snr) for schedule in (Cosine(), Linear(), Straight()) for snr in (10.0, 1.0, 0.1)]
    times = [tensor_of(mine(*question), "one time") for question in asked]
    if any(t.numel() != 1 for t in times):
        raise Complaint("You return many numbers; expected one time, the one where the schedule has this ratio.")
    times = [t.double().item() for t in times]
    if any(t < 0 or t > 1 for t in times):
        outside = next(t for t in times if t < 0 or t > 1)
        raise Complaint(f"{outside:.4g} is no time: times lie between 0 and 1. If it is a place in a list of times, look up the time at that place.")
    if all(brackets(*question, t, 0.03) for question, t in zip(asked, times)) and not all(
            brackets(*question, t, 6e-4) for question, t in zip(asked, times)):
        raise Complaint("You are near, but not to three digits: halve the interval more often (each time the gap is halved), or try a finer list of times.")
    return {f"{type(schedule).__name__} at ratio {snr:g}": torch.tensor(t).double() for (schedule, snr), t in zip(asked, times)}


def where(ratio):
    """A candidate: the t at which ratio(alpha, sigma) has the value that the snr should have."""
    return lambda schedule, snr: bisected(lambda t: ratio(schedule.alpha(t), schedule.sigma(t)), snr)


time_of = Check(
    ask_times,
    lambda schedule, snr: bisected(schedule.snr, snr),
    {
        "You ran to the wrong end: the ratio falls as t grows. Where it is still above the one you look for, go on to "
        "a larger t.": lambda schedule, snr: bisected(schedule.snr, snr, right=False),
        "This is where alpha / sigma has the value. The ratio compares variances: square it, or ask schedule.snr.": where(lambda alpha, sigma: alpha / sigma),
        "This is where the signal alone has the value. A ratio also asks how much noise there is: divide by sigma**2.": where(lambda alpha, sigma: alpha**2),
        "This is where alpha alone has the value. The ratio is alpha**2 / sigma**2: ask schedule.snr.": where(lambda alpha, sigma: alpha),
        "A square is missing: this is where alpha**2 / sigma has the value. Both are squared: ask schedule.snr.": where(lambda alpha, sigma: alpha**2 / sigma),
        "A square is missing: this is where alpha / sigma**2 has the value. Both are squared: ask schedule.snr.": where(lambda alpha, sigma: alpha / sigma**2),
        "You squared once too often: schedule.snr is a ratio of variances already.": where(lambda alpha, sigma: (alpha / sigma) ** 4),
        "This is where the logarithm of the ratio has the value. Compare the ratio itself, or take the logarithm of both.": where(lambda alpha, sigma: (alpha / sigma).log() * 2),
        "This is where half of the logarithm of the ratio has the value. Compare the ratio itself: ask schedule.snr.": where(lambda alpha, sigma: (alpha / sigma).log()),
        "This is where the decibels of the ratio have the value. Compare the ratio itself: ask schedule.snr.": where(lambda alpha, sigma: (alpha / sigma).log10() * 20),
        "This is where the signal's share of all variance has the value. The ratio compares signal with noise: divide by sigma**2 alone.": where(lambda alpha, sigma: alpha**2 / (alpha**2 + sigma**2)),
        "This is where the noise-to-signal ratio has the value: you have the fraction upside down.": lambda schedule, snr: bisected(schedule.snr, 1 / snr),
        "You took for granted that alpha**2 + sigma**2 = 1, and not every schedule keeps the variance. Look at both: schedule.snr.": lambda schedule, snr: bisected(lambda t: schedule.alpha(t) ** 2, snr / (1 + snr)),
        "You took for granted that sigma**2 = 1 - alpha**2 (or alpha**2 = 1 - sigma**2), and not every schedule keeps the variance. Ask schedule.snr.": lambda schedule, snr: bisected(lambda t: -schedule.sigma(t) ** 2, -1 / (1 + snr)),
        "You count time from the wrong end: t = 0 is data, t = 1 is noise. Return t, not 1 - t.": lambda schedule, snr: 1 - bisected(schedule.snr, snr),
        "You look for the ratio 1, whatever was asked for. Compare with snr.": lambda schedule, snr: bisected(schedule.snr, 1.0),
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

def built(make):
    """The schedule, or a complaint where none can be made."""
    try:
        return make()
    except TypeError as error:
        if "argument" not in str(error):
            raise
        raise Complaint("Mine() must work without arguments: leave __init__ away, or give each argument a default.") from None


def asked_at(schedule, t):
    """alpha(t) and sigma(t); complains if t is changed on the way, or a method is not there."""
    given, both = t.clone(), []
    for name in ("alpha", "sigma"):
        try:
            both.append(answer(getattr(schedule, name)(t)))
        except (NotImplementedError, AttributeError):
            if hasattr(type(schedule), name) and getattr(type(schedule), name) is not getattr(Schedule, name):
                raise
            raise Complaint(f"Your class says nothing of {name}: write a method {name}(self, t).") from None
        if not t.equal(given):
            raise Complaint(f"Your {name} writes into the t that it is given, and the walk goes on with a wrong time: write a * t, not t *= a or t.mul_(a).")
    return both


def alone_and_together(schedule, t):
    """Complain if the answer for a time changes when it is asked again, or with fewer others."""
    for name, batch, again in zip(("alpha", "sigma"), asked_at(schedule, t), asked_at(schedule, t)):
        if not torch.allclose(batch, again, atol=1e-6, equal_nan=True):
            raise Complaint(f"Asked the same twice, your {name} gives two answers: a schedule has no chance in it.")
    few = torch.tensor([700, 4000, 9000])
    for part in (few, few[1:2], few.flip(0)):
        for name, batch, less in zip(("alpha", "sigma"), asked_at(schedule, t), asked_at(schedule, t[part])):
            if less.shape != part.shape or not torch.allclose(batch[part], less, atol=1e-5, equal_nan=True):
                raise Complaint(f"Your {name} of a time depends on the other times asked along with it. Use no max, mean, length or order of t: "
                                "what it needs at the ends, compute at 0 and at 1.")


def first_fault(make):
    """0 if a schedule has all that it needs; else the number of the first thing that it lacks."""
    if not callable(make):
        return torch.tensor(1.0)
    schedule, t = built(make), torch.linspace(0, 1, 10_001, dtype=torch.float64)
    try:
        alpha, sigma = asked_at(schedule, t)
    except (TypeError, ValueError, RuntimeError) as error:
        if "scalar" not in str(error).lower() and "ambiguous" not in str(error):
            raise
        return torch.tensor(2.0)
    if getattr(alpha, "shape", 0) != t.shape or getattr(sigma, "shape", 0) != t.shape:
        return torch.tensor(3.0)
    alone_and_together(schedule, t)
    faults = [
        not hasattr(schedule, "add_noise"),
        not (alpha.isfinite().all() and sigma.isfinite().all()),
        abs(alpha[0] - 1) > 0.5 and abs(alpha[-1] - 1) < 0.5,
        abs(alpha[0] - 1) > 1e-3 or abs(sigma[0]) > 1e-3,
        min(alpha.min(), sigma.min()) < -1e-6,
        (alpha - alpha.cummin(0).values).max() > 1e-6 or alpha[0] == alpha[-1],
        alpha.diff().min() < -0.03,
        (alpha + sigma - 1).abs().max() < 1e-3,
        (1 - alpha**2 - sigma).abs().max() < 1e-3,
        (alpha + sigma**2 - 1).abs().max() < 1e-3,
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
        "Your code wants one number, but t is a tensor of many: use torch.cos, not math.cos; torch.where, not if.": made_of(lambda t: math.cos(t)),
        "alpha(t) and sigma(t) must have the shape of t: compute with t itself, by tensor operations.": made_of(lambda t: t.mean(), lambda t: t.mean()),
        "Your class does not build on Schedule, so it cannot add noise: write class Mine(Schedule).": type("Stranger", (), {"alpha": Cosine.alpha, "sigma": Cosine.sigma}),
        "alpha or sigma is NaN or infinite somewhere in [0, 1]: look for a division by 0, or for the root of something "
        "that falls below 0 by rounding (clamp it).": made_of(lambda t: (0.5 - t).sqrt()),
        "Your schedule begins with noise and ends with data: alpha is the signal, and t = 0 is data. Turn time around "
        "(1 - t), or let alpha and sigma change places.": made_of(lambda t: t, lambda t: 1 - t),
        "t = 0 must be data: alpha(0) = 1 and sigma(0) = 0. A sigmoid starts below 1: shift and stretch it.": made_of(lambda t: torch.sigmoid(3 - 6 * t).sqrt()),
        "alpha or sigma is negative somewhere, and neither may be: sigma is a standard deviation, the positive root.": made_of(lambda t: 1 - 0.999 * t, lambda t: -(1 - (1 - 0.999 * t) ** 2).sqrt()),
        "alpha must fall from the start to the end: time that goes on must never bring signal back.": made_of(lambda t: torch.cos(2 * torch.pi * t).abs()),
        "alpha jumps somewhere. From one moment to the next it must change little: a walk in small steps needs that.": made_of(lambda t: torch.where(t < 0.5, 1.0, 0.01)),
        "The variance is not preserved: in yours alpha + sigma is 1, and the sum of their squares must be. If these are "
        "the squares, take the root of each.": made_of(lambda t: 1 - 0.999 * t, lambda t: 0.999 * t),
        "The variance is not preserved: your sigma is 1 - alpha**2, and that is its square. Take the root.": made_of(lambda t: 1 - 0.999 * t, lambda t: 1 - (1 - 0.999 * t) ** 2),
        "The variance is not preserved: your alpha is 1 - sigma**2, and that is its square. Take the root.": made_of(lambda t: 1 - 0.999 * t, lambda t: (0.999 * t).sqrt()),
        "The variance is not preserved: alpha**2 + sigma**2 must be 1 at all times. Let sigma follow from alpha.": made_of(lambda t: 1 - 0.999 * t, lambda t: 0.5 * t),
        "Too much signal is left at t = 1: the ratio must fall below 0.001, or the walk back starts from the wrong "
        "place. Stretch your curve down, or make it steeper.": made_of(lambda t: 1 - 0.9 * t),
        "No signal at all is left at t = 1. Section 5 shows what that breaks: stop just short of it, with ALMOST * t.": made_of(lambda t: 1 - t),
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
