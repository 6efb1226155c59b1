"""Lesson 10, exercise "where img2img starts": the check `start`."""

from functools import partial
from types import SimpleNamespace

import torch

from .. import zoo
from ..schedules import Cosine, Straight, ddpm
from . import Check, Complaint, dice, lend
from .lesson10_shared import two
from .reading import near, steady, ways, weights


def ask_start(start):
    """Strengths on the grid of times, a little above one and a little below the next; the images must survive."""
    seen = []
    for schedule, x0, noise, strength, steps in start_cases():
        ask = partial(lend, start, schedule=schedule, x0=x0, noise=noise, strength=strength, steps=steps)
        image, times = two(steady(ask), "the noised image and the times that are left")
        if times.ndim == 0:
            raise Complaint("Your second thing is one number. Return the times themselves, from the first one left down to 0.")
        seen += [image, times]
    return seen


def start_cases():
    """Schedules, images, noise, strengths and numbers of steps."""
    rng = dice(0)
    asks = (Straight(), 0.62, 10), (ddpm(), 0.75, 8), (ddpm(), 0.66, 5), (Cosine(), 0.68, 10), (Straight(), 0.58, 20)
    return [(one, torch.rand(2, 2, 3, 2, generator=rng) * 2 - 1, torch.randn(2, 2, 3, 2, generator=rng), *rest) for one, *rest in asks]


def explain_start(mine, right):
    """First the times: their order, both ends, those between; then how image and noise are weighed."""
    if len(mine) != len(right):
        return None
    for (schedule, x0, noise, strength, steps), image, times, true, left in zip(start_cases(), mine[::2], mine[1::2], right[::2], right[1::2]):
        said = f"For strength {strength} and {steps} steps, your times"
        if times.ndim == 1 and len(times) and not (times.shape == left.shape and near(times, left)):
            listed = f"{said} are {', '.join(f'{t:.3g}' for t in times[:4])}{' ...' if len(times) > 4 else ''}"
            if len(times) > 1 and not (times.diff() < 0).all():
                return f"{listed}: they must fall, as in schedule.times(steps)."
            if (times[:, None] - schedule.times(steps)).abs().amin(1).max() > 1e-4:
                return f"{listed}: some of them are no times of schedule.times(steps). Choose from those, and change none."
            if times[0] > strength + 1e-4:
                return f"{listed}: the first lies above the strength. Only the times at or below it are left."
            if times[-1] > 1e-6:
                return f"{said} end at {times[-1]:.3g}. A walk ends at 0, at clean data."
            return f"{listed}: some that lie at or below the strength are missing. Keep all of these."
        if image.shape == true.shape and not near(image, true):
            found = weights(image, x0, noise)
            if found is None:
                return f"For strength {strength} and {steps} steps your image is no mix of x0 and noise. Weigh both by the schedule's alpha and sigma, at the first time left."
            a, s = map(float, schedule.at(left[0], x0))
            wrong = [name for name, one, other in (("x0", found[0], a), ("the noise", found[1], s)) if abs(one - other) > 1e-3]
            return f"For strength {strength} and {steps} steps you weigh x0 with {found[0]:.3g} and the noise with {found[1]:.3g}; {' and '.join(wrong)} should have another weight. Ask the schedule at the first time left."
    return None


def starting(to=lambda v: v.left[0], left=lambda v: v.left, mix=lambda v, a, s: a * v.x0 + s * v.noise):
    """A candidate: the time that the image is noised to, the times that are left, and how the noise is put in."""

    def candidate(schedule, x0, noise, strength, steps):
        v = SimpleNamespace(x0=x0, noise=noise, strength=strength, steps=steps, times=schedule.times(steps))
        v.left, v.fewer = v.times[v.times <= strength + 1e-6], schedule.times(round(steps * strength))
        v.more, v.nearest = v.times[-len(v.left) - 1 :], v.times[(v.times - strength).abs().argmin() :]
        v.to = to(v)
        return mix(v, *schedule.at(v.to, x0)), left(v)

    return candidate


start = Check(
    ask_start,
    explain=explain_start,
    solution=starting(),
    mistakes={
        "Your walk has the right number of steps, but starts again at t = 1, and the image was noised to `strength`: the denoiser is told of more noise than there is. Take the last times of the full walk.": zoo.begin_a,
        "You noised to t = 1 and walk all the way, in fewer steps: nothing of the image is left. Take the last times of the full walk.": starting(lambda v: v.fewer[0], lambda v: v.fewer),
        "Strength is read backwards: 0 keeps the image, 1 forgets it. Keep the times up to `strength`, not up to 1 - strength.": starting(lambda v: v.times[v.times <= 1 - v.strength + 1e-6][0], lambda v: v.times[v.times <= 1 - v.strength + 1e-6]),
        "The image is right, but all the times are left: the walk would start at t = 1, where it is not. Keep those up to `strength`.": starting(left=lambda v: v.times),
        "The image is noised to `strength`, but all the times are left: the walk would start at t = 1, with a denoiser that expects pure noise. Keep those up to `strength`.": starting(lambda v: v.strength, lambda v: v.times),
        "You kept the times above `strength`, the part that img2img skips. Keep those at or below.": starting(lambda v: v.times[v.times >= v.strength][0], lambda v: v.times[v.times >= v.strength]),
        "The time that equals `strength` is lost: keep the times at or below it.": starting(lambda v: v.times[v.times < v.strength - 1e-6][0], lambda v: v.times[v.times < v.strength - 1e-6]),
        "The image is noised to `strength`, but the walk starts at the time of its grid below. Both must be the same: noise to the first time left.": starting(lambda v: v.strength),
        "The image is noised to the second time left. The walk starts at the first.": starting(lambda v: v.left[1]),
        "The image is pure noise, or nearly: you noised to t = 1. Noise to the first time left.": starting(lambda v: v.times[0]),
        "The image is as clean as before: add noise, as much as belongs to the first time left.": starting(mix=lambda v, a, s: v.x0),
        "You faded the image, but added no noise. schedule.add_noise does both.": starting(mix=lambda v, a, s: a * v.x0),
        "The noise is added on top: the image must fade by alpha as the noise comes in. schedule.add_noise does both.": starting(mix=lambda v, a, s: v.x0 + s * v.noise),
        "alpha and sigma are swapped: alpha belongs to the image.": starting(mix=lambda v, a, s: s * v.x0 + a * v.noise),
        "You mixed (1 - t) of the image with t of the noise. Only a straight schedule does that: ask the one that you got.": starting(mix=lambda v, a, s: (1 - v.to) * v.x0 + v.to * v.noise),
        "The last time, 0, is lost: the walk must end at clean data.": starting(left=lambda v: v.left[:-1]),
        "The two have changed places: the image first, then the times.": lambda *given: starting()(*given)[::-1],
        "Your walk starts at the time nearest to the strength, which may lie above it: then there is more noise than was asked for. Keep only times at or below.": starting(lambda v: v.nearest[0], lambda v: v.nearest),
        "Your walk starts one time too early, above the strength. Keep only the times at or below it.": starting(lambda v: v.more[0], lambda v: v.more),
        "Your walk starts one time too late: the first time at or below the strength is left out. There are steps + 1 times.": starting(lambda v: v.left[1], lambda v: v.left[1:]),
        "The image is right, but the first time is missing: the walk starts where the image is noised to.": starting(left=lambda v: v.left[1:]),
        "You squeeze the whole walk: times * strength takes as many steps as before. Take the times of the full walk that are left, unchanged.": starting(lambda v: v.strength, lambda v: v.times * v.strength),
        "You squeeze the whole walk, and the image is pure noise. Take the times of the full walk that are left, unchanged, and noise to the first.": starting(lambda v: v.times[0], lambda v: v.times * v.strength),
        "You made new times, evenly spaced from `strength` down to 0. Take those of schedule.times(steps) that are left, unchanged.": starting(lambda v: v.strength, lambda v: torch.linspace(v.strength, 0, len(v.left), dtype=torch.float64)),
        "You squeeze a shorter walk: its times are not those of the full walk. Take from schedule.times(steps) what lies at or below `strength`.": starting(lambda v: v.fewer[0] * v.strength, lambda v: v.fewer * v.strength),
        **ways("Those are the first times of the walk, the noisiest{}. img2img skips them: keep the last ones, at or below `strength`.", {
            "": starting(lambda v: v.times[0], lambda v: v.times[: int(v.strength * v.steps) + 1]), " ones": starting(lambda v: v.times[0], lambda v: v.times[: int(v.strength * v.steps)]),
        }),
        "The strength itself stands at the head of your times. It is no time of the walk: start at the first time at or below it.": starting(lambda v: v.strength, lambda v: torch.cat([torch.tensor([v.strength], dtype=torch.float64), v.times[v.times < v.strength - 1e-6]])),
        "You mixed (1 - strength) of the image with strength of the noise. alpha and sigma come from the schedule, at the first time left.": starting(mix=lambda v, a, s: (1 - v.strength) * v.x0 + v.strength * v.noise),
    },
    hints=[
        "schedule.times(steps) is the full walk. Which part of it belongs to an image with that much noise?",
        "times[times <= strength] is what is left (with a little room for rounding). The image must have the noise of its first time.",
        "times = times[times <= strength + 1e-6]; then schedule.add_noise(x0, times[0], noise).",
    ],
)  # fmt: skip
