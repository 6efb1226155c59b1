"""The checks of lesson 03: forgetting labels, pinning labels, rows of an embedding, a mixture of answers."""

import torch

from ..denoisers import NULL
from . import Check, answer, dice

# drop_labels --------------------------------------------------------------------------------------------------------


def ask_drop(drop):
    """What matters of label dropping: how many, one by one, to what, by which dice, and the caller's labels."""
    y, rng = torch.arange(4000) % 10, dice(0)
    before = y.clone()
    out = answer(drop(y, 0.2, rng))
    if out.shape != y.shape or out.dtype != y.dtype:
        raise ValueError(f"{out.dtype} of shape {list(out.shape)} came back; expected {y.dtype} of shape {list(y.shape)}")
    more, most = drop(before.clone(), 0.2, rng), drop(before.clone(), 0.6, dice(0))
    again = drop(before.clone(), 0.2, dice(0))
    small = [drop(before[:50].clone(), 0.5, dice(i)) != before[:50] for i in range(20)]
    lost = out != before
    return [
        torch.tensor([round((part != before).float().mean().item() / 0.05) * 0.05 for part in (out, most)]),
        out[lost][:1],  # what a dropped one became
        torch.as_tensor(all(0 < part.sum() < 50 for part in small)),  # a batch holds dropped and kept ones
        torch.as_tensor(len({int(part.sum()) for part in small}) > 4),  # by chance, not by count
        torch.as_tensor(any(part.any() for part in small)),  # any are dropped at all
        torch.as_tensor(not out.equal(more)),  # the dice go on
        torch.as_tensor(out.equal(again)),  # and they are the dice that came in
        torch.as_tensor(y.equal(before)),  # the labels that went in are as they were
    ]


def coins(y, p, rng, below=True):
    """One coin for each label."""
    toss = torch.rand(len(y), generator=rng)
    return toss < p if below else toss >= p


def in_place(y, p, rng):
    """The mistake of writing into the caller's labels."""
    y[coins(y, p, rng)] = NULL
    return y


def whole_batch(y, p, rng):
    """The mistake of one coin for all."""
    return torch.full_like(y, NULL) if torch.rand(1, generator=rng).item() < p else y.clone()


drop = Check(
    ask_drop,
    solution=lambda y, p, rng: torch.where(coins(y, p, rng), NULL, y),
    mistakes={
        "The comparison is the wrong way round: asked to drop 20% of the labels, you drop 80%. Keep where the coin is p or more.":
            lambda y, p, rng: torch.where(coins(y, p, rng, below=False), NULL, y),
        "One coin decides for the whole batch. Each label needs a coin of its own: as many random numbers as labels.": whole_batch,
        "Dropped labels become 0, and 0 is a digit: the network would learn a mixture where class 0 should be. Use NULL.":
            lambda y, p, rng: torch.where(coins(y, p, rng), 0, y),
        "You wrote into the labels that you were given: the next epoch sees them dropped already, and in the end all are. Return a copy.":
            in_place,
        "The same labels are dropped each time: take the dice that come in, generator=rng, and do not seed your own.":
            lambda y, p, rng: torch.where(torch.rand(len(y), generator=dice(0)) < p, NULL, y),
        "p plays no part: whatever is asked for, you drop as many.": lambda y, p, rng: torch.where(coins(y, 0.2, rng), NULL, y),
        "That coin is normal, not uniform: torch.randn falls below p far too often. Use torch.rand.":
            lambda y, p, rng: torch.where(torch.randn(len(y), generator=rng) < p, NULL, y),
        "No label was dropped. Where does p come in?": lambda y, p, rng: y.clone(),
        "Every label was dropped. Where does the coin come in?": lambda y, p, rng: torch.full_like(y, NULL),
    },
    hints=[
        "Toss one coin for each label: torch.rand(len(y), generator=rng).",
        "A coin below p means: forget this one. Make a new tensor that has NULL there and y elsewhere.",
        "torch.where(condition, a, b) picks a where the condition holds, else b, and leaves y alone.",
    ],
)  # fmt: skip

# given --------------------------------------------------------------------------------------------------------------


def echo(x, t, y):
    """A denoiser that shows which labels it was asked for, and wants one integer for each sample, as a network does."""
    if not isinstance(y, torch.Tensor) or y.is_floating_point() or y.shape != x.shape[:1]:
        raise ValueError("the denoiser wants one integer label for each sample, a tensor [B]")
    return y[:, None].float() * torch.ones_like(x) + t


def ask_pin(pin):
    """Pin 7 and ask for other labels; the labels that were asked for must survive."""
    x, y = torch.zeros(3, 2), torch.tensor([1, 2, 3])
    pinned = answer(pin(echo, 7))
    if not callable(pinned):
        raise TypeError("pin should return a denoiser, a function of (x, t, y); it returned " + type(pinned).__name__)
    first = answer(pinned(x, 0.5, y))
    return [first, pinned(x, 0.25, y[:3]), y.float()]


def overwrite(denoiser, label):
    """The mistake of pinning in place."""

    def pinned(x, t, y):
        y.fill_(label)
        return denoiser(x, t, y)

    return pinned


pin = Check(
    ask_pin,
    solution=lambda denoiser, label: lambda x, t, y: denoiser(x, t, torch.full_like(y, label)),
    mistakes={
        "The label is not pinned: your denoiser still answers for the label it is asked for.": lambda denoiser, label: denoiser,
        "You overwrote the labels of whoever asks. Make new ones of the same shape instead.": overwrite,
        "The time is lost on the way: hand t on as it came.":
            lambda denoiser, label: lambda x, t, y: denoiser(x, 0.5, torch.full_like(y, label)),
        "You replaced only some of the labels: all of them must become the pinned one.":
            lambda denoiser, label: lambda x, t, y: denoiser(x, t, torch.where(y == 2, label, y)),
        "Only the first sample got the label: a batch needs one for each.":
            lambda denoiser, label: lambda x, t, y: denoiser(x, t, torch.cat([torch.full_like(y[:1], label), y[1:]])),
    },
    hints=[
        "pin gets a function and returns a function. What arguments must the new one take?",
        "The inner function ignores the y it gets, except for its shape.",
        "torch.full_like(y, label) makes the labels; call denoiser with x and t as they came.",
    ],
)  # fmt: skip

# rows ---------------------------------------------------------------------------------------------------------------



def ask_row(row):
    """Look up NULL, the first, a middle and the last digit, in a table whose row r holds 10 r + 7."""
    table, y = torch.arange(11.0)[:, None] * torch.ones(11, 3) * 10 + 7, torch.tensor([NULL, 0, 4, 9])
    return [answer(row(table, y)), table, y]


row = Check(
    ask_row,
    solution=lambda table, y: table[y + 1],
    mistakes={
        "table[y] with y = -1 does not fail: it picks the last row, which belongs to digit 9. Shift the labels.": lambda table, y: table[y],
        "NULL and digit 0 share a row: clamping hides the problem. Each needs its own.": lambda table, y: table[y.clamp(min=0)],
        "NULL and digit 0 share a row: abs or modulo hides the problem. Each needs its own.": lambda table, y: table[y.abs()],
        "You shifted the table, not the labels: NULL = -1 still picks the last row.": lambda table, y: table[1:][y],
        "NULL has a learned row of its own, row 0: do not set it to zero.": lambda table, y: table[y + 1] * (y != NULL)[:, None],
        "You changed the labels of whoever asks: y + 1 makes new ones, y += 1 does not.": lambda table, y: table[y.add_(1)],
        "Shifted the wrong way: digit 0 lands on the row before the first, which is the last.": lambda table, y: table[y - 1],
    },
    hints=[
        "Which row should NULL = -1 get, if digit 0 gets row 1?",
        "Write down label and row for -1, 0, 4 and 9. What do you add?",
        "Indexing with a tensor of row numbers gives one row for each: table[rows].",
    ],
)  # fmt: skip

# either -------------------------------------------------------------------------------------------------------------


def ask_either(either):
    """Four labels, two points in the plane, unequal probabilities; a set of two, of one, of all."""
    rng = dice(0)
    answers = torch.randn(4, 2, 2, generator=rng)  # [K, B, D]
    logits = torch.tensor([[0.0, 1.0, 2.0, 0.5], [3.0, 0.0, -1.0, 2.0]])  # [B, K]
    sets = torch.tensor([[True, False, True, False], [False, True, False, False], [True, True, True, True]])
    return [answer(either(answers.clone(), logits.clone(), allowed.clone())) for allowed in sets]


def mean_over(weigh):
    """A candidate that weighs the answers by weigh(logits, allowed) [B, K]."""
    return lambda answers, logits, allowed: torch.einsum("bk,kbd->bd", weigh(logits, allowed), answers)


either = Check(
    ask_either,
    solution=mean_over(lambda logits, allowed: logits.masked_fill(~allowed, -torch.inf).softmax(-1)),
    mistakes={
        "Your weights no longer add up to 1: what the forbidden labels had must go to the others. Mask before the softmax.":
            mean_over(lambda logits, allowed: logits.softmax(-1) * allowed),
        "A logit of 0 is not a probability of 0: forbidden labels still count. Their logit must be minus infinity.":
            mean_over(lambda logits, allowed: (logits * allowed).softmax(-1)),
        "The set plays no part: that is the answer of NULL.": mean_over(lambda logits, allowed: logits.softmax(-1)),
        "That is the plain mean over the set. A label that hardly fits x_t should hardly count: weigh by p(y | x_t).":
            mean_over(lambda logits, allowed: (allowed / allowed.sum()).expand(logits.shape)),
        "The weights are logits still: they do not sum to 1. Turn them into probabilities first.":
            mean_over(lambda logits, allowed: logits * allowed),
        "The probabilities sum to 1 over the batch instead of over the labels: which axis of [B, K] holds the labels?":
            mean_over(lambda logits, allowed: logits.softmax(0) * allowed / (logits.softmax(0) * allowed).sum(-1, True)),
        "You kept the forbidden labels and left the allowed ones out: the mask is the wrong way round.":
            mean_over(lambda logits, allowed: logits.masked_fill(allowed, -torch.inf).softmax(-1).nan_to_num()),
        "You took the likeliest label's answer alone. The best guess is the mean over all labels of the set.":
            mean_over(lambda logits, allowed: torch.nn.functional.one_hot(
                logits.masked_fill(~allowed, -torch.inf).argmax(-1), 4).float()),
    },
    hints=[
        "If only one label is allowed, whose answer do you take? And if two are, equally likely?",
        "A forbidden label has probability 0, so its logit is minus infinity: masked_fill does that.",
        "Softmax over the labels; bring the weights [B, K] to the shape [K, B, 1] of the answers; multiply; sum over K.",
    ],
)  # fmt: skip
