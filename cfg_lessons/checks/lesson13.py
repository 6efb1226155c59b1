"""The checks of lesson 13: a ward of sick code, tests that find it, a world of one's own, a walk by hand, a label pinned."""

import torch

from .. import zoo
from ..denoisers import NULL, to_x0
from ..guidance import cfg, given, guide
from ..training import drop_labels
from . import Check, asked_as
from .panels import CFGS, DROPPINGS, ask_diagnosis, ask_loop, ask_panel, ask_pinned, hand_walk, causes, misjudged, nulls
from .worlds import ask_numbers, believed, ended, not_here, otherwise, pushed, aimed, walked

# diagnosis ----------------------------------------------------------------------------------------------------------
CAUSES = {
    "strided_a": "healthy", "strided_b": "step index used as training timestep",
    "drop_labels_a": "inverted dropout", "drop_labels_b": "NULL is class 0", "drop_labels_c": "healthy",
    "drop_labels_d": "one coin for the batch", "drop_labels_e": "overwritten in place",
    "log_prob_a": "healthy", "log_prob_b": "batch axis indexed, not the class", "log_prob_c": "raw logits, not log_softmax",
    "steer_a": "graph through the denoiser", "steer_b": "caller's x asks for gradients", "steer_c": "sigma is missing",
    "combine_a": "healthy", "combine_b": "two conventions of the scale mixed", "batched_a": "label asked in both halves",
    "away_a": "pushed from NULL, not from the unwanted", "guide_latents_a": "only some channels guided",
    "to_pixels_a": "[-1, 1] not mapped to [0, 1]", "begin_a": "noised to one time, walked from another",
    "always_a": "pinned before guiding", "always_b": "healthy",
    "walk_a": "dropout active while sampling", "walk_b": "graph kept over all steps", "walk_c": "clipped before guiding",
}  # fmt: skip
CONFUSED = {  # two that are easily taken for each other: how to tell
    ("batch axis indexed, not the class", "raw logits, not log_softmax"): "you are near. Is it what is picked from, or which of it is picked?",
    ("inverted dropout", "one coin for the batch"): "you are near. Count what is dropped in twenty small batches: is it much of each, or all of a few?",
    ("caller's x asks for gradients", "graph through the denoiser"): "you are near. After a call, look at requires_grad of x and of the answer: which has changed?",
    ("dropout active while sampling", "graph kept over all steps"): "you are near. Ask the answer for requires_grad, and the network for its mode.",
}


def key(patients):
    """The right diagnosis."""
    return {number: CAUSES[one.function.__name__] for number, one in patients.items()}


def look_again(mine, right):
    """The first specimen that is misjudged or, if there is none, the first that is not judged yet."""
    if asked_as() and mine[0].equal(ask_diagnosis(key(zoo.ward())).double()):
        return "These are the specimens of the course's own ward, all right. Yours is another: zoo.ward(number_of(your name))."
    said, true = ([causes()[int(i)] if i >= 0 else "" for i in part[0]] for part in (mine, right))
    number = min((i for i in range(len(true)) if said[i] != true[i]), key=lambda i: (not said[i], i))
    if not said[number]:
        return f"All right so far. Specimen {number + 1} has no diagnosis yet."
    if said[number] == "healthy":
        return f"Look at specimen {number + 1} again: it does not do what it claims. Give it an input so small that you know the answer."
    pair = tuple(sorted((said[number], true[number])))
    return f"Look at specimen {number + 1} again: " + CONFUSED.get(pair, "it does not suffer from what you say.")


diagnosis = Check(
    ask_diagnosis,
    solution=key,
    mistakes={
        "You call all of them healthy. At least two are, but most are not.": lambda patients: dict.fromkeys(patients, "healthy"),
        "All your diagnoses are right, but one number too low: specimens count from 1.": lambda patients: {n: key(patients)[n % len(patients) + 1] for n in patients},
        "All your diagnoses are right, but one number too high.": lambda patients: {n % len(patients) + 1: cause for n, cause in key(patients).items()},
    },
    hints=[
        "Read the docstring, then the code line by line. What would you write, and where does it differ?",
        "Call it: with labels 0, 1, 2, ..., with scale 0 and 1, with a batch of unlike samples; and look at what you handed in afterwards.",
        "First the exercise of which it is an answer: specimen.check. What were the mistakes that one could make there?",
    ],
    explain=look_again,
)  # fmt: skip

# detect_drop, detect_cfg --------------------------------------------------------------------------------------------
OF_DROPPINGS = {  # the sick members, each with a way to find it out
    1: "that throws one coin for the whole batch. How many of a single batch are dropped?",
    2: "to which p means nothing: it always drops 10%. Try two unlike p.",
    4: "that keeps what it should drop. What share is NULL afterwards?",
    5: "that makes dice of its own: every batch loses the same places. Call it twice with the same rng.",
    7: "that turns labels into 0, which is a class. Look at what the dropped ones become.",
    9: "whose coin is normal, not uniform. What share is NULL afterwards, for two unlike p?",
    10: "that writes into the labels that it is given. Look at them after the call.",
    11: "that throws coins of its own. With the same seed in rng, the same labels must be dropped.",
}
OF_CFGS = {
    0: "for which scale 1 is guided already: it takes the scale for w. Try scales 0 and 1.",
    2: "that asks for the label both times. Try a scale other than 1.",
    4: "that asks for label 0 in place of NULL, which is -1. Let your denoiser tell the two apart.",
    6: "that guides the first channel only. Compare all numbers, at a scale other than 1.",
    8: "that writes NULL into the labels of whoever asks. Look at y after the call.",
    9: "that pushes the wrong way. Try a scale other than 0.",
    10: "that confuses the samples of a batch. Let them be unlike, in x and in y.",
    11: "that asks for NULL at another time, t = 0. Let your denoiser listen to the time.",
}


def sound_drop(drop):
    """A test of label dropping."""
    y, (rng, same) = torch.arange(4000) % 10, (torch.Generator().manual_seed(1) for _ in "ab")
    before = y.clone()
    out, more = drop(before, 0.2, rng), drop(y.clone(), 0.6, rng)
    share, larger = (out != y).double().mean(), (more != y).double().mean()
    fair = abs(share - 0.2) < 0.05 and abs(larger - 0.6) < 0.05 and out[out != y].unique().tolist() == [NULL]
    return fair and before.equal(y) and out.equal(drop(y.clone(), 0.2, same)) and not out.equal(drop(y.clone(), 0.2, rng))


def sound_cfg(make, scales=(0.0, 1.0, 3.0), same=torch.allclose):
    """A test of classifier-free guidance."""

    def toy(x, t, y):
        return x * (1 + t) + (y[:, None] + 2.0) ** 2

    x, y = torch.linspace(-1, 1, 12).reshape(4, 3), torch.tensor([3, 0, 1, 2])
    asked, wish, null = y.clone(), toy(x, 0.4, y), toy(x, 0.4, nulls(y))
    return all(same(make(toy, scale)(x, 0.4, asked), null + scale * (wish - null)) and asked.equal(y) for scale in scales)


ALWAYS = "Your test says True whatever it is shown. Call what you are given, and look."
NEVER = "Your test says False whatever it is shown: the right ones must pass."
TURNED = "Your answers are turned round: True is for the right ones."

detect_drop = Check(
    lambda test: ask_panel(test, DROPPINGS),
    solution=sound_drop,
    mistakes={
        ALWAYS: lambda drop: True,
        NEVER: lambda drop: False,
        TURNED: lambda drop: not sound_drop(drop),
        "You compare with one implementation, label by label. Right ones may throw their coins otherwise: count.":
            lambda drop: drop(torch.arange(99), 0.2, torch.Generator().manual_seed(1)).equal(drop_labels(torch.arange(99), 0.2, torch.Generator().manual_seed(1))),
        "You only count how many are dropped. Look also at what they become, at the labels that you handed in, and at the dice.":
            lambda drop: all(abs((drop(torch.arange(4000), p, torch.Generator().manual_seed(1)) != torch.arange(4000)).double().mean() - p) < 0.05 for p in (0.2, 0.6)),
    },
    hints=["Which promises does the docstring make? One line of your test for each of them.",
           "Many labels, two values of p, dice with a seed: how many are dropped, what do they become, are y and the dice treated well?",
           "(out != y).float().mean() near p; out[out != y] all NULL; y as before; the same seed gives the same, the same rng goes on."],
    explain=misjudged(OF_DROPPINGS, "dropping", "It may throw its coins otherwise than you would: count, with many labels and limits that are not too narrow."),
)  # fmt: skip

detect_cfg = Check(
    lambda test: ask_panel(test, CFGS),
    solution=sound_cfg,
    mistakes={
        ALWAYS: lambda make: True,
        NEVER: lambda make: False,
        TURNED: lambda make: not sound_cfg(make),
        "You test at scale 1 only, where nothing is guided. Most of what can go wrong does not show there.": lambda make: sound_cfg(make, [1.0]),
        "You compare to the last bit. Right ones may round otherwise: use torch.allclose.": lambda make: sound_cfg(make, same=torch.equal),
    },
    hints=["Make a denoiser of your own whose answers you know. What should come out at scale 0, at 1, at 3?",
           "It should depend on x, on t and on y, NULL included, and the samples of your batch should be unlike in x and y.",
           "For each scale: torch.allclose(cfg(denoiser, scale)(x, t, y), u + scale * (c - u)), and y as before."],
    explain=misjudged(OF_CFGS, "cfg", "It may ask once or twice, and round otherwise than you would: judge by what comes out, with torch.allclose."),
)  # fmt: skip

# push, belief, mean -------------------------------------------------------------------------------------------------
push = Check(
    lambda found: ask_numbers(found, 2),
    solution=pushed,
    mistakes={
        **otherwise(pushed),
        "That is the push alone: add it to NULL's answer.": lambda w: pushed(w) - pushed(w, aimed(w, scale=0.0)),
        "That is clean data. Asked is the noise, which the denoiser returns.": lambda w: to_x0(pushed(w), w.x, *w.mixture.schedule.at(w.t, w.x)),
        "That is the score. The noise is -sigma times the score, and the denoiser returns it.": lambda w: -pushed(w) / w.mixture.schedule.at(w.t, w.x)[1],
    },
    hints=["The world's denoiser is mixture.denoiser. How do you guide it?",
           "cfg(denoiser, scale) is a denoiser. Ask it at the world's x and t, for the world's label as a tensor [1].",
           "cfg(mine.mixture.denoiser, mine.scale)(mine.x, mine.t, torch.tensor([mine.label]))"],
    tolerance=2e-3,
    explain=not_here(pushed),
)  # fmt: skip

belief = Check(
    lambda found: ask_numbers(found, 1),
    solution=believed,
    mistakes={
        "That is a sigmoid of one logit. The labels exclude one another: softmax over all of them, and then yours.": lambda w: w.mixture.classifier(w.x, w.t)[0, w.label].sigmoid(),
        "That is its logarithm.": lambda w: believed(w).log(),
        "That is for clean data, t = 0. x is noisy: ask at the world's t.": lambda w: believed(w, t=0.0),
        "That is the probability of the unwanted label.": lambda w: believed(w, label=w.unwanted),
        "That is the probability that it is not the label.": lambda w: 1 - believed(w),
        "That is in percent. Write a number between 0 and 1.": lambda w: 100 * believed(w),
        "That is a logit. A softmax over the labels makes probabilities of them.": lambda w: w.mixture.classifier(w.x, w.t)[0, w.label],
        "You took all labels for equally likely. One of them has two of the four Gaussians.": lambda w: torch.cat([w.mixture.log_prob(w.x, w.t, torch.tensor([k])) for k in range(3)]).softmax(0)[w.label],
        "That is what is known before x_t is seen: the label's share of the Gaussians.": lambda w: (w.mixture.labels == w.label).float().mean(),
    },
    hints=["Who says what a noisy point may be? The exact classifier, mixture.classifier.",
           "It returns logits [1, 3], one for each label, for a point and a time.",
           "mine.mixture.classifier(mine.x, mine.t).softmax(-1)[0, mine.label]"],
    tolerance=2e-3,
    explain=not_here(believed),
)  # fmt: skip

mean = Check(
    lambda found: ask_numbers(found, 2),
    solution=ended,
    mistakes={
        **otherwise(ended),
        "That is the mean of the label's Gaussians. Guided samples lie elsewhere: draw them.": lambda w: w.mixture.means[w.mixture.labels == w.label].mean(0),
        "That is how widely they are spread. Asked is their mean.": lambda w: walked(w).std(0),
        "Your walks begin with other noise. Take that of seed 0, so that the numbers compare.": lambda w: walked(w, seed=1).mean(0),
    },
    hints=["Samples come from sample(denoiser, schedule, noise, y). Which denoiser, and how many labels?",
           "The schedule is mixture.schedule, the noise noise(1000, 2, seed=0), y a tensor of 1000 times the label; steps=20.",
           "sample(cfg(mine.mixture.denoiser, mine.scale), mine.mixture.schedule, noise(1000, 2, seed=0), torch.full((1000,), mine.label), steps=20).mean(0)"],
    tolerance=2e-3,
    explain=not_here(ended),
)  # fmt: skip

# loop ---------------------------------------------------------------------------------------------------------------
loop = Check(
    ask_loop,
    solution=hand_walk(),
    mistakes={
        "The network still drops labels: it is in training mode. Call network.eval() before the walk, and put it back after it.": zoo.walk_a,
        "A graph over all steps hangs on your answer, and costs memory. Walk inside `with torch.no_grad():`.": zoo.walk_b,
        "You clipped each answer before you guided. Guidance then leads beyond [-1, 1] again: guide first, then clip.": zoo.walk_c,
        "Nothing is clipped: x0 must stay in [-1, 1] at each step.": hand_walk(settle=lambda x0, eps, *at: (x0, eps)),
        "You clip only at the end. Clip x0 at each step, before you go on.": lambda *parts: hand_walk(settle=lambda x0, eps, *at: (x0, eps))(*parts).clamp(-1, 1),
        "You go on with the old noise, which belongs to the x0 before clipping. With the new x0, x holds other noise: (x - alpha * x0) / sigma.": hand_walk(settle=lambda x0, eps, *at: (x0.clamp(-1, 1), eps)),
        "You clipped x0 to [0, 1]. The data of this course reach from -1 to 1.": hand_walk(settle=lambda x0, eps, x, alpha, sigma: (x0.clamp(0, 1), (x - alpha * x0.clamp(0, 1)) / sigma)),
        "You clipped the noise. Clip clean data: turn eps into x0 first.": hand_walk(rule=lambda a, b, s: (b + s * (a - b)).clamp(-1, 1), settle=lambda x0, eps, *at: (x0, eps)),
        "The unconditional answer is that for label 0, and 0 is a class. No label is NULL, which is -1.": hand_walk(lambda y: (y, 0 * y)),
        "Both questions were asked with the label, so nothing guides. One needs NULL in place of every label.": hand_walk(lambda y: (y, y)),
        "Target and reference are swapped: your scale 1 is NULL's answer.": hand_walk(lambda y: (nulls(y), y)),
        "Your scale is Ho & Salimans' w: at 1 you push already.": hand_walk(rule=lambda a, b, s: a + s * (a - b)),
        "The walk is right, but it leaves the network in eval mode. Note network.training first, and put it back: network.train(was).": hand_walk(after=lambda network, was: None),
        "The walk is right, but it leaves the network in training mode, and it may have been in eval mode. Put back what you found.": hand_walk(after=lambda network, was: network.train()),
        "You count times in thousandths, from `steps` down: the walk begins where hardly any noise is expected. Begin at t = 1.": hand_walk(times=lambda steps: torch.arange(steps, -1, -1) / 1000),
        "One stride is missing: `steps` strides need steps + 1 times, from 1 down to 0.": hand_walk(times=lambda steps: torch.linspace(1, 0, steps)),
        "The last stride is missing: your walk stops before t = 0.": hand_walk(times=lambda steps: torch.linspace(1, 0, steps + 1)[:-1]),
        "The walk is right, but you wrote over the x that you were given. Make new tensors.": lambda network, schedule, x, *rest: x.copy_(hand_walk()(network, schedule, x, *rest)),
        "You wrote into the labels that you were given: from the second step on, all are NULL. Use torch.full_like(y, NULL).": hand_walk(lambda y: (y.clone(), y.fill_(NULL))),
    },
    hints=["Before the walk: the network's mode, and gradients off. In it: ask, guide, clip, step. After it: the mode again.",
           "schedule.times(steps) are the times, schedule.at(t, x) is (alpha, sigma). x0 = (x - sigma * eps) / alpha, clipped; then eps anew, from x and x0.",
           "for now, then in pairwise(schedule.times(steps)): eps = u + scale * (c - u); x0 = to_x0(eps, x, *schedule.at(now, x)).clamp(-1, 1); eps = (x - alpha * x0) / sigma; x = alpha2 * x0 + sigma2 * eps."],
)  # fmt: skip

# pinned -------------------------------------------------------------------------------------------------------------
pinned = Check(
    ask_pinned,
    solution=lambda denoiser, label, scale: given(cfg(denoiser, scale), label),
    mistakes={
        "Nothing is guided. If you pinned first, both questions are asked for the label, NULL's too: guide first, pin last.": zoo.always_a,
        "The label is not pinned: your denoiser is guided towards whatever it is asked for.": lambda denoiser, label, scale: cfg(denoiser, scale),
        "Only the target is pinned. The reference still hears y, and it should be NULL.": lambda denoiser, label, scale: guide(given(denoiser, label), denoiser, scale),
        "You pinned the reference: that is a negative prompt, away from the label.": lambda denoiser, label, scale: guide(denoiser, given(denoiser, label), scale),
        "Target and reference are swapped: at scale 1, the label should answer.": lambda denoiser, label, scale: guide(given(denoiser, NULL), given(denoiser, label), scale),
        "Your scale is Ho & Salimans' w: at 1 you push already.": lambda denoiser, label, scale: given(cfg(denoiser, scale + 1), label),
        "You always pin 7. Pin `label`.": lambda denoiser, label, scale: given(cfg(denoiser, scale), 7),
        "You overwrote the labels of whoever asks. Make new ones: torch.full_like(y, label).": lambda denoiser, label, scale: lambda x, t, y: cfg(denoiser, scale)(x, t, y.fill_(label)),
    },
    hints=["Two things are to be done to the denoiser, guide it and pin it. Which one must come last?",
           "cfg needs to ask for NULL. A denoiser that is pinned to a label cannot hear that.",
           "given(cfg(denoiser, ...), label)"],
)  # fmt: skip
