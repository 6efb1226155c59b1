"""Lesson 01, exercise "a schedule of your own": the check `own_schedule`."""

import math

import torch

from ..schedules import Cosine, Schedule
from . import Check, Complaint, answer

# fmt: off


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
