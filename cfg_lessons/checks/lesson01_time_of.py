"""Lesson 01, exercise "at what time?": the check `time_of`."""

import math

import torch

from ..schedules import Cosine, Linear, Straight
from . import Check, Complaint, tensor_of

# fmt: off


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
