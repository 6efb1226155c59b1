"""One training on many processes, which torchrun starts: `torchrun --nproc_per_node=2 course.py train NAME`.

Each process draws the whole batch, takes its own rows through the network, and gets from the others what became of the
rest. So each sees the loss of the whole batch, and the sum of all gradients is the one that one process would find.
Started without torchrun, a process is alone, and nothing here changes what it does.
"""

import contextlib
import datetime
import importlib
import os
import tempfile
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn

from . import store
from .denoisers import LearnedDenoiser

PATIENCE = datetime.timedelta(hours=2)  # while the first process measures, the others wait
ACROSS_THE_BATCH = nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d


@contextlib.contextmanager
def together():
    """Within this block the processes that torchrun started are one group, and only the first of them is heard.

    Yields the device of this process: store.own_device, or, alone, store.best_device.
    """
    if not dist.is_available() or not dist.is_torchelastic_launched():
        yield store.best_device()
        return
    try:
        device = store.own_device(int(os.environ["LOCAL_RANK"]))
    except ValueError as error:
        raise SystemExit(f"{error}.") from error
    importlib.import_module("torch.distributed.nn.functional")  # first imported later, it would keep the group for ever
    dist.init_process_group("gloo" if device.type == "cpu" else f"cpu:gloo,{device.type}:nccl", timeout=PATIENCE)
    try:
        with unheard() if rank() else contextlib.nullcontext():
            yield device
    except SystemExit as stop:
        stop.code = int(bool(stop.code)) if rank() else stop.code  # a sentence is said once
        dist.destroy_process_group()
        raise
    dist.destroy_process_group()  # not after an error: it would wait for others, who may wait for this process


@contextlib.contextmanager
def unheard():
    """What is printed within this block goes nowhere, progress bars too."""
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        yield


def members() -> int:
    """How many processes work together; 1 without torchrun."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """Which of them this one is, counted from 0: the one that writes files and is heard."""
    return dist.get_rank() if members() > 1 else 0


def from_first(value):
    """On every process, the value that the first one holds: anything that can be pickled."""
    box = [value]
    if members() > 1:
        dist.broadcast_object_list(box, src=0)
    return box[0]


def from_all(value) -> list:
    """On every process, the values that all of them hold, in order."""
    values = [value]
    if members() > 1:
        dist.all_gather_object(values := [None] * members(), value)
    return values


@contextlib.contextmanager
def kept_by_first(path: Path):
    """The file in which this process keeps its state: `path` on the first; elsewhere a copy of it for the time being.

    The others need no disk in common with the first: what its file holds is sent to them.
    """
    whole = from_first(path.read_bytes() if rank() == 0 and members() > 1 and path.exists() else None)
    if rank() == 0:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        if whole is not None:
            copy.write_bytes(whole)
        yield copy


def in_step(model: nn.Module, step: int):
    """Raise RuntimeError unless all processes hold the very same weights; to be called as `watch` of training.fit."""
    if len(set(from_all(store.fingerprint({k: v.cpu() for k, v in model.state_dict().items()})))) > 1:
        raise RuntimeError(f"at step {step} the processes hold different weights; are their machines of one kind?")


def split_rows(net):
    """net, with the rows [B, ...] of its inputs split among the processes; each gets the whole output [B, ...].

    Gradients flow only through the rows that this process did itself.
    """

    def whole(*inputs: Tensor) -> Tensor:
        n = len(inputs[0])
        if n < members():
            raise ValueError(f"a batch of {n} cannot be split among {members()} processes; start at most {n}")
        start, stop = (n * i // members() for i in (rank(), rank() + 1))
        mine = net(*[part[start:stop] for part in inputs])
        out = mine.new_zeros(n, *mine.shape[1:])
        out[start:stop] = mine.detach()
        dist.all_reduce(out)  # the sum of parts that are 0 elsewhere
        return torch.cat([out[:start], mine, out[stop:]])

    return whole


class Known(torch.autograd.Function):
    """A number whose gradient by some tensors is known already: Known.apply(number, gradients, *tensors)."""

    @staticmethod
    def forward(ctx, number, gradients, *tensors):
        """The number itself."""
        ctx.gradients = gradients
        return number.clone()

    @staticmethod
    def backward(ctx, slope):
        """The known gradients, times the slope of whatever comes after."""
        return None, None, *[slope * gradient for gradient in ctx.gradients]


def add_up(gradients, flags) -> list[Tensor]:
    """The gradients, summed over all processes, in one message; flags, boolean, become those that any process has."""
    together = [*gradients, *flags]
    flat = torch.cat([part.flatten().to(gradients[0]) for part in together])
    dist.all_reduce(flat)
    parts = [part.view(old.shape) for part, old in zip(flat.split([old.numel() for old in together]), together)]
    for flag, part in zip(flags, parts[len(gradients) :]):
        flag.copy_(part > 0)
    return parts[: len(gradients)]


def split(loss, model: nn.Module):
    """loss(model, *batch, rng) as training.fit calls it, its work split among the processes; alone, loss itself.

    All processes must call it with the same weights, batch and rng, and get the same number and gradients. Loss may
    use of the model only what its network, the LearnedDenoiser's or the model itself, says of the batch, row by row.
    """
    if members() == 1:
        return loss
    if any(isinstance(part, ACROSS_THE_BATCH) for part in model.modules()):
        name = type(model).__name__
        raise ValueError(f"{name} has batch norm, which looks at the whole batch: train it without torchrun")
    net, learned = (model.net, True) if isinstance(model, LearnedDenoiser) else (model, False)
    flags = [buffer for buffer in model.buffers() if buffer.dtype == torch.bool]  # LabelEmbedding's: what it has seen
    weights = list(model.parameters())
    rows = split_rows(net)
    stand_in = LearnedDenoiser(rows, model.schedule, model.target) if learned else rows

    def part(_, *given) -> Tensor:
        number = loss(stand_in, *given)
        return Known.apply(number.detach(), add_up(torch.autograd.grad(number, weights), flags), *weights)

    return part
