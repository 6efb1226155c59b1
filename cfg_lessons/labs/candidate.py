"""What runs behind the wall: a student's cells, one after the other, then the probes of the checks.

    python -m cfg_lessons.labs.candidate        (from a sealed copy of the package; warden.py starts it)

Standard input says what to do; what happened goes, one line of JSON at a time, to the pipe that the task names. Nothing
here knows a solution, and nothing that comes out of here is believed: judging.py compares.
"""

import json
import os
import signal
import sys
from pathlib import Path

from . import wall

GIGABYTE, MEGABYTE = 1 << 30, 1 << 20


class OutOfTime(BaseException):
    """Not an Exception: `except Exception` in a student's loop does not swallow it."""


def ring(*_):
    """What the alarm does."""
    raise OutOfTime


def within(seconds, action):
    """Do something, and stop it when its time is over: (what it gave, "") or (None, why it stopped)."""
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return action(), ""
    except OutOfTime:
        return None, f"Your code was stopped after {seconds:g} s: is there a loop that never ends?"
    except BaseException as error:  # SystemExit and KeyboardInterrupt, too: it is a student's code that raises
        return None, f"Your code stopped with {type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def readable(path) -> bool:
    """Can this process open the file?"""
    try:
        open(path, "rb").close()
    except OSError:
        return False
    return True


def build_wall(task) -> None:
    """Limits for all; files and calls where the task wants a wall. Then try the handles of what must be shut."""
    box = task["box"]
    wall.ration(task["budget"], 6 * GIGABYTE, 64 * MEGABYTE)
    os.environ.update(HOME=box, IPYTHONDIR=box, MPLCONFIGDIR=box, MPLBACKEND="agg", TMPDIR=box)
    if task["wall"]:
        wall.shut_in([*wall.python_needs(), Path.cwd()], [box, "/dev/null"])
        if leaks := [path for path in task["forbidden"] if readable(path)]:
            raise SystemExit(f"the wall does not stand: {leaks[0]} can be read")


def answer(task, note) -> None:
    """Run each cell, then ask each probe; say before each what comes, and after it what happened."""
    import torch
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from ..checks import Verdict, ask_as, by_name

    torch.set_num_threads(1)
    shell, trouble = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False})), ""
    for number, source, seconds in task["cells"]:
        note(at=number)
        _, why = within(seconds, lambda: shell.run_cell(source).raise_error())
        trouble = why or trouble
        note(done=number)
    ask_as(task["name"], task["salt"])
    for check, thing in task["exercises"]:
        note(at=check)
        if thing in shell.user_ns:
            seen, why = within(task["seconds"], lambda: by_name(check).ask(shell.user_ns[thing]))
            seen = Verdict("stopped", why) if why else seen
        else:
            seen = Verdict("stopped" if trouble else "not yet", f"{thing} is nowhere defined. {trouble}".strip())
        if isinstance(seen, Verdict):
            note(done=check, status=seen.status, sentence=seen.sentence)
        else:
            note(done=check, status="seen", parts=[[list(part.shape), part.flatten().tolist()] for part in seen])
    note(at="end")


def main() -> None:
    """Read the task, put up the wall, do the task."""
    task = json.load(sys.stdin)
    with open(task["pipe"], "w", encoding="utf-8") as pipe:
        build_wall(task)
        answer(task, lambda **line: print(json.dumps(line), file=pipe, flush=True))


if __name__ == "__main__":
    main()
