"""The checks of lesson 04: a label's log-probability, steering, an opinion about clean pictures, two classifiers."""

import math
from functools import partial
from types import SimpleNamespace

import torch

from .. import zoo
from ..data import quilt, triangle
from ..denoisers import NULL, to_x0
from ..schedules import Cosine
from . import Check, Complaint, dice, function_of, lend, tensor_of

POINTS = torch.tensor([[0.2, 0.4], [-0.9, 0.3], [1.1, -0.8], [0.5, 0.1]])
logs = partial(torch.log_softmax, dim=-1)
UNDISTURBED = "make new ones, as by torch.where, torch.full_like or clone"

# label --------------------------------------------------------------------------------------------------------------
def toy_logits(x, t):
    """A classifier (x, t) -> logits [B, 3] of points [B, 2] that listens to the time."""
    return torch.stack([x[:, 0], x[:, 1] - x[:, 0] * t, x.square().sum(1) - 2], 1)


NO_SLOPE = "No gradient runs back to x. Take away detach, no_grad or item, and let x go through the classifier as it came."


def with_slope(wish, x, name):
    """What a wish says of x, and the gradient of its sum; complains where none runs back to x, unless labels are open there."""
    x_in = x.clone().requires_grad_()
    out = tensor_of(wish(x_in), "a tensor, one number for each sample")
    slope = torch.autograd.grad(out.sum(), x_in, allow_unused=True)[0] if out.requires_grad else None
    if slope is None and "open" not in name:
        raise Complaint(NO_SLOPE)
    return {f"the numbers, {name}": out, f"the gradient, {name}": torch.zeros_like(x) if slope is None else slope}


def ask_label(label):
    """Points and labels in batches of five and of two, at two levels and at a level for each; and the gradients."""
    x, y = torch.randn(5, 2, generator=dice(0), dtype=torch.float64), torch.tensor([1, 0, 2, 0, 2])
    asked, seen = {"one time": (5, 0.5), "another time": (5, 0.1), "two samples": (2, 0.5), "a time for each": (5, torch.linspace(0.1, 0.9, 5).double())}, {}
    for name, (n, t) in asked.items():
        seen |= with_slope(lambda x: lend(label, classifier=toy_logits, x=x, t=t, y=y[:n], cure=UNDISTURBED), x[:n], name)
    return seen


def own(scores, y):
    """The score of each sample's own label."""
    return scores[torch.arange(len(y)), y]


def reads(pick):
    """A candidate that picks its answer out of the logits."""
    return lambda classifier, x, t, y: pick(classifier(x, t), y)


def reads_at(time):
    """A candidate that asks the classifier at time(t)."""
    return lambda classifier, x, t, y: own(logs(classifier(x, time(t))), y)


label = Check(
    ask_label,
    solution=reads(lambda logits, y: own(logs(logits), y)),
    mistakes={
        "[y] picks rows of the batch: sample y[i], with all its labels. Index rows and columns: [torch.arange(len(y)), y].": zoo.log_prob_b,
        "[y] picks rows of the batch, and the sum adds all labels of a row. Use [torch.arange(len(y)), y].": reads(lambda logits, y: logs(logits)[y].sum(-1)),
        "[:, y] gives every sample all the labels of the batch, [B, B]. Row i needs column y[i] alone: [torch.arange(len(y)), y].": reads(lambda logits, y: logs(logits)[:, y]),
        "Those are logits, not log-probabilities: the other labels' share is missing, and with it the push away from them. Use log_softmax.": zoo.log_prob_c,
        "That is the probability. The equation needs its logarithm: log_softmax.": reads(lambda logits, y: own(logits.softmax(-1), y)),
        "The sign is the wrong way round: that is the cross entropy, a loss. Here more is better.": reads(lambda logits, y: -own(logs(logits), y)),
        "The probabilities sum to 1 over the batch instead of over the labels. Use the last axis.": reads(lambda logits, y: own(logits.log_softmax(0), y)),
        "One number for the whole batch. Return one for each sample; the sum is taken where the gradient is.": reads(lambda logits, y: own(logs(logits), y).sum()),
        "That is the likeliest label's log-probability, whatever y asks for. Pick column y[i] in row i.": reads(lambda logits, y: logs(logits).max(-1).values),
        NO_SLOPE: reads(lambda logits, y: own(logs(logits), y).detach()),
        "The classifier was asked at t = 0, as if x were clean. It is a classifier of noisy data: hand t on.": reads_at(lambda t: 0.0),
        "The classifier was asked at t = 1, whatever the time is: hand t on.": reads_at(lambda t: 1.0),
        "The classifier was asked at 1 - t. Here t = 0 is data: hand t on as it came.": reads_at(lambda t: 1 - t),
        "The classifier was asked at the first sample's time for all: hand t on as it came.": reads_at(lambda t: torch.as_tensor(t).flatten()[0]),
        "The classifier was asked at the mean of the times: hand t on as it came.": reads_at(lambda t: torch.as_tensor(t).double().mean()),
        "Those are the log-probabilities of all labels, [B, K]. Pick one in each row: column y[i] in row i.": reads(lambda logits, y: logs(logits)),
        "A sigmoid asks of each label by itself, yes or no. Here exactly one label is right, so all of them share: log_softmax.": reads(lambda logits, y: own(logits, y).sigmoid().log()),
        "That is log p minus log (1 - p), the odds. The equation needs log p alone: log_softmax.": reads(lambda logits, y: own(logs(logits), y) - (-own(logs(logits), y).expm1()).log()),
        "That is the log-probability of any other label, log (1 - p). Asked is log p: log_softmax.": reads(lambda logits, y: (-own(logs(logits), y).expm1()).log()),
        "Softmax was taken twice: log_softmax wants the logits themselves.": reads(lambda logits, y: own(logs(logits.softmax(-1)), y)),
        "You compare the logit with the largest one only. All labels share the probability: log_softmax.": reads(lambda logits, y: own(logits, y) - logits.max(-1).values),
        "You compare the logit with the mean of all. The share that is missing is log of the sum of exp: log_softmax.": reads(lambda logits, y: own(logits, y) - logits.mean(-1)),
        "You divided by the sum of the logits, not of their exponentials: use log_softmax.": reads(lambda logits, y: own(logits, y) / logits.sum(-1)),
        "You took the logarithm to base 2 (or 10). The equation needs the natural one: log_softmax.": reads(lambda logits, y: own(logits.softmax(-1), y).log2()),
        "That is the mean over all labels: y plays no part. Pick column y[i] in row i.": reads(lambda logits, y: logs(logits).mean(-1)),
        "That is the sum over all labels: y plays no part. Pick column y[i] in row i.": reads(lambda logits, y: logs(logits).sum(-1)),
        "That is the entropy, a mean over all labels: y plays no part. Pick column y[i] in row i.": reads(lambda logits, y: -(logs(logits) * logits.softmax(-1)).sum(-1)),
        "Everybody was asked for the first sample's label. Row i needs column y[i].": reads(lambda logits, y: logs(logits)[:, y[0]]),
        "You took column y + 1. A classifier has no column for NULL: the first belongs to label 0.": reads(lambda logits, y: own(logs(logits), (y + 1) % 3)),
        "You took column y - 1. The first column belongs to label 0: take y as it is.": reads(lambda logits, y: own(logs(logits), y - 1)),
    },
    hints=[
        "Which axis of [B, K] holds the labels? Over that one, the probabilities sum to 1.",
        "logits.log_softmax(-1) gives all log-probabilities [B, K]; you want one of each row.",
        "Index with two lists of the same length: the row numbers 0 to B - 1, and the labels.",
    ],
)  # fmt: skip

# steer --------------------------------------------------------------------------------------------------------------
CARELESS = "The caller's x now asks for gradients: its tensor is changed behind its back. Detach first: x.detach().requires_grad_()."
ATTACHED = "A graph hangs on your answer, and costs memory. Ask the denoiser outside of enable_grad, or return its answer detached."
SWITCHED_OFF = "A sampler switches gradients off. Work inside `with torch.enable_grad():`, on x.detach().requires_grad_()."
OVERWROTE = "You wrote over the caller's labels. Make new ones: torch.full_like(y, NULL)."


def visits(denoiser, x, t, y):
    """What a denoiser answers inside a sampler; complains of what it leaves behind: on x, on y, and of graphs."""
    given_x, given_y = x.clone(), y.clone()
    try:
        with torch.no_grad():
            out = function_of(denoiser)(given_x, t, given_y)
    except RuntimeError as error:
        if "does not require grad" not in str(error):
            raise
        raise Complaint(SWITCHED_OFF) from None
    if out is None:
        raise Complaint("The function that you return gives nothing back: inside it, too, a return is needed.")
    if given_x.requires_grad:
        raise Complaint(CARELESS)
    if not given_y.equal(y):
        raise Complaint(OVERWROTE)
    if not given_x.equal(x):
        raise Complaint("You wrote into the caller's x: the walk goes on with it. Make a new tensor.")
    with torch.enable_grad():
        loose = getattr(denoiser(x.clone(), t, y.clone()), "requires_grad", False)
    if loose:
        raise Complaint(ATTACHED)
    return tensor_of(out)


def pushed_by(steered, base, x, t, y):
    """By how much a steered denoiser's answer differs from the base's; or the answer, if its shape is another."""
    out = visits(steered, x, t, y)
    return base - out if out.shape == x.shape else out


TIMES = {"scale 1": (1.0, 0.5), "scale 3, another time": (3.0, 0.2), "scale 2, a time for each": (2.0, torch.tensor([0.2, 0.5, 0.3, 0.7]))}


def ask_steer(steer):
    """The push at two scales and levels, and with a level for each sample; a denoiser whose answer for a label is a little off."""
    world, y, seen = triangle(Cosine()), torch.tensor([0, 1, 2, 1]), {}

    def denoiser(x, t, y):
        return world.denoiser(x, t, y) + 0.1 * (y != NULL)[:, None]

    for name, (scale, t) in TIMES.items():
        steered = steer(denoiser, world.classifier, world.schedule, scale)
        seen[f"the push at {name}"] = pushed_by(steered, denoiser(POINTS, t, torch.full_like(y, NULL)), POINTS, t, y)
    return seen


def gradient(wish, x):
    """The gradient of sum(wish(x)) at x."""
    with torch.enable_grad():
        x_in = x.detach().requires_grad_()
        return torch.autograd.grad(wish(x_in).sum(), x_in)[0]


def pushing(slope, push=lambda v: v.sigma * v.slope, base=lambda v: v.denoiser(v.x, v.t, v.y)):
    """A candidate: base - scale * push, along some slope; v holds all that it may look at."""

    def candidate(denoiser, guide, schedule, scale):
        def pushed(x, t, y):
            alpha, sigma = schedule.at(t, x)
            v = SimpleNamespace(denoiser=denoiser, guide=guide, scale=scale, x=x, t=t, y=y, alpha=alpha, sigma=sigma, null=torch.full_like(y, NULL), cosine=schedule)
            v.slope = slope(v)
            return base(v) - scale * push(v)

        return pushed

    return candidate


def leaving(candidate, x=lambda x: x, out=lambda out, y: out):
    """A candidate that does something to the caller's x, or to its answer and the caller's y."""
    return lambda *parts: lambda x_t, t, y: out(candidate(*parts)(x(x_t), t, y), y)


def steering(push=lambda v: v.sigma * v.slope, wish=lambda logits, y: own(logs(logits), y), base=lambda v: v.denoiser(v.x, v.t, v.null)):
    """A candidate for `steer`: the slope of a wish, (logits, y) -> [B]."""
    return pushing(lambda v: gradient(lambda x: wish(v.guide(x, v.t), v.y), v.x), push, base)


def steering_at(time):
    """A candidate for `steer` that asks the classifier at time(t)."""
    return pushing(lambda v: gradient(lambda x: own(logs(v.guide(x, time(v.t))), v.y), v.x), base=lambda v: v.denoiser(v.x, v.t, v.null))


NO_SIGMA = "sigma is missing: a score becomes noise when it is multiplied by -sigma. Without it the push is too strong, most so near t = 0."
PUSHES = {
    "sigma enters squared: the push is too weak. schedule.at gives sigma itself.": lambda v: v.sigma**2 * v.slope,
    "You took alpha for sigma: schedule.at(t, x) gives (alpha, sigma), so sigma is its [1].": lambda v: v.alpha * v.slope,
    "You divide by sigma. A score becomes noise when it is multiplied by -sigma: the push must vanish near the data.": lambda v: v.slope / v.sigma,
    "You multiply by sigma / alpha. A score becomes noise by -sigma alone.": lambda v: v.sigma / v.alpha * v.slope,
    "You multiply by alpha and sigma. A score becomes noise by -sigma alone.": lambda v: v.sigma * v.alpha * v.slope,
    "You multiply by the root of sigma. sigma is a standard deviation already: take it as it is.": lambda v: v.sigma**0.5 * v.slope,
    "Your gradient has length 1 for each sample. How steep it is matters: take it as it is.": lambda v: v.sigma * v.slope / v.slope.norm(dim=1, keepdim=True),
    "Your gradient has length 1 for each sample, and sigma is missing. Take the gradient as it is, times sigma.": lambda v: v.slope / v.slope.norm(dim=1, keepdim=True),
    "Your gradient has length 1 for the whole batch: a sample's push then depends on the others. Take it as it is.": lambda v: v.sigma * v.slope / v.slope.norm(),
    "You kept only the gradient's signs. How steep it is matters: take it as it is.": lambda v: v.sigma * v.slope.sign(),
    "You push scale - 1 times. Scale 1 is the full push here, and 0 is none: leave out the minus 1.": lambda v: (1 - 1 / v.scale) * v.sigma * v.slope,
    "The scale enters squared. Multiply the push by it once.": lambda v: v.scale * v.sigma * v.slope,
    "sigma was taken at the first sample's time for all: schedule.at(t, x) gives one for each.": lambda v: v.sigma.reshape(-1)[0] * v.slope,
    "sigma was taken at the mean of the times: schedule.at(t, x) gives one for each.": lambda v: v.cosine.sigma(torch.as_tensor(v.t).mean()) * v.slope,
    "The gradient is that of the mean over the batch: the push gets weaker the more samples there are. Take the sum.": lambda v: v.sigma * v.slope / len(v.slope),
}
steer = Check(
    ask_steer,
    solution=steering(),
    mistakes={
        NO_SIGMA: zoo.steer_c,
        **{sentence: steering(push) for sentence, push in PUSHES.items()},
        "The sign is the wrong way round: you push away from the label. The noise is minus the score, so subtract.": steering(lambda v: -v.sigma * v.slope),
        "The scale multiplies the denoiser's answer too. Only the push is scaled.": steering(base=lambda v: v.scale * v.denoiser(v.x, v.t, v.null)),
        "The scale plays no part: every scale gives the same push.": steering(lambda v: v.sigma * v.slope / v.scale),
        "The denoiser's answer is missing: that is the push alone.": steering(base=lambda v: 0 * v.x),
        "You pushed x. A denoiser answers with noise: start from the denoiser's answer for NULL.": steering(base=lambda v: v.x),
        "You pushed x, and asked the denoiser there. Ask it at x, and push its answer.": steering(lambda v: 0 * v.x, base=lambda v: v.denoiser(v.x + v.scale * v.sigma * gradient(lambda x: own(logs(v.guide(x, v.t)), v.y), v.x), v.t, v.null)),
        "The classifier plays no part: that is the denoiser's answer for NULL.": steering(lambda v: 0 * v.x),
        "The classifier plays no part: that is the denoiser's answer for y.": steering(lambda v: 0 * v.x, base=lambda v: v.denoiser(v.x, v.t, v.y)),
        "The classifier plays no part: that is classifier-free guidance, a step from NULL's answer to the label's. Take the classifier's gradient.": steering(lambda v: v.denoiser(v.x, v.t, v.null) - v.denoiser(v.x, v.t, v.y)),
        "The classifier was asked at t = 0, as if x were clean. It is a classifier of noisy data: hand t on.": steering_at(lambda t: 0.0),
        "The classifier was asked at t = 1, whatever the time is: hand t on.": steering_at(lambda t: 1.0),
        "The classifier was asked at the first sample's time for all: hand t on as it came.": steering_at(lambda t: torch.as_tensor(t).flatten()[0]),
        "The classifier was shown the guess of clean data. It is one of noisy data: show it x itself, at t.": pushing(lambda v: gradient(lambda x: own(logs(v.guide(guess(v, x, y=v.null), v.t)), v.y), v.x), base=lambda v: v.denoiser(v.x, v.t, v.null)),
        "The classifier was shown the denoiser's answer, which is noise. Show it x itself, at t.": pushing(lambda v: gradient(lambda x: own(logs(v.guide(v.denoiser(x, v.t, v.null), v.t)), v.y), v.x), base=lambda v: v.denoiser(v.x, v.t, v.null)),
        "You climb towards the likeliest label, whatever y asks for. Take the log-probability of y: log_likelihood.": steering(wish=lambda logits, y: logs(logits).max(-1).values),
        "You climb the sum of all labels' log-probabilities: y plays no part. Take that of y: log_likelihood.": steering(wish=lambda logits, y: logs(logits).sum(-1)),
        "You climb towards the first sample's label for all. Each has its own: log_likelihood.": steering(wish=lambda logits, y: logs(logits)[:, y[0]]),
        "The probabilities sum to 1 over the batch instead of over the labels. Use log_likelihood, or the last axis.": steering(wish=lambda logits, y: own(logits.log_softmax(0), y)),
        "A sigmoid asks of each label by itself. Here exactly one label is right: use log_likelihood.": steering(wish=lambda logits, y: own(logits, y).sigmoid().log()),
        "Softmax was taken twice: log_softmax (and cross_entropy) want the logits themselves. Use log_likelihood.": steering(wish=lambda logits, y: own(logs(logits.softmax(-1)), y)),
        "The scale is one too large: scale 1 is the right push. (s = 1 + w is another convention.)": steering(lambda v: (1 + 1 / v.scale) * v.sigma * v.slope),
        "You asked the denoiser for y, and pushed on top: the label counts twice. Ask it for NULL.": steering(base=lambda v: v.denoiser(v.x, v.t, v.y)),
        "You climb the logit, not the log-probability: the push away from the other labels is missing. Use log_likelihood.": steering(wish=own),
        "You climb the probability, not its logarithm. Use log_likelihood.": steering(wish=lambda logits, y: own(logits.softmax(-1), y)),
        "[y] picks rows of the batch, not columns of labels. Use log_likelihood, or [torch.arange(len(y)), y].": steering(wish=lambda logits, y: logs(logits)[y]),
        OVERWROTE: leaving(steering(), out=lambda out, y: (out, y.fill_(NULL))[0]),
        CARELESS: zoo.steer_b,
        ATTACHED: zoo.steer_a,
    },
    hints=[
        "steer gets functions and returns a function of (x, t, y). Three parts: the answer for NULL, the gradient, how to add them.",
        "The gradient: torch.autograd.grad(log_likelihood(classifier, x_in, t, y).sum(), x_in)[0], with x_in a detached copy that requires gradients.",
        "Then the third equation of section 2, with the scale before the push. sigma is schedule.at(t, x)[1].",
    ],
)  # fmt: skip

# taste --------------------------------------------------------------------------------------------------------------
def lopsided(x0):
    """An energy [B] of clean points [B, 2]: low near (1, 0), and no symmetry that could hide a mistake."""
    return (x0[:, 0] - 1) ** 2 + 0.5 * x0[:, 1] ** 4 + x0[:, 0] * x0[:, 1]


def ask_taste(taste):
    """The push of the exact denoiser of the triangle, at two levels and scales and with a level for each, with and without a label."""
    world, y, seen = triangle(Cosine()), torch.tensor([0, NULL, 2, 1]), {}
    for name, (scale, t) in TIMES.items():
        steered = taste(world.denoiser, lopsided, world.schedule, scale)
        seen[f"the push at {name}"] = pushed_by(steered, world.denoiser(POINTS, t, y), POINTS, t, y)
    return seen


def guess(v, x, asked_at=None, y=None):
    """The guess of clean data for x; the denoiser may be asked at another place, or for other labels."""
    return to_x0(v.denoiser(x if asked_at is None else asked_at, v.t, v.y if y is None else y), x, v.alpha, v.sigma)


def tasting(push=lambda v: v.sigma * v.slope, shown=guess):
    """The energy is a wish that falls: minus its gradient is the slope."""
    return pushing(lambda v: -gradient(lambda x: v.guide(shown(v, x)), v.x), push)


taste = Check(
    ask_taste,
    solution=tasting(),
    mistakes={
        "You climb the energy: it is low where you like it, so go down. eps = -sigma * score turns the minus into a plus.": tasting(lambda v: -v.sigma * v.slope),
        "The energy judges the noisy x_t. Show it the guess of clean data: to_x0(eps, x_in, *schedule.at(t, x)).": tasting(shown=lambda v, x: x),
        "The energy judges the noise, not the clean data. Turn eps into x0 first: to_x0.": tasting(shown=lambda v, x: v.denoiser(x, v.t, v.y)),
        "The gradient does not run through the denoiser: its answer was held fixed. Ask it again for the copy x_in, inside enable_grad.": tasting(shown=lambda v, x: guess(v, x, asked_at=v.x)),
        "That is the gradient with respect to the guess. You push x_t, so start the chain there: the copy x_in.": pushing(lambda v: -gradient(v.guide, guess(v, v.x))),
        "The guess was made for NULL. Ask the denoiser for y: the guess must be the one that the walk is heading for.": tasting(shown=lambda v, x: guess(v, x, y=v.null)),
        NO_SIGMA: tasting(lambda v: v.slope),
        "You asked the denoiser for NULL, both for its answer and for the guess. Ask it for y, the label that the walk is heading for.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x, y=v.null)), v.x), base=lambda v: v.denoiser(v.x, v.t, v.null)),
        "The answer that you push is the one for NULL. Ask the denoiser for y.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x)), v.x), base=lambda v: v.denoiser(v.x, v.t, v.null)),
        "alpha and sigma changed places, in the guess and in the push: schedule.at(t, x) gives (alpha, sigma).": tasting(lambda v: v.alpha * v.slope, shown=lambda v, x: to_x0(v.denoiser(x, v.t, v.y), x, v.sigma, v.alpha)),
        "alpha and sigma changed places in the guess: to_x0(eps, x_in, alpha, sigma).": tasting(shown=lambda v, x: to_x0(v.denoiser(x, v.t, v.y), x, v.sigma, v.alpha)),
        "The guess is not divided by alpha: x without its noise is alpha times the clean data. Use to_x0.": tasting(shown=lambda v, x: x - v.sigma * v.denoiser(x, v.t, v.y)),
        "The guess takes away eps whole, not sigma times eps. Use to_x0.": tasting(shown=lambda v, x: (x - v.denoiser(x, v.t, v.y)) / v.alpha),
        "In the guess, x was held fixed: the gradient runs through the denoiser's answer only. Give to_x0 the copy x_in, too.": tasting(shown=lambda v, x: to_x0(v.denoiser(x, v.t, v.y), v.x, v.alpha, v.sigma)),
        "The gradient is divided by the root of the batch's energy, as in a recipe of diffusion posterior sampling. Here it counts as it is.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x)), v.x) / v.guide(guess(v, v.x)).sum().abs().sqrt()),
        "The gradient is divided by the root of each sample's energy. Here it counts as it is.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x)), v.x) / v.guide(guess(v, v.x)).abs().sqrt()[:, None]),
        "You push by the energy itself. Which way it falls is told by its gradient with respect to x_t.": pushing(lambda v: -v.guide(guess(v, v.x))[:, None] * torch.ones_like(v.x)),
        "The energy's square was differentiated. Take the gradient of the energy itself.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x)) ** 2, v.x)),
        "The energy's exponential was differentiated. Minus the energy is the logarithm already: take its gradient.": pushing(lambda v: gradient(lambda x: (-v.guide(guess(v, x))).exp(), v.x)),
        "The gradient with respect to the guess was divided by alpha: that leaves out the way through the denoiser. Start the chain at x_in, inside enable_grad.": pushing(lambda v: -gradient(v.guide, guess(v, v.x)) / v.alpha / v.alpha),
        "The denoiser's answer is missing: that is the push alone.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x)), v.x), base=lambda v: 0 * v.x),
        "You pushed x. A denoiser answers with noise: start from its answer for y.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x)), v.x), base=lambda v: v.x),
        "You pushed the guess of clean data. A denoiser answers with noise: start from its answer for y.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x)), v.x), base=lambda v: guess(v, v.x)),
        "The energy plays no part: that is the denoiser's answer for y.": tasting(lambda v: 0 * v.x),
        "The scale multiplies the denoiser's answer too. Only the push is scaled.": pushing(lambda v: -gradient(lambda x: v.guide(guess(v, x)), v.x), base=lambda v: v.scale * v.denoiser(v.x, v.t, v.y)),
        "The scale plays no part: every scale gives the same push.": tasting(lambda v: v.sigma * v.slope / v.scale),
        OVERWROTE: leaving(tasting(), out=lambda out, y: (out, y.fill_(NULL))[0]),
        **{sentence: tasting(push) for sentence, push in PUSHES.items()},
        CARELESS: leaving(tasting(), x=torch.Tensor.requires_grad_),
        ATTACHED: leaving(tasting(), out=lambda out, y: out.requires_grad_()),
    },
    hints=[
        "Draw the chain: x_t -> denoiser -> eps -> to_x0 -> clean guess -> energy. You need the gradient of its end with respect to its start.",
        "Everything from x_in = x.detach().requires_grad_() to torch.autograd.grad(energy(clean).sum(), x_in)[0] is inside enable_grad.",
        "The log-probability of section 2 becomes minus the energy. So: eps - scale * sigma * (minus the gradient). Detach the eps that you return.",
    ],
)  # fmt: skip

# both ---------------------------------------------------------------------------------------------------------------
def ask_both_labels(both):
    """The quilt's two classifiers, labels that differ between the columns, some that are left open; and the gradients."""
    colour, place = (quilt(Cosine()).attribute(i).classifier for i in (0, 1))
    x = torch.tensor([[0.3, 1.0], [-1.2, 0.4], [0.9, -0.6], [1.3, 1.1], [-0.2, -1.0], [0.6, 0.2]])
    y, seen = torch.tensor([[0, 2], [1, 0], [2, 1], [NULL, 2], [1, NULL], [NULL, NULL]]), {}
    asked = {"all labels given": (3, 0.4), "another time": (3, 0.8), "some left open": (6, 0.4), "a time for each": (3, torch.tensor([0.2, 0.5, 0.8]))}
    for name, (n, t) in asked.items():
        seen |= with_slope(lambda x: lend(both, colour=colour, place=place, x=x, t=t, y=y[:n], cure=UNDISTURBED), x[:n], name)
    return seen


def pair(combine, columns=(0, 1), null=0.0, read=lambda logits, y: own(logs(logits), y), guides=(0, 1), time=lambda t: t):
    """A candidate that combines what is read off the two classifiers; `null` where no label is asked for."""

    def log_of(classifier, x, t, y):
        log_p = read(classifier(x, time(t)), y)
        return log_p if null is None else torch.where(y == NULL, null, log_p)

    def mine(colour, place, x, t, y):
        classifiers = (colour, place)
        return combine(*(log_of(classifiers[guides[i]], x, t, y[:, columns[i]]) for i in (0, 1)))

    return mine


def in_step(colour, place, x, t, y):
    """The mistake of asking of the whole column whether it is open."""
    found = [own(logs(classifier(x, t)), y[:, k]) * float(not (y[:, k] == NULL).any()) for k, classifier in enumerate((colour, place))]
    return sum(found)


both = Check(
    ask_both_labels,
    solution=pair(lambda a, b: a + b),
    mistakes={
        "NULL = -1 picks the last label: a column that is left open must ask for nothing, log 1 = 0. log_likelihood takes care of that.": pair(lambda a, b: a + b, null=None),
        "A NULL in one column silences both: the other one still counts.": pair(lambda a, b: torch.where((a == 0) | (b == 0), 0.0, a + b)),
        "The columns are swapped: y is [colour, place].": pair(lambda a, b: a + b, columns=(1, 0)),
        "Both classifiers were asked for the colour: the place is the second column.": pair(lambda a, b: a + b, columns=(0, 0)),
        "Only the colour is asked for. Add the place: y[:, 1], by its own classifier.": pair(lambda a, b: a),
        "Only the place is asked for. Add the colour: y[:, 0], by its own classifier.": pair(lambda a, b: b),
        "The sign is the wrong way round: a wish is more where it is better, so it is no loss.": pair(lambda a, b: -a - b),
        "You subtracted: that asks for the colour and against the place. Add the two.": pair(lambda a, b: a - b),
        "That is the mean of the two, so each pushes with half of its strength. Add them.": pair(lambda a, b: (a + b) / 2),
        "Probabilities multiply, so log-probabilities add. You multiplied the logarithms.": pair(lambda a, b: a * b),
        "You added probabilities: that is closer to 'one or the other' than to 'both'. Add the logarithms.": pair(lambda a, b: (a.exp() + b.exp()).log()),
        "One number for the whole batch. Return one for each sample.": pair(lambda a, b: (a + b).sum()),
        NO_SLOPE: pair(lambda a, b: (a + b).detach()),
        "One open label switches its column off for the whole batch: ask for each sample by itself, as log_likelihood does.": in_step,
        "NULL was taken for label 0: a column that is left open must ask for nothing, log 1 = 0. log_likelihood takes care of that.": pair(lambda a, b: a + b, null=None, read=lambda logits, y: own(logs(logits), y.clamp(min=0))),
        "NULL was taken for label 1, as abs makes it: a column that is left open must ask for nothing, log 1 = 0. log_likelihood takes care of that.": pair(lambda a, b: a + b, null=None, read=lambda logits, y: own(logs(logits), y.abs())),
        "NULL counts as one label in three. Nothing was asked there, and nothing has probability 1: log 1 = 0.": pair(lambda a, b: a + b, null=-math.log(3)),
        "NULL counts as log 0 = minus infinity (or nearly so). Nothing was asked there, and nothing has probability 1: log 1 = 0.": pair(lambda a, b: a + b, null=-torch.inf),
        "A column that is left open counts 1. That is its probability; what is added is the logarithm, 0.": pair(lambda a, b: a + b, null=1.0),
        "Both classifiers were asked for the place: the colour is the first column.": pair(lambda a, b: a + b, columns=(1, 1)),
        "The colour's classifier was asked twice. Each column has a classifier of its own.": pair(lambda a, b: a + b, guides=(0, 0)),
        "The place's classifier was asked twice. Each column has a classifier of its own.": pair(lambda a, b: a + b, guides=(1, 1)),
        "You added logits, not log-probabilities: the other labels' share is missing. Use log_likelihood.": pair(lambda a, b: a + b, read=own),
        "That is the probability of both. A wish is its logarithm: add the two log-probabilities.": pair(lambda a, b: (a + b).exp()),
        "You added the probabilities. Log-probabilities add: use log_likelihood.": pair(lambda a, b: a.exp() + b.exp()),
        "You took the smaller of the two: only one label pushes then. Add them.": pair(torch.minimum),
        "You took the larger of the two: only one label pushes then. Add them.": pair(torch.maximum),
        "Two numbers for each sample, [B, 2], are one too many: add the two columns.": pair(lambda a, b: torch.stack([a, b], 1)),
        "The two stand one below the other, 2 B numbers: add them, sample by sample.": pair(lambda a, b: torch.cat([a, b])),
        "The classifiers were asked at t = 0, as if x were clean: hand t on.": pair(lambda a, b: a + b, time=lambda t: 0.0),
        "The classifiers were asked at the first sample's time for all: hand t on as it came.": pair(lambda a, b: a + b, time=lambda t: torch.as_tensor(t).flatten()[0]),
    },
    hints=[
        "What is the probability of two independent things? And its logarithm?",
        "y[:, 0] holds the colours, y[:, 1] the places. Each belongs to its own classifier.",
        "Call log_likelihood(classifier, x, t, labels) for each of the two, and add.",
    ],
)  # fmt: skip
