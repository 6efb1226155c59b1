"""The checks of lesson 07: a negative prompt, composition, the exact NOT, and where a fixed scale drives the mean."""

import torch

from .. import zoo
from ..denoisers import NULL
from . import Check, Complaint, dice, function_of, lend, tensor_of
from .reading import comparable, near, ways, weights

# A toy denoiser with one answer for each label, so that it shows whom it was asked for.


def toy(x, t, y):
    """An answer that depends on the label (NULL, 0, 1, 2, 3), the point and the time, all unlike one another."""
    if not isinstance(y, torch.Tensor) or y.is_floating_point() or y.shape != x.shape[:1]:
        raise Complaint("The denoiser wants one integer label for each sample, a tensor [B] like y. For one label: torch.full_like(y, label).")
    table = torch.tensor([[0.3, -0.2], [1.0, 0.1], [-0.4, 0.9], [0.2, -1.3], [2.1, 0.4]])
    return table[y + 1] * (1 + x) + t * (y[:, None] + 2) ** 2


def asked(x, t, y, label):
    """The toy's answer for one label."""
    return toy(x, t, torch.full_like(y, label))


def points():
    """Three points and the labels that are wanted."""
    return torch.tensor([[0.5, -1.0], [2.0, 0.3], [-0.7, 0.1]]), torch.tensor([0, 2, 3])


# negative -----------------------------------------------------------------------------------------------------------


AWAY = ((2.0, 0.5), (1.0, 0.25), (4.0, 0.75), (0.0, 0.5))  # scales and times


def ask_away(away):
    """Avoid label 1 at several scales and times; the labels of the caller must survive."""
    x, y = points()
    cure = "the next step of the walk would get that. Make new labels with torch.full_like"
    return [lend(function_of(away(toy, 1, scale)), x=x, t=t, y=y, cure=cure) for scale, t in AWAY]


def pushed(rule):
    """A candidate out of a rule (answer for the wanted, for the unwanted, for NULL, scale) -> eps."""
    return lambda denoiser, unwanted, scale: lambda x, t, y: rule(
        denoiser(x, t, y), denoiser(x, t, torch.full_like(y, unwanted)), denoiser(x, t, torch.full_like(y, NULL)), scale)  # fmt: skip


def same_for_all(denoiser, unwanted, scale):
    """The mistake of asking for the first sample's label."""
    right = pushed(lambda a, b, null, s: b + s * (a - b))(denoiser, unwanted, scale)
    return lambda x, t, y: right(x, t, y[:1].expand_as(y))


def explain_away(mine, right):
    """How much of the wanted, the unwanted and NULL's answer is in it, scale by scale."""
    if not comparable(mine, right):
        return None
    x, y = points()
    for (scale, t), out, wanted in zip(AWAY, mine, right):
        parts = asked(x, t, y, 0), asked(x, t, y, 1), asked(x, t, y, NULL)
        found = weights(out, toy(x, t, y).double(), *parts[1:])
        if near(out, wanted):
            continue
        if found is None:
            return f"At scale {scale:g} your answer is no weighted sum of the two answers, for y and for the unwanted label. Ask for both at x and t as they come, then combine them."
        a, b, null = found
        if abs(null) > 1e-3:
            return f"At scale {scale:g} there is {null:.3g} times NULL's answer in yours. NULL plays no part here: the step leads from the unwanted answer to the wanted one."
        if abs(a + b - 1) > 1e-3:
            return f"At scale {scale:g} you weigh the wanted answer with {a:.3g} and the unwanted with {b:.3g}: the weights must sum to 1. Add a difference to where it starts."
        return f"At scale {scale:g} you weigh the wanted answer with {a:.3g} and the unwanted with {b:.3g}. Scale 0 is the unwanted answer, 1 the wanted one; go on along that line, at the same pace."
    return None


away = Check(
    ask_away,
    explain=explain_away,
    solution=pushed(lambda a, b, null, s: b + s * (a - b)),
    mistakes={
        "The unwanted label plays no part: your reference is NULL, and that is plain cfg. Step away from the unwanted label's answer.":
            pushed(lambda a, b, null, s: null + s * (a - null)),
        "You go towards the unwanted label: at scale 1 you are there. Swap target and reference.":
            pushed(lambda a, b, null, s: a + s * (b - a)),
        "One too many: your scale 0 is the target, as w in the paper. Here scale 1 is the target; start from the unwanted answer.":
            pushed(lambda a, b, null, s: a + s * (a - b)),
        "You start from NULL and step from the unwanted to the wanted: the weights sum to 1, but at scale 1 it is not the plain answer. Start where the step starts.":
            zoo.away_a,
        "Your weights do not sum to 1: you subtract the unwanted answer, not a difference of two. It is reference + scale * (target - reference).":
            pushed(lambda a, b, null, s: a - s * b),
        "The sign is wrong: you step from the unwanted answer away from the wanted one. The difference is target minus reference.":
            pushed(lambda a, b, null, s: b - s * (a - b)),
        "Your scale 1 is the unwanted answer: you step (scale - 1) times from there. That factor belongs to a step that starts from the target.":
            pushed(lambda a, b, null, s: b + (s - 1) * (a - b)),
        "The wanted label plays no part: you push NULL's answer away from the unwanted. The target is denoiser(x, t, y).": pushed(lambda a, b, null, s: b + s * (null - b)),
        "You push the wanted answer away from NULL, starting at the unwanted. The step leads from the unwanted answer to the wanted one.": pushed(lambda a, b, null, s: b + s * (a - null)),
        "You push from NULL to the unwanted and turn that round. The wanted answer needs only the unwanted as its reference; NULL plays no part.": pushed(lambda a, b, null, s: a - s * (b - null)),
        "You push away from the unwanted (scale - 1) times, but measure that push from NULL. Measure it from the wanted answer: both in one difference.": pushed(lambda a, b, null, s: a - (s - 1) * (b - null)),
        "That is the push alone. Add it to where it starts: the unwanted answer.": pushed(lambda a, b, null, s: s * (a - b)),
        "Your weights sum to scale - 1: the whole unwanted answer is subtracted. Its weight is 1 - scale.": pushed(lambda a, b, null, s: s * a - b),
        "The unwanted answer is added: with weight scale for the wanted one, it gets 1 - scale, which is negative beyond 1.": pushed(lambda a, b, null, s: s * a + (s - 1) * b),
        "At scale 1 and below, yours is the plain answer. The rule goes on: at scale 0 the reference itself comes out.": pushed(lambda a, b, null, s: b + max(s, 1.0) * (a - b)),
        "Your scale stops at 1. A push begins where you go beyond the wanted answer: do not clamp.": pushed(lambda a, b, null, s: b + min(s, 1.0) * (a - b)),
        "All samples get the label of the first. Each wants its own: hand y on as it is.": same_for_all,
    },
    hints=[
        "It is guide with another reference. Which two answers do you need, and which one do you start from?",
        "The unwanted label for everybody: torch.full_like(y, unwanted). At scale 1 the plain answer must come out.",
        "reference + scale * (target - reference), where the target is denoiser(x, t, y).",
    ],
)  # fmt: skip

# compose ------------------------------------------------------------------------------------------------------------


BLENDS = (  # labels, scales and times
    ([0, 2], [1.0, 1.0], 0.5), ([1, 3], [2.0, -0.5], 0.25), ([2], [3.0], 0.75), ([0, 1, 2], [0.5, 1.5, -1.0], 0.5),
    ([3], [1.0], 0.25), ([1], [-0.5], 0.5),
)  # fmt: skip


def ask_blend(blend):
    """One label, two, three; a NOT among them; the labels of the caller must survive."""
    x, y = points()
    cure = "make new labels with torch.full_like"
    return [lend(function_of(blend(toy, [*labels], [*scales])), x=x, t=t, y=y, cure=cure) for labels, scales, t in BLENDS]


def mixed(rule, null=NULL, names=lambda labels: labels):
    """A candidate out of a rule (answers [K], NULL's answer, the plain answer, scales) -> eps."""

    def blend(denoiser, labels, scales):
        def blended(x, t, y):
            parts = [denoiser(x, t, torch.full_like(y, label)) for label in names(labels)]
            return rule(parts, denoiser(x, t, torch.full_like(y, null)), denoiser(x, t, y), scales)

        return blended

    return blend


def chained(parts, null, plain, scales):
    """The mistake of pushing each label away from what came before it."""
    out = null
    for scale, part in zip(scales, parts):
        out = out + scale * (part - out)
    return out


def right_blend(parts, null, plain, scales):
    """NULL's answer, and of each label its push."""
    return null + sum(s * (p - null) for s, p in zip(scales, parts))


def explain_blend(mine, right):
    """With one label: how much of it and of NULL; with several: are they added?"""
    if not comparable(mine, right):
        return None
    x, y = points()
    for (labels, scales, t), out, wanted in zip(BLENDS, mine, right):
        if len(labels) > 1 or near(out, wanted):
            continue
        found = weights(out, asked(x, t, y, labels[0]).double(), asked(x, t, y, NULL))
        said = f"With one label, {labels[0]}, at scale {scales[0]:g}"
        if found is None:
            return f"{said}, your answer is no weighted sum of its answer and NULL's. Ask for these two only, at x and t as they come: y plays no part."
        if abs(sum(found) - 1) > 1e-3:
            return f"{said}, you weigh its answer with {found[0]:.3g} and NULL's with {found[1]:.3g}: the weights must sum to 1. Start from NULL's answer, and add a difference."
        return f"{said}, you weigh its answer with {found[0]:.3g}. A push is as strong as its scale, whatever its sign: its weight is the scale itself."
    return "One label alone comes out right, several do not. Start from NULL's answer once; then each label, at its place in both lists, adds its own push from NULL."


blend = Check(
    ask_blend,
    explain=explain_blend,
    solution=mixed(right_blend),
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
        "Only the first label counts: does your loop return too early?": mixed(lambda parts, null, plain, scales: null + scales[0] * (parts[0] - null)),
        "Your reference is label 0, and 0 is a class. No label is NULL, which is -1.": mixed(right_blend, null=0),
        "You ask for the places in the list, 0, 1, 2 ..., not for the labels that stand there.": mixed(right_blend, names=lambda labels: range(len(labels))),
        "The scales play no part: each label pushes with its own.": mixed(lambda parts, null, plain, scales: null + sum(p - null for p in parts)),
        "You start from the answer for y, or y pushes too. Start from NULL's answer: y plays no part here.": mixed(lambda parts, null, plain, scales: plain + sum(s * (p - null) for s, p in zip(scales, parts))),
        "The sign is wrong: you push away from each label. The difference is the label's answer minus NULL's.": mixed(lambda parts, null, plain, scales: null - sum(s * (p - null) for s, p in zip(scales, parts))),
        "You divided by the sum of the scales without their signs: that is a mean of wishes. AND adds the pushes, each at its full scale.":
            mixed(lambda parts, null, plain, scales: null + sum(s * (p - null) for s, p in zip(scales, parts)) / sum(map(abs, scales))),
        "The weights of NULL and the labels do not sum to 1: with weight scale for each label, NULL keeps 1 minus all of them.": mixed(lambda parts, null, plain, scales: (1 - scales[0]) * null + sum(s * p for s, p in zip(scales, parts))),
        "NOT is lost: you leave out the labels of negative scale. They push too, the other way.": mixed(lambda parts, null, plain, scales: null + sum(max(s, 0.0) * (p - null) for s, p in zip(scales, parts))),
        "All labels get the sum of the scales. Each has a scale of its own: zip(labels, scales).": mixed(lambda parts, null, plain, scales: null + sum(scales) * sum(p - null for p in parts)),
    },
    hints=[
        "Ask once without a label, and once for each label. What does one label add to the answer of NULL?",
        "Each label adds scale * (its answer - NULL's answer). Where do the additions start?",
        "null + sum(scale * (part - null) for ...), with labels made by torch.full_like(y, label).",
    ],
)  # fmt: skip

# the exact NOT ------------------------------------------------------------------------------------------------------


def ask_without(without):
    """Four points that are hardly, somewhat, likely and almost surely the unwanted; near certainty, whether the push grows on."""
    out = tensor_of(lend(without, **dict(zip(("eps_a", "eps_ab", "r"), answers(RS)))))
    if out.shape == (4, 2) and not out[0].isfinite().all() and out[1:].isfinite().all():
        raise Complaint("Where r = 0 you divide by 0. Divide by the share that is left, 1 - r.")
    a, ab, r = answers([0.3, 0.99, 0.992, 0.994])
    pushes = tensor_of(without(a.clone(), ab.clone(), r)) - a
    strength = (pushes * (a - ab)).sum(1) / (a - ab).square().sum(1) if pushes.shape == (4, 2) else r
    if strength[2] > strength[0] + 1e-3 and (strength[2] - strength[3]).abs() < 1e-3 * strength[3].abs():
        raise Complaint("Near r = 1 your push stops growing: it has a cap. A network needs one; the exact NOT does not. Leave it away.")
    return [out]


RS = [0.0, 0.3, 0.6, 0.95]  # how likely the unwanted is


def answers(rs):
    """Two answers [4, 2] and these probabilities."""
    rng = dice(0)
    return torch.randn(4, 2, generator=rng), torch.randn(4, 2, generator=rng), torch.tensor(rs)


def weighed(weight):
    """A candidate eps_a - weight(r) * (eps_ab - eps_a)."""
    return lambda a, ab, r: a - weight(r)[:, None] * (ab - a)


def explain_without(mine, right):
    """How much of both answers is in it, point by point."""
    if not comparable(mine, right):
        return None
    a, ab, r = answers(RS)
    found = [weights(out, *pair) for out, *pair in zip(mine[0], a, ab)]
    wrong = [k for k in range(4) if not near(mine[0][k], right[0][k])]
    for k in range(4):
        if found[k] and abs(sum(found[k]) - 1) > 1e-3:
            p, q = found[k]
            return f"Where r = {RS[k]:g} you weigh eps_a with {p:.3g} and eps_ab with {q:.3g}: the weights must sum to 1. Solve eps_a = r eps_ab + (1 - r) eps_not for eps_not."
    if not all(found):
        return "Your answer is no weighted sum of eps_a and eps_ab, sample by sample. Solve eps_a = r eps_ab + (1 - r) eps_not for eps_not."
    pushes = [-q for _, q in found]
    if max(pushes) - min(pushes) < 1e-3:
        return "One weight for the whole batch: each sample has an r of its own. Multiply with r[:, None]."
    if 0 in wrong:
        return f"Where r = 0 there is nothing to avoid, and eps_a itself must come out. Yours is {pushes[0]:.3g} steps away from it, a step being eps_a - eps_ab."
    if any(abs(pushes[k]) < 1e-3 for k in wrong):
        return f"Where r = {RS[wrong[0]]:g} nothing is pushed. The exact NOT has no threshold: any r above 0 pushes, as far as the equation says."
    side = ["weak", "strong"][pushes[wrong[0]] > right_push(RS[wrong[0]])]
    towards = "You move towards eps_ab" if pushes[wrong[0]] < 0 else f"The push is too {side}"
    return f"{towards} where r = {', '.join(f'{RS[k]:g}' for k in wrong)}. Solve eps_a = r eps_ab + (1 - r) eps_not for eps_not, with the r of each sample."


def right_push(r):
    """How many steps eps_a - eps_ab lie between eps_a and the answer."""
    return r / (1 - r)


without = Check(
    ask_without,
    explain=explain_without,
    solution=weighed(lambda r: r / (1 - r)),
    mistakes={
        "The weight is r: where the unwanted is almost sure, the push must grow without bound. Solve eps_a = r eps_ab + (1 - r) eps_not for eps_not.":
            weighed(lambda r: r),
        "The weight is 1 / (1 - r): it pushes even where r = 0, and there is nothing to avoid. As a step from eps_a the weight is r / (1 - r).":
            weighed(lambda r: 1 / (1 - r)),
        "You move towards the unwanted, with the weight 1 / (1 - r): are eps_a and eps_ab swapped? From eps_a the step is r / (1 - r), and it leads away from eps_ab.": weighed(lambda r: -1 / (1 - r)),
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
        "One r for the whole batch, its mean: each sample has an r of its own. r[:, None] multiplies a batch.": weighed(lambda r: (r.mean() / (1 - r.mean())).expand(len(r))),
        **ways("You push only where r is above 1/2{}. The exact NOT has no threshold: any r above 0 pushes a little.", {
            "": weighed(lambda r: torch.where(r > 0.5, r / (1 - r), 0.0)),
            ", and leave the rest to eps_ab": lambda a, ab, r: torch.where(r[:, None] > 0.5, weighed(lambda r: r / (1 - r))(a, ab, r), ab),
        }),
        "You multiplied by 1 - r at the end, where you must divide: undo the mixing.": lambda a, ab, r: (a - r[:, None] * ab) * (1 - r)[:, None],
        "You divided eps_a by 1 - r, but not r eps_ab. Put both in brackets.": lambda a, ab, r: a / (1 - r)[:, None] - r[:, None] * ab,
        "r eps_ab is added. It is in eps_a already: take it away.": lambda a, ab, r: (a + r[:, None] * ab) / (1 - r)[:, None],
        "From eps_ab you step the wrong way: the step leads to eps_a and beyond.": lambda a, ab, r: ab + (ab - a) / (1 - r)[:, None],
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
    wanted, unwanted = MEANS
    return [lend(drift, wanted=wanted, unwanted=unwanted, scale=scale) for scale in DRIFTS]


MEANS = torch.tensor([1.0, 0.5]), torch.tensor([-0.5, 2.0])
DRIFTS = (1.0, 0.0, 2.0, 5.0, 0.5)  # scales


def explain_drift(mine, right):
    """How much of both means is in it, scale by scale."""
    if not comparable(mine, right):
        return None
    for scale, out, wanted in zip(DRIFTS, mine, right):
        a, b = weights(out, *MEANS)
        if near(out, wanted):
            continue
        if abs(a + b - 1) > 1e-3:
            return f"At scale {scale:g} you weigh the wanted mean with {a:.3g} and the unwanted with {b:.3g}: where both agree you would leave them. The weights must sum to 1: add a difference."
        if scale in (0.0, 1.0):
            return f"At scale {scale:g} the {['unwanted', 'wanted'][int(scale)]} mean itself must come out. Yours lies {a:.3g} of the way from the unwanted to the wanted mean."
    return "Right at scales 0 and 1, wrong elsewhere. The mean moves along the line through both, by the same distance for each unit of scale, and stops nowhere."


drift = Check(
    ask_drift,
    explain=explain_drift,
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
        "The arrow is made 1 long: then the means' distance plays no part. Take the difference as it is.": lambda a, b, s: b + s * (a - b) / (a - b).norm(),
        "The weights do not sum to 1: with scale for the wanted mean, the unwanted gets 1 - scale, not -1.": lambda a, b, s: s * a - b,
        "That is a mean of the two with weights scale and 1: it never passes the wanted mean. A push does, and goes on.": lambda a, b, s: (s * a + b) / (s + 1),
        "The two are swapped: at your scale 0 the wanted mean comes out, and beyond 1 you walk away from it.": lambda a, b, s: a + s * (b - a),
        "The sign is wrong: from the unwanted mean you step away from the wanted one.": lambda a, b, s: b - s * (a - b),
        "The unwanted mean is added: with scale for the wanted one, it gets 1 - scale, which is negative beyond 1.": lambda a, b, s: s * a + (s - 1) * b,
        "Below scale 1 yours stays at the wanted mean. The rule goes on: at scale 0 it is the unwanted one.": lambda a, b, s: b + max(s, 1.0) * (a - b),
        "That is how far it is from the wanted mean. Asked is where it is: a point [D].": lambda a, b, s: (s - 1) * (a - b).norm(),
    },
    hints=[
        "Where is the mean at scale 1? And at scale 0, where only the reference is asked?",
        "It moves along the straight line through both means, by the same distance for each unit of scale.",
        "It is extrapolate, with the means in place of the answers.",
    ],
)  # fmt: skip
