"""Mistakes of learners in lessons 6 to 10 that a pair of fresh eyes thought of, after the checks were written."""

import statistics
import time

import torch
from mistaken import MISTAKES, mistake

from cfg_lessons.denoisers import NULL

# ---- lesson 6


def reach(real, k):
    """The distance from each real point to its k-th neighbour."""
    return torch.cdist(real, real).sort(1).values[:, k]


@mistake("lesson06.precision", "the k-th nearest sample", "the radius is the distance to the k-th nearest sample")
def radius_of_samples(real, fake, k):
    apart = torch.cdist(real, fake)
    return (apart < apart.sort(1).values[:, k - 1][:, None]).any(0).float().mean()


@mistake("lesson06.precision", "Only the disc of the nearest", "only the disc of the nearest real point is asked")
def disc_of_the_nearest(real, fake, k):
    near = torch.cdist(fake, real).min(1)
    return (near.values < reach(real, k)[near.indices]).float().mean()


@mistake("lesson06.precision", "largest=False", "topk takes the largest")
def farthest(real, fake, k):
    radius = torch.cdist(real, real).topk(k, dim=1).values[:, -1]
    return (torch.cdist(real, fake) < radius[:, None]).any(0).float().mean()


@mistake("lesson06.precision", "k plays no part", "k is taken for 1 always")
def one_neighbour(real, fake, k):
    return (torch.cdist(real, fake) < reach(real, 1)[:, None]).any(0).float().mean()


@mistake("lesson06.spread", "n - 1", "unbiased variance")
def unbiased(x, y):
    x = x.flatten(1)
    return (sum(x[y == k].var(0).sum() * (y == k).sum() for k in y.unique()) / len(x)).sqrt()


@mistake("lesson06.spread", "The last label is never looked at", "range(y.max()) leaves out the last label")
def without_the_last(x, y):
    x = x.flatten(1)
    gaps = torch.cat([x[y == k] - x[y == k].mean(0) for k in range(int(y.max()))])
    return gaps.square().sum(1).mean().sqrt()


@mistake("lesson06.spread", "one", "one number for each label")
def for_each_label(x, y):
    x = x.flatten(1)
    return torch.stack([(x[y == k] - x[y == k].mean(0)).square().sum(1).mean().sqrt() for k in y.unique()])


@mistake("lesson06.choice", "the one of the highest recall", "none passes: the highest recall")
def recall_where_none_passes(scales, accuracy, recall, gate):
    passed = accuracy >= gate
    return scales[passed][recall[passed].argmax()] if passed.any() else scales[recall.argmax()]


@mistake("lesson06.choice", "accuracy and recall together", "accuracy + recall among those that pass")
def both_together(scales, accuracy, recall, gate):
    passed = accuracy >= gate
    return scales[passed][(accuracy + recall)[passed].argmax()] if passed.any() else scales[accuracy.argmax()]


@mistake("lesson06.choice", "Where no scale passes, your code stops", "does not ask whether any passes")
def nobody_passes(scales, accuracy, recall, gate):
    return scales[accuracy >= gate][recall[accuracy >= gate].argmax()]


MISTAKES += [
    ("lesson06.law", "too many", "p(x | y) p(y | x)^s", lambda a, b, s: 1 / ((1 + s) / a - s / b)),
    ("lesson06.law", "a is missing", "a is forgotten", lambda a, b, s: b / (s + 1)),
    ("lesson06.law", "At s = 1", "half of it", lambda a, b, s: 0.5 / (s / a + (1 - s) / b)),
    ("lesson06.law", "no such density", "0 where there is no density", lambda a, b, s: max(0, 1 / (s / a + (1 - s) / b))),
]


# ---- lesson 7


def away(rule):
    """A negative prompt by a rule (wanted, unwanted, NULL's answer, scale)."""
    return lambda denoiser, unwanted, scale: lambda x, t, y: rule(
        denoiser(x, t, y), denoiser(x, t, torch.full_like(y, unwanted)), denoiser(x, t, torch.full_like(y, NULL)), scale
    )


@mistake("lesson07.away", "You wrote into y", "y is overwritten before it is asked for")
def overwritten(denoiser, unwanted, scale):
    def pushed(x, t, y):
        bad = y
        bad[:] = unwanted
        reference = denoiser(x, t, bad)
        return reference + scale * (denoiser(x, t, y) - reference)

    return pushed


@mistake("lesson07.blend", "label 0", "label 0 is taken for NULL")
def label_for_null(denoiser, labels, scales):
    def composed(x, t, y):
        null = denoiser(x, t, torch.zeros_like(y))
        return null + sum(s * (denoiser(x, t, torch.full_like(y, k)) - null) for k, s in zip(labels, scales))

    return composed


@mistake("lesson07.blend", "as strong as its scale", "a strong scale is clamped")
def clamped(denoiser, labels, scales):
    def composed(x, t, y):
        null = denoiser(x, t, torch.full_like(y, NULL))
        return null + sum(min(s, 1.0) * (denoiser(x, t, torch.full_like(y, k)) - null) for k, s in zip(labels, scales))

    return composed


def step(weight):
    """From eps_ab by a weight(r) of the difference."""
    return lambda a, ab, r: ab + weight(r)[..., None] * (a - ab)


MISTAKES += [
    ("lesson07.away", "wanted label plays no part", "NULL is pushed from the unwanted", away(lambda a, b, n, s: b + s * (n - b))),
    ("lesson07.away", "NULL", "cfg with NULL, minus once", away(lambda a, b, n, s: n + s * (a - n) - (b - n))),
    ("lesson07.away", "along that line", "the square of the scale", away(lambda a, b, n, s: b + s**2 * (a - b))),
    ("lesson07.without", "each sample has an r of its own", "one r for all, its mean", step(lambda r: 1 / (1 - r.mean(0, True)))),
    ("lesson07.without", "cap", "capped at 10", step(lambda r: (1 / (1 - r)).clamp(max=10))),
    ("lesson07.without", "threshold", "no push below r = 1/2", step(lambda r: torch.where(r > 0.5, 1 / (1 - r), 1.0))),
    ("lesson07.without", "too weak", "r squared", lambda a, ab, r: a - (r**2 / (1 - r))[:, None] * (ab - a)),
    ("lesson07.drift", "1 long", "the arrow is 1 long", lambda w, u, s: u + s * (w - u) / (w - u).norm()),
    ("lesson07.drift", "do not sum to 1", "s w - u", lambda w, u, s: s * w - u),
    ("lesson07.drift", "a mean of the two", "a mean with weights s and 1", lambda w, u, s: (s * w + u) / (s + 1)),
    ("lesson07.drift", "stops nowhere", "stops at scale 2", lambda w, u, s: u + min(s, 2) * (w - u)),
]


# ---- lesson 8


@mistake("lesson08.count", "rows counts features", "features are counted as rows")
def features(denoiser, tally):
    def counted(x, t, y):
        tally["calls"] += 1
        tally["rows"] += x.shape[1]
        return denoiser(x, t, y)

    return counted


def watch(now, start=lambda: None, end=statistics.median, times=lambda runs: runs):
    """A stopwatch that reads `now(clock)`."""

    def measure(work, clock, runs):
        work()
        found = []
        for _ in range(times(runs)):
            before = now(clock)
            work()
            found.append(now(clock) - before)
        return end(found)

    return measure


MISTAKES += [
    ("lesson08.clock", "never read the clock", "a watch of its own", watch(lambda clock: time.perf_counter())),
    ("lesson08.clock", "clock is a function", "the clock is not called", watch(lambda clock: clock)),
    ("lesson08.clock", "You return 5 numbers", "all the times are returned", watch(lambda clock: clock(), end=list)),
    ("lesson08.clock", "far too often", "100 runs", watch(lambda clock: clock(), times=lambda runs: 100)),
    ("lesson08.cost", "The second", "four passes of the classifier", lambda u, c: (2 * u, u + 4 * c, u / 4)),
    ("lesson08.cost", "three numbers", "two numbers", lambda u, c: (2 * u, u + 2 * c)),
    ("lesson08.best", "Twins", "twins beat each other", lambda p: (p[None] >= p[:, None]).all(-1).sum(1) == 1),
    ("lesson08.best", "add (or multiply)", "the largest sum only", lambda p: p.sum(1) == p.sum(1).max()),
    ("lesson08.best", "though nothing beats it", "three largest sums", lambda p: p.sum(1) >= p.sum(1).sort().values[-3:].min()),
]


def beats(points):
    """[i, j]: does point j beat point i?"""
    return (points[None] >= points[:, None]).all(-1) & (points[None] > points[:, None]).any(-1)


MISTAKES += [
    ("lesson08.best", "must run over the others", "any over the wrong axis", lambda points: ~beats(points).any(0)),
    ("lesson08.best", "places in the list", "places, not a mask", lambda points: (~beats(points).any(1)).nonzero()[:, 0]),
]


# ---- lesson 9


def asked(unet, z, t, text):
    """Both answers, objects."""
    return [unet(z, t, encoder_hidden_states=text[i : i + 1].expand(len(z), -1, -1)) for i in (0, 1)]


@mistake("lesson09.combine", "diffusers", "no guidance at scale 1 and below")
def as_diffusers(unet, z, t, text, scale):
    null, wish = (out.sample for out in asked(unet, z, t, text))
    return null + scale * (wish - null) if scale > 1 else wish


@mistake("lesson09.combine", ".sample", ".sample is forgotten before chunk")
def chunk_of_the_answer(unet, z, t, text, scale):
    null, wish = unet(torch.cat([z, z]), t, encoder_hidden_states=text.repeat_interleave(len(z), 0)).chunk(2)
    return null + scale * (wish - null)


@mistake("lesson09.combine", ".sample", ".sample is forgotten in the sum")
def sum_of_answers(unet, z, t, text, scale):
    null, wish = asked(unet, z, t, text)
    return null + scale * (wish - null)


@mistake("lesson09.combine", "one text for each", "two texts for 2 B latents")
def text_as_it_is(unet, z, t, text, scale):
    null, wish = unet(torch.cat([z, z]), t, encoder_hidden_states=text).sample.chunk(2)
    return null + scale * (wish - null)


@mistake("lesson09.combine", "must sum to 1", "rescaled to the wish's spread")
def rescaled(unet, z, t, text, scale):
    null, wish = (out.sample for out in asked(unet, z, t, text))
    out = null + scale * (wish - null)
    return out * wish.std() / out.std()


def decoded(values, latents=lambda z, f: z / f):
    """A decoder by its range of values."""
    return lambda vae, z: values(vae.decode(latents(z, vae.config.scaling_factor)).sample).permute(0, 2, 3, 1)


def unit(x):
    """From [-1, 1] to [0, 1]."""
    return (x / 2 + 0.5).clamp(0, 1)


def adapter(step, row=lambda text, y: text[y + 1]):
    """An adapter by its step."""
    return lambda unet, text: lambda x, t, y: unet(x, step(t), encoder_hidden_states=row(text, y)).sample


def whole(t):
    """The step of a time."""
    return (t * 1000).round().long() - 1


MISTAKES += [
    ("lesson09.latents", "grow with the halvings", "channels double", lambda h, w, n, c: (c * 2**n, h // 2**n, w // 2**n)),
    ("lesson09.latents", "too few", "one halving too few", lambda h, w, n, c: (c, h // 2 ** (n - 1), w // 2 ** (n - 1))),
    ("lesson09.latents", "2 * halvings", "floats, and another mistake", lambda h, w, n, c: (c, h / (2 * n), w / (2 * n))),
    ("lesson09.latents", "XOR", "^ for a power", lambda h, w, n, c: (c, h // (2 ^ n), w // (2 ^ n))),
    ("lesson09.decode", "You added 1 to the half", "x / 2 + 1", decoded(lambda x: (x / 2 + 1).clamp(0, 1))),
    ("lesson09.decode", "bytes", "bytes", decoded(lambda x: (unit(x) * 255).round().to(torch.uint8))),
    ("lesson09.decode", "becomes", "tanh", decoded(lambda x: x.tanh() / 2 + 0.5)),
    ("lesson09.decode", "about the unit", "divided by the factor's root", decoded(unit, lambda z, f: z / f**0.5)),
    ("lesson09.adapter", "no whole number", "steps that are not whole", adapter(lambda t: t * 1000 - 1)),
    ("lesson09.adapter", "you asked with step", "100 steps", adapter(lambda t: (t * 100).round().long() - 1)),
    ("lesson09.adapter", "row", "abs of the labels", adapter(whole, lambda text, y: text[y.abs()])),
]


# ---- lesson 10


def starting(left, to=lambda left, strength: left[0]):
    """Where img2img starts, by a rule for the times that are left."""

    def start(schedule, x0, noise, strength, steps):
        times = left(schedule.times(steps), strength)
        return schedule.add_noise(x0, to(times, strength), noise), times

    return start


def nearest(times, strength):
    """The times from the nearest on."""
    return times[(times - strength).abs().argmin() :]


def headed(times, strength):
    """The strength, and the times below it."""
    return torch.cat([torch.tensor([strength]).to(times), times[times < strength]])


def noisiest(times, strength):
    """The first times."""
    return times[: int(strength * (len(times) - 1)) + 1]


MISTAKES += [
    ("lesson10.start", "nearest", "the nearest time", starting(nearest)),
    ("lesson10.start", "squeeze", "times * strength", starting(lambda times, strength: times * strength)),
    ("lesson10.start", "the noisiest", "the first times", starting(noisiest)),
    ("lesson10.start", "at the head", "the strength leads", starting(headed)),
    ("lesson10.start", "no times of", "times / strength", starting(lambda times, s: times[times <= s + 1e-6] / s)),
]


def knowing(rule):
    """A denoiser that knows, by a rule (v) of all that is given."""

    def known(denoiser, schedule, x0, mask):
        def informed(x, t, y):
            alpha, sigma = schedule.at(t, x)
            return rule(denoiser, x, t, y, x0, mask, (x - alpha * x0) / sigma)

        return informed

    return known


def shown(change):
    """A denoiser that knows, but shows the network something else than x."""
    return knowing(lambda d, x, t, y, x0, m, known: torch.where(m > 0.5, d(change(x, m), t, y), known))


@mistake("lesson10.known", "Asked the same twice", "fresh noise in the known part")
def fresh(denoiser, schedule, x0, mask):
    return lambda x, t, y: torch.where(mask > 0.5, denoiser(x, t, y), torch.randn_like(x))


def moved(z, cells):
    """The window, moved."""
    return torch.cat([z[..., cells:], torch.zeros_like(z[..., :cells])], -1)


@mistake("lesson10.canvas", "half a window", "the mask begins at `cells`")
def from_the_left(z, cells):
    mask = torch.zeros(z.shape[-2:])
    mask[:, cells:] = 1
    return moved(z, cells), mask


@mistake("lesson10.canvas", "Asked the same twice", "noise in the new columns")
def noisy(z, cells):
    mask = torch.zeros(z.shape[-2:])
    mask[:, -cells:] = 1
    return torch.cat([z[..., cells:], torch.randn_like(z[..., :cells])], -1), mask


@mistake("lesson10.untouched", "You wrote into before", "both images are blanked in place")
def blanked(before, after, mask):
    before[:, :, mask == 1] = 0
    after[:, :, mask == 1] = 0
    return (after - before).abs().mean((1, 2, 3))


def outside(summary):
    """A summary of the changes outside."""
    return lambda before, after, mask: summary((after - before)[:, :, mask == 0])


def picked(before, after, mask):
    """The mask as an index."""
    return (after - before).abs()[:, :, (1 - mask).long()].mean((1, 2, 3, 4))


MISTAKES += [
    ("lesson10.known", "something else than x", "x times the mask is shown", shown(lambda x, m: x * m)),
    ("lesson10.known", "Where the mask is 1", "half of both everywhere", knowing(lambda d, x, t, y, x0, m, k: (d(x, t, y) + k) / 2)),
    ("lesson10.known", "Hand y on", "label 0 for all", knowing(lambda d, x, t, y, x0, m, k: torch.where(m > 0.5, d(x, t, 0 * y), k))),
    ("lesson10.canvas", "Return two things", "only the image", moved),
    ("lesson10.untouched", "each channel", "one number for each channel", outside(lambda v: v.abs().mean((0, 2)))),
    ("lesson10.untouched", "root of the mean square", "root mean square", outside(lambda v: v.square().mean((1, 2)).sqrt())),
    ("lesson10.untouched", "taken for places", "a mask of integers", picked),
    ("lesson10.untouched", "0.5", "half of it", outside(lambda v: v.abs().mean((1, 2)) / 2)),
]
