"""Lesson 10, exercise "a denoiser that knows": the check `known`."""

from functools import partial
from types import SimpleNamespace

import torch

from ..denoisers import to_x0
from ..schedules import Cosine, Straight
from . import Check, Complaint, dice, function_of, lend, tensor_of
from .reading import comparable, near, steady, weights


def toy(x, t, y):
    """A denoiser that looks at the whole image, and listens to time and label."""
    return 0.4 * x + 0.7 * x.mean((1, 2, 3), keepdim=True) + t * (y[:, None, None, None] + 2.0)


def ask_known(known):
    """One mask, two images, two schedules, three times; the same denoiser is asked again and again, as in a walk."""
    seen = []
    for schedule, x0, asks in known_cases():
        given, shown = (x0.clone(), MASK.clone()), []
        denoiser = function_of(known(watched(shown), schedule, *given))
        for x, t in asks:
            ask = partial(lend, denoiser, x=x, t=t, y=LABELS, cure="the walk still needs it; torch.where makes a new tensor")
            seen.append(tensor_of(steady(ask)))
            complain_of(shown, x, t, x0)
        if not all(map(torch.equal, given, (x0, MASK))):
            raise Complaint("You wrote into x0 or mask: the next step still needs them. torch.where makes a new tensor.")
    return seen


MASK, LABELS = torch.tensor([[1.0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0]]), torch.tensor([1, 3])


def known_cases():
    """Schedules, images, and what is asked: noisy images and times."""
    rng, cases = dice(0), []
    for schedule in (Cosine(), Straight()):
        x0 = torch.rand(2, 2, 3, 4, generator=rng) * 2 - 1
        cases.append((schedule, x0, [(torch.randn(2, 2, 3, 4, generator=rng), torch.tensor(t, dtype=torch.float64)) for t in (0.9, 0.5, 0.2)]))
    return cases


def watched(shown):
    """The toy, which writes down what it is shown."""

    def denoiser(x, t, y):
        shown.append((x.clone(), torch.as_tensor(t).clone(), torch.as_tensor(y).clone()))
        return toy(x, t, y)

    return denoiser


def complain_of(shown, x, t, x0):
    """Complains if the denoiser was shown something else than x, t and y, but for a clean patch, which is a mistake of its own."""
    for seen, time, labels in shown:
        if labels.shape != LABELS.shape or not labels.equal(LABELS):
            raise Complaint("The denoiser was asked for other labels than y: the prompt is lost. Hand y on as it is.")
        if not torch.allclose(time.double(), t):
            raise Complaint("The denoiser was told another time than t. Hand t on as it is.")
        if seen.shape != x.shape:
            raise Complaint(f"The denoiser was shown a tensor of shape {list(seen.shape)}, and x has {list(x.shape)}. Show it the whole x, and choose among its answers.")
        clean = torch.where(MASK > 0.5, x, x0)
        if not torch.allclose(seen, x) and not torch.allclose(seen, clean):
            raise Complaint("The denoiser was shown something else than x, so it guesses from an image that it never met. Show it x as it is, and replace its answer in the known part.")
    shown.clear()


def explain_known(mine, right):
    """First the part that is asked for, then the known part: how much of x and of x0 is in it?"""
    if not comparable(mine, right):
        return None
    cases = [(schedule, x0, *ask) for schedule, x0, asks in known_cases() for ask in asks]
    inside = MASK > 0.5
    for (schedule, x0, x, t), out, true in zip(cases, mine, right):
        if not near(out[:, :, inside], true[:, :, inside]):
            also = " What you return elsewhere is right." if near(out[:, :, ~inside], true[:, :, ~inside]) else ""
            return f"Where the mask is 1, yours is not the denoiser's answer to x, t and y. Return that there, unchanged.{also}"
    for (schedule, x0, x, t), out, true in zip(cases, mine, right):
        if not near(out[:, :, ~inside], true[:, :, ~inside]):
            found = weights(out[:, :, ~inside], x[:, :, ~inside], x0[:, :, ~inside])
            held = f"there are {found[0]:.3g} times x and {found[1]:.3g} times x0 in yours" if found else "yours is no weighted sum of x and x0"
            return f"Where the mask is 1 you are right. Where it is 0, {held} at t = {t:g}: solve x = alpha x0 + sigma eps for eps, with alpha and sigma of that time."
    return None


def knowing(known=lambda v: v.true, asked=lambda v: v.eps, look=lambda v: v.x):
    """A candidate: the answer in the known part, the answer in the other, and what the denoiser is shown."""

    def candidate(denoiser, schedule, x0, mask):
        def informed(x, t, y):
            alpha, sigma = schedule.at(t, x)
            v = SimpleNamespace(x=x, x0=x0, mask=mask, alpha=alpha, sigma=sigma, t=t, y=y)
            v.true = (x - alpha * x0) / sigma
            v.eps = denoiser(look(v), t, y)
            return torch.where(mask > 0.5, asked(v), known(v))

        return informed

    return candidate


def pasted(v):
    """The image that is known, laid clean over the noisy one."""
    return torch.where(v.mask > 0.5, v.x, v.x0)


known = Check(
    ask_known,
    explain=explain_known,
    solution=knowing(),
    mistakes={
        "The mask is the wrong way round: 1 is asked for, and the denoiser answers there. x0 is known where it is 0.": knowing(lambda v: v.eps, lambda v: v.true),
        "You answer 0 in the known part. There is noise in it, and you can tell which: solve x = alpha x0 + sigma eps for eps.": knowing(lambda v: 0),
        "You answer x0 in the known part. A denoiser names the noise in x, not the clean image: solve x = alpha x0 + sigma eps for eps.": knowing(lambda v: v.x0),
        "You pasted the clean image over x, and left the answer to the denoiser: it sees an image that is half clean, and guesses. Leave x as it is, and replace the answer.": knowing(lambda v: v.eps, look=pasted),
        "The answer in the known part is right, but the denoiser saw a clean patch in a noisy image, which it never met. Show it x as it is.": knowing(look=pasted),
        "The mask plays no part: that is the denoiser's own answer.": knowing(lambda v: v.eps),
        "The denoiser plays no part: you know everything. Where the mask is 1, ask it.": knowing(asked=lambda v: v.true),
        "That is a clean image: right in both parts, but a denoiser returns noise. In the known part solve x = alpha x0 + sigma eps for eps; elsewhere hand its answer on.": knowing(lambda v: v.x0, lambda v: to_x0(v.eps, v.x, v.alpha, v.sigma)),
        "In the known part, that is sigma times the noise. Divide by sigma.": knowing(lambda v: v.x - v.alpha * v.x0),
        "In the known part, you took the whole x0 away from x. Only alpha of it is in there.": knowing(lambda v: (v.x - v.x0) / v.sigma),
        "In the known part, alpha and sigma are swapped: alpha belongs to x0, and the noise is divided by sigma.": knowing(lambda v: (v.x - v.sigma * v.x0) / v.alpha),
        "In the known part, you subtract the wrong way round: take the image's share away from x, not x from the image.": knowing(lambda v: -v.true),
        "In the known part, you met the denoiser half-way. It knows less than you do: leave it out there.": knowing(lambda v: (v.true + v.eps) / 2),
        "You added both answers in the known part: what is known replaces the guess.": knowing(lambda v: v.eps + v.true),
        "In the known part, you answer x. Part of it is image: solve x = alpha x0 + sigma eps for eps.": knowing(lambda v: v.x),
        "In the known part, you answer x - x0. Only alpha of x0 is in x, and what is left is sigma times the noise.": knowing(lambda v: v.x - v.x0),
        "In the known part, you divided by sigma squared. Divide by sigma.": knowing(lambda v: (v.x - v.alpha * v.x0) / v.sigma**2),
        "In the known part, you took roots: alpha and sigma are what multiplies, no variances. Leave the roots away.": knowing(lambda v: (v.x - v.alpha**0.5 * v.x0) / (1 - v.alpha) ** 0.5),
        "In the known part, you divided by 1 - alpha. Only on a straight line is that sigma: ask the schedule.": knowing(lambda v: (v.x - v.alpha * v.x0) / (1 - v.alpha)),
        "Where the mask is 1, you added both answers. The denoiser alone speaks there: multiply the known part by 1 - mask.": knowing(asked=lambda v: v.eps + v.true),
        "Where the mask is 1, you return a clean image. A denoiser returns noise: hand its answer on as it is.": knowing(asked=lambda v: to_x0(v.eps, v.x, v.alpha, v.sigma)),
    },
    hints=[
        "Where the mask is 1, hand on the denoiser's answer. Where it is 0 you know x0 and x: which noise is in between?",
        "x = alpha x0 + sigma eps, and schedule.at(t, x) gives alpha and sigma. Only eps is unknown in it.",
        "torch.where(mask > 0.5, denoiser(x, t, y), (x - alpha * x0) / sigma), inside a function of (x, t, y) that you return.",
    ],
)  # fmt: skip
