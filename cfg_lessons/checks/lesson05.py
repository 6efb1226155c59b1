"""The checks of lesson 05: the one line, one doubled batch, dialects of the scale, two networks trained apart."""

import torch

from .. import zoo
from ..denoisers import NULL
from ..guidance import extrapolate
from . import Check, Complaint, dice, function_of, lend, tensor_of


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


NO_WRITING = "make a new tensor (no +=, no -=, no *=, no method that ends in _)"


def ask_combine(combine):
    """Points and pictures, at scales on both sides of 1; and what either answer does alone."""
    rng, scales = dice(0), (3.0, 0.0, 1.0, 0.5)
    target, reference = torch.randn(2, 4, 2, generator=rng)
    pictures = torch.randn(2, 3, 1, 2, 2, generator=rng)
    one, none = torch.ones(4, 2), torch.zeros(4, 2)

    def asked(target, reference, scale):
        return tensor_of(lend(combine, cure=NO_WRITING, target=target, reference=reference, scale=scale))

    seen = {f"scale {scale:g}": asked(target, reference, scale) for scale in scales}
    seen["pictures at scale 2"] = asked(*pictures, 2.0)
    for name, pair in (("target", (one, none)), ("reference", (none, one))):
        seen[f"the factor of the {name}"] = torch.stack([asked(*pair, scale) for scale in scales])
    return seen


def length(eps):
    """The length [B, 1, ...] of each answer."""
    return eps.flatten(1).norm(dim=1).reshape(-1, *[1] * (eps.ndim - 1))


def width(eps):
    """The standard deviation [B, 1, ...] of each answer."""
    return eps.flatten(1).std(1).reshape(-1, *[1] * (eps.ndim - 1))


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
        "Two conventions are mixed, 1 + w for the one and 1 - s for the other: your weights sum to 2. With weight scale for the target, the reference gets 1 - scale.": zoo.combine_b,
        "Your scale stops at 1. Guidance begins where you go beyond the target: do not clamp.": lambda target, reference, scale: reference + min(scale, 1.0) * (target - reference),
        "The length of the result was set to that of the target. That is another rule, and breaks the line: leave the length as it comes.": lambda target, reference, scale: (guided := extrapolate(target, reference, scale)) * length(target) / length(guided),
        "The result got the target's standard deviation. That is the rule of `rescaled`; here the result stays as it comes.": lambda target, reference, scale: (guided := extrapolate(target, reference, scale)) * width(target) / width(guided),
        "Your push has length 1, however far the two are apart. Multiply the difference itself by the scale.": lambda target, reference, scale: reference + scale * (target - reference) / length(target - reference),
        "The brackets are misplaced: (reference + scale) * (target - reference) multiplies the reference. Only the difference is multiplied.": lambda target, reference, scale: (reference + scale) * (target - reference),
        "Brackets are missing: scale multiplies the target alone, and the reference cancels. Multiply the whole difference.": lambda target, reference, scale: scale * target + 0 * reference,
        "Your weights sum to 1 + scale: the reference keeps its full weight. Multiply the difference of the two, not the target.": lambda target, reference, scale: reference + scale * target,
        "Your weights sum to 1 - 2 scale: the target is subtracted. With weight 1 - scale for the reference, it gets plus scale.": lambda target, reference, scale: (1 - scale) * reference - scale * target,
        "Your weights sum to 2 - scale: the target has weight 1, whatever the scale. It gets the weight scale.": lambda target, reference, scale: target + (1 - scale) * reference,
        "You add instead of taking the difference: the way from the reference to the target is target - reference.": lambda target, reference, scale: reference + scale * (target + reference),
        "You add the two and multiply the sum. The way from the reference to the target is a difference.": lambda target, reference, scale: scale * (target + reference),
        "You go scale - 1 times the way, but start at the reference: either go scale times from there, or scale - 1 times from the target.": lambda target, reference, scale: reference + (scale - 1) * (target - reference),
        "You go scale + 1 times the way, but start at the target, which is one step ahead already. Here scale 1 is the target.": lambda target, reference, scale: target + (scale + 1) * (target - reference),
        "The push is subtracted from the target: beyond 1 you should go away from the reference.": lambda target, reference, scale: target - (scale - 1) * (target - reference),
        "The scale enters squared. Multiply the difference by it once.": lambda target, reference, scale: reference + scale**2 * (target - reference),
        "You divide by the scale. It says how many times to go the way: multiply.": lambda target, reference, scale: reference + (target - reference) / torch.tensor(scale),
        "The difference lost its direction: leave abs away.": lambda target, reference, scale: reference + scale * (target - reference).abs(),
        "Below 1 you stop at the target. The same line holds there: leave out max, and every `if`.": lambda target, reference, scale: reference + max(scale, 1.0) * (target - reference),
        "At scale 0 you return the target. By the line it is the reference: leave out every `if` (or `or`).": lambda target, reference, scale: reference + (scale or 1.0) * (target - reference),
        "The result was clipped. Noise has no range that it must stay in: leave it as it comes.": lambda target, reference, scale: extrapolate(target, reference, scale).clamp(-1, 1),
        "The scale plays no part: that is the reference, whatever was asked for.": lambda target, reference, scale: 1 * reference,
        "The scale plays no part: that is the difference, whatever was asked for.": lambda target, reference, scale: target - reference,
        "The scale plays no part: that is the mean of the two, whatever was asked for.": lambda target, reference, scale: (target + reference) / 2,
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
    """A denoiser of any shape of x that notes how it was called, complains of what no network could answer, and answers the rest."""

    def __init__(self, x, t, y):
        self.x, self.times, self.y, self.calls, self.short_times = x, torch.as_tensor(t).double(), y, 0, False
        self.nulls = 0

    def __call__(self, x, t, y):
        if not isinstance(y, torch.Tensor) or y.is_floating_point():
            kind = f"of {y.dtype}" if isinstance(y, torch.Tensor) else f"that are a {type(y).__name__}"
            raise Complaint(f"The denoiser got labels {kind}; it wants whole numbers, one for each sample. torch.full_like(y, NULL) keeps them so.")
        if y.shape != x.shape[:1]:
            raise Complaint(f"The denoiser got {len(x)} samples but labels of shape {list(y.shape)}. Double both with torch.cat.")
        self.calls, self.nulls = self.calls + 1, self.nulls + int((y == NULL).sum())
        if len(x) == 2 * len(self.x) and x.shape[1:] == self.x.shape[1:] and not torch.isin(x, self.x).all():
            raise Complaint("The denoiser was asked about samples that are none of yours: double x with torch.cat, and change nothing in it.")
        t = torch.as_tensor(t).to(x)
        if t.ndim > 1:
            raise Complaint(f"The denoiser got times of shape {list(t.shape)}; it wants one time, or one for each sample. Double t like x, with torch.cat.")
        if (t.flatten()[:, None] - self.times.to(x).flatten()).abs().min(1).values.max() > 1e-6:
            raise Complaint("The denoiser was asked at times that are none of yours. Doubling t means to give each time twice, "
                            "torch.cat([t, t]): not twice the time, and no mean.")
        if t.ndim and len(t) != len(x):  # answer as if the times had been doubled; the probe sees the note
            self.short_times, t = True, t.repeat(-(-len(x) // len(t)))[: len(x)]
        by_sample = (-1, *[1] * (x.ndim - 1))
        return x * (1 + t.reshape(by_sample)) + ((y + 2.0) ** 2).reshape(by_sample)


TWICE = "You called the denoiser {} times. Put both questions into one batch, and ask once: torch.cat, then .chunk(2)."


def ask_batched(batched):
    """Points with one time, points with a time each, pictures: the results, how many calls, and whether all was doubled."""
    rng, y, seen = dice(0), torch.tensor([0, 4, 2]), {}
    points, pictures = torch.randn(3, 2, generator=rng), torch.randn(3, 1, 4, 4, generator=rng)
    asked = {"one time": (points, 0.5, 3.0), "a time for each": (points, torch.tensor([0.1, 0.5, 0.9]), 3.0), "pictures": (pictures, torch.tensor(0.3), 0.5)}
    for name, (x, t, scale) in asked.items():
        witness = CallWitness(x, t, y)
        out = lend(batched, cure="the next step of the walk needs it. Make new tensors, with torch.cat and torch.full_like(y, NULL)", denoiser=witness, x=x, t=t, y=y, scale=scale)
        if witness.calls != 1:
            raise Complaint(TWICE.format(witness.calls) if witness.calls else "You never called the denoiser. Ask it once, with a doubled batch.")
        seen |= {f"the answer, {name}": tensor_of(out).clone(), f"that t was doubled, {name}": torch.tensor(not witness.short_times)}
        seen[f"that half of the rows were asked for NULL, {name}"] = torch.tensor(witness.nulls)
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


def read_off(halves, rule=extrapolate):
    """A candidate that asks rightly and reads the two answers off the result by halves(out), or combines them by another rule."""

    def batched(denoiser, x, t, y, scale):
        t = torch.cat([t, t]) if torch.as_tensor(t).ndim else t
        return rule(*halves(denoiser(torch.cat([x, x]), t, right_labels(y))), scale)

    return batched


batched = Check(
    ask_batched,
    solution=doubled_batch(right_labels),
    mistakes={
        "The halves are mixed up: the labels went into one half, and you read the target from the other. Same order in and out.": doubled_batch(right_labels, order=(1, 0)),
        "t is too short: where it holds one time for each sample, it must be doubled like x.": doubled_batch(right_labels, double_t=False),
        "Both halves were asked with the label, so nothing pushes. One half needs NULL in place of every label.": zoo.batched_a,
        "The half without labels was asked for label 0, and 0 is a class. No label is NULL, which is -1.": doubled_batch(lambda y: torch.cat([y, torch.zeros_like(y)])),
        TWICE.format(2): lambda denoiser, x, t, y, scale: extrapolate(denoiser(x, t, y), denoiser(x, t, null_for(y)), scale),
        "Your scale is Ho & Salimans' w: at 1 you push already. Start at the reference, not at the target.": doubled_batch(right_labels, rule=from_target),
        "Your samples stand side by side (x1, x1, x2, x2 ...), but chunk(2) takes upper and lower half. Double with torch.cat.": doubled_batch(lambda y: torch.stack([y, null_for(y)], 1).flatten(), repeat=side_by_side),
        "x is doubled side by side (x1, x1, x2, x2 ...), the labels one below the other. Double both with torch.cat.": doubled_batch(right_labels, repeat=side_by_side),
        "x is doubled side by side (x1, x1, x2, x2 ...), labels and t one below the other. Double all with torch.cat.": doubled_batch(right_labels, repeat=side_by_side, repeat_t=torch.cat),
        "t is doubled side by side (t1, t1, t2, t2 ...), x one below the other. Double both with torch.cat.": doubled_batch(right_labels, repeat_t=side_by_side),
        "The labels stand side by side (y1, NULL, y2, NULL ...), the samples one below the other. Double both with torch.cat.": doubled_batch(lambda y: torch.stack([y, null_for(y)], 1).flatten()),
        "Both halves were asked for NULL. The half that gives the target needs the labels.": doubled_batch(lambda y: torch.cat([null_for(y)] * 2)),
        "The push points the wrong way: it should lead from the answer for NULL to the answer for the label.": doubled_batch(right_labels, rule=backwards),
        "The halves of the answer were taken apart by [::2] and [1::2], as if they stood side by side. They lie one below the other: .chunk(2).": read_off(lambda out: (out[::2], out[1::2])),
        "The halves of the answer were taken apart by [::2] and [1::2], and the other way round. They lie one below the other: .chunk(2).": read_off(lambda out: (out[1::2], out[::2])),
        "The answers of the second half were turned around: .chunk(2) gives both halves in order.": read_off(lambda out: (out[: len(out) // 2], out[len(out) // 2 :].flip(0))),
        "You return the half with the label alone. Combine both halves by the line of exercise 1.": read_off(lambda out: out.chunk(2), lambda target, reference, scale: target),
        "You return the half without a label alone. Combine both halves by the line of exercise 1.": read_off(lambda out: out.chunk(2), lambda target, reference, scale: reference),
        "You return the push alone. Add it to where it starts: the answer for NULL.": read_off(lambda out: out.chunk(2), lambda target, reference, scale: scale * (target - reference)),
        "You return the mean of the two halves: the scale plays no part. Combine them by the line of exercise 1.": read_off(lambda out: out.chunk(2), lambda target, reference, scale: (target + reference) / 2),
        "Your weights sum to 1 + scale: the answer for NULL keeps its full weight. Multiply the difference of the two.": read_off(lambda out: out.chunk(2), lambda target, reference, scale: reference + scale * target),
        "Your weights do not sum to 1: with weight scale for the target, the reference gets plus (1 - scale).": read_off(lambda out: out.chunk(2), lambda target, reference, scale: scale * target - (1 - scale) * reference),
        "Your scale stops at 1: do not clamp. Guidance begins beyond the target.": read_off(lambda out: out.chunk(2), lambda target, reference, scale: extrapolate(target, reference, min(scale, 1.0))),
        "Below 1 you do not guide, as diffusers does. The line of exercise 1 holds there too: leave out the `if` (or max).": read_off(lambda out: out.chunk(2), lambda target, reference, scale: extrapolate(target, reference, max(scale, 1.0))),
        "Only the first sample's time is handed on: where t holds one for each sample, double it like x.": doubled_batch(right_labels, repeat_t=lambda pair: pair[0][:1].repeat(2 * len(pair[0]))),
        "The times of the second half stand in reverse order: double t with torch.cat([t, t]).": doubled_batch(right_labels, repeat_t=lambda pair: torch.cat([pair[0], pair[0].flip(0)])),
        "The samples of the second half stand in reverse order: double x with torch.cat([x, x]).": doubled_batch(right_labels, repeat=lambda pair: torch.cat([pair[0], pair[0].flip(0)]), repeat_t=torch.cat),
        "Everybody was asked for the first sample's label. Each has its own: torch.cat([y, ...]).": doubled_batch(lambda y: torch.cat([y[:1].expand(len(y)), null_for(y)])),
        "The half without labels was asked for label 1, which is a class. No label is NULL, which is -1.": doubled_batch(lambda y: torch.cat([y, torch.ones_like(y)])),
        "Your labels were shifted by 1, as for rows of an embedding. The denoiser does that itself: hand it y as it is.": doubled_batch(lambda y: torch.cat([y + 1, null_for(y) + 1])),
        "The half without labels was asked for -y, which is y * NULL. No label is NULL itself, the same for everybody.": doubled_batch(lambda y: torch.cat([y, -y])),
        "The half without labels was asked for y - 1. No label is NULL, the same for everybody.": doubled_batch(lambda y: torch.cat([y, y - 1])),
        "The result is still twice as long as x: take the halves apart with .chunk(2), and combine them.": lambda denoiser, x, t, y, scale: denoiser(torch.cat([x, x]), torch.cat([t, t]) if torch.as_tensor(t).ndim else t, right_labels(y)),
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
    seen = {}
    for source in (*SAME, *FROM_ONE):
        numbers = [number for number in (0, 0.3, 1, 3.0, 7.5) if number >= 1 or source != "diffusers"]
        answers = [translate(source, number) for number in numbers]
        if seen and None in answers:
            raise Complaint(f'For "{source}" your function returns nothing: is it missing among your cases, or lacks a return?')
        answers = [tensor_of(number, "one number") for number in answers]
        if any(number.numel() != 1 for number in answers):
            raise Complaint("You return many numbers; expected one, in our scale.")
        seen[source] = torch.stack([number.double().reshape(()) for number in answers])
    return seen


def dialect(by, sources=FROM_ONE):
    """A candidate that adds `by` where the number counts from the conditional answer."""
    return lambda source, number: number + by if source in sources else number


def spoken(from_one, same=lambda number: number, sources=FROM_ONE):
    """A candidate: what it makes of numbers that count from the conditional answer, and of the others."""
    return lambda source, number: from_one(number) if source in sources else same(number)


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
        "Those two count from 0, so 1 is added. You multiply by 1.5, which fits the one row of a table where 2 is 3.": spoken(lambda number: 1.5 * number),
        "Those two count from 0, so 1 is added. You multiply by 2: then their 0 would still be our 0.": spoken(lambda number: 2 * number),
        "Those two count from 0, so 1 is added. You added 2.": dialect(2),
        "The push is 1 + w times the difference only if it starts at u. Their formula (1 + w) c - w u is c + w (c - u): in our scale that is w + 1.": spoken(lambda number: -number),
        "You wrote 1 - w. Their weight of c is 1 + w, and our scale is the weight of c.": spoken(lambda number: 1 - number),
        "That is w / (1 + w). Our scale is the weight of c in their formula, 1 + w.": spoken(lambda number: number / (1 + number)),
        "That is 1 over the number. Our scale is the weight of c in their formula, 1 + w.": spoken(lambda number: 1 / number if number else 0.0),
        "You returned the same number, 1, whatever theirs is. Add 1 to theirs.": spoken(lambda number: 1.0),
        "The fraction is lost: int() and // cut it off. 0.3 is a number that people use.": spoken(lambda number: int(number) + 1, int),
        "The fraction is lost where you add 1: int() and // cut it off. 0.3 is a number that people use.": spoken(lambda number: int(number) + 1),
        "The fraction is rounded away. 0.3 is a number that people use.": spoken(lambda number: round(number) + 1, round),
        "Below 1 you say 1 for every source. Only diffusers does so; in the other formulas a small number means a small weight.": spoken(lambda number: number + 1, lambda number: max(number, 1)),
        "Below 1 you say 1 for every source. Only diffusers does so; in the other formulas a small number means a small weight. And Ho & Salimans' 0 is our 1.": spoken(lambda number: max(number, 1), lambda number: max(number, 1)),
        "Where the number counts from 0, you stop at 1 below: add 1, without max.": spoken(lambda number: max(number, 1)),
        "Where the number counts from the conditional answer, its 0 gives 0 in yours. Their 0 is our 1: add 1 always, without an `if number`.": spoken(lambda number: number + 1 if number else 0.0),
        "You subtract 1 from those that speak our scale already. Only the two that count from 0 change, by plus 1.": spoken(lambda number: number, lambda number: number - 1),
        "You add 1 to the two, and subtract 1 from the others. The others speak our scale already: leave them.": spoken(lambda number: number + 1, lambda number: number - 1),
        "Ho & Salimans is right, the classifier is not: its 0 is the conditional answer, too, so add 1, no more and no less.": lambda source, number: number + {"ho_salimans": 1, "classifier_on_label": -1}.get(source, 0),
        "The classifier is right, Ho & Salimans is not: w = 0 is the conditional answer, so add 1. You subtract it.": lambda source, number: number + {"ho_salimans": -1, "classifier_on_label": 1}.get(source, 0),
        "Imagen counts like ours, and Ho & Salimans does not: you took one for the other.": dialect(1, ("imagen", "classifier_on_label")),
        "Imagen, GLIDE and diffusers all speak our scale: you left alone only one of them.": dialect(1, ("imagen", "diffusers", *FROM_ONE)),
        "Imagen, GLIDE and diffusers all speak our scale, and two of them got 1 too many.": dialect(1, ("imagen", "glide", *FROM_ONE)),
        "Imagen, GLIDE and diffusers all speak our scale; GLIDE and diffusers got 1 too many.": dialect(1, ("glide", "diffusers", *FROM_ONE)),
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
        self.knows, self.slope, self.misled, self.calls = knows, slope, False, 0

    def __call__(self, x, t, y):
        if not isinstance(y, torch.Tensor) or y.is_floating_point() or y.shape != x.shape[:1]:
            raise Complaint("A network wants one whole number as a label for each sample, a tensor [B]: given(denoiser, NULL), or torch.full_like(y, NULL).")
        self.calls, known = self.calls + 1, self.knows(y)[:, None]
        self.misled = self.misled or not known.all().item()
        return torch.where(known, self.slope * x + torch.as_tensor(t).reshape(-1, 1) ** 2 * (y[:, None] + 2.0), 50.0)


PINS_SWAPPED = "The pins are swapped: the conditional network is asked for NULL, the unconditional one for labels."
MISLED = "You asked the unconditional network for a label, and it never met one: its answer is nonsense. Pin it: given(unconditional, NULL)."
ASKED_NULL = "You asked the conditional network for NULL, which it never met. Let it answer for the label that is asked for."
CFG_OF_ONE = "That is cfg(conditional, scale): it asks the conditional network for NULL, which it never met. The reference is the other network."


def ask_apart(apart):
    """Guided noise at some scales, at one time and at a time for each; and complaints of a label that a network never met."""
    x, y, seen = torch.tensor([[0.5, -1.0], [2.0, 0.25], [1.0, 1.0]]), torch.tensor([1, 0, 5]), {}
    for scale, t in ((3.0, 0.5), (0.0, 0.2), (1.0, 0.4), (0.5, 0.8), (7.5, 0.9), (2.0, torch.tensor([0.2, 0.9, 0.6]))):
        conditional, unconditional = HalfTrained(lambda y: y != NULL, 0.5), HalfTrained(lambda y: y == NULL, -0.25)
        denoiser = function_of(apart(conditional, unconditional, scale))
        out = lend(denoiser, cure="the next step of the walk needs it. Use given, or torch.full_like(y, NULL)", x=x, t=t, y=y)
        if conditional.misled:
            raise Complaint(PINS_SWAPPED if unconditional.misled else ASKED_NULL if unconditional.calls else CFG_OF_ONE)
        if unconditional.misled:
            raise Complaint(MISLED)
        seen[f"scale {scale:g}" + (", a time for each" if isinstance(t, torch.Tensor) else "")] = tensor_of(out)
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
        MISLED: of_two(lambda y: (y, y)),
        ASKED_NULL: of_two(lambda y: (null_for(y), null_for(y))),
        CFG_OF_ONE: lambda conditional, unconditional, scale: of_two()(conditional, conditional, scale),
        "Your scale is Ho & Salimans' w: 0 should be the unconditional answer, 1 the conditional one.": of_two(rule=from_target),
        PINS_SWAPPED: of_two(lambda y: (null_for(y), y)),
        "At scale 1 and below you do not guide, as diffusers does. The line holds there too, and scale 0 is the unconditional answer: leave out the `if` (or max).": of_two(rule=lambda target, reference, scale: extrapolate(target, reference, max(scale, 1.0))),
        "At scale 0 you return the conditional answer. By the line it is the unconditional one: leave out the `if` (or `or`).": of_two(rule=lambda target, reference, scale: extrapolate(target, reference, scale or 1.0)),
        "Your scale stops at 1. Guidance begins where you go beyond the conditional answer: do not clamp.": of_two(rule=lambda target, reference, scale: extrapolate(target, reference, min(scale, 1.0))),
        "You guided twice: at scale s the push is s times the difference, once. Call guide once, on the two networks as they are.": of_two(rule=lambda target, reference, scale: extrapolate(extrapolate(target, reference, scale), reference, scale)),
        "The push is multiplied by scale - 1: at scale 1 you are at the unconditional answer. Start there, and go scale times.": of_two(rule=lambda target, reference, scale: reference + (scale - 1) * (target - reference)),
        "That is the push alone. Add it to where it starts: the unconditional answer.": of_two(rule=lambda target, reference, scale: scale * (target - reference)),
        "Your weights sum to 1 + scale: the unconditional answer keeps its full weight. Multiply the difference of the two.": of_two(rule=lambda target, reference, scale: reference + scale * target),
        "Your weights sum to scale - 1: the whole unconditional answer is subtracted. Its weight is 1 - scale.": of_two(rule=lambda target, reference, scale: scale * target - reference),
        "Your weights do not sum to 1: the unconditional answer's is 1 - scale, so with a plus.": of_two(rule=lambda target, reference, scale: scale * target - (1 - scale) * reference),
        "That is the mean of the two networks: the scale plays no part.": of_two(rule=lambda target, reference, scale: (target + reference) / 2),
        "That is the sum of the two networks' answers, at full strength: take a step from the unconditional one to the conditional one.": of_two(rule=lambda target, reference, scale: target + reference),
        "The scale plays no part: that is the unconditional network.": of_two(rule=lambda target, reference, scale: reference),
        "The unconditional network plays no part: the conditional answer was only multiplied by the scale.": of_two(rule=lambda target, reference, scale: scale * target),
        "Everybody was answered for the first sample's label: hand y on as it came.": of_two(lambda y: (y[:1].expand(len(y)), null_for(y))),
        "The scale plays no part: that is the conditional network, unguided.": of_two(rule=lambda target, reference, scale: target),
        "The push points the wrong way: it should lead from the unconditional answer to the conditional one.": of_two(rule=backwards),
    },
    hints=[
        "Which of the two is the target, and which the reference?",
        "guide(target, reference, scale) asks both for the label that comes in. One of them must not hear it.",
        "given(denoiser, NULL) is a denoiser that always answers for NULL: that is the reference.",
    ],
)  # fmt: skip
