"""The checks of lesson 04: a label's log-probability, steering, an opinion about clean pictures, two classifiers."""

import torch

from ..data import quilt, triangle
from ..denoisers import NULL, to_x0
from ..exact import Mixture
from ..schedules import Cosine
from . import Check, answer

# label --------------------------------------------------------------------------------------------------------------


def toy_logits(x, t):
    """A classifier (x, t) -> logits [B, 3] of points [B, 2] that listens to the time."""
    return torch.stack([x[:, 0], x[:, 1] - x[:, 0] * t, x.square().sum(1) - 2], 1)


def ask_label(label):
    """Points and labels in batches of five and of two, at two levels."""
    rng = torch.Generator().manual_seed(0)
    x, y = torch.randn(5, 2, generator=rng, dtype=torch.float64), torch.tensor([1, 0, 2, 0, 2])
    return [answer(label(toy_logits, x[:n].clone(), t, y[:n].clone())) for n, t in ((5, 0.5), (5, 0.1), (2, 0.5))]


def picked(turn):
    """A candidate that turns logits into scores and picks each sample's label."""
    return lambda classifier, x, t, y: turn(classifier(x, t))[torch.arange(len(y)), y]


label = Check(
    ask_label,
    solution=picked(lambda logits: logits.log_softmax(-1)),
    mistakes={
        "[y] picks rows of the batch: sample y[i], with all its labels. Index rows and columns: [torch.arange(len(y)), y].":
            lambda classifier, x, t, y: classifier(x, t).log_softmax(-1)[y % len(y)],
        "[:, y] gives every sample all the labels of the batch, [B, B]. Row i needs column y[i] alone: [torch.arange(len(y)), y].":
            lambda classifier, x, t, y: classifier(x, t).log_softmax(-1)[:, y],
        "Those are logits, not log-probabilities: the other labels' share is missing, and with it the push away from them. Use log_softmax.":
            picked(lambda logits: logits),
        "That is the probability. The equation needs its logarithm: log_softmax.": picked(lambda logits: logits.softmax(-1)),
        "The sign is the wrong way round: that is the cross entropy, a loss. Here more is better.":
            picked(lambda logits: -logits.log_softmax(-1)),
        "The probabilities sum to 1 over the batch instead of over the labels: each sample depends on the others. Use the last axis.":
            picked(lambda logits: logits.log_softmax(0)),
        "One number for the whole batch. Return one for each sample; the sum is taken where the gradient is.":
            lambda classifier, x, t, y: picked(lambda logits: logits.log_softmax(-1))(classifier, x, t, y).sum(),
        "That is the likeliest label's log-probability. y plays no part: whatever is asked for, you would push to what is there already.":
            lambda classifier, x, t, y: classifier(x, t).log_softmax(-1).max(-1).values,
    },
    hints=[
        "Which axis of [B, K] holds the labels? Over that one, the probabilities sum to 1.",
        "logits.log_softmax(-1) gives all log-probabilities [B, K]; you want one of each row.",
        "Index with two lists of the same length: the row numbers 0 to B - 1, and the labels.",
    ],
)  # fmt: skip

# steer --------------------------------------------------------------------------------------------------------------


def exact_world():
    """The triangle in double precision."""
    plain = triangle(Cosine())
    return Mixture(plain.means.double(), plain.stds.double(), plain.labels, plain.schedule)


def under_no_grad(denoiser, x, t, y):
    """What a denoiser answers inside a sampler; the lack of gradients there gets a sentence of its own."""
    try:
        with torch.no_grad():
            return answer(denoiser(x, t, y))
    except RuntimeError as error:
        if "does not require grad" not in str(error):
            raise
        sentence = "a sampler switches gradients off. Work inside `with torch.enable_grad():`, on x.detach().requires_grad_()"
        raise RuntimeError(sentence) from None


def made(denoiser):
    """A denoiser, or a sentence."""
    if not callable(answer(denoiser)):
        raise TypeError("expected a denoiser, a function of (x, t, y); it is " + type(denoiser).__name__)
    return denoiser


def ask_steer(steer):
    """Two scales at two levels, labels that all differ, and what becomes of the caller's x."""
    world, seen = exact_world(), []
    x, y = torch.tensor([[0.2, 0.4], [-0.9, 0.3], [1.1, -0.8], [0.5, 0.1]]).double(), torch.tensor([0, 1, 2, 1])
    for scale, t in ((1.0, 0.5), (3.0, 0.2)):
        given_x = x.clone()
        denoiser = made(steer(world.denoiser, world.classifier, world.schedule, scale))
        seen += [under_no_grad(denoiser, given_x, t, y.clone()), torch.as_tensor(given_x.requires_grad)]
    return seen


def gradient(wish, x):
    """The gradient of sum(wish(x)) at x."""
    with torch.enable_grad():
        x_in = x.detach().requires_grad_()
        return torch.autograd.grad(wish(x_in).sum(), x_in)[0]


def steering(rule, wish=lambda logits: logits.log_softmax(-1), careless=False):
    """A candidate: rule(unconditional eps, conditional eps, sigma, gradient, scale), with a wish of its own."""

    def steer(denoiser, classifier, schedule, scale):
        def pushed(x, t, y):
            if careless:
                x.requires_grad_()
            slope = gradient(lambda x: wish(classifier(x, t))[torch.arange(len(y)), y], x)
            free, told = denoiser(x, t, torch.full_like(y, NULL)), denoiser(x, t, y)
            return rule(free, told, schedule.at(t, x)[1], slope, scale)

        return pushed

    return steer


steer = Check(
    ask_steer,
    solution=steering(lambda free, told, sigma, slope, scale: free - scale * sigma * slope),
    mistakes={
        "sigma is missing: a score becomes noise when it is multiplied by -sigma. Without it the push is too strong, most so near t = 0.":
            steering(lambda free, told, sigma, slope, scale: free - scale * slope),
        "sigma enters squared: the push is too weak. One factor sigma turns a score into noise; schedule.at gives sigma itself.":
            steering(lambda free, told, sigma, slope, scale: free - scale * sigma**2 * slope),
        "The sign is the wrong way round: you push away from the label. The noise is minus the score, so subtract.":
            steering(lambda free, told, sigma, slope, scale: free + scale * sigma * slope),
        "The gradient is that of the mean over the batch: the push gets weaker the more samples there are. Take the sum.":
            steering(lambda free, told, sigma, slope, scale: free - scale * sigma * slope / len(slope)),
        "The scale multiplies the denoiser's answer too. Only the push is scaled.":
            steering(lambda free, told, sigma, slope, scale: scale * (free - sigma * slope)),
        "The scale plays no part: every scale gives the same push.":
            steering(lambda free, told, sigma, slope, scale: free - sigma * slope),
        "You asked the denoiser for y, and pushed on top: the label counts twice. Ask it for NULL.":
            steering(lambda free, told, sigma, slope, scale: told - scale * sigma * slope),
        "You climb the logit, not the log-probability: the push away from the other labels is missing. Use log_likelihood.":
            steering(lambda free, told, sigma, slope, scale: free - scale * sigma * slope, wish=lambda logits: logits),
        "The answer is right, but the caller's x now asks for gradients, and the next step would fail. Detach first: x.detach().requires_grad_().":
            steering(lambda free, told, sigma, slope, scale: free - scale * sigma * slope, careless=True),
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
    world = exact_world()
    x, y = torch.tensor([[0.2, 0.4], [-0.9, 0.3], [1.1, -0.8]]).double(), torch.tensor([0, NULL, 2])
    return [
        under_no_grad(made(taste(world.denoiser, lopsided, world.schedule, scale)), x.clone(), t, y.clone())
        for scale, t in ((1.0, 0.4), (2.5, 0.2))
    ]


def tasting(sign=1.0, power=1, through=True, average=False, judged="x0"):
    """A candidate that pushes by the gradient of the energy of the clean guess, in one of many ways."""

    def taste(denoiser, energy, schedule, scale):
        def pushed(x, t, y):
            alpha, sigma = schedule.at(t, x)

            def shown(x_in):
                eps = denoiser(x_in, t, y) if through else denoiser(x, t, y).detach()
                return {"x0": to_x0(eps, x_in, alpha, sigma), "x_t": x_in, "eps": eps}[judged]

            slope = gradient(lambda x_in: energy(shown(x_in)) / (len(x) if average else 1), x)
            return denoiser(x, t, y) + sign * scale * sigma**power * slope

        return pushed

    return taste


taste = Check(
    ask_taste,
    solution=tasting(),
    mistakes={
        "You climb the energy: it is low where you like it, so go down. eps = -sigma * score turns the minus into a plus.": tasting(sign=-1.0),
        "The energy judges the noisy x_t. Show it the guess of clean data: to_x0(eps, x_in, *schedule.at(t, x)).": tasting(judged="x_t"),
        "The energy judges the noise, not the clean data. Turn eps into x0 first: to_x0.": tasting(judged="eps"),
        "The gradient does not run through the denoiser: its answer was held fixed. Ask it again for the copy x_in, inside enable_grad.":
            tasting(through=False),
        "sigma is missing: a gradient in x becomes noise when it is multiplied by sigma.": tasting(power=0),
        "sigma enters squared: the push is too weak.": tasting(power=2),
        "The gradient is that of the mean over the batch: the push gets weaker the more samples there are. Take the sum.": tasting(average=True),
    },
    hints=[
        "Draw the chain: x_t -> denoiser -> eps -> to_x0 -> clean guess -> energy. You need the gradient of its end with respect to its start.",
        "Everything from x_in = x.detach().requires_grad_() to torch.autograd.grad(energy(clean).sum(), x_in)[0] is inside enable_grad.",
        "The log-probability of section 2 becomes minus the energy. So: eps - scale * sigma * (minus the gradient). Detach the eps that you return.",
    ],
)  # fmt: skip

# both ---------------------------------------------------------------------------------------------------------------


def ask_both_labels(both):
    """The quilt's two classifiers, labels that differ between the columns, and some that are left open."""
    world = quilt(Cosine())
    x = torch.tensor([[0.3, 1.0], [-1.2, 0.4], [0.9, -0.6], [1.3, 1.1], [-0.2, -1.0]])
    y = torch.tensor([[0, 2], [1, 0], [2, 1], [NULL, 2], [1, NULL]])
    out = answer(both(world.attribute(0).classifier, world.attribute(1).classifier, x.clone(), 0.4, y.clone()))
    return [out, both(world.attribute(0).classifier, world.attribute(1).classifier, x[:2].clone(), 0.8, y[:2].clone())]


def log_of(classifier, x, t, y, null=0.0):
    """The log-probability of each label; `null` where none is asked for."""
    log_p = classifier(x, t).log_softmax(-1)[torch.arange(len(y)), y]
    return log_p if null is None else torch.where(y == NULL, null, log_p)


def pair(combine, columns=(0, 1), null=0.0):
    """A candidate that combines the two log-probabilities."""
    return lambda colour, place, x, t, y: combine(
        log_of(colour, x, t, y[:, columns[0]], null), log_of(place, x, t, y[:, columns[1]], null)
    )


both = Check(
    ask_both_labels,
    solution=pair(lambda a, b: a + b),
    mistakes={
        "NULL = -1 picks the last label: a column that is left open must ask for nothing, log 1 = 0. log_likelihood takes care of that.":
            pair(lambda a, b: a + b, null=None),
        "The columns are swapped: y is [colour, place].": pair(lambda a, b: a + b, columns=(1, 0)),
        "Both classifiers were asked for the colour: the place is the second column.": pair(lambda a, b: a + b, columns=(0, 0)),
        "Probabilities multiply, so log-probabilities add. You multiplied the logarithms.": pair(lambda a, b: a * b),
        "You added probabilities: that is closer to 'one or the other' than to 'both'. Add the logarithms.":
            pair(lambda a, b: (a.exp() + b.exp()).log()),
        "One number for the whole batch. Return one for each sample.": pair(lambda a, b: (a + b).sum()),
    },
    hints=[
        "What is the probability of two independent things? And its logarithm?",
        "y[:, 0] holds the colours, y[:, 1] the places. Each belongs to its own classifier.",
        "Call log_likelihood(classifier, x, t, labels) for each of the two, and add.",
    ],
)  # fmt: skip
