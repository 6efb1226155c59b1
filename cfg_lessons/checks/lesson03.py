"""The checks of lesson 03: forgetting labels, pinning labels, rows of an embedding, a mixture of answers."""

import torch

from ..denoisers import NULL
from . import Check, answer

# drop_labels --------------------------------------------------------------------------------------------------------


def ask_drop(drop):
    """What matters of label dropping: how many, one by one, to what, and whether the caller's labels survive."""
    y = torch.arange(4000) % 10
    before = y.clone()
    out = answer(drop(y, 0.2, torch.Generator().manual_seed(0)))
    if out.shape != y.shape:
        raise ValueError(f"labels of shape {list(out.shape)} came back; expected one for each sample, {list(y.shape)}")
    lost, small = out != before, [drop(before.clone(), 0.5, torch.Generator().manual_seed(i)) for i in range(20)]
    mixed = sum(0 < (part[:50] != before[:50]).sum() < 50 for part in small)
    return [
        torch.tensor(round(lost.float().mean().item() / 0.05) * 0.05),  # the share that was dropped, to a twentieth
        out[lost].float().unique() if lost.any() else torch.zeros(0),  # what the dropped ones became
        torch.as_tensor(mixed > 10),  # a batch holds dropped and kept ones
        torch.as_tensor(any((part != before).any() for part in small)),  # any are dropped at all
        torch.equal(y, before) * torch.ones(()),  # the labels that went in are as they were
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
    """A denoiser that shows which labels it was asked for."""
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

TABLE = torch.arange(11.0)[:, None] * torch.ones(11, 3) * 10  # row r holds 10 r: row 0 for NULL, row y + 1 for digit y


def ask_row(row):
    """Look up NULL, the first, a middle and the last digit."""
    return [answer(row(TABLE, torch.tensor([NULL, 0, 4, 9])))]


row = Check(
    ask_row,
    solution=lambda table, y: table[y + 1],
    mistakes={
        "table[y] with y = -1 does not fail: it picks the last row, which belongs to digit 9. Shift the labels.": lambda table, y: table[y],
        "NULL and digit 0 share a row: clamping hides the problem. Each needs its own.": lambda table, y: table[y.clamp(min=0)],
        "NULL and digit 0 share a row: abs or modulo hides the problem. Each needs its own.": lambda table, y: table[y.abs()],
        "Shifted the wrong way: digit 0 lands on the row before the first, which is the last.": lambda table, y: table[y - 1],
    },
    hints=[
        "Which row should NULL = -1 get, if digit 0 gets row 1?",
        "Write down label and row for -1, 0, 4 and 9. What do you add?",
        "Indexing with a tensor of row numbers gives one row for each: table[rows].",
    ],
)  # fmt: skip

# forget -------------------------------------------------------------------------------------------------------------


def ask_mixture(forget):
    """Three labels, two points in the plane, unequal probabilities."""
    rng = torch.Generator().manual_seed(0)
    answers = torch.randn(3, 2, 2, generator=rng)  # [K, B, D]
    logits = torch.tensor([[0.0, 1.0, 2.0], [3.0, 0.0, -1.0]])  # [B, K]
    return [answer(forget(answers, logits))]


forget = Check(
    ask_mixture,
    solution=lambda answers, logits: torch.einsum("bk,kbd->bd", logits.softmax(-1), answers),
    mistakes={
        "That is the plain mean over labels. A label that hardly fits x_t should hardly count: weigh by p(y | x_t).":
            lambda answers, logits: answers.mean(0),
        "The weights are logits still: they do not sum to 1. Turn them into probabilities first.":
            lambda answers, logits: torch.einsum("bk,kbd->bd", logits, answers),
        "The probabilities sum to 1 over the batch instead of over the labels: which axis of [B, K] holds the labels?":
            lambda answers, logits: torch.einsum("bk,kbd->bd", logits.softmax(0), answers),
        "You took the likeliest label's answer alone. The best guess when the label is unknown is the mean over all of them.":
            lambda answers, logits: answers[logits.argmax(-1), torch.arange(logits.shape[0])],
    },
    hints=[
        "If you are sure that the label is 2, whose answer do you take? And if it is 0 or 2 with equal chance?",
        "The weights are p(y | x_t): a softmax of the logits over the labels.",
        "Bring the weights [B, K] into the shape [K, B, 1] of the answers [K, B, D], multiply, and sum over K.",
    ],
)  # fmt: skip
