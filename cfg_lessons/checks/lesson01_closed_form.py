"""Lesson 01, exercise "the closed form": the check `closed_form`."""

import torch

from . import Check, Complaint, dice, lend, tensor_of

# fmt: off


def small_chain():
    """A small chain with large steps: x0 [5, 5], betas [8], i [5], eps [5, 5]. A square lets a lost axis pass."""
    x0, eps = torch.randn(2, 5, 5, generator=dice(1), dtype=torch.float64)
    return {"x0": x0, "betas": torch.linspace(0.02, 0.3, 8, dtype=torch.float64), "i": torch.tensor([3, 0, 7, 1, 6]), "eps": eps}


def ask_closed(mine):
    """The jump; asked again it must be the same; and with the data alone, and with the noise alone."""
    given = small_chain()
    x, again = (tensor_of(lend(mine, **given)) for _ in "ab")
    if not torch.allclose(x, again, equal_nan=True):
        raise Complaint("Asked the same twice, you give two answers: use the noise eps that you are given, and draw none.")
    one, none = torch.ones(5, 5, dtype=torch.float64), torch.zeros(5, 5, dtype=torch.float64)
    return {
        "the jump": x,
        "the factor of x0": tensor_of(mine(one, given["betas"].clone(), given["i"].clone(), none)),
        "the factor of eps": tensor_of(mine(none.clone(), given["betas"].clone(), given["i"].clone(), one.clone())),
    }


def noised_with(signal, alpha=torch.sqrt, sigma=lambda signal: (1 - signal).sqrt(), shape=(-1, 1), only=None):
    """A candidate: signal(betas, i) [B] is its alpha squared, from which it reads alpha and sigma as it likes."""

    def mine(x0, betas, i, eps):
        kept = signal(betas, i)
        here, there = (kept.reshape(shape if only in (None, part) else (-1, 1)) for part in ("x0", "eps"))
        return alpha(here) * x0 + sigma(there) * eps

    return mine


def with_noise_of(variance):
    """A candidate with the right share of signal, and noise of another variance(betas, i) [B]."""
    return lambda x0, betas, i, eps: signal_after(betas, i)[:, None].sqrt() * x0 + variance(betas, i)[:, None].sqrt() * eps


def signal_after(betas, i):
    """alpha squared after step i, counted from 0."""
    return (1 - betas).cumprod(0)[i]


LOST_AXIS = "Your numbers [B] went along the columns of x0 [B, D]. Each is for one sample: give them a second axis, [:, None], and they become [B, 1]."
closed_form = Check(
    ask_closed,
    noised_with(signal_after),
    {
        "The signal is too weak: the product of 1 - beta is alpha squared. Take its root before it multiplies x0.": noised_with(signal_after, alpha=lambda signal: signal),
        "The signal is too weak, and the noise too strong: the product of 1 - beta is alpha squared already. Take its root, and do not square it again.": noised_with(lambda betas, i: signal_after(betas, i) ** 2),
        "You took the root twice: the product of 1 - beta is alpha squared, so one root gives alpha.": noised_with(lambda betas, i: signal_after(betas, i).sqrt()),
        "The noise is too weak: variances add up to 1, not standard deviations. Look at sigma**2 = 1 - alpha**2.": noised_with(signal_after, sigma=lambda signal: 1 - signal.sqrt()),
        "The noise is too weak: 1 - alpha**2 is its variance. eps wants the standard deviation: take the root.": noised_with(signal_after, sigma=lambda signal: 1 - signal),
        "A square is forgotten: the noise's variance is 1 - alpha**2, not 1 - alpha.": noised_with(signal_after, sigma=lambda signal: (1 - signal.sqrt()).sqrt()),
        "Both roots are missing: alpha squared is a share of variance, and so is 1 - alpha squared. Take the root of each.": noised_with(signal_after, alpha=lambda signal: signal, sigma=lambda signal: 1 - signal),
        "alpha and sigma changed places: the root of the product of 1 - beta belongs to x0.": noised_with(lambda betas, i: 1 - signal_after(betas, i)),
        "The noise is added at full strength: its variance after all these steps is 1 - alpha**2.": noised_with(signal_after, sigma=torch.ones_like),
        "The signal does not fade: x0 is multiplied by alpha, the root of the product of 1 - beta.": noised_with(signal_after, alpha=torch.ones_like),
        "Only the faded signal came back: add the noise, sigma times eps.": noised_with(signal_after, sigma=torch.zeros_like),
        "You subtract the noise: x is alpha x0 plus sigma eps.": noised_with(signal_after, sigma=lambda signal: -(1 - signal).sqrt()),
        "Only the last step is in it: betas[i] is one step's noise. Every step up to i took its share of the signal.": noised_with(lambda betas, i: (1 - betas)[i]),
        "The signal is right, but the noise is that of the last step alone. All of them added some: its variance is 1 - alpha**2.": with_noise_of(lambda betas, i: betas[i]),
        "The signal is right, but you added up the betas for the noise. Each later step also shrinks the noise that is there already: what is left is 1 - alpha**2.": with_noise_of(lambda betas, i: betas.cumsum(0)[i]),
        "You multiplied the betas, the shares that get lost. What is kept in each step is 1 - beta: multiply those.": noised_with(lambda betas, i: betas.cumprod(0)[i]),
        "The product of the betas is not what is lost: multiply what is kept, 1 - beta; the noise's variance is 1 minus that product.": noised_with(lambda betas, i: 1 - betas.cumprod(0)[i]),
        "One step is missing: step i is counted from 0, so x has been through i + 1 steps.": noised_with(lambda betas, i: signal_after(betas, i) / (1 - betas)[i]),
        "One step is missing, and at i = 0 you took the whole chain: index -1 is the last. Index with i as it is.": noised_with(lambda betas, i: signal_after(betas, i - 1)),
        "One step too many: step i is counted from 0, and cumprod has done i + 1 steps at place i already.": noised_with(lambda betas, i: signal_after(betas, (i + 1).clamp(max=len(betas) - 1))),
        "You multiplied from the end of the chain. The steps that x went through are the first ones, up to i.": noised_with(lambda betas, i: (1 - betas).flip(0).cumprod(0)[i]),
        "You multiplied the steps from i to the end. x went through those before: from the first up to i.": noised_with(lambda betas, i: (1 - betas).flip(0).cumprod(0).flip(0)[i]),
        "All samples got the noise of the whole chain: i [B] names a step for each of them.": noised_with(lambda betas, i: (1 - betas).prod().expand(len(i))),
        "All samples got the step of the first one, i[0]: i [B] names a step for each of them.": noised_with(lambda betas, i: signal_after(betas, i[:1]).expand(len(i))),
        "All samples got the step of the last one, i[-1]: i [B] names a step for each of them.": noised_with(lambda betas, i: signal_after(betas, i[-1:]).expand(len(i))),
        "You took step i's own beta for all the steps before it too. Each step has a beta of its own: multiply them all.": noised_with(lambda betas, i: (1 - betas[i]) ** (i + 1)),
        "You took the mean of the betas for each step. Each step has a beta of its own: multiply them all.": noised_with(lambda betas, i: (1 - betas.mean()) ** (i + 1)),
        LOST_AXIS: noised_with(signal_after, shape=(1, -1)),
        "For x0: " + LOST_AXIS: noised_with(signal_after, shape=(1, -1), only="x0"),
        "For eps: " + LOST_AXIS: noised_with(signal_after, shape=(1, -1), only="eps"),
        "You added up the betas. Each step takes a share of what is left, so the factors 1 - beta multiply: a product over the steps, not a sum.": noised_with(lambda betas, i: (1 - betas.cumsum(0)).clamp(min=0)[i]),
        "exp(-beta) is near 1 - beta only for a small beta. Each step keeps 1 - beta of the signal: multiply those.": noised_with(lambda betas, i: (-betas.cumsum(0)).exp()[i]),
    },
    [
        "Each step multiplies the signal by sqrt(1 - beta). What is left after several is a product of such factors.",
        "(1 - betas).cumprod(0) lists alpha**2 after each step. Index it with i, and give it a second axis: [:, None].",
        "signal = (1 - betas).cumprod(0)[i][:, None] is alpha**2 [B, 1]: alpha is its root, sigma that of 1 - signal.",
    ],
)
