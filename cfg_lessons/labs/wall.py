"""A wall around untrusted code, by the Linux kernel: which files it may touch, and which calls it may make.

Landlock (Linux 5.13 or newer) knows the files, through the package of that name; a seccomp filter refuses sockets,
signals and looks into other processes. No root is needed, and there is no way back: what a process and its children
may do only ever becomes less. Put the wall up before anything starts threads, that is before importing torch.
"""

import ctypes
import os
import platform
import resource
import sys
from pathlib import Path

# The numbers of the refused system calls, by machine (the kernel's tables; they never change).
REFUSED = {
    "x86_64": dict(socket=41, kill=62, ptrace=101, tkill=200, tgkill=234, read_other=310, write_other=311),
    "aarch64": dict(socket=198, kill=129, ptrace=117, tkill=130, tgkill=131, read_other=270, write_other=271),
}
EVERYWHERE = {"pidfd_send_signal": 424, "io_uring_setup": 425, "pidfd_getfd": 438}  # by both
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # four instructions of the kernel's filter language
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000  # REFUSE: the call fails with EPERM
OFFSET = {"number": 0, "architecture": 4}  # in the record that the filter reads
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2


class Instruction(ctypes.Structure):
    """One line of a filter: what to do, how many lines to skip if it is so and if not, and a constant."""

    _fields_ = [("code", ctypes.c_ushort), ("yes", ctypes.c_ubyte), ("no", ctypes.c_ubyte), ("k", ctypes.c_uint)]


class Program(ctypes.Structure):
    """A filter: how many lines, and where they are."""

    _fields_ = [("length", ctypes.c_ushort), ("lines", ctypes.POINTER(Instruction))]


def missing() -> str:
    """Why no wall can stand on this machine; empty if it can."""
    if sys.platform != "linux" or platform.machine() not in REFUSED:
        return f"it needs Linux on an x86-64 or ARM64 processor, and this is {sys.platform} on {platform.machine()}"
    try:
        from landlock.plumbing import landlock_abi_version

        landlock_abi_version()
    except Exception as error:  # the package is absent, or the kernel has no Landlock; both say why
        return f"Landlock is not to be had ({str(error).splitlines()[0]})"
    return ""


def filter_lines(machine: str) -> list:
    """The filter as (code, yes, no, k): kill another architecture's calls, refuse the listed ones, allow the rest."""
    refused = [*REFUSED[machine].values(), *EVERYWHERE.values()]
    tests = [(AT_LEAST, 0x40000000), *((EQUAL, number) for number in refused)]  # x86's second set of numbers goes, too
    lines = [(LOAD, 0, 0, OFFSET["architecture"]), (EQUAL, 1, 0, ARCHITECTURE[machine]), (RETURN, 0, 0, KILL)]
    lines += [(LOAD, 0, 0, OFFSET["number"])]
    lines += [(code, len(tests) - i, 0, k) for i, (code, k) in enumerate(tests)]
    return [*lines, (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]


def refuse_calls() -> None:
    """From here on, the refused system calls fail with "operation not permitted"."""
    lines = filter_lines(platform.machine())
    program = Program(len(lines), (Instruction * len(lines))(*(Instruction(*line) for line in lines)))
    libc = ctypes.CDLL(None, use_errno=True)
    for call in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(program), 0, 0)):
        if libc.prctl(*call):
            raise OSError(ctypes.get_errno(), f"the kernel takes no filter: {os.strerror(ctypes.get_errno())}")


def shut_in(readable, writable) -> None:
    """From here on, this process sees only these files and folders, and writes only to the second kind."""
    from landlock import Ruleset
    from landlock.plumbing import FSAccess

    look, run = FSAccess.READ_FILE, FSAccess.READ_FILE | FSAccess.READ_DIR | FSAccess.EXECUTE
    rules = Ruleset()
    for path in map(Path, readable):
        if path.exists():
            rules.allow(path, rules=run if path.is_dir() else look | FSAccess.EXECUTE)
    for path in map(Path, writable):
        rules.allow(path, rules=FSAccess.all() if path.is_dir() else look | FSAccess.WRITE_FILE)
    rules.apply()
    refuse_calls()


def ration(seconds: int, memory: int, file: int) -> None:
    """At most so many seconds of processor time, and so many bytes of memory and of one file."""
    for what, most in (("CPU", seconds), ("DATA", memory), ("FSIZE", file), ("CORE", 0)):
        resource.setrlimit(getattr(resource, f"RLIMIT_{what}"), (most, most))


def python_needs() -> list:
    """The files and folders without which Python and its packages do not run."""
    system = ["/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/passwd", "/proc/self"]
    system += ["/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", "/dev/urandom"]
    return [sys.prefix, sys.base_prefix, sys.exec_prefix, *system]
