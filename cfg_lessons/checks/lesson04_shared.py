"""What several checks of lesson 04 share."""

from functools import partial
from types import SimpleNamespace

import torch

from ..denoisers import NULL, to_x0
from . import Complaint, function_of, tensor_of

POINTS = torch.tensor([[0.2, 0.4], [-0.9, 0.3], [1.1, -0.8], [0.5, 0.1]])
logs = partial(torch.log_softmax, dim=-1)
UNDISTURBED = "make new ones, as by torch.where, torch.full_like or clone"
NO_SLOPE = "No gradient runs back to x. Take away detach, no_grad or item, and let x go through the classifier as it came."


def with_slope(wish, x, name):
    """What a wish says of x, and the gradient of its sum; complains where none runs back to x, unless labels are open there."""
    x_in = x.clone().requires_grad_()
    out = tensor_of(wish(x_in), "a tensor, one number for each sample")
    slope = torch.autograd.grad(out.sum(), x_in, allow_unused=True)[0] if out.requires_grad else None
    if slope is None and "open" not in name:
        raise Complaint(NO_SLOPE)
    return {f"the numbers, {name}": out, f"the gradient, {name}": torch.zeros_like(x) if slope is None else slope}


def own(scores, y):
    """The score of each sample's own label."""
    return scores[torch.arange(len(y)), y]


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


def guess(v, x, asked_at=None, y=None):
    """The guess of clean data for x; the denoiser may be asked at another place, or for other labels."""
    return to_x0(v.denoiser(x if asked_at is None else asked_at, v.t, v.y if y is None else y), x, v.alpha, v.sigma)
