"""The checks of lesson 10: where a walk from an image starts, what is known, a moved canvas, what stayed."""

from functools import partial
from types import SimpleNamespace

import torch

from .. import zoo
from ..denoisers import to_x0
from ..schedules import Cosine, Straight, ddpm
from . import Check, Complaint, answer, dice, function_of, lend, tensor_of
from .reading import comparable, near, steady, ways, weights


def two(value, what):
    """Both parts of an answer, as tensors."""
    if not isinstance(answer(value), (tuple, list)) or len(value) != 2:
        raise Complaint(f"Return two things, {what}; yours is {f'{len(value)} of them' if isinstance(value, (tuple, list)) else 'one ' + type(value).__name__}.")
    return [tensor_of(part) for part in value]


# start --------------------------------------------------------------------------------------------------------------
def ask_start(start):
    """Strengths on the grid of times, a little above one and a little below the next; the images must survive."""
    seen = []
    for schedule, x0, noise, strength, steps in start_cases():
        ask = partial(lend, start, schedule=schedule, x0=x0, noise=noise, strength=strength, steps=steps)
        image, times = two(steady(ask), "the noised image and the times that are left")
        if times.ndim == 0:
            raise Complaint("Your second thing is one number. Return the times themselves, from the first one left down to 0.")
        seen += [image, times]
    return seen


def start_cases():
    """Schedules, images, noise, strengths and numbers of steps."""
    rng = dice(0)
    asks = (Straight(), 0.62, 10), (ddpm(), 0.75, 8), (ddpm(), 0.66, 5), (Cosine(), 0.68, 10), (Straight(), 0.58, 20)
    return [(one, torch.rand(2, 2, 3, 2, generator=rng) * 2 - 1, torch.randn(2, 2, 3, 2, generator=rng), *rest) for one, *rest in asks]


def explain_start(mine, right):
    """First the times: their order, both ends, those between; then how image and noise are weighed."""
    if len(mine) != len(right):
        return None
    for (schedule, x0, noise, strength, steps), image, times, true, left in zip(start_cases(), mine[::2], mine[1::2], right[::2], right[1::2]):
        said = f"For strength {strength} and {steps} steps, your times"
        if times.ndim == 1 and len(times) and not (times.shape == left.shape and near(times, left)):
            listed = f"{said} are {', '.join(f'{t:.3g}' for t in times[:4])}{' ...' if len(times) > 4 else ''}"
            if len(times) > 1 and not (times.diff() < 0).all():
                return f"{listed}: they must fall, as in schedule.times(steps)."
            if (times[:, None] - schedule.times(steps)).abs().amin(1).max() > 1e-4:
                return f"{listed}: some of them are no times of schedule.times(steps). Choose from those, and change none."
            if times[0] > strength + 1e-4:
                return f"{listed}: the first lies above the strength. Only the times at or below it are left."
            if times[-1] > 1e-6:
                return f"{said} end at {times[-1]:.3g}. A walk ends at 0, at clean data."
            return f"{listed}: some that lie at or below the strength are missing. Keep all of these."
        if image.shape == true.shape and not near(image, true):
            found = weights(image, x0, noise)
            if found is None:
                return f"For strength {strength} and {steps} steps your image is no mix of x0 and noise. Weigh both by the schedule's alpha and sigma, at the first time left."
            a, s = map(float, schedule.at(left[0], x0))
            wrong = [name for name, one, other in (("x0", found[0], a), ("the noise", found[1], s)) if abs(one - other) > 1e-3]
            return f"For strength {strength} and {steps} steps you weigh x0 with {found[0]:.3g} and the noise with {found[1]:.3g}; {' and '.join(wrong)} should have another weight. Ask the schedule at the first time left."
    return None


def starting(to=lambda v: v.left[0], left=lambda v: v.left, mix=lambda v, a, s: a * v.x0 + s * v.noise):
    """A candidate: the time that the image is noised to, the times that are left, and how the noise is put in."""

    def candidate(schedule, x0, noise, strength, steps):
        v = SimpleNamespace(x0=x0, noise=noise, strength=strength, steps=steps, times=schedule.times(steps))
        v.left, v.fewer = v.times[v.times <= strength + 1e-6], schedule.times(round(steps * strength))
        v.more, v.nearest = v.times[-len(v.left) - 1 :], v.times[(v.times - strength).abs().argmin() :]
        v.to = to(v)
        return mix(v, *schedule.at(v.to, x0)), left(v)

    return candidate


start = Check(
    ask_start,
    explain=explain_start,
    solution=starting(),
    mistakes={
        "Your walk has the right number of steps, but starts again at t = 1, and the image was noised to `strength`: the denoiser is told of more noise than there is. Take the last times of the full walk.": zoo.begin_a,
        "You noised to t = 1 and walk all the way, in fewer steps: nothing of the image is left. Take the last times of the full walk.": starting(lambda v: v.fewer[0], lambda v: v.fewer),
        "Strength is read backwards: 0 keeps the image, 1 forgets it. Keep the times up to `strength`, not up to 1 - strength.": starting(lambda v: v.times[v.times <= 1 - v.strength + 1e-6][0], lambda v: v.times[v.times <= 1 - v.strength + 1e-6]),
        "The image is right, but all the times are left: the walk would start at t = 1, where it is not. Keep those up to `strength`.": starting(left=lambda v: v.times),
        "The image is noised to `strength`, but all the times are left: the walk would start at t = 1, with a denoiser that expects pure noise. Keep those up to `strength`.": starting(lambda v: v.strength, lambda v: v.times),
        "You kept the times above `strength`, the part that img2img skips. Keep those at or below.": starting(lambda v: v.times[v.times >= v.strength][0], lambda v: v.times[v.times >= v.strength]),
        "The time that equals `strength` is lost: keep the times at or below it.": starting(lambda v: v.times[v.times < v.strength - 1e-6][0], lambda v: v.times[v.times < v.strength - 1e-6]),
        "The image is noised to `strength`, but the walk starts at the time of its grid below. Both must be the same: noise to the first time left.": starting(lambda v: v.strength),
        "The image is noised to the second time left. The walk starts at the first.": starting(lambda v: v.left[1]),
        "The image is pure noise, or nearly: you noised to t = 1. Noise to the first time left.": starting(lambda v: v.times[0]),
        "The image is as clean as before: add noise, as much as belongs to the first time left.": starting(mix=lambda v, a, s: v.x0),
        "You faded the image, but added no noise. schedule.add_noise does both.": starting(mix=lambda v, a, s: a * v.x0),
        "The noise is added on top: the image must fade by alpha as the noise comes in. schedule.add_noise does both.": starting(mix=lambda v, a, s: v.x0 + s * v.noise),
        "alpha and sigma are swapped: alpha belongs to the image.": starting(mix=lambda v, a, s: s * v.x0 + a * v.noise),
        "You mixed (1 - t) of the image with t of the noise. Only a straight schedule does that: ask the one that you got.": starting(mix=lambda v, a, s: (1 - v.to) * v.x0 + v.to * v.noise),
        "The last time, 0, is lost: the walk must end at clean data.": starting(left=lambda v: v.left[:-1]),
        "The two have changed places: the image first, then the times.": lambda *given: starting()(*given)[::-1],
        "Your walk starts at the time nearest to the strength, which may lie above it: then there is more noise than was asked for. Keep only times at or below.": starting(lambda v: v.nearest[0], lambda v: v.nearest),
        "Your walk starts one time too early, above the strength. Keep only the times at or below it.": starting(lambda v: v.more[0], lambda v: v.more),
        "Your walk starts one time too late: the first time at or below the strength is left out. There are steps + 1 times.": starting(lambda v: v.left[1], lambda v: v.left[1:]),
        "The image is right, but the first time is missing: the walk starts where the image is noised to.": starting(left=lambda v: v.left[1:]),
        "You squeeze the whole walk: times * strength takes as many steps as before. Take the times of the full walk that are left, unchanged.": starting(lambda v: v.strength, lambda v: v.times * v.strength),
        "You squeeze the whole walk, and the image is pure noise. Take the times of the full walk that are left, unchanged, and noise to the first.": starting(lambda v: v.times[0], lambda v: v.times * v.strength),
        "You made new times, evenly spaced from `strength` down to 0. Take those of schedule.times(steps) that are left, unchanged.": starting(lambda v: v.strength, lambda v: torch.linspace(v.strength, 0, len(v.left), dtype=torch.float64)),
        "You squeeze a shorter walk: its times are not those of the full walk. Take from schedule.times(steps) what lies at or below `strength`.": starting(lambda v: v.fewer[0] * v.strength, lambda v: v.fewer * v.strength),
        **ways("Those are the first times of the walk, the noisiest{}. img2img skips them: keep the last ones, at or below `strength`.", {
            "": starting(lambda v: v.times[0], lambda v: v.times[: int(v.strength * v.steps) + 1]), " ones": starting(lambda v: v.times[0], lambda v: v.times[: int(v.strength * v.steps)]),
        }),
        "The strength itself stands at the head of your times. It is no time of the walk: start at the first time at or below it.": starting(lambda v: v.strength, lambda v: torch.cat([torch.tensor([v.strength], dtype=torch.float64), v.times[v.times < v.strength - 1e-6]])),
        "You mixed (1 - strength) of the image with strength of the noise. alpha and sigma come from the schedule, at the first time left.": starting(mix=lambda v, a, s: (1 - v.strength) * v.x0 + v.strength * v.noise),
    },
    hints=[
        "schedule.times(steps) is the full walk. Which part of it belongs to an image with that much noise?",
        "times[times <= strength] is what is left (with a little room for rounding). The image must have the noise of its first time.",
        "times = times[times <= strength + 1e-6]; then schedule.add_noise(x0, times[0], noise).",
    ],
)  # fmt: skip

# known --------------------------------------------------------------------------------------------------------------
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

# canvas -------------------------------------------------------------------------------------------------------------
def ask_canvas(canvas):
    """A window that is not square, moved by one to three columns; one of the latents is 0 by chance."""
    seen = []
    for n, cells in ((2, 1), (2, 2), (3, 3)):
        z = torch.randn(n, 4, 6, 5, generator=dice(cells))
        z[0, 0, 1, 4] = 0.0
        ask = partial(lend, canvas, z=z, cells=cells, cure="start from torch.zeros_like(z)")
        moved, mask = two(steady(ask), "the moved latents and the mask")
        if mask.ndim > 2 and moved.ndim == 4:
            raise Complaint(f"Your mask has the shape {list(mask.shape)}. One for all images and channels is enough: [h, w].")
        seen += [moved, mask]
    return seen


def explain_canvas(mine, right):
    """The moved image: what is kept, what is new; then the mask."""
    if not comparable(mine, right):
        return None
    for cells, moved, mask, true, new_ones in zip((1, 2, 3), mine[::2], mine[1::2], right[::2], right[1::2]):
        if near(moved[:1], true[:1]) and not near(moved, true):
            return "Only the first image of the batch moved as it should. z[..., cells:] speaks of the columns of all."
        if not near(moved[..., :-cells], true[..., :-cells]):
            return f"With cells = {cells}, the columns at the left are not those that should be there: what is kept is z from column {cells} on, and it comes first."
        if not near(moved[..., -cells:], true[..., -cells:]):
            return f"With cells = {cells}, the new columns at the right are not 0. Nothing is known of them yet: put 0 there."
        if not near(mask, new_ones):
            return f"The image is right. In the mask, with cells = {cells}, the means of the columns are {[round(v, 2) for v in mask.mean(0).tolist()]}: 1 is for the last {cells}, in all rows, 0 for the rest."
    return None


def left(z, n, axis=-1, fill=torch.zeros_like):
    """Moved n columns (or rows) towards 0, with something else in the new ones."""
    size = z.shape[axis] - n
    return torch.cat([z.narrow(axis, n, size), fill(z.narrow(axis, 0, n))], axis)


def new(z, n, axis=-1):
    """The mask [h, w] that is 1 in the last n columns (or rows)."""
    return left(torch.zeros(z.shape[-2:]), n, axis, torch.ones_like)


canvas = Check(
    ask_canvas,
    explain=explain_canvas,
    solution=lambda z, n: (left(z, n), new(z, n)),
    mistakes={
        "You moved the image to the right, and made room at the left. To paint at the right, it must make room there.": lambda z, n: (left(z.flip(-1), n).flip(-1), new(z, n).flip(-1)),
        "The mask is right, but the image moved to the right: it covers what should be new.": lambda z, n: (left(z.flip(-1), n).flip(-1), new(z, n)),
        "The mask is the wrong way round: 1 is asked for, and that is what is new.": lambda z, n: (left(z, n), 1 - new(z, n)),
        "The image is right, but the mask marks columns at the left. The new ones are at the right.": lambda z, n: (left(z, n), new(z, n).flip(-1)),
        "torch.roll goes round: the columns that left at the left came back at the right. Put 0 there.": lambda z, n: (z.roll(-n, -1), new(z, n)),
        "You moved rows. Columns are the last axis.": lambda z, n: (left(z, n, -2), new(z, n, -2)),
        "The image is right, but the mask marks rows. Columns are the last axis.": lambda z, n: (left(z, n), new(z, n, -2)),
        "The image did not move: you wiped its right columns out. Keep z from column `cells` on, and put that first.": lambda z, n: (z * (1 - new(z, n)), new(z, n)),
        "The image did not move. What is kept are its columns from `cells` on.": lambda z, n: (z, new(z, n)),
        "The canvas has grown. The model paints a window of one size: as many columns as you add must go.": lambda z, n: (torch.nn.functional.pad(z, (0, n)), torch.nn.functional.pad(torch.zeros(z.shape[-2:]), (0, n), value=1.0)),
        "You moved by one column. Move by `cells`.": lambda z, n: (left(z, 1), new(z, 1)),
        "The new columns repeat the last old one. Put 0 there: they are asked for.": lambda z, n: (left(z, n, fill=lambda part: z[..., -1:].expand_as(part)), new(z, n)),
        "You read the mask off the zeros, but a latent may be 0 by chance. Set it by the columns.": lambda z, n: (left(z, n), (left(z, n)[0, 0] == 0).float()),
        "The two have changed places: the latents first, then the mask.": lambda z, n: (new(z, n), left(z, n)),
        "The image is right, but the mask begins at column `cells`: that is the right place only for half a window. Count from the right: the last `cells` columns.": lambda z, n: (left(z, n), (torch.arange(z.shape[-1]) >= n).float().expand(z.shape[-2:])),
        "The image is right, but the mask marks one column only. Mark the last `cells`.": lambda z, n: (left(z, n), new(z, 1)),
        "You only cut the left columns off: the window must stay as wide as it was. Put `cells` columns of 0 behind.": lambda z, n: (z[..., n:], new(z, n)[:, n:]),
    },
    hints=[
        "Which columns of z are kept, and at which columns of the result do they stand?",
        "z[..., cells:] is kept, and comes first. Behind it come `cells` columns of 0.",
        "moved = torch.zeros_like(z), then write z[..., cells:] into its first columns; mask = torch.zeros(h, w), then 1 in mask[:, -cells:].",
    ],
)  # fmt: skip

# untouched ----------------------------------------------------------------------------------------------------------
def ask_untouched(untouched):
    """Three images that change everywhere, each by another amount, and two masks; all must survive."""
    rng, cases = dice(0), []
    for n, mask in ((3, [[1.0, 0, 0, 0], [1, 1, 0, 0]]), (2, [[0.0, 1, 0], [0, 1, 1]])):
        mask = torch.tensor(mask)
        before = torch.randn(n, 3, *mask.shape, generator=rng)
        change = torch.tensor([1.0, -2.0, 3.0])[:n, None, None, None] * (torch.randn(before.shape, generator=rng) + 0.5 + mask)
        cases.append((before, before + change, mask))
    signs = torch.randn(before.shape, generator=rng).sign()
    cases += [(before, before + 5 * mask, mask), (before, before + 0.5 * signs * (1 - mask), mask)]
    try:
        return [tensor_of(lend(untouched, before=before, after=after, mask=mask)) for before, after, mask in cases]
    except TypeError as error:
        if "bitwise_not" not in str(error) and "~" not in str(error):
            raise
        raise Complaint("~ turns round true and false, and the mask holds floats. Ask mask == 0, or mask < 0.5.") from None


def explain_untouched(mine, right):
    """What changes only inside; what changes by the same outside; the rest by size."""
    if not comparable(mine, right):
        return None
    if mine[2].abs().max() > 1e-4:
        return f"Where only the inside changes, the answer is 0; yours is {mine[2].abs().max():.3g}. Leave out the values where the mask is 1."
    if not near(mine[3], right[3]):
        return f"Where each value outside changes by 0.5, up or down, the answer is 0.5; yours is {mine[3][0]:.3g}. Take abs first, then the mean over all values outside, and only those."
    return "Where all values outside change by the same, yours is right, else not: take the mean of the changes' sizes, no other summary, over channels and pixels of each image."


def measured(mean, change=lambda a, b: (b - a).abs(), select=lambda d, mask: d[:, :, mask < 0.5]):
    """A candidate: what counts as change, which values count, and how they are summed up."""
    return lambda a, b, mask: mean(select(change(a, b), mask))


def per_image(values):
    """The mean of all values of each image."""
    return values.flatten(1).mean(1)


untouched = Check(
    ask_untouched,
    explain=explain_untouched,
    solution=measured(per_image),
    mistakes={
        "You averaged over the whole image. Inside the mask it was meant to change: leave it out.": measured(per_image, select=lambda d, mask: d),
        "You measured inside the mask, where it was meant to change. Outside is where the mask is 0.": measured(per_image, select=lambda d, mask: d[:, :, mask > 0.5]),
        "Without abs, brighter and darker cancel out. First abs, then the mean.": measured(per_image, lambda a, b: b - a),
        "Without abs, darker and brighter cancel out (and before - after is the loss, not the gain).": measured(per_image, lambda a, b: a - b),
        "You took abs of the mean: by then brighter and darker have cancelled out. First abs, then the mean.": measured(lambda v: per_image(v).abs(), lambda a, b: b - a),
        "That is the mean squared change: a change of 0.1 counts 0.01. Use abs.": measured(per_image, lambda a, b: (b - a) ** 2),
        "You set the inside to 0, and divided by all pixels: the larger the mask, the smaller your number. Divide by those outside.": measured(per_image, select=lambda d, mask: d * (1 - mask)),
        "Your numbers are 3 times too large: each pixel has 3 values. Divide by their number.": measured(lambda v: 3 * per_image(v)),
        "You added the changes of the outside, but divided by the number of values inside.": lambda a, b, mask: ((b - a).abs() * (1 - mask)).sum((1, 2, 3)) / (3 * mask.sum()),
        "That is the sum. Divide by the number of values, so that images of any size compare.": measured(lambda v: v.sum((1, 2))),
        "One number for the whole batch. Return one for each image: keep axis 0.": measured(torch.mean),
        "One number for each channel. Average over the channels too, so that one for each image is left.": measured(lambda v: v.mean(2)),
        "That is the largest change. Asked is the mean.": measured(lambda v: v.flatten(1).max(1).values),
        "One number for each channel, over all images. Return one for each image: average over channels and pixels, keep axis 0.": measured(lambda v: v.mean((0, 2))),
        "That is the root of the mean square: large changes count more. Asked is the mean of the changes' sizes: abs, then mean.": measured(lambda v: v.square().mean((1, 2)).sqrt()),
        "A mask of integers is taken for places, and picks columns 0 and 1. Make it true and false: mask == 0.": lambda a, b, mask: (b - a).abs()[:, :, (1 - mask).long()].flatten(1).mean(1),
        "A mask of integers is taken for places, and picks columns 0 and 1. Make it true and false, and ask for the outside: mask == 0.": lambda a, b, mask: (b - a).abs()[:, :, mask.long()].flatten(1).mean(1),
        "Your numbers are in levels of 255. Return the change of the values as they are.": measured(lambda v: 127.5 * per_image(v)),
        "You took abs after the mean over the channels: by then they have cancelled. First abs, then the mean.": measured(lambda v: v.mean(1).abs().mean(1), lambda a, b: b - a),
        "One number for each pixel. Average over the pixels too, so that one for each image is left.": measured(lambda v: v.mean(1)),
        "Only the first channel counts in yours. Average over all three.": measured(lambda v: v[:, 0].mean(1)),
    },
    hints=[
        "Three steps: how much each value changed, which of them lie outside the mask, and their mean for each image.",
        "(after - before).abs() is [n, 3, H, W]; indexed with [:, :, mask == 0] it is [n, 3, pixels outside].",
        "Index as in hint 2, then .mean((1, 2)).",
    ],
)  # fmt: skip
