"""The checks of lesson 08: counting work, a fair stopwatch, a cost model, the points that nothing beats."""

import statistics

import torch

from . import Check, answer

# count --------------------------------------------------------------------------------------------------------------


def ask_count(count):
    """Wrap a denoiser that keeps its own tally, call it with batches of 3 and 5, and compare."""
    tally, own = {"calls": 0, "rows": 0}, []

    def double(x, t, y):
        own.append(len(x))
        return 2 * x + t

    wrapped = answer(count(double, tally))
    seen = [tally["calls"], tally["rows"]]
    for n in (3, 5):
        out = wrapped(torch.ones(n, 7), 0.5, torch.zeros(n, dtype=torch.long))
        seen += [tally["calls"], tally["rows"], len(own), -1 if out is None else float(out.sum())]
    return torch.tensor([float(part) for part in seen])


def counting(calls=lambda c, x: c + 1, rows=lambda r, x: r + len(x), ask=lambda d, x, t, y: d(x, t, y)):
    """A candidate that updates the tally by two rules."""

    def count(denoiser, tally):
        def counted(x, t, y):
            tally["calls"], tally["rows"] = calls(tally["calls"], x), rows(tally["rows"], x)
            return ask(denoiser, x, t, y)

        return counted

    return count


def at_wrapping(denoiser, tally):
    """The mistake of counting when the denoiser is handed over."""
    tally["calls"] += 1
    return denoiser


def unanswered(denoiser, x, t, y):
    """The mistake of a missing return."""
    denoiser(x, t, y)


def asked_twice(denoiser, x, t, y):
    """The mistake of a second pass, only to look."""
    denoiser(x, t, y)
    return denoiser(x, t, y)


count = Check(
    ask_count,
    solution=counting(),
    mistakes={
        "You count when the denoiser is handed over, not when it is called. Return a new function that counts first, then asks.":
            at_wrapping,
        "The tally stays at 0: your function hands the denoiser back as it came. Wrap it in a function of (x, t, y).":
            lambda denoiser, tally: denoiser,
        "rows holds the last batch only: add len(x) to what is there already.": counting(rows=lambda r, x: len(x)),
        "rows grows by 1 for each call, like calls. A batch of 256 is more work than a batch of 1: add len(x).":
            counting(rows=lambda r, x: r + 1),
        "rows counts numbers, not samples: x.numel() is too many. Add len(x).": counting(rows=lambda r, x: r + x.numel()),
        "calls grows with the batch: one call is one pass, however many samples pass through it.": counting(calls=lambda c, x: c + len(x)),
        "Only the first call is counted: add to the tally at each call.":
            counting(calls=lambda c, x: 1, rows=lambda r, x: r or len(x)),
        "You ask the denoiser twice, once to count and once to answer: measuring doubles the work. Ask once.": counting(ask=asked_twice),
        "The answer got lost: your function must return what the denoiser said.": counting(ask=unanswered),
    },
    hints=[
        "Define a function of (x, t, y) inside, and return it. What must it do before it answers?",
        "tally is a dict that the caller keeps: tally[\"calls\"] += 1 changes it for both of you.",
        "rows grows by len(x). Then return denoiser(x, t, y).",
    ],
)  # fmt: skip

# clock --------------------------------------------------------------------------------------------------------------

# How long a piece of work takes, call after call.
SLOW_START = [9.0, 1.2, 1.0, 1.9, 4.0, 1.1, 7.0, 8.0, 8.5]
HICCUP = [5.0, 1.0, 3.0, 1.5, 2.5, 2.6, 0.5, 6.0, 6.5, 7.5]


class FakeClock:
    """A clock that only work moves on: each call of work takes the next duration of a list."""

    def __init__(self, durations):
        self.durations, self.now, self.calls = durations, 100.0, 0

    def work(self):
        """One call of the work."""
        self.now, self.calls = self.now + self.durations[self.calls], self.calls + 1

    def read(self):
        """What the clock says."""
        return self.now


def ask_clock(clock):
    """Two machines: the seconds that come out, and how often the work was done."""
    seen = []
    for durations, runs in ((SLOW_START, 5), (HICCUP, 3), (HICCUP, 5)):
        fake = FakeClock(durations)
        seen += [float(answer(clock(fake.work, fake.read, runs))), fake.calls]
    return torch.tensor(seen)


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


def from_one_start(work, clock, runs):
    """The mistake of never setting the watch back."""
    work()
    start, times = clock(), []
    for _ in range(runs):
        work()
        times.append(clock() - start)
    return statistics.median(times)


clock = Check(
    ask_clock,
    solution=stopwatch(),
    mistakes={
        "No warm-up: the first call, which is slow for reasons of its own, is among your runs. Call work() once before you time.":
            stopwatch(warm=False),
        "You warm up, but the warm-up is timed with the rest. Throw it away.": stopwatch(keep_warm=True),
        "That is the mean: one hiccup of the machine moves it. Take the median.": stopwatch(lambda times: sum(times) / len(times)),
        "That is the fastest run: a lucky one. Take the median.": stopwatch(min),
        "Only the last run counts in yours. Keep all of them, and take their median.": stopwatch(lambda times: times[-1]),
        "Only one run is timed: keep `runs` of them, and take their median.": lambda work, clock, runs: (work(), timed(work, clock))[1],
        "You took the middle one of the runs as they came. The median is the middle one of the sorted runs.":
            stopwatch(lambda times: times[len(times) // 2]),
        "The watch is never set back: run 3 contains runs 1 and 2. Read the clock before each run.": from_one_start,
        "That is the time of all runs together. Time each by itself, and take the median.": stopwatch(sum),
        "One run too few: the warm-up comes on top of `runs` timed runs.": stopwatch(skip=1),
    },
    hints=[
        "Which call of work() should count for nothing?",
        "For each run: read the clock, work, read it again. Keep the difference in a list.",
        "statistics.median(times) of a list of `runs` differences, after one call of work() that you do not time.",
    ],
)  # fmt: skip

# cost ---------------------------------------------------------------------------------------------------------------


def ask_cost(cost):
    """Three pairs of networks: a small classifier, a large one, and two of a size."""
    seen = []
    for unet, classifier in ((100.0, 10.0), (30.0, 80.0), (7.0, 7.0)):
        out = answer(cost(unet, classifier))
        if not isinstance(out, (tuple, list)) or len(out) != 3:
            raise ValueError("expected three numbers: the cost of CFG, of classifier guidance, and the break-even classifier")
        seen += [float(part) for part in out]
    return torch.tensor(seen)


cost = Check(
    ask_cost,
    solution=lambda u, c: (2 * u, u + 2 * c, u / 2),
    mistakes={
        "One call is not one pass: the doubled batch of CFG has twice the rows, so it costs 2 U.": lambda u, c: (u, u + 2 * c, 0),
        "The way back through the classifier costs as much as the way forward, about: classifier guidance needs U + 2 C.":
            lambda u, c: (2 * u, u + c, u),
        "Classifier guidance asks the U-Net once, without a label, not twice: U + 2 C.": lambda u, c: (2 * u, 2 * u + 2 * c, 0),
        "No gradient goes through the U-Net: one pass forward is all it does. Classifier guidance needs U + 2 C.":
            lambda u, c: (2 * u, 2 * u + 2 * c, u / 2),
        "3 C is the price of training, where the weights need gradients too. Here only the input does: U + 2 C.":
            lambda u, c: (2 * u, u + 3 * c, u / 3),
        "Both costs are right, the break-even is not: solve 2 U = U + 2 C for C.": lambda u, c: (2 * u, u + 2 * c, u),
        "The third number should be a cost of a classifier, not a ratio: solve 2 U = U + 2 C for C.":
            lambda u, c: (2 * u, u + 2 * c, (u + 2 * c) / (2 * u)),
        "The two costs have changed places: CFG comes first.": lambda u, c: (u + 2 * c, 2 * u, u / 2),
    },
    hints=[
        "Count passes of rows: how many samples go through which network, forward and back?",
        "CFG: two rows through the U-Net. Classifier guidance: one, and the classifier forward and back.",
        "Set 2 U equal to U + 2 C, and solve for C.",
    ],
)  # fmt: skip

# best ---------------------------------------------------------------------------------------------------------------


def ask_best(best):
    """Points with ties, twins, and a crossing of order; then one point alone."""
    points = torch.tensor([
        [0.90, 0.80], [0.95, 0.70], [0.95, 0.60], [0.99, 0.40], [0.80, 0.80], [0.97, 0.70],
        [0.97, 0.70], [0.60, 0.90], [0.70, 0.85], [0.50, 0.50], [0.99, 0.30], [0.65, 0.88],
    ])  # fmt: skip
    return [torch.as_tensor(answer(best(part.clone()))) for part in (points, points[:1])]


def unless(beats):
    """A candidate that keeps the points which no other one beats; beats(other, mine) -> bool, for tensors [n, n, 2]."""
    return lambda points: ~beats(points[None], points[:, None]).any(1)


def along_the_list(points):
    """The mistake of comparing with the neighbour in the list only."""
    later = torch.cat([points[1:], points[-1:]])
    return ~((later >= points).all(-1) & (later > points).any(-1))


best = Check(
    ask_best,
    solution=unless(lambda other, mine: (other >= mine).all(-1) & (other > mine).any(-1)),
    mistakes={
        "A point that ties in one number and loses in the other is beaten too: at least as good in both, and better in one.":
            unless(lambda other, mine: (other > mine).all(-1)),
        "Every point beats itself in yours: ask that the other is better in at least one number.":
            unless(lambda other, mine: (other >= mine).all(-1)),
        "A point beaten in one number only is no loser: the other must be at least as good in both.":
            unless(lambda other, mine: (other > mine).any(-1)),
        "The wrong way round: here more is better, in both numbers.":
            unless(lambda other, mine: (other <= mine).all(-1) & (other < mine).any(-1)),
        "You marked the beaten ones. Return the others.":
            lambda points: ~unless(lambda other, mine: (other >= mine).all(-1) & (other > mine).any(-1))(points),
        "Only the champion of each number is left. A point between them, which nothing beats, belongs to the frontier too.":
            lambda points: (points == points.max(0).values).any(-1),
        "You compared each point with the next in the list only. Compare it with all.": along_the_list,
    },
    hints=[
        "Point b beats point a if it is at least as good in both numbers, and better in one.",
        "points[None] and points[:, None] bring every pair together: [n, n, 2].",
        "(other >= mine).all(-1) & (other > mine).any(-1), then .any over the others, and turn it round with ~.",
    ],
)  # fmt: skip
