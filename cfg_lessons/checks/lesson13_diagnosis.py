"""Lesson 13, exercise "the diagnosis": the check `diagnosis`."""

from .. import zoo
from . import Check, asked_as
from .panels import ask_diagnosis, causes

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
