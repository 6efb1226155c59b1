"""Mistakes in the exercises of lessons 00 to 05, as fresh eyes made them: none of those that the checks list."""

import math

import torch
import torch.nn.functional as F
from mistaken import MISTAKES, mistake

from cfg_lessons.denoisers import NULL, to_x0
from cfg_lessons.guidance import cfg, given, guide, log_likelihood
from cfg_lessons.schedules import ALMOST, Schedule

# ---- lesson 00
@mistake("lesson00.between", "into b", "in place: b -= a overwrites the caller's b (value returned is right)")
def _(a, b, scale):
    b -= a
    return a + scale * b


@mistake("lesson00.between", "other convention", "walks from b, not from a: b + scale * (b - a)")
def _(a, b, scale):
    return b + scale * (b - a)


@mistake("lesson00.between", "factors", "geometric line: a * (b / a) ** scale")
def _(a, b, scale):
    return a * (b / a) ** scale


# ---- lesson 01
@mistake(
    "lesson01.closed_form",
    "added up the betas",
    "sigma**2 is the sum of the betas so far (noises added, never shrunk)",
)
def _(x0, betas, i, eps):
    signal = (1 - betas).cumprod(0)[i][:, None]
    return signal.sqrt() * x0 + betas.cumsum(0)[i][:, None].sqrt() * eps


@mistake("lesson01.closed_form", "step i's own beta", "takes beta to be constant: alpha**2 = (1 - beta_i) ** (i + 1)")
def _(x0, betas, i, eps):
    signal = ((1 - betas[i]) ** (i + 1))[:, None]
    return signal.sqrt() * x0 + (1 - signal).sqrt() * eps


@mistake("lesson01.closed_form", "first one", "uses the first sample's step for the whole batch, i[0]")
def _(x0, betas, i, eps):
    signal = (1 - betas[: i[0] + 1]).prod()
    return signal.sqrt() * x0 + (1 - signal).sqrt() * eps


@mistake(
    "lesson01.closed_form",
    "square is forgotten",
    "sigma = sqrt(1 - alpha) with alpha the root already (one square forgotten)",
)
def _(x0, betas, i, eps):
    alpha = (1 - betas).cumprod(0)[i][:, None].sqrt()
    return alpha * x0 + (1 - alpha).sqrt() * eps


@mistake(
    "lesson01.time_of",
    "alpha**2 + sigma**2 = 1",
    "assumes alpha**2 + sigma**2 = 1 for any schedule: bisects alpha**2 = snr / (1 + snr)",
)
def _(schedule, snr):
    low, high = 0.0, 1.0
    for _ in range(50):
        mid = (low + high) / 2
        if schedule.alpha(torch.tensor(mid).double()) ** 2 > snr / (1 + snr):
            low = mid
        else:
            high = mid
    return mid


@mistake("lesson01.time_of", "is no time", "returns the index into the grid of 10,000 times, not the time")
def _(schedule, snr):
    t = torch.linspace(0, 1, 10_001)
    return (schedule.snr(t) - snr).abs().argmin().item()


@mistake("lesson01.time_of", "halve the interval", "only seven bisections: too coarse")
def _(schedule, snr):
    low, high = 0.0, 1.0
    for _ in range(7):
        mid = (low + high) / 2
        if schedule.snr(mid) > snr:
            low = mid
        else:
            high = mid
    return mid


class SquaresAsAlphas(Schedule):
    def alpha(self, t):
        return torch.cos(math.pi / 2 * ALMOST * t) ** 2

    def sigma(self, t):
        return torch.sin(math.pi / 2 * ALMOST * t) ** 2


class NoRoot(Schedule):
    def alpha(self, t):
        return torch.cos(math.pi / 2 * ALMOST * t)

    def sigma(self, t):
        return 1 - self.alpha(t) ** 2


class BatchNormalised(Schedule):
    def alpha(self, t):
        a = torch.sigmoid(8 * (0.5 - t))
        return a / a.max()

    def sigma(self, t):
        return (1 - self.alpha(t) ** 2).clamp(min=0).sqrt()


class InPlaceTime(Schedule):
    def alpha(self, t):
        return torch.cos(t.mul_(math.pi / 2 * ALMOST))

    def sigma(self, t):
        return (1 - torch.cos(math.pi / 2 * ALMOST * t) ** 2).sqrt()


class MathCos(Schedule):
    def alpha(self, t):
        return math.cos(math.pi / 2 * ALMOST * t)

    def sigma(self, t):
        return math.sin(math.pi / 2 * ALMOST * t)


class LooseSigmoid(Schedule):
    def alpha(self, t):
        return torch.sigmoid(10 * (0.5 - t))

    def sigma(self, t):
        return (1 - self.alpha(t) ** 2).sqrt()


MISTAKES += [
    ("lesson01.own_schedule", "squares", "alpha and sigma are the squares (took alpha bar for alpha)", SquaresAsAlphas),
    ("lesson01.own_schedule", "its square. Take the root", "forgot the root: sigma = 1 - alpha**2", NoRoot),
    ("lesson01.own_schedule", "other times", "normalises alpha by the largest in the batch: alpha(t) depends on the other times",
     BatchNormalised),
    ("lesson01.own_schedule", "writes into the t", "in place: alpha multiplies the caller's t", InPlaceTime),
    ("lesson01.own_schedule", "not math.cos", "math.cos instead of torch.cos: works for one number only", MathCos),
    ("lesson01.own_schedule", "t = 0 must be data", "a sigmoid as it is: alpha(0) = 0.993, not 1", LooseSigmoid),
]


@mistake(
    "lesson01.posterior",
    "beta / (1 - beta)",
    "opinion of x keeps variance beta (not beta / (1 - beta)) though its mean is x / sqrt(1 - beta)",
)
def _(x, x0, beta, before):
    a, b = 1 / beta, 1 / (1 - before)
    return (a * x / (1 - beta) ** 0.5 + b * before**0.5 * x0) / (a + b), 1 / (a + b)


@mistake("lesson01.posterior", "weighted by the variances", "weights by variance instead of by precision")
def _(x, x0, beta, before):
    a, b = beta / (1 - beta), 1 - before
    mean = (a * x / (1 - beta) ** 0.5 + b * before**0.5 * x0) / (a + b)
    return mean, 1 / (1 / a + 1 / b)


@mistake("lesson01.posterior", "from after the step", "x0's opinion from after the step: sqrt(after) * x0, 1 - after")
def _(x, x0, beta, before):
    after = before * (1 - beta)
    a, b = (1 - beta) / beta, 1 / (1 - after)
    return (a * x / (1 - beta) ** 0.5 + b * after**0.5 * x0) / (a + b), 1 / (a + b)


@mistake("lesson01.posterior", "standard deviation", "returns the standard deviation in place of the variance")
def _(x, x0, beta, before):
    after = before * (1 - beta)
    mean = (before**0.5 * beta * x0 + (1 - beta) ** 0.5 * (1 - before) * x) / (1 - after)
    return mean, ((1 - before) * beta / (1 - after)) ** 0.5


# ---- lesson 02
@mistake("lesson02.eps_from_v", "noisy x", "takes x for x0: (v + sigma * x) / alpha")
def _(v, x, alpha, sigma):
    return (v + sigma * x) / alpha


@mistake("lesson02.eps_from_v", "clean data", "solves for x0 instead: alpha * x - sigma * v")
def _(v, x, alpha, sigma):
    return alpha * x - sigma * v


@mistake("lesson02.eps_from_v", "into v", "in place: v *= alpha changes the caller's v")
def _(v, x, alpha, sigma):
    v *= alpha
    return v + sigma * x


@mistake("lesson02.eps_from_v", "eps - x0", "uses flow, v = eps - x0: (x + alpha * v) / (alpha + sigma)")
def _(v, x, alpha, sigma):
    return (x + alpha * v) / (alpha + sigma)


@mistake(
    "lesson02.ddim_step",
    "sigma from the new alpha",
    "assumes variance preserving: sigma2 = sqrt(1 - alpha2**2), ignores the sigma given",
)
def _(x, eps, now, then):
    alpha, sigma = now
    alpha2 = torch.as_tensor(then[0])
    return alpha2 * (x - sigma * eps) / alpha + (1 - alpha2**2).sqrt() * eps


@mistake("lesson02.ddim_step", "clipped", "clips the guess of x0 to [-1, 1] though points are no pixels")
def _(x, eps, now, then):
    (alpha, sigma), (alpha2, sigma2) = now, then
    return alpha2 * ((x - sigma * eps) / alpha).clamp(-1, 1) + sigma2 * eps


@mistake("lesson02.ddim_step", "noised x once more", "noises x again, not the guess: alpha2 * x + sigma2 * eps")
def _(x, eps, now, then):
    alpha2, sigma2 = then
    return alpha2 * x + sigma2 * eps


@mistake(
    "lesson02.ddim_step",
    "signal has to grow",
    "takes out only the difference of noise, forgets both alphas: x - (sigma - sigma2) * eps",
)
def _(x, eps, now, then):
    return x - (now[1] - then[1]) * eps


@mistake("lesson02.visited", "arrives", "lists the steps of arrival, one stride late: 899, ..., 99, -1")
def _(steps, total=1000):
    stride = total // steps
    return list(range(total - 1 - stride, -2, -stride))


@mistake("lesson02.visited", "not their length", "mixes up stride and number: range(total - 1, -1, -steps)")
def _(steps, total=1000):
    return list(range(total - 1, -1, -steps))


@mistake("lesson02.visited", "times between 0 and 1", "returns times in (0, 1], not step numbers")
def _(steps, total=1000):
    return torch.arange(steps, 0, -1) / steps


@mistake("lesson02.visited", "chain of 1000", "hard-codes 999 and 1000 // steps, ignores total")
def _(steps, total=1000):
    return list(range(999, -1, -(1000 // steps)))


@mistake(
    "lesson02.ddpm_step",
    "All the noise is fresh",
    "just noises the guess afresh to the lower level; x is not used",
)
def _(x, x0, beta, before, fresh):
    return before**0.5 * x0 + (1 - before) ** 0.5 * fresh


@mistake("lesson02.ddpm_step", "Use `fresh`", "draws noise of its own, torch.randn_like, ignores fresh")
def _(x, x0, beta, before, fresh):
    after = before * (1 - beta)
    mean = (before**0.5 * beta * x0 + (1 - beta) ** 0.5 * (1 - before) * x) / (1 - after)
    return mean + ((1 - before) * beta / (1 - after)) ** 0.5 * torch.randn_like(x)


@mistake("lesson02.ddpm_step", "larger than `before`", "wrong way: after = before / (1 - beta)")
def _(x, x0, beta, before, fresh):
    after = before / (1 - beta)
    mean = (before**0.5 * beta * x0 + (1 - beta) ** 0.5 * (1 - before) * x) / (1 - after)
    return mean + abs((1 - before) * beta / (1 - after)) ** 0.5 * fresh


@mistake(
    "lesson02.ddpm_step",
    "both at full strength",
    "DDIM's full old noise plus fresh noise on top (old noise not made smaller)",
)
def _(x, x0, beta, before, fresh):
    after = before * (1 - beta)
    eps = (x - after**0.5 * x0) / (1 - after) ** 0.5
    var = (1 - before) * beta / (1 - after)
    return before**0.5 * x0 + (1 - before) ** 0.5 * eps + var**0.5 * fresh


# ---- lesson 03
@mistake("lesson03.drop", "same number", "drops exactly int(p * B) labels by a random permutation, no coin each")
def _(y, p, rng):
    y = y.clone()
    y[torch.randperm(len(y), generator=rng)[: int(p * len(y))]] = NULL
    return y


@mistake("lesson03.drop", "samples of a label", "one coin per class: all samples of one label share it")
def _(y, p, rng):
    coins = torch.rand(int(y.max()) + 1, generator=rng)
    return torch.where(coins[y] < p, NULL, y)


@mistake("lesson03.drop", "same labels", "seeds the generator afresh in each call: always the same coins")
def _(y, p, rng):
    rng.manual_seed(0)
    return torch.where(torch.rand(len(y), generator=rng) < p, NULL, y)


@mistake("lesson03.drop", "normal, not uniform", "randn in place of rand: more than p are dropped")
def _(y, p, rng):
    return torch.where(torch.randn(len(y), generator=rng) < p, NULL, y)


@mistake("lesson03.drop", "float32", "labels become floats: torch.where(..., -1.0, y)")
def _(y, p, rng):
    return torch.where(torch.rand(len(y), generator=rng) < p, -1.0, y)


@mistake("lesson03.drop", "Some labels are missing", "throws the samples out: returns the kept labels only")
def _(y, p, rng):
    return y[torch.rand(len(y), generator=rng) >= p]


@mistake("lesson03.pin", "without a label", "fills in the label only where nothing was asked (y == NULL)")
def _(denoiser, label):
    return lambda x, t, y: denoiser(x, t, torch.where(y == NULL, label, y))


@mistake("lesson03.pin", "shape [1]", "one label for the whole batch: torch.tensor([label]), shape [1]")
def _(denoiser, label):
    return lambda x, t, y: denoiser(x, t, torch.tensor([label]))


@mistake("lesson03.pin", "float", "full_like of x instead of y: floats [B, D]")
def _(denoiser, label):
    return lambda x, t, y: denoiser(x, t, torch.full_like(x, label))


@mistake("lesson03.pin", "anew in each call", "pins y at the first call and the first batch's size (cached labels)")
def _(denoiser, label):
    kept = []

    def pinned(x, t, y):
        if not kept:
            kept.append(torch.full_like(y, label))
        return denoiser(x, t, kept[0])

    return pinned


@mistake("lesson03.row", "do not set it to zero", "NULL gets a vector of zeros, not its learned row")
def _(table, y):
    return table[y + 1] * (y != NULL)[:, None]


@mistake("lesson03.row", "digit 1", "abs in place of + 1: NULL shares the row of label 1")
def _(table, y):
    return table[y.abs()]


@mistake("lesson03.row", "wrap around", "wraps round after ten rows: (y + 1) % 10, so 9 gets NULL's row")
def _(table, y):
    return table[(y + 1) % 10]


@mistake("lesson03.row", "into y", "in place: y += 1 shifts the caller's labels")
def _(table, y):
    y += 1
    return table[y]


@mistake("lesson03.row", "none left out", "leaves the NULL samples out: fewer rows than samples")
def _(table, y):
    return table[y[y != NULL] + 1]


@mistake("lesson03.either", "reshape", "weights by reshape instead of transpose: [B, K] read as [K, B]")
def _(answers, logits, allowed):
    w = logits.masked_fill(~allowed, -torch.inf).softmax(-1)
    return (w.reshape(w.shape[1], w.shape[0], 1) * answers).sum(0)


@mistake("lesson03.either", "likeliest label", "takes the likeliest of the allowed labels only (argmax), no mean")
def _(answers, logits, allowed):
    k = logits.masked_fill(~allowed, -torch.inf).argmax(-1)
    return answers[k, torch.arange(len(k))]


@mistake("lesson03.either", "sigmoid", "sigmoid in place of softmax, then renormalised")
def _(answers, logits, allowed):
    w = logits.sigmoid() * allowed
    w = w / w.sum(-1, keepdim=True)
    return (w.T[..., None] * answers).sum(0)


@mistake("lesson03.either", "batch together", "renormalises over the whole batch, not per sample: w / w.sum()")
def _(answers, logits, allowed):
    w = logits.softmax(-1) * allowed
    w = w / w.sum()
    return (w.T[..., None] * answers).sum(0)


@mistake("lesson03.either", "into logits", "in place: logits[:, ~allowed] = -inf spoils the caller's logits")
def _(answers, logits, allowed):
    logits[:, ~allowed] = -torch.inf
    return (logits.softmax(-1).T[..., None] * answers).sum(0)


# ---- lesson 04
@mistake("lesson04.label", "likeliest", "log-probability of the likeliest label, not of y")
def _(classifier, x, t, y):
    return classifier(x, t).log_softmax(-1).max(-1).values


@mistake("lesson04.label", "t = 0", "asks the classifier at t = 0 always")
def _(classifier, x, t, y):
    return classifier(x, 0.0).log_softmax(-1)[torch.arange(len(y)), y]


@mistake("lesson04.label", "squeeze", "gather without [:, 0]: [B, 1]")
def _(classifier, x, t, y):
    return classifier(x, t).log_softmax(-1).gather(-1, y[:, None])


@mistake("lesson04.label", "sigmoid", "logsigmoid: each label as a yes/no question of its own")
def _(classifier, x, t, y):
    return F.logsigmoid(classifier(x, t))[torch.arange(len(y)), y]


@mistake("lesson04.label", "cross entropy", "cross_entropy(reduction='none'): the sign is turned")
def _(classifier, x, t, y):
    return F.cross_entropy(classifier(x, t), y, reduction="none")


@mistake("lesson04.label", "no_grad", "under no_grad: right numbers, but nothing to climb (borderline)")
def _(classifier, x, t, y):
    with torch.no_grad():
        return classifier(x, t).log_softmax(-1)[torch.arange(len(y)), y]


def steering(push, base=None, objective=None):
    def my_steered(denoiser, classifier, schedule, scale):
        def pushed(x, t, y):
            with torch.enable_grad():
                x_in = x.detach().requires_grad_()
                f = objective or log_likelihood
                grad = torch.autograd.grad(f(classifier, x_in, t, y).sum(), x_in)[0]
            alpha, sigma = schedule.at(t, x)
            return given(denoiser, NULL)(x, t, y) - push(scale, alpha, sigma, grad)

        return pushed

    return my_steered


MISTAKES += [
    ("lesson04.steer", "alpha for sigma", "alpha in place of sigma", steering(lambda s, a, sig, g: s * a * g)),
    ("lesson04.steer", "squared", "sigma squared", steering(lambda s, a, sig, g: s * sig**2 * g)),
    ("lesson04.steer", "divide by sigma", "divides by sigma", steering(lambda s, a, sig, g: s * g / sig)),
    ("lesson04.steer", "length 1", "gradient normalised to length 1 for each sample",
     steering(lambda s, a, sig, g: s * sig * g / g.flatten(1).norm(dim=1)[(...,) + (None,) * (g.ndim - 1)])),
    ("lesson04.steer", "scale - 1", "pushes scale - 1 times (took 1 for 'no push')",
     steering(lambda s, a, sig, g: (s - 1) * sig * g)),
    ("lesson04.steer", "not its logarithm", "climbs the probability, not its logarithm",
     steering(lambda s, a, sig, g: s * sig * g, objective=lambda c, x, t, y: log_likelihood(c, x, t, y).exp())),
]


def tasting(mine):
    def my_taste(denoiser, energy, schedule, scale):
        def pushed(x, t, y):
            with torch.enable_grad():
                x_in = x.detach().requires_grad_()
                return mine(denoiser, energy, schedule, scale, x, x_in, t, y).detach()

        return pushed

    return my_taste


def wrt_clean(denoiser, energy, schedule, scale, x, x_in, t, y):
    eps = denoiser(x_in, t, y)
    clean = to_x0(eps, x_in, *schedule.at(t, x))
    grad = torch.autograd.grad(energy(clean).sum(), clean)[0]
    return eps + scale * schedule.at(t, x)[1] * grad


def null_taste(denoiser, energy, schedule, scale, x, x_in, t, y):
    eps = denoiser(x_in, t, torch.full_like(y, NULL))
    clean = to_x0(eps, x_in, *schedule.at(t, x))
    grad = torch.autograd.grad(energy(clean).sum(), x_in)[0]
    return eps + scale * schedule.at(t, x)[1] * grad


def swapped_at(denoiser, energy, schedule, scale, x, x_in, t, y):
    sigma, alpha = schedule.at(t, x)
    eps = denoiser(x_in, t, y)
    clean = to_x0(eps, x_in, alpha, sigma)
    grad = torch.autograd.grad(energy(clean).sum(), x_in)[0]
    return eps + scale * sigma * grad


def dps(denoiser, energy, schedule, scale, x, x_in, t, y):
    eps = denoiser(x_in, t, y)
    value = energy(to_x0(eps, x_in, *schedule.at(t, x))).sum()
    grad = torch.autograd.grad(value, x_in)[0]
    return eps + scale * schedule.at(t, x)[1] * grad / value.abs().sqrt()


def eps_taste(denoiser, energy, schedule, scale, x, x_in, t, y):
    eps = denoiser(x_in, t, y)
    grad = torch.autograd.grad(energy(eps).sum(), x_in)[0]
    return eps + scale * schedule.at(t, x)[1] * grad


MISTAKES += [
    ("lesson04.taste", "respect to the guess", "gradient with respect to the clean guess, not to x_t",
     tasting(wrt_clean)),
    ("lesson04.taste", "for NULL", "asks the denoiser for NULL instead of y", tasting(null_taste)),
    ("lesson04.taste", "changed places", "unpacks schedule.at as (sigma, alpha)", tasting(swapped_at)),
    ("lesson04.taste", "root of the batch's energy", "divides the gradient by the root of the batch's energy, as in DPS",
     tasting(dps)),
    ("lesson04.taste", "judges the noise", "judges the noise: energy(eps), never to_x0", tasting(eps_taste)),
]


@mistake("lesson04.both", "silences both", "if one of a sample's two labels is NULL, neither asks (0 for the sample)")
def _(colour, place, x, t, y):
    both = log_likelihood(colour, x, t, y[:, 0]) + log_likelihood(place, x, t, y[:, 1])
    return torch.where((y == NULL).any(1), 0.0, both)


@mistake("lesson04.both", "switches its column", "one NULL in the batch switches the whole column off")
def _(colour, place, x, t, y):
    total = torch.zeros(len(x), dtype=x.dtype)
    for k, classifier in enumerate((colour, place)):
        if not (y[:, k] == NULL).any():
            total = total + log_likelihood(classifier, x, t, y[:, k])
    return total


@mistake("lesson04.both", "or the other", "'or' instead of 'and': logaddexp of the two")
def _(colour, place, x, t, y):
    return torch.logaddexp(log_likelihood(colour, x, t, y[:, 0]), log_likelihood(place, x, t, y[:, 1]))


@mistake("lesson04.both", "label 0", "NULL taken for label 0: clamp(min=0)")
def _(colour, place, x, t, y):
    y = y.clamp(min=0)
    return log_likelihood(colour, x, t, y[:, 0]) + log_likelihood(place, x, t, y[:, 1])


@mistake("lesson04.both", "multiplied the logarithms", "multiplies the two log-probabilities")
def _(colour, place, x, t, y):
    return log_likelihood(colour, x, t, y[:, 0]) * log_likelihood(place, x, t, y[:, 1])


@mistake("lesson04.both", "whole batch", "sums over the batch: one number")
def _(colour, place, x, t, y):
    return (log_likelihood(colour, x, t, y[:, 0]) + log_likelihood(place, x, t, y[:, 1])).sum()


# ---- lesson 05
@mistake("lesson05.combine", "length of the result", "rescales the guided noise to the length of the target")
def _(target, reference, scale):
    guided = reference + scale * (target - reference)
    sizes = [e.flatten(1).norm(dim=1).reshape(-1, *[1] * (e.ndim - 1)) for e in (target, guided)]
    return guided * sizes[0] / sizes[1]


@mistake("lesson05.combine", "do not sum to 1", "bracket slip: scale * target - (1 - scale) * reference")
def _(target, reference, scale):
    return scale * target - (1 - scale) * reference


@mistake("lesson05.combine", "stops at 1", "never goes beyond: min(scale, 1)")
def _(target, reference, scale):
    return torch.lerp(reference, target, min(scale, 1.0))


@mistake("lesson05.combine", "into reference", "in place: reference += ... changes the caller's reference")
def _(target, reference, scale):
    reference += scale * (target - reference)
    return reference


@mistake("lesson05.combine", "brackets", "precedence slip: (reference + scale) * (target - reference)")
def _(target, reference, scale):
    return (reference + scale) * (target - reference)


@mistake(
    "lesson05.batched",
    "into y",
    "null = y, then null[:] = NULL: an alias, both halves ask for nothing, y is overwritten",
)
def _(denoiser, x, t, y, scale):
    t = torch.cat([t, t]) if isinstance(t, torch.Tensor) and t.ndim else t
    null = y
    null[:] = NULL
    c, u = denoiser(torch.cat([x, x]), t, torch.cat([y, null])).chunk(2)
    return u + scale * (c - u)


@mistake("lesson05.batched", "not twice the time", "'doubles' the time by multiplying: 2 * t for tensors")
def _(denoiser, x, t, y, scale):
    t = (2 * t).repeat(2).clamp(max=1) if isinstance(t, torch.Tensor) and t.ndim else t
    c, u = denoiser(torch.cat([x, x]), t, torch.cat([y, torch.full_like(y, NULL)])).chunk(2)
    return u + scale * (c - u)


@mistake("lesson05.batched", "side by side", "x by repeat_interleave, labels by cat: the halves mix samples")
def _(denoiser, x, t, y, scale):
    t = torch.cat([t, t]) if isinstance(t, torch.Tensor) and t.ndim else t
    c, u = denoiser(x.repeat_interleave(2, 0), t, torch.cat([y, torch.full_like(y, NULL)])).chunk(2)
    return u + scale * (c - u)


@mistake(
    "lesson05.batched",
    "[::2]",
    "takes every other row apart ([::2], [1::2]) although the halves were joined by cat",
)
def _(denoiser, x, t, y, scale):
    t = torch.cat([t, t]) if isinstance(t, torch.Tensor) and t.ndim else t
    out = denoiser(torch.cat([x, x]), t, torch.cat([y, torch.full_like(y, NULL)]))
    c, u = out[::2], out[1::2]
    return u + scale * (c - u)


@mistake(
    "lesson05.batched",
    "side by side",
    "t doubled by repeat_interleave while x is joined by cat: times of the wrong samples",
)
def _(denoiser, x, t, y, scale):
    t = t.repeat_interleave(2) if isinstance(t, torch.Tensor) and t.ndim else t
    c, u = denoiser(torch.cat([x, x]), t, torch.cat([y, torch.full_like(y, NULL)])).chunk(2)
    return u + scale * (c - u)


@mistake("lesson05.batched", "whole numbers", "labels become floats: cat with torch.full((B,), -1.0)")
def _(denoiser, x, t, y, scale):
    t = torch.cat([t, t]) if isinstance(t, torch.Tensor) and t.ndim else t
    c, u = denoiser(torch.cat([x, x]), t, torch.cat([y, torch.full((len(y),), -1.0)])).chunk(2)
    return u + scale * (c - u)


@mistake(
    "lesson05.translate",
    "1.5",
    "reads a factor off the table (2 stands for 3): times 1.5 for Ho & Salimans and on_label",
)
def _(source, number):
    return 1.5 * number if source in ("ho_salimans", "classifier_on_label") else number


@mistake("lesson05.translate", "fraction", "int(number): the fraction is lost")
def _(source, number):
    return int(number) + (source in ("ho_salimans", "classifier_on_label"))


@mistake("lesson05.translate", "its 0 is our 1", "forgets classifier_on_label: the number as it is")
def _(source, number):
    return number + 1 if source == "ho_salimans" else number


@mistake("lesson05.translate", "Imagen", "Imagen's w taken for Ho & Salimans' w (same letter): + 1")
def _(source, number):
    return number + 1 if source in ("ho_salimans", "imagen", "classifier_on_label") else number


@mistake(
    "lesson05.trained_apart",
    "conditional network for NULL",
    "pins the outside: given(guide(conditional, unconditional, scale), NULL)",
)
def _(conditional, unconditional, scale):
    return given(guide(conditional, unconditional, scale), NULL)


@mistake("lesson05.trained_apart", "into y", "y.fill_(NULL) in place before the conditional network is asked")
def _(conditional, unconditional, scale):
    def guided(x, t, y):
        u = unconditional(x, t, y.fill_(NULL))
        return u + scale * (conditional(x, t, y) - u)

    return guided


@mistake(
    "lesson05.trained_apart",
    "as diffusers",
    "no guidance at or below 1, as in diffusers: scale <= 1 gives the conditional answer",
)
def _(conditional, unconditional, scale):
    return conditional if scale <= 1 else guide(conditional, given(unconditional, NULL), scale)


@mistake("lesson05.trained_apart", "Ho & Salimans", "guides from the conditional answer: c + scale * (c - u)")
def _(conditional, unconditional, scale):
    return guide(conditional, given(unconditional, NULL), 1 + scale)


@mistake(
    "lesson05.trained_apart",
    "conditional network for NULL",
    "cfg of a mixture: cfg on the conditional, then guided away from the unconditional too",
)
def _(conditional, unconditional, scale):
    return guide(cfg(conditional, scale), given(unconditional, NULL), scale)


@mistake("lesson05.trained_apart", "never met one", "pins label 0 for 'nothing' in the unconditional network")
def _(conditional, unconditional, scale):
    return guide(conditional, given(unconditional, 0), scale)
