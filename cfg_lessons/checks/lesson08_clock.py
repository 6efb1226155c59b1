"""Lesson 08, exercise "a fair stopwatch": the check `clock`."""

import statistics

import torch

from . import Check, Complaint, tensor_of
from .reading import comparable, ways

# How long a piece of work takes, call after call.
SLOW_START = [9.0, 1.2, 1.0, 1.9, 4.0, 1.1, 7.0, 8.0, 8.5, 2.2, 3.3, 4.4]
HICCUP = [5.0, 1.0, 3.0, 1.5, 2.5, 2.6, 0.5, 6.0, 6.5, 7.5, 2.1, 3.2]


class FakeClock:
    """A clock that only work moves on: each call of work takes the next duration of a list."""

    def __init__(self, durations):
        self.durations, self.now, self.calls, self.readings = durations, 100.0, 0, 0

    def work(self):
        """One call of the work."""
        if self.calls == len(self.durations):
            raise Complaint("You call work() without end, or far too often. It is called once for nothing, and then `runs` times.")
        self.now, self.calls = self.now + self.durations[self.calls], self.calls + 1

    def __call__(self):
        """What the clock says."""
        self.readings += 1
        return self.now

    def __sub__(self, other):
        raise Complaint("clock is a function: what it says is clock(), with brackets.")

    __rsub__ = __sub__


def ask_clock(clock):
    """Two machines: the seconds that come out, and how often the work was done."""
    seen = []
    for durations, runs in ((SLOW_START, 5), (HICCUP, 3), (HICCUP, 5)):
        fake = FakeClock(durations)
        seconds = tensor_of(clock(fake.work, fake, runs), "one number of seconds")
        if fake.calls and not fake.readings:
            raise Complaint("You never read the clock that you were given: clock() says what time it is. A watch of your own knows nothing of this work.")
        if not fake.calls:
            raise Complaint("work() is never called: there is nothing to measure. Call it with brackets, between two readings of the clock.")
        if seconds.numel() != 1:
            raise Complaint(f"You return {seconds.numel()} numbers. Asked is one: the median of the `runs` differences.")
        if seconds == 0:
            raise Complaint("Yours says 0 seconds, and work() takes longer: it must be called between the two readings of the clock.")
        seen += [float(seconds), fake.calls]
    return torch.tensor(seen)


def explain_clock(mine, right):
    """How often the work was done; then which seconds came out."""
    if not comparable(mine, right):
        return None
    for k, (durations, runs) in enumerate(((SLOW_START, 5), (HICCUP, 3), (HICCUP, 5))):
        seconds, calls = mine[0][2 * k : 2 * k + 2].tolist()
        if calls != runs + 1:
            return f"With runs = {runs} you call work() {calls:g} times. It should be {runs + 1}: once for nothing, then {runs} times with the clock."
        if seconds < 0:
            return "Your seconds are negative: take the earlier reading from the later one."
    return "work() is called as often as it should. But what you return is not the median: keep each run's own seconds, sort them, and take the one in the middle."


def timed(work, clock):
    """The seconds of one call."""
    start = clock()
    work()
    return clock() - start


def stopwatch(summary=statistics.median, warm=True, skip=0, keep_warm=False):
    """A candidate: warm up or not, run, and sum the runs up."""

    def measure(work, clock, runs):
        first = [timed(work, clock)] if warm else []
        times = [timed(work, clock) for _ in range(runs - skip)]
        return summary((first if keep_warm else []) + times)

    return measure


clock = Check(
    ask_clock,
    explain=explain_clock,
    solution=stopwatch(),
    mistakes={
        "The first call, which is slow for reasons of its own, is one of your runs. Call work() once before you time, and then `runs` times more.":
            stopwatch(warm=False),
        "You warm up, but the warm-up is timed with the rest. Throw it away.": stopwatch(keep_warm=True),
        "That is the mean: one hiccup of the machine moves it. Take the median.": stopwatch(lambda times: sum(times) / len(times)),
        "That is the fastest run: a lucky one. Take the median.": stopwatch(min),
        "That is the slowest run: the hiccup itself. Take the median.": stopwatch(max),
        "You warm up before each run: twice the work for nothing. Once, before the first, is enough.":
            lambda work, clock, runs: statistics.median([(work(), timed(work, clock))[1] for _ in range(runs)]),
        "Only the last run counts in yours. Keep all of them, and take their median.": stopwatch(lambda times: times[-1]),
        "Only one run is timed: keep `runs` of them, and take their median.": lambda work, clock, runs: (work(), timed(work, clock))[1],
        "You took the middle one of the runs as they came. The median is the middle one of the sorted runs.":
            stopwatch(lambda times: times[len(times) // 2]),
        "The watch is never set back: run 3 contains runs 1 and 2. Read the clock before each run.":
            stopwatch(lambda times: statistics.median(torch.tensor(times).cumsum(0).tolist())),
        "That is the time of all runs together. Time each by itself, and take the median.": stopwatch(sum),
        "One run too few: the warm-up comes on top of `runs` timed runs.": stopwatch(skip=1),
        "One run too many: after the warm-up, `runs` timed runs and no more.": stopwatch(skip=-1),
        "You warm up twice. Once is enough.": lambda work, clock, runs: (work(), stopwatch()(work, clock, runs))[1],
        **ways("That is the neighbour of the median, one place {}. Places count from 0: the middle of n sorted runs is n // 2.", {
            "too low": stopwatch(lambda times: sorted(times)[len(times) // 2 - 1]),
            "too high": stopwatch(lambda times: sorted(times)[len(times) // 2 + 1]),
        }),
        "Only the first run counts in yours. Keep all of them, and take their median.": stopwatch(lambda times: times[0]),
        "Your seconds are negative: take the earlier reading from the later one.": stopwatch(lambda times: -statistics.median(times)),
        "That is half-way between the fastest and the slowest run: one hiccup moves it. Take the median.": stopwatch(lambda times: (min(times) + max(times)) / 2),
        "You left out the fastest and the slowest run, and took the mean of the rest. Asked is the median.": stopwatch(lambda times: statistics.mean(sorted(times)[1:-1])),
    },
    hints=[
        "Which call of work() should count for nothing?",
        "For each run: read the clock, work, read it again. Keep the difference in a list.",
        "statistics.median(times) of a list of `runs` differences, after one call of work() that you do not time.",
    ],
)  # fmt: skip
