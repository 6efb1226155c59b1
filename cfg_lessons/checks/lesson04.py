"""The checks of lesson 04: a label's log-probability, steering, an opinion about clean pictures, two classifiers."""

from functools import partial
from types import SimpleNamespace

import torch

from ..data import quilt, triangle
from ..denoisers import NULL, to_x0
from ..schedules import Cosine
from . import Check, answer, dice

POINTS = torch.tensor([[0.2, 0.4], [-0.9, 0.3], [1.1, -0.8], [0.5, 0.1]])
logs = partial(torch.log_softmax, dim=-1)

# label --------------------------------------------------------------------------------------------------------------
def toy_logits(x, t):
    """A classifier (x, t) -> logits [B, 3] of points [B, 2] that listens to the time."""
    return torch.stack([x[:, 0], x[:, 1] - x[:, 0] * t, x.square().sum(1) - 2], 1)


def with_slope(wish, x):
    """What a wish says of x, and the gradient of its sum: zeros where none runs back to x."""
    x_in = x.clone().requires_grad_()
    out = answer(wish(x_in))
    if not isinstance(out, torch.Tensor):
        raise TypeError("expected a tensor, one number for each sample; it is " + type(out).__name__)
    slope = torch.autograd.grad(out.sum(), x_in, allow_unused=True)[0] if out.requires_grad else None
    return [out, torch.zeros_like(x) if slope is None else slope]


def ask_label(label):
    """Points and labels in batches of five and of two, at two levels; and the gradients."""
    rng = dice(0)
    x, y = torch.randn(5, 2, generator=rng, dtype=torch.float64), torch.tensor([1, 0, 2, 0, 2])
    asked = ((5, 0.5), (5, 0.1), (2, 0.5))
    return sum((with_slope(lambda x: label(toy_logits, x, t, y[:n].clone()), x[:n]) for n, t in asked), [])


def own(scores, y):
    """The score of each sample's own label."""
    return scores[torch.arange(len(y)), y]


def reads(pick):
    """A candidate that picks its answer out of the logits."""
    return lambda classifier, x, t, y: pick(classifier(x, t), y)


label = Check(
    ask_label,
    solution=reads(lambda logits, y: own(logs(logits), y)),
    mistakes={
        "[y] picks rows of the batch: sample y[i], with all its labels. Index rows and columns: [torch.arange(len(y)), y].": reads(lambda logits, y: logs(logits)[y]),
        "[y] picks rows of the batch, and the sum adds all labels of a row. Use [torch.arange(len(y)), y].": reads(lambda logits, y: logs(logits)[y].sum(-1)),
        "[:, y] gives every sample all the labels of the batch, [B, B]. Row i needs column y[i] alone: [torch.arange(len(y)), y].": reads(lambda logits, y: logs(logits)[:, y]),
        "Those are logits, not log-probabilities: the other labels' share is missing, and with it the push away from them. Use log_softmax.": reads(own),
        "That is the probability. The equation needs its logarithm: log_softmax.": reads(lambda logits, y: own(logits.softmax(-1), y)),
        "The sign is the wrong way round: that is the cross entropy, a loss. Here more is better.": reads(lambda logits, y: -own(logs(logits), y)),
        "The probabilities sum to 1 over the batch instead of over the labels. Use the last axis.": reads(lambda logits, y: own(logits.log_softmax(0), y)),
        "One number for the whole batch. Return one for each sample; the sum is taken where the gradient is.": reads(lambda logits, y: own(logs(logits), y).sum()),
        "That is the likeliest label's log-probability, whatever y asks for. Pick column y[i] in row i.": reads(lambda logits, y: logs(logits).max(-1).values),
        "The numbers are right, but no gradient runs back to x. Take away detach, no_grad or item.": reads(lambda logits, y: own(logs(logits), y).detach()),
    },
    hints=[
        "Which axis of [B, K] holds the labels? Over that one, the probabilities sum to 1.",
        "logits.log_softmax(-1) gives all log-probabilities [B, K]; you want one of each row.",
        "Index with two lists of the same length: the row numbers 0 to B - 1, and the labels.",
    ],
)  # fmt: skip

# steer --------------------------------------------------------------------------------------------------------------
def visits(denoiser, x, t, y):
    """What a denoiser answers inside a sampler, and what it leaves behind: on x, on y, and of graphs."""
    if not callable(answer(denoiser)):
        raise TypeError("expected a denoiser, a function of (x, t, y); it is " + type(denoiser).__name__)
    given_x, given_y = x.clone(), y.clone()
    try:
        with torch.no_grad():
            out = answer(denoiser(given_x, t, given_y))
    except RuntimeError as error:
        if "does not require grad" not in str(error):
            raise
        sentence = "a sampler switches gradients off. Work inside `with torch.enable_grad():`, on x.detach().requires_grad_()"
        raise RuntimeError(sentence) from None
    with torch.enable_grad():
        loose = getattr(denoiser(x.clone(), t, y.clone()), "requires_grad", False)
    return [out, *map(torch.tensor, (given_x.requires_grad, not torch.equal(given_y, y), loose and not given_x.requires_grad))]


def ask_steer(steer):
    """Two scales at two levels, and a level for each sample; a denoiser whose answer for a label is a little off."""
    world, y, seen = triangle(Cosine()), torch.tensor([0, 1, 2, 1]), []
    for scale, t in ((1.0, 0.5), (3.0, 0.2), (2.0, torch.tensor([0.2, 0.5, 0.3, 0.7]))):
        denoiser = steer(lambda x, t, y: world.denoiser(x, t, y) + 0.1 * (y != NULL)[:, None], world.classifier, world.schedule, scale)
        seen += visits(denoiser, POINTS, t, y)
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
            v = SimpleNamespace(denoiser=denoiser, guide=guide, scale=scale, x=x, t=t, y=y, alpha=alpha, sigma=sigma, null=torch.full_like(y, NULL))
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


PUSHES = {
    "sigma is missing: a score becomes noise when it is multiplied by -sigma. Without it the push is too strong, most so near t = 0.": lambda v: v.slope,
    "sigma enters squared: the push is too weak. schedule.at gives sigma itself.": lambda v: v.sigma**2 * v.slope,
    "You took alpha for sigma: schedule.at(t, x) gives (alpha, sigma), so sigma is its [1].": lambda v: v.alpha * v.slope,
    "The gradient is that of the mean over the batch: the push gets weaker the more samples there are. Take the sum.": lambda v: v.sigma * v.slope / len(v.slope),
}
CARELESS = "The answer is right, but the caller's x now asks for gradients: its tensor is changed behind its back. Detach first: x.detach().requires_grad_()."
ATTACHED = "The answer is right, but a graph hangs on it, and costs memory. Ask the denoiser outside of enable_grad, or return its answer detached."

steer = Check(
    ask_steer,
    solution=steering(),
    mistakes={
        **{sentence: steering(push) for sentence, push in PUSHES.items()},
        "The sign is the wrong way round: you push away from the label. The noise is minus the score, so subtract.": steering(lambda v: -v.sigma * v.slope),
        "The scale multiplies the denoiser's answer too. Only the push is scaled.": steering(base=lambda v: v.scale * v.denoiser(v.x, v.t, v.null)),
        "The scale plays no part: every scale gives the same push.": steering(lambda v: v.sigma * v.slope / v.scale),
        "The scale is one too large: scale 1 is the right push. (s = 1 + w is another convention.)": steering(lambda v: (1 + 1 / v.scale) * v.sigma * v.slope),
        "You asked the denoiser for y, and pushed on top: the label counts twice. Ask it for NULL.": steering(base=lambda v: v.denoiser(v.x, v.t, v.y)),
        "You climb the logit, not the log-probability: the push away from the other labels is missing. Use log_likelihood.": steering(wish=own),
        "You climb the probability, not its logarithm. Use log_likelihood.": steering(wish=lambda logits, y: own(logits.softmax(-1), y)),
        "[y] picks rows of the batch, not columns of labels. Use log_likelihood, or [torch.arange(len(y)), y].": steering(wish=lambda logits, y: logs(logits)[y]),
        "The answer is right, but you wrote over the caller's labels. Make new ones: torch.full_like(y, NULL).": leaving(steering(), out=lambda out, y: (out, y.fill_(NULL))[0]),
        CARELESS: leaving(steering(), x=torch.Tensor.requires_grad_),
        ATTACHED: leaving(steering(), out=lambda out, y: out.requires_grad_()),
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
    """The exact denoiser of the triangle, at two levels and scales, with and without a label."""
    world, y, asked = triangle(Cosine()), torch.tensor([0, NULL, 2]), ((1.0, 0.4), (2.5, 0.2))
    return sum((visits(taste(world.denoiser, lopsided, world.schedule, scale), POINTS[:3], t, y) for scale, t in asked), [])


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
    guides = [quilt(Cosine()).attribute(i).classifier for i in (0, 1)]
    x = torch.tensor([[0.3, 1.0], [-1.2, 0.4], [0.9, -0.6], [1.3, 1.1], [-0.2, -1.0]])
    y = torch.tensor([[0, 2], [1, 0], [2, 1], [NULL, 2], [1, NULL]])
    return sum((with_slope(lambda x: both(*guides, x, t, y[:n].clone()), x[:n]) for n, t in ((5, 0.4), (2, 0.8))), [])


def pair(combine, columns=(0, 1), null=0.0):
    """A candidate that combines the two log-probabilities; `null` where no label is asked for."""

    def log_of(classifier, x, t, y):
        log_p = own(logs(classifier(x, t)), y)
        return log_p if null is None else torch.where(y == NULL, null, log_p)

    return lambda colour, place, x, t, y: combine(log_of(colour, x, t, y[:, columns[0]]), log_of(place, x, t, y[:, columns[1]]))


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
        "The numbers are right, but no gradient runs back to x. Take away detach, no_grad or item.": pair(lambda a, b: (a + b).detach()),
    },
    hints=[
        "What is the probability of two independent things? And its logarithm?",
        "y[:, 0] holds the colours, y[:, 1] the places. Each belongs to its own classifier.",
        "Call log_likelihood(classifier, x, t, labels) for each of the two, and add.",
    ],
)  # fmt: skip
