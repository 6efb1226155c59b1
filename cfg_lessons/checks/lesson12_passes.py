"""Lesson 12, exercise "what an interval costs": the check `passes`."""

import math

import torch

from ..schedules import falling
from . import Check, dice
from .reading import comparable, one, ways


def cases():
    """Steps, low, high: all, none, bounds that are met exactly, and some of chance whose bounds lie between two times."""
    rng = dice(0)
    drawn = []
    for below, above in ((0.4, 0.7), (0.7, 0.4), (0.2, 0.9)):
        steps = int(torch.randint(20, 60, (), generator=rng))
        low = int(torch.randint(1, steps // 2, (), generator=rng))
        high = low + int(torch.randint(3, steps // 3, (), generator=rng))
        drawn.append((steps, (low + below) / steps, (high + above) / steps))
    return [(8, 0.0, 1.0), (20, 0.63, 0.41), (16, 0.25, 0.47), (16, 0.28, 0.5), (25, 0.0, 0.53), (43, 0.0, 0.15), *drawn]


def ask_passes(passes):
    """The passes for each case."""
    return torch.stack([one(passes(*case), "how many passes a sample costs").double() for case in cases()])


def inside(steps, low, high, times=lambda steps: falling(steps)[:-1], between=lambda t, low, high: (low < t) & (t <= high)):
    """How many times of a walk are guided."""
    return int(between(times(steps), low, high).sum())


def paying(total=lambda steps, n: steps + n, **rules):
    """A candidate: from the steps and the guided ones, the passes."""
    return lambda steps, low, high: total(steps, inside(steps, low, high, **rules))


def by_length(whole=lambda n: n):
    """A candidate that measures the interval in place of counting."""
    return lambda steps, low, high: steps + whole(steps * (high - low))


def explain_passes(mine, right):
    """What no answer can be; then which case is wrong, and which times are guided in it."""
    if not comparable(mine, right):
        return None
    told = zip(cases(), mine[0].tolist(), right[0].tolist())
    for (steps, low, high), a, b in sorted(told, key=lambda case: case[0][1] > case[0][2]):  # upside down comes last
        if abs(a - b) < 0.01:
            continue
        asked = f"For {steps} steps and {low:.3g} < t <= {high:.3g}"
        n = round(b) - steps
        if abs(a - round(a)) > 0.01:
            return f"{asked} you say {a:.4g}. Passes are counted: count the times that lie inside, do not measure how long the interval is."
        if low > high:
            return f"{asked} you say {a:g}. No time is above {low:g} and at most {high:g} at once: nothing is guided, and each step costs one."
        if a < steps - 0.01:
            return f"{asked} you say {a:g}, fewer than there are steps. Each step asks at least the target: one pass outside the interval, two inside."
        if a > 2 * steps + 0.01:
            return f"{asked} you say {a:g}. No step costs more than two passes, so {2 * steps} is the most: look for a step too many, or a pass counted twice."
        rest = "all of them lie inside, and cost two each" if n == steps else f"{n} of them lie inside and cost two, the others cost one"
        edge = " A bound is a time of the walk here: low itself is not guided, high is." if steps == 16 else ""
        return f"{asked} you say {a:g}. The walk asks at {steps} times, from 1 down to {1 / steps:.3g}; {rest}.{edge}"
    return None


passes = Check(
    ask_passes,
    explain=explain_passes,
    solution=paying(),
    mistakes={
        "You also ask at t = 0, where there is nothing left to denoise: leave out the last time, [:-1].": paying(lambda steps, n: steps + 1 + n),
        "You miss one step: a walk of `steps` steps asks `steps` times, from t = 1 on. Leave out t = 0 only.": paying(lambda steps, n: steps - 1 + n, times=lambda steps: falling(steps)[1:-1]),
        "The bounds are the other way round: low is excluded, high included. Write low < t <= high.": paying(between=lambda t, low, high: (low <= t) & (t < high)),
        "A time that equals low is not guided: write low < t, without the equals sign.": paying(between=lambda t, low, high: (low <= t) & (t <= high)),
        "A time that equals high is guided: write t <= high, with the equals sign.": paying(between=lambda t, low, high: (low < t) & (t < high)),
        "You count only the guided passes: elsewhere the target is still asked, once. Add one for each step outside.": paying(lambda steps, n: 2 * n),
        "You count 2 everywhere: outside the interval the scale is 1, and guide asks the target alone. Count one there.": lambda steps, low, high: 2 * steps,
        "You count 1 everywhere: inside the interval the reference is asked as well. Count two there.": lambda steps, low, high: steps,
        "That is the number of guided steps. Asked are the passes: one for each step, and one more for each guided one.": paying(lambda steps, n: n),
        "That is the number of steps that are not guided. Asked are the passes: one for each step, and one more for each guided one.": paying(lambda steps, n: steps - n),
        "You guide outside of the interval and not inside: two passes belong where low < t <= high.": paying(lambda steps, n: 2 * steps - n),
        "You count three passes in a guided step: target and reference are two. Add one for each guided step, not two.": paying(lambda steps, n: steps + 2 * n),
        **ways("You took the length of the interval times the steps{}. Count the times that lie inside: low < t <= high.", {
            "": by_length(), ", rounded": by_length(round), ", rounded down": by_length(math.floor), ", rounded up": by_length(math.ceil),
            ", with 0 at least": by_length(lambda n: max(0.0, n)),
            ", rounded, with 0 at least": by_length(lambda n: max(0, round(n))), ", rounded down, with 0 at least": by_length(lambda n: max(0, math.floor(n))),
            ", rounded up, with 0 at least": by_length(lambda n: max(0, math.ceil(n))),
        }),
        "Your times rise from data: that walk asks at t = 0 and not at t = 1. Sampling starts at noise: times 1 - i / steps.": paying(times=lambda steps: falling(steps)[1:]),
        "Your stride is 1 / (steps - 1): the walk has steps + 1 times, of which the last, 0, asks nobody. Use times(steps)[:-1].": paying(times=lambda steps: torch.linspace(1, 0, steps, dtype=torch.float64)),
        "Your walk has one step too many: times(steps) holds steps + 1 times already, the last of which asks nobody.": paying(lambda steps, n: steps + 1 + n, times=lambda steps: falling(steps + 1)[:-1]),
        "You take the middle of each step. The network is asked where the step begins: 1 - i / steps.": paying(times=lambda steps: falling(steps)[:-1] - 0.5 / steps),
        "You take the end of each step, and so t = 0 in place of t = 1, and find 0 inside. The network is asked where the step begins.":
            paying(times=lambda steps: falling(steps)[1:], between=lambda t, low, high: ((low < t) & (t <= high)) | ((t == 0) & (low == 0))),
        "high plays no part: a step above high is not guided. Ask for low < t and t <= high.": paying(between=lambda t, low, high: low < t),
        "low plays no part: a step at or below low is not guided. Ask for low < t and t <= high.": paying(between=lambda t, low, high: t <= high),
        "`or` guides wherever one of the bounds holds, and that is nearly everywhere. Both must hold: `and`, or & for tensors.": paying(between=lambda t, low, high: (low < t) | (t <= high)),
        "You swap the bounds where low is above high. Then no time is inside, and nothing is guided: leave them as they are.": lambda steps, low, high: paying()(steps, min(low, high), max(low, high)),
        "One guided step too many: the times inside are counted as they are, with no + 1.": paying(lambda steps, n: steps + n + 1, times=lambda steps: falling(steps)[1:], between=lambda t, low, high: (low < t) & (t <= high)),
        "That is the mean number of passes in a step. Asked is their sum over the walk: leave out the division by steps.": paying(lambda steps, n: (steps + n) / steps),
        "That is a share of what plain CFG pays. Asked are the passes themselves: leave out the division.": paying(lambda steps, n: (steps + n) / (2 * steps)),
        "That is what the interval saves against CFG, or a sum with a wrong sign: each guided step adds a pass. It is steps + guided.": paying(lambda steps, n: steps - n - n),
    },
    hints=[
        "Write down the times of a walk of 4 steps. At which of them is the network asked?",
        "Cosine().times(steps) has one entry too many: at t = 0 nobody is asked. Then count (low < times) & (times <= high).",
        "steps + int(((low < times) & (times <= high)).sum()), with times = Cosine().times(steps)[:-1].",
    ],
)  # fmt: skip
