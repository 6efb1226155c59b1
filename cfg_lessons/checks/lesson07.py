"""The checks of lesson 07: a negative prompt, composition, the exact NOT, and where a fixed scale drives the mean."""

import torch

from ..denoisers import NULL
from . import Check, answer, dice

# A toy denoiser with one answer for each label, so that it shows whom it was asked for.


def toy(x, t, y):
    """An answer that depends on the label (NULL, 0, 1, 2, 3), the point and the time, all unlike one another."""
    if not isinstance(y, torch.Tensor) or y.is_floating_point() or y.shape != x.shape[:1]:
        raise ValueError("the denoiser wants one integer label for each sample, a tensor [B]")
    table = torch.tensor([[0.3, -0.2], [1.0, 0.1], [-0.4, 0.9], [0.2, -1.3], [2.1, 0.4]])
    return table[y + 1] * (1 + x) + t * (y[:, None] + 2) ** 2


def asked(x, t, y, label):
    """The toy's answer for one label."""
    return toy(x, t, torch.full_like(y, label))


def points():
    """Three points and the labels that are wanted."""
    return torch.tensor([[0.5, -1.0], [2.0, 0.3], [-0.7, 0.1]]), torch.tensor([0, 2, 3])


# negative -----------------------------------------------------------------------------------------------------------


def ask_away(away):
    """Avoid label 1 at several scales and times; the labels of the caller must survive."""
    x, y = points()
    seen = []
    for scale, t in ((2.0, 0.5), (1.0, 0.25), (4.0, 0.75), (0.0, 0.5)):
        denoiser = answer(away(toy, 1, scale))
        if not callable(denoiser):
            raise TypeError(f"return a denoiser, a function of (x, t, y); this returned {type(denoiser).__name__}")
        seen.append(answer(denoiser(x, t, y)))
    return [*seen, y.float()]


def pushed(rule):
    """A candidate out of a rule (answer for the wanted, for the unwanted, for NULL, scale) -> eps."""
    return lambda denoiser, unwanted, scale: lambda x, t, y: rule(
        denoiser(x, t, y), denoiser(x, t, torch.full_like(y, unwanted)), denoiser(x, t, torch.full_like(y, NULL)), scale)  # fmt: skip


def overwriting(denoiser, unwanted, scale):
    """The mistake of writing into the caller's labels."""

    def away(x, t, y):
        wanted = denoiser(x, t, y)
        reference = denoiser(x, t, y.fill_(unwanted))
        return reference + scale * (wanted - reference)

    return away


away = Check(
    ask_away,
    solution=pushed(lambda a, b, null, s: b + s * (a - b)),
    mistakes={
        "The unwanted label plays no part: your reference is NULL, and that is plain cfg. Step away from the unwanted label's answer.":
            pushed(lambda a, b, null, s: null + s * (a - null)),
        "You go towards the unwanted label: at scale 1 you are there. Swap target and reference.":
            pushed(lambda a, b, null, s: a + s * (b - a)),
        "One too many: your scale 0 is the target, as w in the paper. Here scale 1 is the target; start from the unwanted answer.":
            pushed(lambda a, b, null, s: a + s * (a - b)),
        "You start from NULL and step from the unwanted to the wanted: the weights sum to 1, but at scale 1 it is not the plain answer. Start where the step starts.":
            pushed(lambda a, b, null, s: null + s * (a - b)),
        "Your weights do not sum to 1: you subtract the unwanted answer, not a difference of two. It is reference + scale * (target - reference).":
            pushed(lambda a, b, null, s: a - s * b),
        "The sign is wrong: you step from the unwanted answer away from the wanted one. The difference is target minus reference.":
            pushed(lambda a, b, null, s: b - s * (a - b)),
        "Your scale 1 is the unwanted answer: you step (scale - 1) times from there. That factor belongs to a step that starts from the target.":
            pushed(lambda a, b, null, s: b + (s - 1) * (a - b)),
        "You overwrote the labels of whoever asks: the next step of the walk would want the unwanted. Make new ones with torch.full_like.":
            overwriting,
    },
    hints=[
        "It is guide with another reference. Which two answers do you need, and which one do you start from?",
        "The unwanted label for everybody: torch.full_like(y, unwanted). At scale 1 the plain answer must come out.",
        "reference + scale * (target - reference), where the target is denoiser(x, t, y).",
    ],
)  # fmt: skip

# compose ------------------------------------------------------------------------------------------------------------


def ask_blend(blend):
    """Two labels, a NOT among them, one label, and none at all."""
    x, y = points()
    cases = (([0, 2], [1.0, 1.0], 0.5), ([1, 3], [2.0, -0.5], 0.25), ([2], [3.0], 0.75), ([0, 1, 2], [0.5, 1.5, -1.0], 0.5))
    return [answer(answer(blend(toy, labels, scales))(x, t, y)) for labels, scales, t in cases]


def mixed(rule):
    """A candidate out of a rule (answers [K], NULL's answer, the plain answer, scales) -> eps."""

    def blend(denoiser, labels, scales):
        def blended(x, t, y):
            parts = [denoiser(x, t, torch.full_like(y, label)) for label in labels]
            return rule(parts, denoiser(x, t, torch.full_like(y, NULL)), denoiser(x, t, y), scales)

        return blended

    return blend


def chained(parts, null, plain, scales):
    """The mistake of pushing each label away from what came before it."""
    out = null
    for scale, part in zip(scales, parts):
        out = out + scale * (part - out)
    return out


blend = Check(
    ask_blend,
    solution=mixed(lambda parts, null, plain, scales: null + sum(s * (p - null) for s, p in zip(scales, parts))),
    mistakes={
        "You forgot to start from NULL's answer: the pushes alone are no answer. Add it once.":
            mixed(lambda parts, null, plain, scales: sum(s * (p - null) for s, p in zip(scales, parts))),
        "You add the answers themselves, not their differences from NULL: two labels then say twice how much noise there is.":
            mixed(lambda parts, null, plain, scales: sum(s * p for s, p in zip(scales, parts))),
        "You start from NULL, but add whole answers: subtract NULL's answer from each before you weigh it.":
            mixed(lambda parts, null, plain, scales: null + sum(s * p for s, p in zip(scales, parts))),
        "You divided by the sum of the scales: that is a mean of wishes. AND adds the pushes, each at its full scale.":
            mixed(lambda parts, null, plain, scales: null + sum(s * (p - null) for s, p in zip(scales, parts)) / sum(scales)),
        "You divided by the number of labels: that is a mean of wishes. AND adds the pushes, each at its full scale.":
            mixed(lambda parts, null, plain, scales: null + sum(s * (p - null) for s, p in zip(scales, parts)) / len(parts)),
        "NOT became AND: a negative scale must stay negative. Leave abs and clamp away.":
            mixed(lambda parts, null, plain, scales: null + sum(abs(s) * (p - null) for s, p in zip(scales, parts))),
        "The differences start from the label that is asked for. They must start from NULL: y plays no part here.":
            mixed(lambda parts, null, plain, scales: plain + sum(s * (p - plain) for s, p in zip(scales, parts))),
        "You push each label away from what came before it, so that their order matters. All pushes start from NULL. (`out += ...` changes `null` too, if both are one tensor: write `out = out + ...`.)":
            mixed(chained),
        "You add a whole answer for each label, and NULL's with each of them. Add NULL's answer once, and for each label only its push.":
            mixed(lambda parts, null, plain, scales: sum(null + s * (p - null) for s, p in zip(scales, parts))),
        "Only the last label counts: your loop replaces the push instead of adding to it.":
            mixed(lambda parts, null, plain, scales: null + scales[-1] * (parts[-1] - null)),
    },
    hints=[
        "Ask once without a label, and once for each label. What does one label add to the answer of NULL?",
        "Each label adds scale * (its answer - NULL's answer). Where do the additions start?",
        "null + sum(scale * (part - null) for ...), with labels made by torch.full_like(y, label).",
    ],
)  # fmt: skip

# the exact NOT ------------------------------------------------------------------------------------------------------


def ask_without(without):
    """Four points that are hardly, somewhat, likely and almost surely the unwanted."""
    rng = dice(0)
    eps_a, eps_ab = torch.randn(4, 2, generator=rng), torch.randn(4, 2, generator=rng)
    return [answer(without(eps_a, eps_ab, torch.tensor([0.0, 0.3, 0.6, 0.95]))), eps_a, eps_ab]  # both must survive


def weighed(weight):
    """A candidate eps_a - weight(r) * (eps_ab - eps_a)."""
    return lambda a, ab, r: a - weight(r)[:, None] * (ab - a)


def in_place(a, ab, r):
    """The mistake of writing into the caller's answer."""
    a -= r[:, None] * ab
    a /= 1 - r[:, None]
    return a


without = Check(
    ask_without,
    solution=weighed(lambda r: r / (1 - r)),
    mistakes={
        "The weight is r: where the unwanted is almost sure, the push must grow without bound. Solve eps_a = r eps_ab + (1 - r) eps_not for eps_not.":
            weighed(lambda r: r),
        "The weight is 1 / (1 - r): it pushes even where r = 0, and there is nothing to avoid. As a step from eps_a the weight is r / (1 - r).":
            weighed(lambda r: 1 / (1 - r)),
        "You move towards the unwanted, with the weight 1 / (1 - r). From eps_a the step is r / (1 - r), and it leads away from eps_ab.":
            weighed(lambda r: -1 / (1 - r)),
        "You overwrote eps_a: -= and /= change the tensor of whoever asks. Make a new one.": in_place,
        "The sign is wrong: you move towards the unwanted. Where r is near 1 you must go away from eps_ab.":
            weighed(lambda r: -r / (1 - r)),
        "You started from eps_ab with the weight that belongs to eps_a. From eps_ab the scale is 1 / (1 - r); from eps_a it is r / (1 - r).":
            lambda a, ab, r: ab + (r / (1 - r))[:, None] * (a - ab),
        "The fraction is upside down: (1 - r) / r pushes hardest where there is nothing to avoid, and divides by 0 there.":
            weighed(lambda r: ((1 - r) / r).nan_to_num(posinf=1e6)),
        "You averaged the answers with weight r; that is how they were mixed. Undo the mixing: solve for the part that is not b.":
            lambda a, ab, r: r[:, None] * ab + (1 - r)[:, None] * a,
        "You took r b away, but forgot to divide by 1 - r: weights that do not sum to 1 are no answer.":
            lambda a, ab, r: a - r[:, None] * ab,
        "One weight for the whole batch: each sample has an r of its own.": weighed(lambda r: (r / (1 - r)).mean().expand(len(r))),
    },
    hints=[
        "The answer for a is the mean eps_a = r * eps_ab + (1 - r) * eps_not. Which of the three do you look for?",
        "Bring r * eps_ab to the other side and divide by 1 - r. r [B] needs one more axis to multiply eps [B, D].",
        "(eps_a - r * eps_ab) / (1 - r), or, as a push, eps_a - r / (1 - r) * (eps_ab - eps_a).",
    ],
)  # fmt: skip

# drift --------------------------------------------------------------------------------------------------------------


def ask_drift(drift):
    """Two means and scales below, at and above 1."""
    wanted, unwanted = torch.tensor([1.0, 0.5]), torch.tensor([-0.5, 2.0])
    return [answer(drift(wanted.clone(), unwanted.clone(), scale)) for scale in (1.0, 0.0, 2.0, 5.0, 0.5)]


drift = Check(
    ask_drift,
    solution=lambda a, b, s: b + s * (a - b),
    mistakes={
        "That is one step too far: at scale 1 nothing is pushed, and the mean is the wanted one.": lambda a, b, s: a + s * (a - b),
        "Your scale 1 is the unwanted mean: (scale - 1) belongs to a step that starts from the wanted one. From the unwanted, take scale steps.":
            lambda a, b, s: b + (s - 1) * (a - b),
        "You drift towards the unwanted mean. The step leads from it to the wanted one, and beyond.": lambda a, b, s: a + (s - 1) * (b - a),
        "Scale plays no part: that holds at scale 1 alone.": lambda a, b, s: a + 0 * s,
        "You stop at the wanted mean. Nothing in the rule does: a push of constant size goes on at any scale.":
            lambda a, b, s: b + min(s, 1.0) * (a - b),
        "That grows as the square of the scale. The push is multiplied by the scale once.": lambda a, b, s: b + s**2 * (a - b),
        "Multiplying a mean by the scale would move it even where both means agree. It is their difference that is scaled.":
            lambda a, b, s: s * a,
        "The step must start from the unwanted mean, as the rule starts from the reference. You started from 0.":
            lambda a, b, s: s * (a - b),
    },
    hints=[
        "Where is the mean at scale 1? And at scale 0, where only the reference is asked?",
        "It moves along the straight line through both means, by the same distance for each unit of scale.",
        "It is extrapolate, with the means in place of the answers.",
    ],
)  # fmt: skip
