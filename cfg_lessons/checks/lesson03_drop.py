"""Lesson 03, exercise "drop": the check `drop`."""

import torch

from .. import zoo
from ..denoisers import NULL
from . import Check, Complaint, dice, tensor_of

OVERWRITTEN = "You wrote into the labels that you were given: the next epoch sees them dropped already, and in the end all are. Return a copy."
BECAME_ZERO = "Dropped labels become 0, and 0 is a digit: the network would learn a mixture where class 0 should be. Use NULL."
OWN_SEED = "The same labels are dropped each time: take the dice that come in, generator=rng, and do not seed your own."
OTHER_DICE = "Your coins do not come from rng: with the same dice again, other labels are dropped. Hand the dice on: generator=rng."
BY_COUNT = "You always drop the same number of labels. Toss a coin for each label, so that the number is left to chance."
BY_CLASS = "One coin decides for all samples of a label. Each sample needs a coin of its own: as many random numbers as labels."
ONE_SHARE = "p plays no part: whatever is asked for, you drop as many. Compare the coins with p."


def labels_left(drop, y, p, rng):
    """What drop makes of labels; complains if they are no labels, or if the caller's are changed."""
    given = y.clone()
    out = tensor_of(drop(given, p, rng), "the labels, a tensor [B]")
    if not given.equal(y):
        raise Complaint(OVERWRITTEN)
    if out.dtype == torch.bool:
        raise Complaint("A mask came back. Return labels: NULL where one is dropped, the label itself elsewhere.")
    if out.is_floating_point():
        raise Complaint(f"Your labels became {out.dtype}, and an embedding wants whole numbers. Put NULL in, an integer, not -1.0 and no NaN.")
    if out.ndim == 1 and len(out) < len(y):
        raise Complaint("Some labels are missing: you return only those that are kept. The batch keeps its size; put NULL where a label is dropped.")
    if out.shape != y.shape:
        raise Complaint(f"Labels of shape {list(out.shape)} came back; expected {list(y.shape)}: one coin for each label, and one label for each sample.")
    became = out[out != y].unique().tolist()
    if became == [0]:
        raise Complaint(BECAME_ZERO)
    if became not in ([], [NULL]):
        raise Complaint(f"Dropped labels become {became[0] if became[0] != NULL else became[1]}. 'No label' is NULL, and no other number stands for it.")
    return out


def ask_drop(drop):
    """What matters of label dropping: how many, one by one, to what, by which dice, and the caller's labels."""
    y, rng = torch.arange(4000) % 10, dice(0)
    out, more = labels_left(drop, y, 0.2, rng), labels_left(drop, y, 0.2, rng)
    again, most = labels_left(drop, y, 0.2, dice(0)), labels_left(drop, y, 0.6, dice(0))
    small = [labels_left(drop, y[:50], 0.5, dice(i)) != y[:50] for i in range(20)]
    counts, shares = {int(part.sum()) for part in small}, [(part != y).float().mean().item() for part in (out, most)]
    some = any(0 < count < 50 for count in counts)
    if not out.equal(again):
        raise Complaint(OTHER_DICE)
    if out.equal(more) and 0 < shares[0] < 1:
        raise Complaint(OWN_SEED)
    if len(counts) == 1 and some:
        raise Complaint(BY_COUNT)
    if some and all((part[y == label] != label).float().mean().item() in (0, 1) for part in (out, most) for label in range(10)):
        raise Complaint(BY_CLASS)
    if abs(shares[0] - shares[1]) < 0.05 and 0 < shares[0] < 1:
        raise Complaint(ONE_SHARE)
    return {
        "the share that is dropped": torch.tensor([p if abs(share - p) < 0.05 else round(share, 1) for share, p in zip(shares, (0.2, 0.6))]),
        "that a batch holds dropped and kept ones": torch.tensor(all(0 < count < 50 for count in counts)),
        "that some are dropped": torch.tensor(counts != {0}),
    }


def told_shares(mine, right):
    """What is dropped, in numbers."""
    if len(mine) == len(right) and not torch.equal(mine[0], right[0]):
        few, many = (f"{share:.0%}" for share in mine[0].tolist())
        return f"Asked to drop 20% of the labels you drop about {few}, asked for 60% about {many}. Toss one uniform coin for each label, and drop it where the coin is below p."


def coins(y, p, rng):
    """One coin for each label."""
    return torch.rand(len(y), generator=rng) < p


drop = Check(
    ask_drop,
    solution=lambda y, p, rng: torch.where(coins(y, p, rng), NULL, y),
    mistakes={
        "The comparison is the wrong way round: asked to drop 20% of the labels, you drop 80%. Keep where the coin is p or more.": zoo.drop_labels_a,
        "One coin decides for the whole batch. Each label needs a coin of its own: as many random numbers as labels.": zoo.drop_labels_d,
        BECAME_ZERO: zoo.drop_labels_b,
        OVERWRITTEN: zoo.drop_labels_e,
        OWN_SEED: lambda y, p, rng: torch.where(torch.rand(len(y), generator=dice(0)) < p, NULL, y),
        OTHER_DICE: lambda y, p, rng: torch.where(torch.rand(len(y)) < p, NULL, y),
        BY_COUNT: lambda y, p, rng: torch.where(torch.randperm(len(y), generator=rng) < int(p * len(y)), NULL, y),
        BY_CLASS: lambda y, p, rng: torch.where((torch.rand(10, generator=rng) < p)[y], NULL, y),
        ONE_SHARE: lambda y, p, rng: torch.where(coins(y, 0.2, rng), NULL, y),
        "A label is dropped only where two coins fall below p: that is p squared. Toss one coin for each label.": lambda y, p, rng: torch.where(coins(y, p, rng) & coins(y, p, rng), NULL, y),
        "Half as many as asked for are dropped: compare the coin with p itself.": lambda y, p, rng: torch.where(coins(y, p / 2, rng), NULL, y),
        "That coin is normal, not uniform: torch.randn falls below p far too often. Use torch.rand.": lambda y, p, rng: torch.where(torch.randn(len(y), generator=rng) < p, NULL, y),
        "No label was dropped. Where does p come in?": lambda y, p, rng: y.clone(),
        "Every label was dropped. Where does the coin come in?": lambda y, p, rng: torch.full_like(y, NULL),
    },
    hints=[
        "Toss one coin for each label: torch.rand(len(y), generator=rng).",
        "A coin below p means: forget this one. Make a new tensor that has NULL there and y elsewhere.",
        "torch.where(condition, a, b) picks a where the condition holds, else b, and leaves y alone.",
    ],
    explain=told_shares,
)  # fmt: skip
