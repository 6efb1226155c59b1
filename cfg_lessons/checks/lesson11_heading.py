"""Lesson 11, exercise "a probe for motion pictures": the check `heading`."""

import torch

from . import Check, dice, lend, tensor_of
from .reading import comparable

WAYS = ("right", "left", "down", "up")
STEPS = torch.tensor([[0, 1], [0, -1], [1, 0], [-1, 0]])  # rows, columns


def clips():
    """Sixteen clips [16, 5, 20, 22] of an uneven blot on dust, three cells one way at last and one across.

    Some fade, some grow; the first step leads the other way, and in each frame another spot is the darkest.
    """
    rng = torch.Generator().manual_seed(int(torch.randint(2**31, (), generator=dice(0))))
    y = torch.arange(16) % 4
    x, blot = 5e-4 * torch.rand(16, 5, 20, 22, generator=rng), 0.2 + torch.rand(16, 5, 5, generator=rng)
    across, start = torch.randint(2, (16,), generator=rng) * 2 - 1, torch.randint(4, 12, (16, 2), generator=rng)
    for n, way in enumerate(y):
        ink = torch.linspace(*((2.0, 0.5) if n < 8 else (0.5, 2.0)), 5)
        for frame in range(5):
            moved = STEPS[way] * (0, -1, 4, 4, 3)[frame] + STEPS[way].flip(0) * across[n] * (frame > 2)
            (row, column), (down, right) = (start[n] + moved).tolist(), torch.randint(5, (2,), generator=rng).tolist()
            x[n, frame, row : row + 5, column : column + 5] = ink[frame] * blot[n]
            x[n, frame, row + down, column + right] = 2 * ink[frame]
    return x, y


def ask_heading(heading):
    """The direction of each clip."""
    return tensor_of(lend(heading, x=clips()[0]), "one integer for each clip")


def centres(x):
    """The ink's centre in each frame: rows and columns [n, frames]."""
    mass = x.sum((2, 3))
    down = (x.sum(3) * torch.arange(x.shape[2])).sum(2) / mass
    return down, (x.sum(2) * torch.arange(x.shape[3])).sum(2) / mass


def told(down, right):
    """The direction [n] by how far the centre moves down and right [n]."""
    return torch.where(right.abs() > down.abs(), (right < 0).long(), 2 + (down < 0).long())


def heads(measure=centres, change=lambda c: c[:, -1] - c[:, 0], tell=told):
    """A candidate: from the centres, by how they change, the direction."""
    return lambda x: tell(*(change(c) for c in measure(x)))


def unweighed(x):
    """The mistake of not dividing by the ink."""
    mass = x.sum((2, 3))
    return [c * mass for c in centres(x)]


def brightest(x):
    """The mistake of following one pixel."""
    place = x.flatten(2).argmax(2)
    return place // x.shape[3], place % x.shape[3]


def explain_heading(mine, right):
    """Which directions come out for which."""
    if not comparable(mine, right):
        return None
    a, b = mine[0].long(), right[0].long()
    if mine[0].ne(a).any() or a.min() < 0 or a.max() > 3:
        return "The answers must be integers from 0 to 3: 0 right, 1 left, 2 down, 3 up."
    seen = {WAYS[k]: sorted({WAYS[j] for j in a[b == k].tolist()}) for k in range(4)}
    if all(len(said) == 1 for said in seen.values()):
        odd = {k: said[0] for k, said in seen.items() if said != [k]}
        return "You always say " + ", ".join(f"{said} for {k}" for k, said in odd.items()) + ". Rows are axis 2 and count downwards, columns axis 3; last minus first is the way it went."
    wrong = (a != b).nonzero()[:, 0]
    return f"{len(wrong)} of 16 clips are read wrong. In them an uneven blot ends three cells one way, and one across, while its ink fades or grows: take the centre of the ink, weighed by darkness, in the first frame and in the last, and the larger of the two moves."


heading = Check(
    ask_heading,
    explain=explain_heading,
    solution=heads(),
    mistakes={
        "Every direction is the opposite one: subtract the first frame from the last, not the last from the first, and not the first from the second.": heads(change=lambda c: c[:, 0] - c[:, -1]),
        "Rows and columns changed places: axis 2 counts rows, downwards; axis 3 columns, to the right.": heads(tell=lambda down, right: told(right, down)),
        "Up and down changed places: rows count downwards, so a growing row is down.": heads(tell=lambda down, right: told(-down, right)),
        "Left and right changed places: a growing column is right, 0.": heads(tell=lambda down, right: told(down, -right)),
        "You never answer up or left: the sign of the move decides.": heads(tell=lambda down, right: torch.where(right.abs() > down.abs(), 0, 2)),
        "You compare the moves with their signs: -3 is a longer way than 1. Compare absolute values.": heads(tell=lambda down, right: torch.where(right > down, (right < 0).long(), 2 + (down < 0).long())),
        "You do not divide by the ink: a blot that fades seems to move to the upper left. The centre is a mean.": heads(measure=unweighed),
        "You follow the move of the larger axis wrongly: where it moves more to the right, right must win.": heads(tell=lambda down, right: torch.where(right.abs() < down.abs(), (right < 0).long(), 2 + (down < 0).long())),
        "You look at the first frame only: where it is does not say where it goes.": heads(change=lambda c: c[:, 0] - c.mean()),
        "You look at the last frame only: compare it with the first.": heads(change=lambda c: c[:, -1] - c.mean()),
        "That is the mean place, not the move: subtract the first frame's centre from the last's.": heads(change=lambda c: c.mean(1)),
        "You follow the darkest spot. Asked is the centre of all ink, weighed by its darkness.": heads(measure=brightest),
        "You weigh all cells with any ink alike: a speck of dust then counts as much as the blot. Weigh by the darkness.": lambda x: heads()((x > 0).float()),
        "You look from the middle frame on: the move counts from the first frame to the last.": heads(change=lambda c: c[:, -1] - c[:, 2]),
        "One answer for the whole batch: each clip has its own. Keep axis 0.": lambda x: heads()(x)[:1].expand(len(x)),
        "You answer for each frame. Asked is one direction for each clip [n].": lambda x: heads()(x)[:, None].expand(len(x), x.shape[1]),
        "You return one row of four per clip. Return the number of the direction [n]: argmax, not scores.": lambda x: torch.nn.functional.one_hot(heads()(x), 4),
    },
    hints=[
        "The centre of a frame is the mean place of its ink: a sum over cells of place times ink, divided by all ink.",
        "For rows: (x.sum(3) * torch.arange(H)).sum(2) / x.sum((2, 3)) is [n, frames]. Then the last frame minus the first.",
        "torch.where(right.abs() > down.abs(), (right < 0).long(), 2 + (down < 0).long()).",
    ],
)  # fmt: skip
