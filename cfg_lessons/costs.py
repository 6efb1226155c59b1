"""What a piece of work costs: seconds and bytes, measured where it runs."""

import os

import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils.benchmark import Timer

os.environ.setdefault("KINETO_LOG_LEVEL", "6")  # the profiler works without comments on stderr


def seconds(work, least: float = 0.5) -> float:
    """The median seconds of work(), after a call to warm up; repeated for at least so many seconds in all.

    torch's own benchmark timer: it waits for an accelerator to finish, and keeps the number of threads as it is.
    """
    work()
    timer = Timer("work()", globals={"work": work}, num_threads=torch.get_num_threads())
    return timer.blocked_autorange(min_run_time=least).median


def peak_bytes(work) -> int:
    """The most memory for tensors that work() holds at one time beyond what was there before.

    Seen operation by operation: what a single one takes and gives back on its way does not count.
    """
    work()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        work()
    held = most = 0
    for event in sorted(record.events(), key=lambda event: event.time_range.end):
        held += event.self_cpu_memory_usage + event.self_device_memory_usage
        most = max(most, held)
    return most
