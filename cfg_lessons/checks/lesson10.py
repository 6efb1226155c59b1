"""The checks of lesson 10: where a walk from a picture starts, what is known, a moved canvas, what stayed."""

from types import SimpleNamespace

import torch

from ..denoisers import NULL, to_x0
from ..schedules import Cosine, Straight, ddpm
from . import Check, answer, dice


def unchanged(given, kept):
    """Did the caller's tensors survive?"""
    return torch.tensor([all(a.equal(b) for a, b in zip(given, kept))])


def two(value, what):
    """Both parts of an answer, as tensors."""
    if not isinstance(answer(value), (tuple, list)) or len(value) != 2:
        raise TypeError(f"expected two things, {what}; this returned {type(value).__name__}")
    return [torch.as_tensor(answer(part)) for part in value]


# start --------------------------------------------------------------------------------------------------------------
def ask_start(start):
    """Strengths on the grid of times and between two of them, on a line and on a chain; the pictures must survive."""
    rng, seen = dice(0), []
    for schedule, strength, steps in ((Straight(), 0.62, 10), (ddpm(), 0.75, 8), (ddpm(), 0.66, 5)):
        x0, noise = torch.rand(2, 2, 3, 2, generator=rng) * 2 - 1, torch.randn(2, 2, 3, 2, generator=rng)
        given = x0.clone(), noise.clone()
        seen += two(start(schedule, *given, strength, steps), "the noised picture and the times that are left")
        seen += [unchanged(given, (x0, noise))]
    return seen


def starting(to=lambda v: v.left[0], left=lambda v: v.left, mix=lambda v, a, s: a * v.x0 + s * v.noise):
    """A candidate: the time that the picture is noised to, the times that are left, and how the noise is put in."""

    def candidate(schedule, x0, noise, strength, steps):
        v = SimpleNamespace(x0=x0, noise=noise, strength=strength, times=schedule.times(steps))
        v.left, v.fewer = v.times[v.times <= strength + 1e-6], schedule.times(round(steps * strength))
        v.to = to(v)
        return mix(v, *schedule.at(v.to, x0)), left(v)

    return candidate


start = Check(
    ask_start,
    solution=starting(),
    mistakes={
        "Your walk has the right number of steps, but starts again at t = 1, and the picture was noised to `strength`: the denoiser is told of more noise than there is. Take the last times of the full walk.": starting(lambda v: v.strength, lambda v: v.fewer),
        "You noised to t = 1 and walk all the way, in fewer steps: nothing of the picture is left. Take the last times of the full walk.": starting(lambda v: v.fewer[0], lambda v: v.fewer),
        "Strength is read backwards: 0 keeps the picture, 1 forgets it. Keep the times up to `strength`, not up to 1 - strength.": starting(lambda v: v.times[v.times <= 1 - v.strength + 1e-6][0], lambda v: v.times[v.times <= 1 - v.strength + 1e-6]),
        "The picture is right, but all the times are left: the walk would start at t = 1, where it is not. Keep those up to `strength`.": starting(left=lambda v: v.times),
        "The picture is noised to `strength`, but all the times are left: the walk would start at t = 1, with a denoiser that expects pure noise. Keep those up to `strength`.": starting(lambda v: v.strength, lambda v: v.times),
        "You kept the times above `strength`, the part that img2img skips. Keep those at or below.": starting(lambda v: v.times[v.times >= v.strength][0], lambda v: v.times[v.times >= v.strength]),
        "The time that equals `strength` is lost: keep the times at or below it.": starting(lambda v: v.times[v.times < v.strength - 1e-6][0], lambda v: v.times[v.times < v.strength - 1e-6]),
        "The picture is noised to `strength`, but the walk starts at the time of its grid below. Both must be the same: noise to the first time left.": starting(lambda v: v.strength),
        "The picture is noised to the second time left. The walk starts at the first.": starting(lambda v: v.left[1]),
        "The picture is pure noise, or nearly: you noised to t = 1. Noise to the first time left.": starting(lambda v: v.times[0]),
        "The picture is as clean as before: add noise, as much as belongs to the first time left.": starting(mix=lambda v, a, s: v.x0),
        "You faded the picture, but added no noise.": starting(mix=lambda v, a, s: a * v.x0),
        "The noise is added on top: the picture must fade by alpha as the noise comes in. schedule.add_noise does both.": starting(mix=lambda v, a, s: v.x0 + s * v.noise),
        "alpha and sigma are swapped: alpha belongs to the picture.": starting(mix=lambda v, a, s: s * v.x0 + a * v.noise),
        "You mixed (1 - t) of the picture with t of the noise. Only a straight schedule does that: ask the one that you got.": starting(mix=lambda v, a, s: (1 - v.to) * v.x0 + v.to * v.noise),
        "The last time, 0, is lost: the walk must end at clean data.": starting(left=lambda v: v.left[:-1]),
        "The two have changed places: the picture first, then the times.": lambda *given: starting()(*given)[::-1],
        "The answer is right, but you wrote over x0 or noise: the caller still needs them. Make new tensors (no *=, no +=).": starting(mix=lambda v, a, s: v.x0.mul_(a).add_(s * v.noise)),
    },
    hints=[
        "schedule.times(steps) is the full walk. Which part of it belongs to a picture with that much noise?",
        "times[times <= strength] is what is left (with a little room for rounding). The picture must have the noise of its first time.",
        "times = times[times <= strength + 1e-6]; then schedule.add_noise(x0, times[0], noise).",
    ],
)  # fmt: skip

# known --------------------------------------------------------------------------------------------------------------
def toy(x, t, y):
    """A denoiser that looks at the whole picture, and listens to time and label."""
    return 0.4 * x + 0.7 * x.mean((1, 2, 3), keepdim=True) + t * (y[:, None, None, None] + 2.0)


def ask_known(known):
    """One mask, two pictures, two schedules, three times; the same denoiser is asked again and again, as in a walk."""
    rng, seen = dice(0), []
    mask, y = torch.tensor([[1.0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0]]), torch.tensor([1, 3])
    for schedule in (Cosine(), Straight()):
        x0 = torch.rand(2, 2, 3, 4, generator=rng) * 2 - 1
        given = x0.clone(), mask.clone()
        denoiser = answer(known(toy, schedule, *given))
        if not callable(denoiser):
            raise TypeError(f"return a denoiser, a function of (x, t, y); this returned {type(denoiser).__name__}")
        for t in (0.9, 0.5, 0.2):
            x, t = torch.randn(2, 2, 3, 4, generator=rng), torch.tensor(t, dtype=torch.float64)
            now = x.clone(), y.clone()
            seen += [torch.as_tensor(answer(denoiser(now[0], t, now[1]))), unchanged((*given, *now), (x0, mask, x, y))]
    return seen


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
    """The picture that is known, laid clean over the noisy one."""
    return torch.where(v.mask > 0.5, v.x, v.x0)


known = Check(
    ask_known,
    solution=knowing(),
    mistakes={
        "The mask is the wrong way round: 1 is asked for, and the denoiser answers there. x0 is known where it is 0.": knowing(lambda v: v.eps, lambda v: v.true),
        "You answer 0 in the known part. There is noise in it, and you can tell which: solve x = alpha x0 + sigma eps for eps.": knowing(lambda v: 0),
        "You answer x0 in the known part. A denoiser names the noise in x, not the clean picture: solve x = alpha x0 + sigma eps for eps.": knowing(lambda v: v.x0),
        "You pasted the clean picture over x, and left the answer to the denoiser: it sees a picture that is half clean, and guesses. Leave x as it is, and replace the answer.": knowing(lambda v: v.eps, look=pasted),
        "The answer in the known part is right, but the denoiser saw a clean patch in a noisy picture, which it never met. Show it x as it is.": knowing(look=pasted),
        "The mask plays no part: that is the denoiser's own answer.": knowing(lambda v: v.eps),
        "The denoiser plays no part: you know everything. Where the mask is 1, ask it.": knowing(asked=lambda v: v.true),
        "That is a clean picture: right in both parts, but a denoiser returns noise. Turn it back (as_eps).": knowing(lambda v: v.x0, lambda v: to_x0(v.eps, v.x, v.alpha, v.sigma)),
        "In the known part, that is sigma times the noise. Divide by sigma.": knowing(lambda v: v.x - v.alpha * v.x0),
        "In the known part, you took the whole x0 away from x. Only alpha of it is in there.": knowing(lambda v: (v.x - v.x0) / v.sigma),
        "In the known part, alpha and sigma are swapped: alpha belongs to x0, and the noise is divided by sigma.": knowing(lambda v: (v.x - v.sigma * v.x0) / v.alpha),
        "In the known part, the sign is the wrong way round: the noise is what x has more than alpha x0.": knowing(lambda v: -v.true),
        "In the known part, you met the denoiser half-way. It knows less than you do: leave it out there.": knowing(lambda v: (v.true + v.eps) / 2),
        "You added both answers in the known part: what is known replaces the guess.": knowing(lambda v: v.eps + v.true),
        "You asked for NULL where y was wanted: the prompt is lost. Hand y on.": knowing(asked=lambda v: toy(v.x, v.t, torch.full_like(v.y, NULL))),
        "The answer is right, but you wrote over x, x0, mask or y: the walk still needs them. torch.where makes a new tensor.": knowing(lambda v: (v.true, v.x.copy_(pasted(v)))[0]),
    },
    hints=[
        "Where the mask is 1, hand on the denoiser's answer. Where it is 0 you know x0 and x: which noise is in between?",
        "x = alpha x0 + sigma eps, with schedule.at(t, x). Or think in clean pictures: as_x0, replace, as_eps.",
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
        given = (z.clone(),)
        seen += [*two(canvas(*given, cells), "the moved latents and the mask"), unchanged(given, (z,))]
    return seen


def left(z, n, axis=-1, fill=torch.zeros_like):
    """Moved n columns (or rows) towards 0, with something else in the new ones."""
    size = z.shape[axis] - n
    return torch.cat([z.narrow(axis, n, size), fill(z.narrow(axis, 0, n))], axis)


def new(z, n, axis=-1):
    """The mask [h, w] that is 1 in the last n columns (or rows)."""
    return left(torch.zeros(z.shape[-2:]), n, axis, torch.ones_like)


canvas = Check(
    ask_canvas,
    solution=lambda z, n: (left(z, n), new(z, n)),
    mistakes={
        "You moved the picture to the right, and made room at the left. To paint at the right, it must make room there.": lambda z, n: (left(z.flip(-1), n).flip(-1), new(z, n).flip(-1)),
        "The mask is right, but the picture moved to the right: it covers what should be new.": lambda z, n: (left(z.flip(-1), n).flip(-1), new(z, n)),
        "The mask is the wrong way round: 1 is asked for, and that is what is new.": lambda z, n: (left(z, n), 1 - new(z, n)),
        "The picture is right, but the mask marks columns at the left. The new ones are at the right.": lambda z, n: (left(z, n), new(z, n).flip(-1)),
        "torch.roll goes round: the columns that left at the left came back at the right. Put 0 there.": lambda z, n: (z.roll(-n, -1), new(z, n)),
        "You moved rows. Columns are the last axis.": lambda z, n: (left(z, n, -2), new(z, n, -2)),
        "The picture is right, but the mask marks rows. Columns are the last axis.": lambda z, n: (left(z, n), new(z, n, -2)),
        "The picture did not move: you wiped its right columns out.": lambda z, n: (z * (1 - new(z, n)), new(z, n)),
        "The picture did not move. What is kept are its columns from `cells` on.": lambda z, n: (z, new(z, n)),
        "The canvas has grown. The model paints a window of one size: as many columns as you add must go.": lambda z, n: (torch.nn.functional.pad(z, (0, n)), torch.nn.functional.pad(torch.zeros(z.shape[-2:]), (0, n), value=1.0)),
        "You moved by one column. Move by `cells`.": lambda z, n: (left(z, 1), new(z, 1)),
        "The new columns repeat the last old one. Put 0 there: they are asked for.": lambda z, n: (left(z, n, fill=lambda part: z[..., -1:].expand_as(part)), new(z, n)),
        "You read the mask off the zeros, but a latent may be 0 by chance. Set it by the columns.": lambda z, n: (left(z, n), (left(z, n)[0, 0] == 0).float()),
        "The mask has an entry for each latent. One for all is enough: [h, w].": lambda z, n: (left(z, n), new(z, n).expand_as(z)),
        "The two have changed places: the latents first, then the mask.": lambda z, n: (new(z, n), left(z, n)),
        "The answer is right, but you wrote over z: the caller still needs it. Start from torch.zeros_like(z).": lambda z, n: (z.copy_(left(z, n)), new(z, n)),
    },
    hints=[
        "Which columns of z are kept, and at which columns of the result do they stand?",
        "z[..., cells:] is kept, and comes first. Behind it come `cells` columns of 0.",
        "moved = torch.zeros_like(z), then write z[..., cells:] into its first columns; mask = torch.zeros(h, w), then 1 in mask[:, -cells:].",
    ],
)  # fmt: skip

# untouched ----------------------------------------------------------------------------------------------------------
def ask_untouched(untouched):
    """Three pictures that change everywhere, each by another amount, and two masks; all must survive."""
    rng, seen = dice(0), []
    for n, mask in ((3, [[1.0, 0, 0, 0], [1, 1, 0, 0]]), (2, [[0.0, 1], [0, 1], [1, 1]])):
        mask = torch.tensor(mask)
        before = torch.randn(n, 3, *mask.shape, generator=rng)
        size = torch.tensor([1.0, -2.0, 3.0])[:n, None, None, None]
        change = size * (torch.randn(before.shape, generator=rng) + 0.5 + mask)
        kept = before, before + change, mask
        given = [part.clone() for part in kept]
        seen += [torch.as_tensor(answer(untouched(*given))), unchanged(given, kept)]
    return seen


def measured(mean, change=lambda a, b: (b - a).abs(), select=lambda d, mask: d[:, :, mask < 0.5]):
    """A candidate: what counts as change, which values count, and how they are summed up."""
    return lambda a, b, mask: mean(select(change(a, b), mask))


def per_image(values):
    """The mean of all values of each image."""
    return values.flatten(1).mean(1)


untouched = Check(
    ask_untouched,
    solution=measured(per_image),
    mistakes={
        "You averaged over the whole picture. Inside the mask it was meant to change: leave it out.": measured(per_image, select=lambda d, mask: d),
        "You measured inside the mask. There it was meant to change: outside is where the mask is 0.": measured(per_image, select=lambda d, mask: d[:, :, mask > 0.5]),
        "Without abs, brighter and darker cancel out.": measured(per_image, lambda a, b: b - a),
        "Without abs, darker and brighter cancel out (and before - after is the loss, not the gain).": measured(per_image, lambda a, b: a - b),
        "You took abs of the mean: by then brighter and darker have cancelled out. First abs, then the mean.": measured(lambda v: per_image(v).abs(), lambda a, b: b - a),
        "That is the mean squared change: a change of 0.1 counts 0.01. Use abs.": measured(per_image, lambda a, b: (b - a) ** 2),
        "You set the inside to 0, and divided by all pixels: the larger the mask, the smaller your number. Divide by those outside.": measured(per_image, select=lambda d, mask: d * (1 - mask)),
        "Your numbers are 3 times too large: each pixel has 3 values. Divide by their number.": measured(lambda v: 3 * per_image(v)),
        "You added the changes of the outside, but divided by the number of values inside.": lambda a, b, mask: ((b - a).abs() * (1 - mask)).sum((1, 2, 3)) / (3 * mask.sum()),
        "That is the sum. Divide by the number of values, so that pictures of any size compare.": measured(lambda v: v.sum((1, 2))),
        "One number for the whole batch. Return one for each picture: keep axis 0.": measured(torch.mean),
        "One number for each channel. Average over the channels too, so that one for each picture is left.": measured(lambda v: v.mean(2)),
        "That is the largest change. Asked is the mean.": measured(lambda v: v.flatten(1).max(1).values),
        "The numbers are right, but you wrote over before, after or mask: the caller still needs them. Make new tensors (no -=).": measured(per_image, lambda a, b: b.sub_(a).abs_()),
    },
    hints=[
        "Three steps: how much each value changed, which of them lie outside the mask, and their mean for each picture.",
        "(after - before).abs() is [n, 3, H, W]; indexed with [:, :, mask == 0] it is [n, 3, pixels outside].",
        "Index as in hint 2, then .mean((1, 2)).",
    ],
)  # fmt: skip
