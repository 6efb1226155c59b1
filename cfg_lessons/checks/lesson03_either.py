"""Lesson 03, exercise "this or that": the check `either`."""

import torch

from . import Check, dice, lend, tensor_of


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
