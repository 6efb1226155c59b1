"""The checks of lesson 05: the one line, one doubled batch, dialects of the scale, two networks trained apart."""

import torch

from ..denoisers import NULL
from ..guidance import extrapolate
from . import Check, answer, dice


def null_for(y):
    """NULL in place of every label."""
    return torch.full_like(y, NULL)


def from_target(target, reference, scale):
    """The mistake of taking the scale for Ho & Salimans' w."""
    return target + scale * (target - reference)


def backwards(target, reference, scale):
    """The mistake of pushing the wrong way."""
    return reference - scale * (target - reference)


# combine ------------------------------------------------------------------------------------------------------------


def ask_combine(combine):
    """Points and pictures, at scales on both sides of 1; the answers that went in must survive."""
    rng = dice(0)
    target, reference = torch.randn(2, 4, 2, generator=rng)
    pictures = torch.randn(2, 3, 1, 2, 2, generator=rng)
    seen = []
    for scale in (3.0, 0.0, 1.0, 0.5):
        given = target.clone(), reference.clone()
        seen += [answer(combine(*given, scale)), torch.tensor([given[0].equal(target), given[1].equal(reference)])]
    return [*seen, combine(*pictures.clone(), 2.0)]


combine = Check(
    ask_combine,
    solution=extrapolate,
    mistakes={
        "The two are swapped: your scale 0 gives the target. Start at the reference, and go towards the target.": lambda target, reference, scale: target + scale * (reference - target),
        "That is Ho & Salimans' w, with 0 for no guidance. Here 1 is no guidance: start at the reference, not at the target.": from_target,
        "The push points the wrong way: it should lead from the reference to the target. Turn the difference around.": backwards,
        "That is the push alone. Add it to where it starts: the reference.": lambda target, reference, scale: scale * (target - reference),
        "Your weights do not sum to 1: with weight scale for the target, the reference gets 1 - scale, so it is subtracted.": lambda target, reference, scale: scale * target + (scale - 1) * reference,
        "Your weights sum to scale - 1: the whole reference is subtracted. Its weight is 1 - scale.": lambda target, reference, scale: scale * target - reference,
        "Your scale stops at 1. Guidance begins where you go beyond the target: do not clamp.": lambda target, reference, scale: reference + min(scale, 1.0) * (target - reference),
        "You wrote into the reference that you were given: whoever holds it finds it changed. Make a new tensor (no +=).": lambda target, reference, scale: reference.add_(target - reference, alpha=scale),
        "You wrote into the target that you were given: whoever holds it finds it changed. Make a new tensor (no -=, no *=).": lambda target, reference, scale: target.sub_(reference).mul_(scale) + reference,
        "The scale plays no part: that is the target, whatever was asked for.": lambda target, reference, scale: target.clone(),
    },
    hints=[
        "Scale 0 must give the reference, scale 1 the target. Which straight line goes through both?",
        "Begin at the reference. The way from it to the target is target - reference.",
        "Go that way scale times: the reference plus scale times the difference.",
    ],
)  # fmt: skip

# batched ------------------------------------------------------------------------------------------------------------


class CallWitness:
    """A denoiser of any shape of x that notes how it was called, and answers all the same."""

    def __init__(self):
        self.calls, self.short_times, self.labels = 0, False, []

    def __call__(self, x, t, y):
        if len(y) != len(x):
            raise ValueError(f"the denoiser got {len(x)} samples but {len(y)} labels: double both")
        if y.is_floating_point():
            raise TypeError(f"labels must be integers, these are {y.dtype}; torch.full_like(y, NULL) keeps them so")
        self.calls += 1
        self.labels += y.tolist()
        t = torch.as_tensor(t).to(x)
        if t.ndim and len(t) != len(x):  # answer as if the times had been doubled; the probe sees the note
            self.short_times, t = True, t.repeat(len(x) // len(t))
        by_sample = (-1, *[1] * (x.ndim - 1))
        return x * (1 + t.reshape(by_sample)) + ((y + 2.0) ** 2).reshape(by_sample)


def ask_batched(batched):
    """Points with one time, points with a time each, pictures: the results, how many calls, and whether all was doubled."""
    rng, y, seen = dice(0), torch.tensor([0, 4, 2]), []
    points, pictures = torch.randn(3, 2, generator=rng), torch.randn(3, 1, 4, 4, generator=rng)
    for x, t, scale in ((points, 0.5, 3.0), (points, torch.tensor([0.1, 0.5, 0.9]), 3.0), (pictures, torch.tensor(0.3), 0.5)):
        witness, x_in, y_in = CallWitness(), x.clone(), y.clone()
        seen += [answer(batched(witness, x_in, t, y_in, scale)).clone()]
        seen += [torch.tensor([witness.calls, witness.short_times, witness.labels.count(NULL), x_in.equal(x), y_in.equal(y)])]
    return seen


def side_by_side(pair):
    """The mistake of x1, x1, x2, x2 ..."""
    return pair[0].repeat_interleave(2, 0)


def doubled_batch(labels, order=(0, 1), double_t=True, rule=extrapolate, repeat=torch.cat, repeat_t=None):
    """A candidate: labels(y) gives both halves' labels, `order` is how the answers are read, repeat how x is doubled."""

    def batched(denoiser, x, t, y, scale):
        if double_t and isinstance(t, torch.Tensor) and t.ndim:
            t = (repeat_t or repeat)([t, t])
        halves = denoiser(repeat([x, x]), t, labels(y)).chunk(2)
        return rule(halves[order[0]], halves[order[1]], scale)

    return batched


def right_labels(y):
    """With the label above, without it below."""
    return torch.cat([y, null_for(y)])


batched = Check(
    ask_batched,
    solution=doubled_batch(right_labels),
    mistakes={
        "The halves are mixed up: the labels went into one half, and you read the target from the other. Same order in and out.": doubled_batch(right_labels, order=(1, 0)),
        "t is too short: where it holds one time for each sample, it must be doubled like x.": doubled_batch(right_labels, double_t=False),
        "Both halves were asked with the label, so nothing pushes. One half needs NULL in place of every label.": doubled_batch(lambda y: torch.cat([y, y])),
        "The half without labels was asked for label 0, and 0 is a class. No label is NULL, which is -1.": doubled_batch(lambda y: torch.cat([y, torch.zeros_like(y)])),
        "The numbers are right, but you called the denoiser twice. Put both questions into one batch: torch.cat, then .chunk(2).":
            lambda denoiser, x, t, y, scale: extrapolate(denoiser(x, t, y), denoiser(x, t, null_for(y)), scale),
        "Your scale is Ho & Salimans' w: at 1 you push already. Start at the reference, not at the target.": doubled_batch(right_labels, rule=from_target),
        "Your samples stand side by side (x1, x1, x2, x2 ...), but chunk(2) takes upper and lower half. Double with torch.cat.":
            doubled_batch(lambda y: torch.stack([y, null_for(y)], 1).flatten(), repeat=side_by_side),
        "x is doubled side by side (x1, x1, x2, x2 ...), the labels one below the other. Double both with torch.cat.": doubled_batch(right_labels, repeat=side_by_side),
        "x is doubled side by side (x1, x1, x2, x2 ...), labels and t one below the other. Double all with torch.cat.": doubled_batch(right_labels, repeat=side_by_side, repeat_t=torch.cat),
        "t is doubled side by side (t1, t1, t2, t2 ...), x one below the other. Double both with torch.cat.": doubled_batch(right_labels, repeat_t=side_by_side),
        "The labels stand side by side (y1, NULL, y2, NULL ...), the samples one below the other. Double both with torch.cat.": doubled_batch(lambda y: torch.stack([y, null_for(y)], 1).flatten()),
        "You wrote into the labels that you were given: at the next step of the walk all of them are NULL. Use torch.full_like(y, NULL).": doubled_batch(lambda y: torch.cat([y.clone(), y.fill_(NULL)])),
        "Both halves were asked for NULL. The half that gives the target needs the labels.": doubled_batch(lambda y: torch.cat([null_for(y)] * 2)),
        "The push points the wrong way: it should lead from the answer for NULL to the answer for the label.": doubled_batch(right_labels, rule=backwards),
        "The result is still twice as long as x: take the halves apart with .chunk(2), and combine them.":
            lambda denoiser, x, t, y, scale: denoiser(torch.cat([x, x]), torch.cat([t, t]) if torch.as_tensor(t).ndim else t, right_labels(y)),
    },
    hints=[
        "Lay the batch on top of itself: above asked with the labels, below with NULL.",
        "torch.cat([x, x]); labels torch.cat([y, torch.full_like(y, NULL)]); t too, but only where it holds one time per sample.",
        "target, reference = denoiser(...).chunk(2) takes them apart in the order in which you laid them; then the line of exercise 1.",
    ],
)  # fmt: skip

# translate ----------------------------------------------------------------------------------------------------------

SAME, FROM_ONE = ("glide", "diffusers", "imagen"), ("ho_salimans", "classifier_on_label")


def ask_translate(translate):
    """Every source, with numbers on both sides of 1; but diffusers takes any number up to 1 for no guidance."""
    asked = [(source, number) for source in (*SAME, *FROM_ONE) for number in (0, 0.3, 1, 3.0, 7.5)]
    asked = [(source, number) for source, number in asked if number >= 1 or source != "diffusers"]
    return [float(answer(translate(source, number))) for source, number in asked]


def dialect(by, sources=FROM_ONE):
    """A candidate that adds `by` where the number counts from the conditional answer."""
    return lambda source, number: number + by if source in sources else number


translate = Check(
    ask_translate,
    solution=dialect(1),
    mistakes={
        "They are not all the same: in Ho & Salimans' paper, w = 0 is the plain conditional answer. In our scale that is 1.": dialect(0),
        "Wrong way round: you turned our scale into their number. Their 0 is our 1, so theirs to ours is plus 1.": dialect(-1),
        "A classifier on top of a conditional model starts at the conditional answer: its 0 is our 1.": dialect(1, ("ho_salimans",)),
        "The classifier is right. In Ho & Salimans' formula (1 + w) c - w u, too, 0 gives the conditional answer: add 1.": dialect(1, ("classifier_on_label",)),
        "Imagen writes w c + (1 - w) u: the letter is w, but w = 1 is the conditional answer, as in our scale.": dialect(1, (*FROM_ONE, "imagen")),
        "diffusers writes u + guidance_scale * (c - u): that is our scale already, whatever the paper that it cites says.": dialect(1, (*FROM_ONE, "diffusers")),
        "GLIDE writes u + s (c - u): that is our scale already.": dialect(1, (*FROM_ONE, "glide")),
        "You added 1 to all of them. Those that write u + s (c - u) speak our language already.": dialect(1, (*SAME, *FROM_ONE)),
        "The two groups are swapped: add 1 where 0 means the plain conditional answer, and leave the others.": dialect(1, SAME),
    },
    hints=[
        "For each source, which number means no guidance? In our scale it is 1.",
        "GLIDE, diffusers and Imagen: 1 is no guidance. Ho & Salimans, and a classifier on a conditional model: 0 is no guidance.",
        "So two of the five need 1 added. The others stay as they are.",
    ],
)  # fmt: skip

# trained apart ------------------------------------------------------------------------------------------------------


class HalfTrained:
    """A network that was trained on some labels only. Asked for others it answers nonsense, and notes it."""

    def __init__(self, knows, slope):
        self.knows, self.slope, self.misled = knows, slope, False

    def __call__(self, x, t, y):
        known = self.knows(y)[:, None]
        self.misled = self.misled or not known.all().item()
        return torch.where(known, self.slope * x + t * (y[:, None] + 2.0), 50.0)


def ask_apart(apart):
    """Guided noise at three scales, and who was asked for a label that it never met."""
    x, y, seen = torch.tensor([[0.5, -1.0], [2.0, 0.25], [1.0, 1.0]]), torch.tensor([1, 0, 5]), []
    for scale, t in ((3.0, 0.5), (0.0, 0.2), (7.5, 0.9)):
        conditional, unconditional = HalfTrained(lambda y: y != NULL, 0.5), HalfTrained(lambda y: y == NULL, -0.25)
        denoiser = answer(apart(conditional, unconditional, scale))
        if not callable(denoiser):
            raise TypeError(f"a denoiser is a function of (x, t, y); my_apart returned {type(denoiser).__name__}")
        y_in = y.clone()
        seen += [answer(denoiser(x, t, y_in)), torch.tensor([conditional.misled, unconditional.misled, y_in.equal(y)])]
    return seen


def of_two(labels=lambda y: (y, null_for(y)), swap=False, rule=extrapolate):
    """A candidate: labels(y) are what the two are asked for."""

    def apart(conditional, unconditional, scale):
        def denoiser(x, t, y):
            for_first, for_second = labels(y)
            pair = conditional(x, t, for_first), unconditional(x, t, for_second)
            return rule(*(pair[::-1] if swap else pair), scale)

        return denoiser

    return apart


trained_apart = Check(
    ask_apart,
    solution=of_two(),
    mistakes={
        "Target and reference are swapped: you guide away from the conditional network. It is the target.": of_two(swap=True),
        "You asked the unconditional network for a label, and it never met one: its answer is nonsense. Pin it: given(unconditional, NULL).": of_two(lambda y: (y, y)),
        "You asked the conditional network for NULL, which it never met. Let it answer for the label that is asked for.": of_two(lambda y: (null_for(y), null_for(y))),
        "That is cfg(conditional, scale): it asks the conditional network for NULL, which it never met. The reference is the other network.":
            lambda conditional, unconditional, scale: of_two()(conditional, conditional, scale),
        "Your scale is Ho & Salimans' w: 0 should be the unconditional answer, 1 the conditional one.": of_two(rule=from_target),
        "You wrote into the labels that you were given: at the next step of the walk all of them are NULL. Use given, or torch.full_like.": of_two(lambda y: (y.clone(), y.fill_(NULL))),
        "The pins are swapped: the conditional network is asked for NULL, the unconditional one for labels.": of_two(lambda y: (null_for(y), y)),
        "The scale plays no part: that is the conditional network, unguided.": of_two(rule=lambda target, reference, scale: target),
        "The push points the wrong way: it should lead from the unconditional answer to the conditional one.": of_two(rule=backwards),
    },
    hints=[
        "Which of the two is the target, and which the reference?",
        "guide(target, reference, scale) asks both for the label that comes in. One of them must not hear it.",
        "given(denoiser, NULL) is a denoiser that always answers for NULL: that is the reference.",
    ],
)  # fmt: skip
