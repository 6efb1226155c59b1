"""Guidance: step past a target denoiser, away from a reference denoiser.

    guide(target, reference, scale, rule) -> denoiser

    method                      target                    reference                       scale          rule
    classifier-free guidance    model                     model given NULL                number         extrapolate
    classifier guidance         bayes(model, classifier)  model given NULL                number         extrapolate
    negative prompt             model                     model given the unwanted label  number         extrapolate
    autoguidance                good model                weaker model                    number         extrapolate
    limited interval            any                       any                             interval(...)  extrapolate
    rescale, projected          any                       any                             number         rescaled, ...
    composition                 several                   model given NULL                several        sum

scale = 0 is the reference, 1 is the target (no guidance), above 1 is guidance.
Ho & Salimans' w is scale - 1.
"""

import torch
from torch import Tensor

from .denoisers import NULL, Denoiser
from .schedules import Schedule


def extrapolate(target, reference, scale):
    """reference + scale * (target - reference). The weights sum to 1: the same in eps, x0, v or flow."""
    return reference + scale * (target - reference)


class Given:
    """A denoiser with its label pinned, whatever label it is asked for."""

    def __init__(self, denoiser: Denoiser, label):
        self.denoiser, self.label = denoiser, label

    def labels(self, y):
        """The pinned label in place of each of y [B, ...]: a number, or a tensor with or without the batch axis."""
        if not isinstance(self.label, Tensor):
            return torch.full_like(y, self.label)
        label = self.label.to(y.device)
        if label.ndim != y.ndim or label.is_floating_point() != y.is_floating_point():
            return label.expand(len(y), *label.shape)
        if label.shape != y.shape:
            raise ValueError(f"pinned labels have shape {list(label.shape)}; expected {list(y.shape)}, or one label")
        return label

    def __call__(self, x, t, y):
        return self.denoiser(x, t, self.labels(y))


def given(denoiser: Denoiser, label) -> Denoiser:
    """The denoiser with its label pinned: a number, a tensor of labels [B], or a text embedding.

    Pin last: given(cfg(d, 3), 7) is guided sevens; cfg(given(d, 7), 3) guides 7 away from 7, which is no guidance.
    """
    return Given(denoiser, label)


def ask_both(first: Denoiser, second: Denoiser, x, t, y):
    """Both answers; where the two are one network asked with two labels, in one batch of twice the size."""
    (d1, y1), (d2, y2) = [(d.denoiser, d.labels(y)) if isinstance(d, Given) else (d, y) for d in (first, second)]
    if d1 is not d2:
        return first(x, t, y), second(x, t, y)
    t = torch.cat([t, t]) if isinstance(t, Tensor) and t.ndim else t
    return d1(torch.cat([x, x]), t, torch.cat([y1, y2])).chunk(2)


def strength(scale, x: Tensor) -> Tensor:
    """A scale, one number or one per sample [B], as finite numbers that multiply x [B, *D]."""
    try:
        s = torch.as_tensor(scale).to(x)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"scale is {scale!r}; expected a number, or one per sample, or a function of t") from None
    if s.ndim and s.shape != x.shape[:1]:
        raise ValueError(f"scale has shape {list(s.shape)}; expected a number, or one for each of {len(x)} samples")
    if not s.isfinite().all():
        raise ValueError(f"scale is {s[~s.isfinite()][0] if s.ndim else s:g}; expected a finite number")
    return s.reshape(s.shape + (1,) * (x.ndim - 1)) if s.ndim else s


def guide(target: Denoiser, reference: Denoiser, scale, rule=extrapolate) -> Denoiser:
    """The denoiser that goes `scale` times as far from `reference` as `target` does.

    scale: a number, one per sample [B], or a function of t that gives either. At scale 1 only the target is asked.
    """

    def guided(x, t, y):
        s = scale(t) if callable(scale) else scale
        if isinstance(s, (int, float)) and s == 1:
            return target(x, t, y)
        return rule(*ask_both(target, reference, x, t, y), strength(s, x))

    return guided


def cfg(denoiser: Denoiser, scale, rule=extrapolate) -> Denoiser:
    """Classifier-free guidance (Ho & Salimans 2022, arXiv 2207.12598)."""
    return guide(denoiser, given(denoiser, NULL), scale, rule)


def negative(denoiser: Denoiser, unwanted, scale, rule=extrapolate) -> Denoiser:
    """A negative prompt: push away from a label instead of from no label."""
    reference = given(denoiser, unwanted)
    pushed = guide(denoiser, reference, scale, rule)

    def away(x, t, y):
        if (same := (reference.labels(y) == y)[..., None].flatten(1).all(1)).any():
            label = y[same][0].tolist()
            raise ValueError(f"label {label} is wanted and unwanted: guidance cancels to the plain prediction")
        return pushed(x, t, y)

    return away


def autoguide(good: Denoiser, weak: Denoiser, scale, rule=extrapolate) -> Denoiser:
    """Push away from a weaker version of the same model (Karras et al. 2024, arXiv 2406.02507)."""
    return guide(good, weak, scale, rule)


def log_likelihood(classifier, x: Tensor, t, y: Tensor) -> Tensor:
    """log p(y | x_t) [B] by a noise-aware classifier (x, t) -> logits [B, K]; 0 where y is NULL: nothing was asked."""
    logits = classifier(x, t)
    if logits.ndim != 2 or logits.shape[0] != len(x) or y.shape != x.shape[:1]:
        shapes = f"logits {list(logits.shape)} for labels {list(y.shape)}"
        raise ValueError(f"the classifier gave {shapes}; expected [{len(x)}, K] and one label for each sample")
    if len(y) and not (NULL <= y.min() and y.max() < logits.shape[1]):
        known = f"0 to {logits.shape[1] - 1}, and NULL = {NULL}"
        raise ValueError(f"labels reach from {y.min()} to {y.max()}; this classifier knows {known}")
    log_p = logits.log_softmax(-1).gather(-1, y.clamp(min=0)[:, None])[:, 0]
    return torch.where(y == NULL, 0.0, log_p)


def bayes(denoiser: Denoiser, classifier, schedule: Schedule) -> Denoiser:
    """A conditional denoiser out of an unconditional one and a noise-aware classifier (x, t) -> logits [B, K].

    grad log p(x | y) = grad log p(x) + grad log p(y | x), and eps = -sigma * grad log p
    (Dhariwal & Nichol 2021, arXiv 2105.05233, algorithm 2). One gradient per sample; none through the denoiser.
    """
    unconditional = given(denoiser, NULL)

    def conditional(x, t, y):
        with torch.enable_grad():
            x_in = x.detach().requires_grad_()
            grad = torch.autograd.grad(log_likelihood(classifier, x_in, t, y).sum(), x_in)[0]
        return unconditional(x, t, y) - schedule.at(t, x)[1] * grad

    return conditional


def classifier_guidance(denoiser: Denoiser, classifier, schedule: Schedule, scale) -> Denoiser:
    """Classifier guidance (Dhariwal & Nichol 2021): guidance whose target comes from Bayes' rule."""

    def guided(x, t, y):
        answer = given(denoiser, NULL)(x, t, y)

        def null(x, t, y):  # target and reference both start from it: one pass, not two
            return answer

        return guide(bayes(null, classifier, schedule), null, scale)(x, t, y)

    return guided


def compose(denoiser: Denoiser, labels, scales) -> Denoiser:
    """Several labels at once: eps(NULL) + sum_i scale_i * (eps_i - eps(NULL)); a negative scale means NOT.

    (Liu et al. 2022, arXiv 2206.01714.) The label it is asked for plays no part.
    """
    if len(labels) != len(scales):
        raise ValueError(f"{len(labels)} labels but {len(scales)} scales; expected one scale for each label")

    def composed(x, t, y):
        null = given(denoiser, NULL)(x, t, y)
        pushes = [given(denoiser, label)(x, t, y) - null for label in labels]
        return null + sum(strength(s(t) if callable(s) else s, x) * push for s, push in zip(scales, pushes))

    return composed


def interval(scale: float, low: float, high: float):
    """A scale that guides only while low < t <= high (Kynkaanniemi et al. 2024, arXiv 2404.07724)."""

    def at(t):
        if isinstance(t, Tensor) and t.ndim:
            return torch.where((low < t) & (t <= high), scale, 1.0)
        return scale if low < float(t) <= high else 1.0

    return at


def rescaled(phi: float):
    """A rule: a share phi of the guided output gets the target's standard deviation.

    Not affine: it acts on whatever the two denoisers speak of (Lin et al. 2024, arXiv 2305.08891:
    the network's output).
    """

    def rule(target, reference, scale):
        out = extrapolate(target, reference, scale)
        axes = tuple(range(1, out.ndim))
        matched = out * (target.std(axes, keepdim=True) / out.std(axes, keepdim=True))
        return phi * matched + (1 - phi) * out

    return rule


def projected(eta: float = 0.0, norm: float | None = None):
    """A rule: keep only a share eta of the push along the target, and no push longer than norm (APG, without momentum).

    Sadat et al. 2024, arXiv 2410.02416, work on clean data: wrap both denoisers in `as_x0` and the result in `as_eps`.
    """

    def rule(target, reference, scale):
        push, along = (target - reference).flatten(1), target.flatten(1)
        if norm is not None:
            push = push * (norm / push.norm(dim=1, keepdim=True)).clamp(max=1)
        parallel = (push * along).sum(1, keepdim=True) / along.square().sum(1, keepdim=True) * along
        return target + (scale - 1) * (push - (1 - eta) * parallel).reshape(target.shape)

    return rule
