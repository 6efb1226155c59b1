"""Claims on trial, and checks of exercises that name the mistake.

claim("the two agree", difference < 1e-6)         a sentence of the lesson, and whether it held
check.closed_form(mine)                           not yet | correct | what is wrong with it
check.closed_form.hint(1)                         three hints, from a nudge to almost the answer
trial("more is better", {"here": a < b, ...})     a sentence that may fail: true, false, or it depends on what
ask_as("ada")                                     from here on the checks ask what belongs to that name
"""

import hashlib
from contextvars import ContextVar
from dataclasses import dataclass
from importlib import import_module

import torch


def claim(sentence: str, held) -> None:
    """Print a sentence that has just been checked; stop the notebook if it does not hold."""
    if not bool(held):
        raise AssertionError(f"this claim does not hold: {sentence}")
    print(f"✓ {sentence}")


def trial(sentence: str, held: dict) -> str:
    """Print and return the verdict on a sentence: "true", "false" or "depends", by the conditions under which it held.

    held: {condition: whether the sentence held under it}.
    """
    if not held:
        raise ValueError(f"no experiment, no verdict: on what was {sentence!r} tried?")
    yes, no = ([condition for condition, ok in held.items() if bool(ok) is side] for side in (True, False))
    verdict = "depends" if yes and no else "true" if yes else "false"
    print(f"{verdict.upper()}: {sentence}")
    for mark, conditions in (("✓", yes), ("✗", no)):
        for condition in conditions:
            print(f"  {mark} {condition}")
    return verdict


_ASKED = ContextVar("asked as", default=("", ""))


def ask_as(name: str = "", salt: str = "") -> None:
    """From here on all checks ask what belongs to this name; no name is the course's own. A salt changes the dice only."""
    _ASKED.set((name, salt))


def asked_as() -> str:
    """The name for which the checks ask."""
    return _ASKED.get()[0]


def number_of(*words: str) -> int:
    """A whole number below 2**48 that depends on the words alone, on every machine; 0 if all are empty."""
    text = "\0".join(words)
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16) if any(words) else 0


def dice(seed: int) -> torch.Generator:
    """The generator from which a probe draws: by its seed, and by whom is asked."""
    return torch.Generator().manual_seed(seed + number_of(*_ASKED.get()))


def by_name(name: str) -> "Check":
    """The check "lesson05.combine"."""
    lesson, _, exercise = name.partition(".")
    return getattr(import_module(f"{__name__}.{lesson}"), exercise)


class NotYet(Exception):
    """The stub is still untouched; the message says what to write."""


def answer(value, missing: str = "the function still returns None. Write it"):
    """What the learner's code returned; None means that it is not written yet."""
    if value is None:
        raise NotYet(missing)
    return value


@dataclass
class Verdict:
    """status: "not yet", "correct", "named" (a known mistake), "wrong" or "stopped"; and a sentence for the learner."""

    status: str
    sentence: str


class Check:
    """One exercise: a probe that asks a candidate, a solution, and the mistakes that people make.

    probe(candidate) -> a tensor, or a list of them: what the candidate does on chosen inputs. Fresh at each call.
    mistakes: {sentence that names it and its cure: a candidate that makes it}.
    """

    def __init__(self, probe, solution, mistakes, hints, tolerance: float = 1e-4):
        self.probe, self.solution, self.mistakes, self.hints, self.tolerance = (
            probe,
            solution,
            mistakes,
            hints,
            tolerance,
        )

    def results(self, candidate):
        """What the probe sees, as a list of float64 tensors."""
        seen = self.probe(candidate)
        return [
            torch.as_tensor(part).detach().double() for part in (seen if isinstance(seen, (list, tuple)) else [seen])
        ]

    def same(self, mine, other) -> bool:
        """Equal shapes and, measured by the size of the other, equal values."""

        def close(a, b):
            size = b.abs().max().item() if b.numel() else 0.0
            return a.shape == b.shape and torch.allclose(a, b, atol=self.tolerance * max(1.0, size), rtol=0)

        return len(mine) == len(other) and all(map(close, mine, other))

    def verdict(self, candidate) -> Verdict:
        """Judge a candidate; never prints."""
        try:
            mine = self.results(candidate)
        except NotYet as stub:
            return Verdict("not yet", f"Not yet: {stub}, then run this cell again.")
        except Exception as error:  # whatever the learner's code raises is an answer for the learner
            return Verdict("stopped", f"Your code stopped with {type(error).__name__}: {error}")
        return self.judge(mine)

    def judge(self, mine) -> Verdict:
        """Judge what the probe saw of a candidate, a list of tensors, wherever it ran."""
        right = self.results(self.solution)
        if self.same(mine, right):
            return Verdict("correct", "Correct.")
        for sentence, wrong in self.mistakes.items():
            if self.same(mine, self.results(wrong)):
                return Verdict("named", sentence)
        for a, b in zip(mine, right):
            if a.shape != b.shape:
                return Verdict("wrong", f"The result has shape {list(a.shape)}; expected {list(b.shape)}.")
            if not a.isfinite().all():
                return Verdict(
                    "wrong", "The result holds NaN or infinite values: look for a division by 0, or a log of 0."
                )
        gap = max((a - b).abs().max().item() for a, b in zip(mine, right))
        return Verdict("wrong", f"Not right yet: off by up to {gap:.3g}. A hint is one call away: .hint(1)")

    def __call__(self, candidate) -> None:
        print(self.verdict(candidate).sentence)

    def hint(self, level: int = 1) -> None:
        """Print hint 1, 2 or 3."""
        if level not in (1, 2, 3):
            raise ValueError(f"there is no hint {level!r}; ask for 1, 2 or 3")
        print(self.hints[level - 1])
