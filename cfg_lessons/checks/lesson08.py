"""The checks of lesson 08: counting work, a fair stopwatch, a cost model, the points that nothing beats."""

import statistics

import torch

from . import Check, Complaint, answer, function_of, lend, tensor_of
from .reading import comparable, ways

# count --------------------------------------------------------------------------------------------------------------


def ask_count(count):
    """Wrap a denoiser that keeps its own tally, call it with batches of 3 and 5, and compare."""
    tally, own = {"calls": 2, "rows": 7}, []

    def double(x, t, y):
        own.append(len(x))
        return 2 * x + t

    wrapped = function_of(count(double, tally))
    seen = [tally["calls"], tally["rows"], wrapped is double]
    for n in (3, 5):
        out = wrapped(torch.ones(n, 7), 0.5, torch.arange(n) % 2 - 1)  # some labels are NULL
        seen += [tally["calls"], tally["rows"], len(own), -1 if out is None else float(tensor_of(out, "what the denoiser said").sum())]
    return torch.tensor([float(part) for part in seen])


def explain_count(mine, right):
    """The tally before any call, then how much each call adds; what comes out."""
    if not comparable(mine, right):
        return None
    seen, true = mine[0].tolist(), right[0].tolist()
    calls, rows, answers = ([0, 3, 7], [1, 4, 8], [5, 6, 9, 10])
    if seen[:2] != true[:2]:
        return "The tally changes when the denoiser is handed over. Count inside the function that you return: nothing has been asked yet."
    steps = [[seen[b] - seen[a] for a, b in zip(places, places[1:])] for places in (calls, rows)]
    if steps[0] != [1, 1]:
        return f"Two calls make calls grow by {steps[0][0]:g}, then {steps[0][1]:g}. One call is one pass, whatever the batch: add 1 to what is there."
    if steps[1] != [3, 5]:
        return f"Batches of 3 and of 5 samples make rows grow by {steps[1][0]:g} and {steps[1][1]:g}. A row is a sample: add len(x) to what is there."
    if any(seen[k] != true[k] for k in answers):
        return "The counts are right, the answer is not: ask the denoiser once, at x, t, y as they come, and return what it said."
    return None


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
    explain=explain_count,
    solution=counting(),
    mistakes={
        "You count when the denoiser is handed over, not when it is called. Return a new function that counts first, then asks.":
            lambda denoiser, tally: tally.update(calls=tally["calls"] + 1) or denoiser,
        "The tally stays at 0: your function hands the denoiser back as it came. Wrap it in a function of (x, t, y).":
            lambda denoiser, tally: denoiser,
        "The caller's tally does not change: you count in a copy of it, or of its numbers. Write to tally itself: tally[...] += ...": lambda denoiser, tally: counting()(denoiser, dict(tally)),
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
        "rows counts features: x.shape[1] is how long a sample is. A row is a sample: add len(x).": counting(rows=lambda r, x, y: r + x.shape[1]),
        "calls and rows are swapped: a call adds 1 to calls, and the number of its samples to rows.": counting(lambda c, x: c + len(x), lambda r, x, y: r + 1),
        "rows stays as it was: add len(x) at each call.": counting(rows=lambda r, x, y: r),
        "calls stays as it was: add 1 at each call.": counting(calls=lambda c, x: c),
        "You count from 0 and write over what the caller had counted. Add to the numbers that are there.":
            lambda denoiser, tally: (lambda own: counting(lambda c, x: own.update(c=own["c"] + 1) or own["c"], lambda r, x, y: own.update(r=own["r"] + len(x)) or own["r"])(denoiser, tally))({"c": 0, "r": 0}),
        "Both numbers hold the last call only. Add to what is there: += in place of =.": counting(lambda c, x: 1, lambda r, x, y: len(x)),
        "You count twice the rows, as CFG's doubled batch has them. Those come in as x already: add len(x).": counting(rows=lambda r, x, y: r + 2 * len(x)),
        "rows adds the labels that occur, each once. Samples of one label are work too: add len(x).": counting(rows=lambda r, x, y: r + len(y.unique())),
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

# cost ---------------------------------------------------------------------------------------------------------------

PAIRS = ((100.0, 10.0), (30.0, 80.0), (7.0, 7.0))  # a small classifier, a large one, and two of a size


def ask_cost(cost):
    """The three numbers for each pair of networks."""
    seen = []
    for unet, classifier in PAIRS:
        out = answer(cost(unet, classifier))
        if not isinstance(out, (tuple, list, torch.Tensor)) or len(out) != 3:
            raise Complaint("Return three numbers: the cost of CFG, of classifier guidance, and the break-even cost of a classifier.")
        seen.append([float(answer(part)) for part in out])
    return torch.tensor(seen).T


def true_cost(unet, classifier):
    """Two rows; one row and the classifier there and back; where the two are equal."""
    return 2 * unet, unet + 2 * classifier, unet / 2


def wrong(place, number):
    """A candidate that gets the number at this place by a rule of its own."""
    return lambda u, c: (*true_cost(u, c)[:place], number(u, c), 0, 0)[:3]


def explain_cost(mine, right):
    """Which of the three is the first wrong one? A listed mistake, or what is asked there."""
    if not comparable(mine, right):
        return None
    first = next(k for k in range(3) if not cost.same([mine[0][k]], [right[0][k]]))
    for sentence, wrong in cost.mistakes.items():
        if cost.same([mine[0][: first + 1]], [cost.results(wrong)[0][: first + 1]]):
            return sentence
    (u, c), yours = PAIRS[0], mine[0][first][0]
    return (
        f"The first number, CFG's, is {yours:g} for U = {u:g}: the U-Net is asked with and without the label, and no classifier takes part. How many rows are that?",
        f"The first number is right. The second, classifier guidance, is {yours:g} for U = {u:g}, C = {c:g}: once through the U-Net, and there and back through the classifier.",
        f"Both costs are right, the third number is not: {yours:g} for U = {u:g}, C = {c:g}. It depends on U alone: set both costs equal and solve for C.",
    )[first]


cost = Check(
    ask_cost,
    explain=explain_cost,
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
        "The third number says by how much classifier guidance is cheaper or dearer here. Asked is the C at which both cost the same.": wrong(2, lambda u, c: 2 * c - u),
        "The third number is what CFG costs. Asked is the C at which classifier guidance costs as much: solve 2 U = U + 2 C.": wrong(2, lambda u, c: 2 * u),
        "You solved 2 U = 2 U + 2 C, or forgot the classifier's share: at break-even a classifier may cost something.": wrong(2, lambda u, c: 0.0),
        "The third number depends on this classifier. The break-even depends on the U-Net alone: solve 2 U = U + 2 C for C.": wrong(2, lambda u, c: c / 2),
        "CFG needs no classifier: two rows through the U-Net, 2 U, and nothing else.": wrong(0, lambda u, c: 2 * u + c),
        "CFG asks twice, with the label and without: not three times.": wrong(0, lambda u, c: 3 * u),
        "Classifier guidance still asks the U-Net, once: U is missing.": wrong(1, lambda u, c: 2 * c),
        "Classifier guidance asks the U-Net once, without the label; the classifier there and back. Not 2 U + C, but U + 2 C.": wrong(1, lambda u, c: 2 * u + c),
    },
    hints=[
        "Count passes of rows: how many samples go through which network, forward and back?",
        "CFG: two rows through the U-Net. Classifier guidance: one, and the classifier forward and back.",
        "Set 2 U equal to U + 2 C, and solve for C.",
    ],
)  # fmt: skip

# best ---------------------------------------------------------------------------------------------------------------


POINTS = [
    [0.90, 0.80], [0.95, 0.70], [0.95, 0.60], [0.99, 0.40], [0.80, 0.80], [0.97, 0.70],
    [0.97, 0.70], [0.60, 0.90], [0.50, 0.50], [0.70, 0.85], [0.99, 0.30], [0.65, 0.88],
]  # fmt: skip


def ask_best(best):
    """Points with ties, twins, and a crossing of order; then one point alone."""
    points = torch.tensor(POINTS)
    return [mask_of(lend(best, points=part), part) for part in (points, points[:1])]


def mask_of(value, points):
    """One true or false for each point; complains of places, points and lists of other lengths."""
    mask = tensor_of(value, "a mask: one true or false for each point")
    if mask.shape == points.shape or (mask.ndim == 2 and mask.shape[1] == 2 and len(points) > 2):
        raise Complaint("You return points, or two answers for each. Return one for each point, true or false: a mask [n].")
    if mask.shape != points.shape[:1] or mask.max() > 1:
        raise Complaint(f"You return {'places in the list' if mask.ndim else 'one number'}, shape {list(mask.shape)}. Return a mask [n]: true or false for each of the {len(points)} points.")
    return mask


def unless(beats):
    """A candidate that keeps the points which no other one beats; beats(other, mine) -> bool, for tensors [n, n, 2]."""
    return lambda points: ~beats(points[None], points[:, None]).any(1)


def along_the_list(points):
    """The mistake of comparing with the neighbour in the list only."""
    later = torch.cat([points[1:], points[-1:]])
    return ~((later >= points).all(-1) & (later > points).any(-1))


def explain_best(mine, right):
    """A point that is kept, though another beats it; or dropped, though none does."""
    if not comparable(mine, right):
        return None
    for k, (yours, true) in enumerate(zip(mine[0], right[0])):
        if yours and not true:
            one = next(p for p in POINTS if p != POINTS[k] and all(a >= b for a, b in zip(p, POINTS[k])))
            return f"You keep {POINTS[k]}, but {one} beats it: at least as good in both numbers, and better in one. Compare each point with all others."
    for k, (yours, true) in enumerate(zip(mine[0], right[0])):
        if true and not yours and POINTS.count(POINTS[k]) > 1:
            return f"{POINTS[k]} is there twice, and you drop one or both. Twins do not beat each other: neither is better in anything."
        if true and not yours:
            return f"You drop {POINTS[k]}, though nothing beats it: no other is at least as good in both numbers and better in one."
    return "One point alone is beaten by nobody, not even by itself. Keep it."


best = Check(
    ask_best,
    explain=explain_best,
    solution=unless(lambda other, mine: (other >= mine).all(-1) & (other > mine).any(-1)),
    mistakes={
        "A point that ties in one number and loses in the other is beaten too: at least as good in both, and better in one.":
            unless(lambda other, mine: (other > mine).all(-1)),
        "Every point beats itself in yours: ask that the other is better in at least one number.":
            unless(lambda other, mine: (other >= mine).all(-1)),
        "A point beaten in one number only is no loser, and it need not be the best in both: the other must be at least as good in both.": unless(lambda other, mine: (other > mine).any(-1)),
        "You kept the points that beat no other. Turn it round: more is better, and `any` must run over the others, not over the point itself.": unless(lambda other, mine: (other <= mine).all(-1) & (other < mine).any(-1)),
        "You marked the beaten ones. Return the others.":
            lambda points: ~unless(lambda other, mine: (other >= mine).all(-1) & (other > mine).any(-1))(points),
        "Only the champion of each number is left. A point between them, which nothing beats, belongs to the frontier too.":
            lambda points: (points == points.max(0).values).any(-1),
        "Nothing is beaten in yours. Some of these points are: compare each with each.":
            lambda points: torch.ones(len(points), dtype=torch.bool),
        "You compared each point with the next in the list only. Compare it with all.": along_the_list,
        "Twins beat each other in yours, as one at least as good is counted besides the point itself. Better in one number is needed, too.": lambda points: (points[None] >= points[:, None]).all(-1).sum(1) == 1,
        "You add (or multiply) both numbers: then only the largest sum is left. A point is beaten only by one that is at least as good in both.": lambda points: points.sum(1) == points.sum(1).max(),
        "Only the first number counts in yours. The best in accuracy is one point of the frontier; compare both numbers.": lambda points: points[:, 0] == points[:, 0].max(),
        "Only the second number counts in yours. The best in recall is one point of the frontier; compare both numbers.": lambda points: points[:, 1] == points[:, 1].max(),
        "You keep what is above the mean. Compare each point with the others, not with the mean.": lambda points: (points >= points.mean(0)).all(-1),
    },
    hints=[
        "Point b beats point a if it is at least as good in both numbers, and better in one.",
        "points[None] and points[:, None] bring every pair together: [n, n, 2].",
        "(other >= mine).all(-1) & (other > mine).any(-1), then .any over the others, and turn it round with ~.",
    ],
)  # fmt: skip
