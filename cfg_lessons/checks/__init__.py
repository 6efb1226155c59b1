"""Claims on trial, and checks of exercises that name the mistake.

claim("the two agree", difference < 1e-6)         a sentence of the lesson, and whether it held
check.closed_form(mine)                           not yet | correct | what is wrong with it
check.closed_form.hint(1)                         three hints, from a nudge to almost the answer
trial("more is better", {"here": a < b, ...})     a sentence that may fail: true, false, or it depends on what
ask_as("ada")                                     from here on the checks ask what belongs to that name
"""

import hashlib
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from importlib import import_module

import torch

from .common import explained, fault, named_shape


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


class Complaint(Exception):
    """What a probe itself has to say of a candidate: the message, a sentence with a cure, is the verdict."""


def tensor_of(value, expected: str = "one tensor"):
    """What the learner's code returned, as a tensor; complains of what is none."""
    try:
        return torch.as_tensor(answer(value))
    except (TypeError, ValueError, RuntimeError):
        what = f"{len(value)} things" if isinstance(value, (tuple, list)) else f"a {type(value).__name__}"
        raise Complaint(f"Your function returned {what}; expected {expected}. Return that alone.") from None


def function_of(value, arguments: str = "(x, t, y)"):
    """What the learner's code returned, if it can be called; complains of what cannot."""
    if not callable(answer(value)):
        what = f"a function of {arguments}"
        raise Complaint(f"Your function returned a {type(value).__name__}; expected {what}: define one inside, and return it.")
    return value


def lend(mine, *, cure: str = "make a new tensor instead (no +=, no method that ends in _)", **given):
    """mine(*given.values()), each tensor lent as a copy; complains by name of one that does not come back as it was."""
    copies = {name: part.clone() if isinstance(part, torch.Tensor) else part for name, part in given.items()}
    out = answer(mine(*copies.values()))
    for name, part in given.items():
        if isinstance(part, torch.Tensor) and not part.equal(copies[name]):
            raise Complaint(f"You wrote into {name}, and whoever handed it over has lost it: {cure}.")
    return out


@dataclass
class Verdict:
    """status: "not yet", "correct", "named" (a known mistake), "wrong" or "stopped"; and a sentence for the learner."""

    status: str
    sentence: str


class Check:
    """One exercise: a probe that asks a candidate, a solution, and the mistakes that people make.

    probe(candidate) -> a tensor, a list of them, or {what it is: tensor}: what the candidate does on chosen inputs.
    Fresh at each call. A part called "the factor of x" is compared as such: too small, too large, of the wrong sign.
    mistakes: {sentence that names it and its cure: a candidate that makes it}.
    explain(mine, right) -> a sentence or None, from what the probe saw of both: for mistakes too many to list.
    """

    def __init__(self, probe, solution, mistakes, hints, tolerance: float = 1e-4, explain=None):
        self.probe, self.solution, self.mistakes, self.hints = probe, solution, mistakes, hints
        self.tolerance, self.explain, self.kept = tolerance, explain, {}

    def parts(self, candidate):
        """What the probe sees: {its name, or its number: tensor}."""
        seen = self.probe(candidate)
        if not isinstance(seen, dict):
            seen = dict(enumerate(seen if isinstance(seen, (list, tuple)) else [seen]))
        return {name: tensor_of(part).detach() for name, part in seen.items()}

    def results(self, candidate):
        """What the probe sees, as a list of float64 tensors."""
        return [part.double() for part in self.parts(candidate).values()]

    def known(self, mistake):
        """What the probe sees of a mistake, kept for the next time; nothing where the probe itself complains of it."""
        key = (mistake, *_ASKED.get())
        if key not in self.kept:
            self.kept[key] = []
            with suppress(Complaint):
                self.kept[key] = self.results(mistake)
        return self.kept[key]

    def same(self, mine, other) -> bool:
        """Equal shapes and, measured by the size of the other, equal values."""

        def close(a, b):
            size = b[b.isfinite()].abs().max().item() if b.isfinite().any() else 0.0
            room = self.tolerance * max(1.0, size)
            return a.shape == b.shape and torch.allclose(a, b, atol=room, rtol=0, equal_nan=True)

        return len(mine) == len(other) and all(map(close, mine, other))

    def ask(self, candidate):
        """What the probe sees, or the Verdict where that needs no comparing. Needs no solution."""
        try:
            return self.results(candidate)
        except NotYet as stub:
            return Verdict("not yet", f"Not yet: {stub}, then run this cell again.")
        except Complaint as complaint:
            return Verdict("named", str(complaint))
        except Exception as error:  # whatever the learner's code raises is an answer for the learner
            return Verdict("stopped", explained(error))

    def verdict(self, candidate) -> Verdict:
        """Judge a candidate; never prints."""
        seen = self.ask(candidate)
        return seen if isinstance(seen, Verdict) else self.judge(seen)

    def judge(self, mine) -> Verdict:
        """Judge what the probe saw of a candidate, a list of tensors, wherever it ran."""
        parts = self.parts(self.solution)
        right = [part.double() for part in parts.values()]
        if self.same(mine, right):
            return Verdict("correct", "Correct.")
        for sentence, wrong in self.mistakes.items():
            if self.same(mine, self.known(wrong)):
                return Verdict("named", sentence)
        if self.explain and (sentence := self.explain(mine, right)):
            return Verdict("named", sentence)
        for a, b in zip(mine, right):
            if a.shape != b.shape:
                said = f"The result has shape {list(a.shape)}; expected {list(b.shape)}"
                why = named_shape(list(a.shape), list(b.shape))
                return Verdict("named" if why else "wrong", f"{said}{why or '.'}")
        if why := fault({name: (a, b, parts[name].is_floating_point()) for name, a, b in zip(parts, mine, right)}, self.same):
            return Verdict("named", why)
        wrong = [name for name, a, b in zip(parts, mine, right) if not self.same([a], [b])]
        where = ""
        if isinstance(next(iter(parts)), str) and len(wrong) < len(parts):
            well = ", ".join(name for name in parts if name not in wrong)
            where = f"right for {well}; wrong for {', '.join(wrong)}, "
        gap = max((a - b).abs().max().item() for a, b in zip(mine, right))
        return Verdict("wrong", f"Not right yet: {where}off by up to {gap:.3g}. A hint is one call away: .hint(1)")

    def __call__(self, candidate) -> None:
        print(self.verdict(candidate).sentence)

    def hint(self, level: int = 1) -> None:
        """Print hint 1, 2 or 3."""
        if level not in (1, 2, 3):
            raise ValueError(f"there is no hint {level!r}; ask for 1, 2 or 3")
        print(self.hints[level - 1])
