"""The checks of lesson 08: counting work, a fair stopwatch, a cost model, the points that nothing beats."""

import statistics

import torch

from . import Check, answer

# count --------------------------------------------------------------------------------------------------------------


def ask_count(count):
    """Wrap a denoiser that keeps its own tally, call it with batches of 3 and 5, and compare."""
    tally, own = {"calls": 2, "rows": 7}, []

    def double(x, t, y):
        own.append(len(x))
        return 2 * x + t

    wrapped = answer(count(double, tally))
    seen = [tally["calls"], tally["rows"], wrapped is double]
    for n in (3, 5):
        out = wrapped(torch.ones(n, 7), 0.5, torch.arange(n) % 2 - 1)  # some labels are NULL
        seen += [tally["calls"], tally["rows"], len(own), -1 if out is None else float(out.sum())]
    return torch.tensor([float(part) for part in seen])


def counting(calls=lambda c, x: c + 1, rows=lambda r, x, y: r + len(x), ask=lambda d, x, t, y: d(x, t, y)):
    """A candidate that updates the tally by two rules."""

    def count(denoiser, tally):
        def counted(x, t, y):
            tally["calls"], tally["rows"] = calls(tally["calls"], x), rows(tally["rows"], x, y)
            return ask(denoiser, x, t, y)

        return counted

    return count


count = Check(
    ask_count,
    solution=counting(),
    mistakes={
        "You count when the denoiser is handed over, not when it is called. Return a new function that counts first, then asks.":
            lambda denoiser, tally: tally.update(calls=tally["calls"] + 1) or denoiser,
        "The tally stays at 0: your function hands the denoiser back as it came. Wrap it in a function of (x, t, y).":
            lambda denoiser, tally: denoiser,
        "The caller's tally does not change: you count in a copy of it. Write to tally itself.":
            lambda denoiser, tally: counting()(denoiser, dict(tally)),
        "You set the tally to 0 when you wrap. It is the caller's, and may hold counts already: only add to it.":
            lambda denoiser, tally: tally.update(calls=0, rows=0) or counting()(denoiser, tally),
        "Samples whose label is NULL are missing from rows. They pass through the network too: add len(x).":
            counting(rows=lambda r, x, y: r + int((y >= 0).sum())),
        "rows holds the last batch only: add len(x) to what is there already.": counting(rows=lambda r, x, y: len(x)),
        "rows grows by 1 for each call, like calls. A batch of 256 is more work than a batch of 1: add len(x).":
            counting(rows=lambda r, x, y: r + 1),
        "rows counts numbers, not samples: x.numel() is too many. Add len(x).": counting(rows=lambda r, x, y: r + x.numel()),
        "calls grows with the batch: one call is one pass, however many samples pass through it.": counting(calls=lambda c, x: c + len(x)),
        "Only the first call is counted: add to the tally at each call.": counting(lambda c, x: 3, lambda r, x, y: 10),
        "You ask the denoiser twice, to count and to answer: measuring doubles the work. Ask once.": counting(ask=lambda d, x, t, y: (d(x, t, y), d(x, t, y))[1]),
        "The answer got lost: your function must return what the denoiser said.":
            counting(ask=lambda d, x, t, y: (d(x, t, y), None)[1]),
    },
    hints=[
        "Define a function of (x, t, y) inside, and return it. What must it do before it answers?",
        "tally is a dict that the caller keeps: tally[\"calls\"] += 1 changes it for both of you.",
        "rows grows by len(x). Then return denoiser(x, t, y).",
    ],
)  # fmt: skip

# clock --------------------------------------------------------------------------------------------------------------

# How long a piece of work takes, call after call.
SLOW_START = [9.0, 1.2, 1.0, 1.9, 4.0, 1.1, 7.0, 8.0, 8.5, 2.2, 3.3, 4.4]
HICCUP = [5.0, 1.0, 3.0, 1.5, 2.5, 2.6, 0.5, 6.0, 6.5, 7.5, 2.1, 3.2]


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


clock = Check(
    ask_clock,
    solution=stopwatch(),
    mistakes={
        "No warm-up: the first call, which is slow for reasons of its own, is among your runs. Call work() once before you time.":
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
    },
    hints=[
        "Which call of work() should count for nothing?",
        "For each run: read the clock, work, read it again. Keep the difference in a list.",
        "statistics.median(times) of a list of `runs` differences, after one call of work() that you do not time.",
    ],
)  # fmt: skip

# cost ---------------------------------------------------------------------------------------------------------------

PAIRS = ((100.0, 10.0), (30.0, 80.0), (7.0, 7.0))  # a small classifier, a large one, and two of a size


def ask_cost(cost):
    """The three numbers for each pair of networks; those after the first wrong one are not looked at."""
    seen = []
    for unet, classifier in PAIRS:
        out = answer(cost(unet, classifier))
        if not isinstance(out, (tuple, list, torch.Tensor)) or len(out) != 3:
            raise ValueError("expected three numbers: the cost of CFG, of classifier guidance, and the break-even classifier")
        seen.append([float(part) for part in out])
    seen = torch.tensor(seen).T
    right = [torch.allclose(mine, true) for mine, true in zip(seen, torch.tensor([true_cost(*pair) for pair in PAIRS]).T)]
    seen[1 + (right + [False]).index(False) :] = 0.0
    return seen


def true_cost(unet, classifier):
    """Two rows; one row and the classifier there and back; where the two are equal."""
    return 2 * unet, unet + 2 * classifier, unet / 2


def wrong(place, number):
    """A candidate that gets the number at this place by a rule of its own."""
    return lambda u, c: (*true_cost(u, c)[:place], number(u, c), 0, 0)[:3]


cost = Check(
    ask_cost,
    solution=true_cost,
    mistakes={
        "One call is not one pass: the doubled batch of CFG has twice the rows, so it costs 2 U.": wrong(0, lambda u, c: u),
        "The two costs have changed places: CFG comes first.": wrong(0, lambda u, c: u + 2 * c),
        "The way back through the classifier costs as much as the way forward, about: classifier guidance needs U + 2 C.":
            wrong(1, lambda u, c: u + c),
        "Classifier guidance asks the U-Net once, and no gradient goes through it: not 2 U, but U + 2 C.":
            wrong(1, lambda u, c: 2 * u + 2 * c),
        "3 C is the price of training, where the weights need gradients too. Here only the input does: U + 2 C.":
            wrong(1, lambda u, c: u + 3 * c),
        "Both costs are right, the break-even is not: solve 2 U = U + 2 C for C.": wrong(2, lambda u, c: u),
        "The third number is what classifier guidance saves. Asked is the C at which it saves nothing: solve 2 U = U + 2 C.":
            wrong(2, lambda u, c: u - 2 * c),
        "The third number should be a cost of a classifier, not a share of the U-Net's: multiply it by U.": wrong(2, lambda u, c: 0.5),
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
        [0.97, 0.70], [0.60, 0.90], [0.50, 0.50], [0.70, 0.85], [0.99, 0.30], [0.65, 0.88],
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
        "Nothing is beaten in yours. Some of these points are: compare each with each.":
            lambda points: torch.ones(len(points), dtype=torch.bool),
        "You compared each point with the next in the list only. Compare it with all.": along_the_list,
    },
    hints=[
        "Point b beats point a if it is at least as good in both numbers, and better in one.",
        "points[None] and points[:, None] bring every pair together: [n, n, 2].",
        "(other >= mine).all(-1) & (other > mine).any(-1), then .any over the others, and turn it round with ~.",
    ],
)  # fmt: skip
