"""Runs one submission in a process of its own, behind the wall, and brings back what its probes saw."""

import contextlib
import ctypes
import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

import psutil
import torch

from . import sealed, wall

EACH, LESSON, ALL = 10, 40, 60  # seconds: for a student's cell or a probe; for a lesson's cell; for a submission
GRACE = 4  # seconds until an unheard alarm means the end
STARTING = 40  # seconds that Python and torch may take before the first word
MOST = 64 << 20  # bytes that a submission may say
PR_SET_CHILD_SUBREAPER = 36


@dataclass
class Seen:
    """What became of one exercise. status: "seen" with tensors; "not yet", "named" or "stopped" with a sentence."""

    status: str
    sentence: str = ""
    tensors: list = field(default_factory=list)


class Warden:
    """Use it as a context: it keeps one sealed copy of the package for all submissions of a run.

    forbidden: files that must prove shut from inside, before a submission starts.
    trusted: no wall, where the system has none; only for a class whose code you would run by hand.
    """

    def __init__(self, forbidden=(), trusted: bool = False):
        if not trusted and (why := wall.missing()):
            raise SystemExit(
                f"No wall can be put around submissions here: {why}. Grade on Linux 5.13 or newer (in a virtual "
                "machine, WSL 2 or a container), or say --trusted if you trust your class."
            )
        self.forbidden, self.trusted = [str(path) for path in forbidden], trusted

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="sealed-")
        self.home = sealed.copy(self.folder.name)
        if sys.platform == "linux":  # whoever a submission leaves behind becomes a child of this process, and is found
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def run(self, cells, exercises, name: str, salt: str) -> dict:
        """{check: Seen} of a submission: cells [(number, source, seconds)], exercises [(check, what it is called)].

        A cell or probe that ends the process, or will not end, is left out of the next try, until time is up.
        """
        seen, left_out, end = {}, set(), time.monotonic() + ALL
        while time.monotonic() < end:
            left = [pair for pair in exercises if pair[0] not in seen]
            try_these = [cell for cell in cells if cell[0] not in left_out]
            stuck, why = self.once(try_these, left, {"name": name, "salt": salt}, end, seen)
            if stuck == "end":
                break
            left_out.add(stuck)
            if stuck in dict(left):
                seen[stuck] = Seen("stopped", why)
        for check, _ in exercises:
            seen.setdefault(check, Seen("stopped", f"Not reached: a submission has {ALL} s for everything."))
        return seen

    def once(self, cells, exercises, asked_as, end, seen):
        """One process: it fills `seen`. Returns what it was at in the end ("end": all is done), and why it ended."""
        before, (ours, theirs) = set(psutil.Process().children(recursive=True)), os.pipe()
        with tempfile.TemporaryDirectory(prefix="box-") as box, tempfile.TemporaryFile("w+") as complaints:
            fixed = {"seconds": EACH, "budget": ALL, "wall": not self.trusted, "forbidden": self.forbidden}
            task = {"cells": cells, "exercises": exercises, "box": box, "pipe": theirs, **asked_as, **fixed}
            child = subprocess.Popen([sys.executable, "-m", f"{__package__}.candidate"], cwd=self.home, text=True,
                                     pass_fds=(theirs,), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                     stderr=complaints, env=environment())  # fmt: skip
            os.close(theirs)
            try:
                with contextlib.suppress(BrokenPipeError), child.stdin:
                    child.stdin.write(json.dumps(task))
                limits = {number: seconds for number, _, seconds in cells}
                at = listen(ours, end, dict(exercises), seen, limits)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(timeout=0.5)
            finally:
                os.close(ours)
                alive = child.poll() is None
                end_all(before)
                child.wait()
            if at is None:
                complaints.seek(0)
                raise RuntimeError("a submission's process did not start:\n" + complaints.read()[-2000:])
        return at, "Your code did not end, and had to be stopped." if alive else "Your code ended the whole process."


def environment() -> dict:
    """What a submission's process is told of the outside: where programs are, and no more."""
    kept = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
    fixed = {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return {name: os.environ[name] for name in kept if name in os.environ} | fixed


def end_all(before) -> None:
    """End every process that has come into being since, also those that fled from their parents."""
    while new := [p for p in psutil.Process().children(recursive=True) if p not in before]:
        for process in new:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(new, timeout=5)


def listen(pipe, end, exercises, seen, limits):
    """Read what a process says until it says nothing more; fill `seen`, and return what it was at last."""
    at = None
    for line in said(pipe, end, lambda: STARTING if at is None else limits.get(at, EACH) + GRACE):
        at = line["at"] if isinstance(line.get("at"), (str, int)) else at
        if line.get("done") == at and at in exercises:
            seen[at] = believed(line)
    return at


def said(pipe, end, patience):
    """The lines of JSON from a pipe, until it is closed, silent for longer than patience(), too long, or time is up."""
    text, total = b"", 0
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while total < MOST and selector.select(timeout=max(0, min(patience(), end - time.monotonic()))):
            if not (more := os.read(pipe, 1 << 16)):
                return
            *whole, text = (text + more).split(b"\n")
            total += len(more)
            for line in whole:
                with contextlib.suppress(ValueError):
                    if isinstance(parsed := json.loads(line), dict):
                        yield parsed


def believed(line) -> Seen:
    """What a line claims to have seen, as tensors; or its status and its sentence, which earn no points."""
    if line.get("status") == "seen":
        try:
            parts = [torch.tensor(values, dtype=torch.float64).reshape(shape) for shape, values in line["parts"]]
            return Seen("seen", tensors=parts)
        except (KeyError, TypeError, ValueError, RuntimeError):
            return Seen("stopped", "What your code returned could not be read.")
    status = line.get("status") if line.get("status") in ("not yet", "named") else "stopped"
    return Seen(status, str(line.get("sentence", ""))[:600])
