"""The checks of lesson 03: forgetting labels, pinning labels, rows of an embedding, a mixture of answers."""

import torch

from .. import zoo
from ..denoisers import NULL
from . import Check, Complaint, dice, function_of, lend, tensor_of

# drop_labels --------------------------------------------------------------------------------------------------------


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

# given --------------------------------------------------------------------------------------------------------------


def echo(x, t, y):
    """A denoiser that shows what it was asked, and wants one integer for each sample, as a network does."""
    if not isinstance(y, torch.Tensor):
        raise Complaint(f"The denoiser got a {type(y).__name__} as its labels; it wants a tensor [B], one label for each sample: fill one with the label.")
    if y.is_floating_point():
        raise Complaint(f"The denoiser got labels of {y.dtype}; labels are whole numbers. Make them like y (torch.full_like keeps its type), not like x.")
    if y.shape != x.shape[:1]:
        raise Complaint(f"The denoiser got labels of shape {list(y.shape)} for {len(x)} samples; it wants [{len(x)}], one for each. Make them like y.")
    return (y[:, None].double() + 3) * (1 + x) + torch.as_tensor(t).double().reshape(-1, 1) ** 2


def ask_pin(pin):
    """Pin two labels and ask for others, NULL among them, in batches of three and of two, at one time and at a time for each."""
    x, y, seen = torch.randn(3, 2, generator=dice(0)).double(), torch.tensor([1, NULL, 7]), {}
    times = {"one time for all": 0.5, "another time": 0.25, "a time for each sample": torch.tensor([0.1, 0.9, 0.4])}
    for label in (7, 4):
        pinned = function_of(pin(echo, label))
        for name, t in times.items():
            out = pinned(x.clone(), t, given := y.clone())
            if out is None:
                raise Complaint("The function that you return gives nothing back: inside it, too, a return is needed.")
            if not given.equal(y):
                raise Complaint(OVERWROTE)
            seen[f"{name}, label {label}"] = tensor_of(out)
        try:
            seen[f"two samples, label {label}"] = tensor_of(pinned(x[:2].clone(), 0.5, y[:2].clone()))
        except Complaint as complaint:
            raise Complaint("The first batch is answered, a smaller one gets the labels of the first. Make them anew in each call, "
                            "as many as that y has." if "shape [3] for 2" in str(complaint) else str(complaint)) from None
    return seen


OVERWROTE = "You overwrote the labels of whoever asks. Make new ones of the same shape instead."


def overwrite(denoiser, label):
    """The mistake of pinning in place."""

    def pinned(x, t, y):
        y.fill_(label)
        return denoiser(x, t, y)

    return pinned


def labelled(labels):
    """A candidate that asks for labels(y, label)."""
    return lambda denoiser, label: lambda x, t, y: denoiser(x, t, labels(y, label))


pin = Check(
    ask_pin,
    solution=lambda denoiser, label: lambda x, t, y: denoiser(x, t, torch.full_like(y, label)),
    mistakes={
        "The label is not pinned: your denoiser still answers for the label it is asked for.": lambda denoiser, label: denoiser,
        OVERWROTE: overwrite,
        "The time is lost on the way: hand t on as it came.": lambda denoiser, label: lambda x, t, y: denoiser(x, 0.5, torch.full_like(y, label)),
        "Only the first sample's time is handed on: hand t on as it came, one for each sample.": lambda denoiser, label: lambda x, t, y: denoiser(x, torch.as_tensor(t).flatten()[0], torch.full_like(y, label)),
        "Only the first sample got the label: a batch needs one for each.": labelled(lambda y, label: torch.cat([torch.full_like(y[:1], label), y[1:]])),
        "Only samples without a label (NULL) got the pinned one: all of them must, whatever was asked for.": labelled(lambda y, label: torch.where(y == NULL, label, y)),
        "Samples without a label (NULL) stay so: all of them must get the pinned one, whatever was asked for.": labelled(lambda y, label: torch.where(y == NULL, y, label)),
        "You replaced only some of the labels: all of them must become the pinned one.": labelled(lambda y, label: torch.where(y == y.max(), label, y)),
        "The pinned label plays no part: everybody gets the first label that was asked for.": labelled(lambda y, label: y[:1].expand(len(y))),
        "The pinned label plays no part: everybody gets NULL. Fill in `label`.": labelled(lambda y, label: torch.full_like(y, NULL)),
        "The pinned label plays no part: you wrote a number of your own, 7. Use `label`.": labelled(lambda y, label: torch.full_like(y, 7)),
        "That is a row number of an embedding, one too many: hand the label on as it is.": labelled(lambda y, label: torch.full_like(y, label + 1)),
        "You added the label to the one that is asked for. It takes its place.": labelled(lambda y, label: y + label),
        "x is lost on the way: hand it on as it came.": lambda denoiser, label: lambda x, t, y: denoiser(torch.zeros_like(x), t, torch.full_like(y, label)),
    },
    hints=[
        "pin gets a function and returns a function. What arguments must the new one take?",
        "The inner function ignores the y it gets, except for its shape.",
        "torch.full_like(y, label) makes the labels; call denoiser with x and t as they came.",
    ],
)  # fmt: skip

# rows ---------------------------------------------------------------------------------------------------------------


def ask_row(row):
    """Look up NULL and some digits, in a table whose row r holds 10 r + 7."""
    table, y = torch.arange(11.0)[:, None] * torch.ones(11, 3) * 10 + 7, torch.tensor([NULL, 0, 4, 1, 9, NULL])
    rows = tensor_of(lend(row, cure="y + 1 makes new labels, y += 1 does not", table=table, y=y))
    if rows.shape != (6, 3):
        raise Complaint(f"Rows of shape {list(rows.shape)} came back; expected [6, 3]: one row for each label, none left out, also for NULL.")
    return {f"label {label}" if label != NULL else "NULL": part for label, part in zip(y.tolist(), rows)}


row = Check(
    ask_row,
    solution=lambda table, y: table[y + 1],
    mistakes={
        "table[y] with y = -1 does not fail: it picks the last row, which belongs to digit 9. Shift the labels.": lambda table, y: table[y],
        "NULL and digit 0 share a row, and the last row is never used. Each needs its own: shift the digits by one, NULL with them.": lambda table, y: table[y.clamp(min=0)],
        "NULL and digit 1 share a row: abs makes 1 of -1. Each label needs a row of its own: shift them all.": lambda table, y: table[y.abs()],
        "Digit 9 gets NULL's row: there are 11 rows, so nothing has to wrap around after 10.": lambda table, y: table[(y + 1) % 10],
        "NULL and digit 9 share a row: modulo 10 makes 9 of -1. Shift the labels instead.": lambda table, y: table[y % 10],
        "The last digit lost its row: 9 shares one with 8. There are 11 rows, so nothing has to be clamped.": lambda table, y: table[(y + 1).clamp(max=9)],
        "You counted the rows from the end: the table begins with NULL's row, then come the digits in order.": lambda table, y: table.flip(0)[y + 1],
        "You counted the rows from the end: row -1 is the last. The table begins with NULL's row.": lambda table, y: table[-(y + 1)],
        "NULL has a learned row of its own, row 0: the mean of the digits' rows is another thing.": lambda table, y: torch.where((y == NULL)[:, None], table[1:].mean(0), table[y + 1]),
        "That is row 0, NULL's, for everybody. Which row belongs to which label?": lambda table, y: table[torch.zeros_like(y)],
        "Shifted by two: digit 0 has the row right after NULL's. Shift by one.": lambda table, y: table[(y + 2).clamp(max=10)],
        "You shifted the table, not the labels: NULL = -1 still picks the last row.": lambda table, y: table[1:][y],
        "NULL has a learned row of its own, row 0: do not set it to zero.": lambda table, y: table[y + 1] * (y != NULL)[:, None],
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
    """Four labels, three points in space, unequal probabilities; a set of two, of one, of all."""
    answers = torch.randn(4, 3, 3, generator=dice(0))  # [K, B, D]
    logits = torch.tensor([[0.0, 1.0, 2.0, 0.5], [3.0, 0.0, -1.0, 2.0], [-1.5, 0.5, 1.0, 2.5]])  # [B, K]
    sets = {"a set of two": [True, False, True, False], "a set of one": [False, True, False, False], "the set of all": [True] * 4}
    return {
        name: tensor_of(lend(either, answers=answers, logits=logits, allowed=torch.tensor(allowed), cure="masked_fill makes a new tensor, masked_fill_ "
                             "and logits[:, ...] = do not")) for name, allowed in sets.items()
    }


def mean_over(weigh):
    """A candidate that weighs the answers by weigh(logits, allowed) [B, K]."""
    return lambda answers, logits, allowed: torch.einsum("bk,kbd->bd", weigh(logits, allowed), answers)


def masked(logits, allowed):
    """The logits, and minus infinity for labels outside the set."""
    return logits.masked_fill(~allowed, -torch.inf)


either = Check(
    ask_either,
    solution=mean_over(lambda logits, allowed: logits.masked_fill(~allowed, -torch.inf).softmax(-1)),
    mistakes={
        "Your weights no longer add up to 1: what the forbidden labels had must go to the others. Mask before the softmax.": mean_over(lambda logits, allowed: logits.softmax(-1) * allowed),
        "A logit of 0 is not a probability of 0: forbidden labels still count. Their logit must be minus infinity.": mean_over(lambda logits, allowed: (logits * allowed).softmax(-1)),
        "You read the weights [B, K] as [K, B] with reshape or view, and they got mixed up. Swap the axes with .T.": lambda answers, logits, allowed: (masked(logits, allowed).softmax(-1).reshape(4, -1, 1) * answers).sum(0),
        "A sigmoid asks of each label by itself. These logits are for one label out of many: softmax over the labels.": mean_over(lambda logits, allowed: logits.sigmoid() * allowed / (logits.sigmoid() * allowed).sum(-1, True)),
        "A sigmoid asks of each label by itself, and your weights do not sum to 1. Use softmax over the labels.": mean_over(lambda logits, allowed: logits.sigmoid() * allowed),
        "All weights of the batch together add up to 1. Each sample's must, by itself: sum over the labels only.": mean_over(lambda logits, allowed: logits.softmax(-1) * allowed / (logits.softmax(-1) * allowed).sum()),
        "The weights were divided by the number of labels in the set. Divide by what they add up to, for each sample.": mean_over(lambda logits, allowed: logits.softmax(-1) * allowed / allowed.sum()),
        "The weights are exp(logit) still: they do not add up to 1. Divide by their sum over the set, or use softmax.": mean_over(lambda logits, allowed: logits.exp() * allowed),
        "You weigh by log-probabilities. Take probabilities: softmax, not log_softmax.": mean_over(lambda logits, allowed: masked(logits, allowed).log_softmax(-1).masked_fill(~allowed, 0.0)),
        "You weigh by log-probabilities, and those of the whole set of labels. Take probabilities, of the allowed ones only.": mean_over(lambda logits, allowed: logits.log_softmax(-1) * allowed),
        "Softmax was taken twice: the weights become too equal. Once is enough.": mean_over(lambda logits, allowed: masked(masked(logits, allowed).softmax(-1), allowed).softmax(-1)),
        "You divide the logits by their sum. They may be negative: turn them into probabilities with softmax.": mean_over(lambda logits, allowed: logits * allowed / (logits * allowed).sum(-1, True)),
        "That is the sum over the set. The weights must add up to 1, and a label that hardly fits must hardly count.": mean_over(lambda logits, allowed: allowed.float().expand(logits.shape)),
        "That is the plain mean over all labels: neither the set nor the probabilities play a part.": mean_over(lambda logits, allowed: torch.full_like(logits, 0.25)),
        "The sum of allowed answers was divided by the number of all labels, as by mean(). Weigh by p(y | x_t), with weights that add up to 1.": mean_over(lambda logits, allowed: allowed.float().expand(logits.shape) / 4),
        "All samples got the weights of the first. Each has logits of its own: logits [B, K].": mean_over(lambda logits, allowed: masked(logits, allowed).softmax(-1)[:1].expand(logits.shape)),
        "All samples got the same weights, those of the mean logits. Each has logits of its own: logits [B, K].": mean_over(lambda logits, allowed: masked(logits, allowed).mean(0, True).softmax(-1).expand(logits.shape)),
        "The sign is the wrong way round: your likeliest label counts least.": mean_over(lambda logits, allowed: masked(-logits, allowed).softmax(-1)),
        "You took the likeliest label of all, whether it is in the set or not. Look at the allowed ones, and take their mean.": mean_over(lambda logits, allowed: torch.nn.functional.one_hot(logits.argmax(-1), 4).float()),
        "A label outside the set must not count at all: fill its logit with minus infinity, not with a small number.": mean_over(lambda logits, allowed: logits.masked_fill(~allowed, -1.0).softmax(-1)),
        "The set plays no part: that is the answer of NULL.": mean_over(lambda logits, allowed: logits.softmax(-1)),
        "That is the plain mean over the set. A label that hardly fits x_t should hardly count: weigh by p(y | x_t).": mean_over(lambda logits, allowed: (allowed / allowed.sum()).expand(logits.shape)),
        "The weights are logits still: they do not sum to 1. Turn them into probabilities first.": mean_over(lambda logits, allowed: logits * allowed),
        "The probabilities sum to 1 over the batch instead of over the labels: which axis of [B, K] holds the labels?": mean_over(lambda logits, allowed: logits.softmax(0) * allowed / (logits.softmax(0) * allowed).sum(-1, True)),
        "You kept the forbidden labels and left the allowed ones out: the mask is the wrong way round.": mean_over(lambda logits, allowed: logits.masked_fill(allowed, -torch.inf).softmax(-1).nan_to_num()),
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
