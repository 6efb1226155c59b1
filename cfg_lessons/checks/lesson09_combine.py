"""Lesson 09, exercise "guided, for a batch": the check `combine`."""

import torch

from .. import zoo
from . import Check, dice, lend
from .lesson09_shared import tensor, unet
from .reading import comparable, near, weights


def ask_combine(combine):
    """Two and three unlike latents, at several steps and scales; latents and texts must survive."""
    return [tensor(lend(combine, unet=unet, z=z, t=t, text=text, scale=scale)) for z, t, text, scale in combine_cases()]


def combine_cases():
    """Latents, a step, both texts and a scale."""
    rng = dice(0)
    text = torch.randn(2, 5, 6, generator=rng)
    asks = (2, 981, 3.0), (3, 500, 0.0), (3, 41, 7.5), (2, 0, 1.0), (1, 300, -1.0)
    return [(torch.randn(n, 4, 3, 2, generator=rng), torch.tensor(step), text, scale) for n, step, scale in asks]


def explain_combine(mine, right):
    """How much of both answers is in it, case by case."""
    if not comparable(mine, right):
        return None
    for (z, t, text, scale), out, wanted in zip(combine_cases(), mine, right):
        if near(out, wanted):
            continue
        null, wish = (unet(z, t, row.expand(len(z), -1, -1)).sample for row in (text[:1], text[1:]))
        found = weights(out, null, wish)
        if found is None:
            each = [weights(*rows) for rows in zip(out, null, wish)]
            why = "rows are mixed up" if any(each) else "it was not asked with z, t and one text as they come"
            return f"With {len(z)} latents at scale {scale:g}, yours is no weighted sum of the U-Net's answers to both texts: {why}. Which row belongs to which latent and text?"
        a, b = found
        if abs(a + b - 1) > 1e-3:
            return f"At scale {scale:g} you weigh the empty prompt's answer with {a:.3g} and the wish's with {b:.3g}: the weights must sum to 1. Add a difference to where it starts."
        return f"At scale {scale:g} you weigh the empty prompt's answer with {a:.3g} and the wish's with {b:.3g}. Scale 0 is the empty prompt, 1 the wish; go on along that line, at the same pace."
    return None


# Ways to lay two questions into one batch, and to read the answers: one half below the other, or side by side.
HALVES = (lambda z: torch.cat([z, z]), lambda text, n: text.repeat_interleave(n, 0), lambda out: out.chunk(2))
PAIRS = (lambda z: z.repeat_interleave(2, 0), lambda text, n: text.repeat(n, 1, 1), lambda out: (out[::2], out[1::2]))


def guided(rule=lambda null, wish, s: null + s * (wish - null), latents=HALVES, texts=HALVES, answers=HALVES):
    """A candidate: a rule for the two answers, and how the batch is laid and read."""

    def candidate(unet, z, t, text, scale):
        out = unet(latents[0](z), t, encoder_hidden_states=texts[1](text, len(z))).sample
        return rule(*answers[2](out), scale)

    return candidate


combine = Check(
    ask_combine,
    explain=explain_combine,
    solution=guided(),
    mistakes={
        "The two are swapped: at your scale 0 the wish comes out. Row 0 of text is the empty prompt, and the first half of the answers belongs to the row that you laid first.": guided(lambda null, wish, s: wish + s * (null - wish)),
        "text.repeat lays the texts side by side (empty, wish, empty, wish ...), torch.cat the latents one half below the other: with more than one latent they are mixed up. Repeat each row by itself.": guided(texts=PAIRS),
        "The latents lie side by side (z1, z1, z2, z2 ...), the texts one half below the other. Lay both in the same way.": guided(latents=PAIRS),
        "Latents and texts lie side by side, but chunk(2) takes the upper and the lower half. Lay them in halves, or take every second answer.": guided(latents=PAIRS, texts=PAIRS),
        "Your batch lies in halves, but you take every second answer. Read it as you laid it: chunk(2).": guided(answers=PAIRS),
        "One too many: at your scale 1 you push already, as with the paper's w. diffusers and this course start at the empty prompt's answer, and scale 1 is the wish.": guided(lambda null, wish, s: wish + s * (wish - null)),
        "The push points the wrong way, away from the wish. It leads from the empty prompt's answer to the wish's.": guided(lambda null, wish, s: null + s * (null - wish)),
        "That is the answer for the wish, at every scale: the empty prompt plays no part. Were both questions asked with the wish?": guided(lambda null, wish, s: wish),
        "That is the answer for the empty prompt, at every scale: the wish plays no part. Were both questions asked with row 0 of text?": guided(lambda null, wish, s: null),
        "That is the push alone. Add it to where it starts: the empty prompt's answer.": guided(lambda null, wish, s: s * (wish - null)),
        "You add the wish's whole answer. Add only what it changes: its difference from the empty prompt's answer.": guided(lambda null, wish, s: null + s * wish),
        "You took channels apart, not samples: the two halves lie along axis 0.": guided(lambda null, wish, s: (lambda a, b: a + s * (b - a))(*torch.cat([null, wish]).chunk(2, 1))),
        "Only three of the four channels are guided. That is right for pictures, whose further channels speak of variances (GLIDE); of latents, all four hold noise.": zoo.guide_latents_a,
        "You guided the texts and asked once. The U-Net is not linear in the text: ask with both texts, and guide its answers.": lambda unet, z, t, text, scale: unet(z, t, encoder_hidden_states=(text[:1] + scale * (text[1:] - text[:1])).expand(len(z), -1, -1)).sample,
        "There are twice as many answers as latents: take the halves apart, and combine them.": guided(lambda null, wish, s: torch.cat([null, wish])),
        "At scale 1 and below you return the wish alone, as diffusers does to save a pass. Scale 0 is the empty prompt: write the line for every scale.": guided(lambda null, wish, s: wish if s <= 1 else null + s * (wish - null)),
        "At scale 1 and below you return the empty prompt's answer. At scale 1 the wish must come out: write the line for every scale.": guided(lambda null, wish, s: null if s <= 1 else null + s * (wish - null)),
        "Your scale stops at 1. Guidance begins where you go beyond the wish: do not clamp.": guided(lambda null, wish, s: null + min(s, 1.0) * (wish - null)),
        "Your scale 1 is the empty prompt: you step (scale - 1) times from there. That factor belongs to a step that starts from the wish.": guided(lambda null, wish, s: null + (s - 1) * (wish - null)),
        "Your weights sum to scale - 1: the whole empty answer is subtracted. Its weight is 1 - scale.": guided(lambda null, wish, s: s * wish - null),
        "The empty prompt's answer is added: with weight scale for the wish, it gets 1 - scale, which is negative beyond 1.": guided(lambda null, wish, s: s * wish + (s - 1) * null),
        "Your push starts at z itself. It starts at the U-Net's answer to the empty prompt.": lambda unet, z, t, text, scale: z + scale * guided(lambda null, wish, s: wish - null)(unet, z, t, text, scale),
        "The step plays no part: hand t on to the U-Net.": lambda unet, z, t, text, scale: guided()(unet, z, 0 * t, text, scale),
    },
    hints=[
        "It is the one line of lesson 5. Which two answers does it need, and how many texts does each of them take?",
        "torch.cat([z, z]) needs 2 B texts: first B times row 0, then B times row 1. See repeat_interleave. Or ask twice, with text[:1] and text[1:] expanded to B rows.",
        "null, wish = unet(torch.cat([z, z]), t, encoder_hidden_states=text.repeat_interleave(len(z), 0)).sample.chunk(2); then the line with scale.",
    ],
)  # fmt: skip
