"""Lesson 03, exercise "pin": the check `pin`."""

import torch

from ..denoisers import NULL
from . import Check, Complaint, dice, function_of, tensor_of


def echo(x, t, y):
    """A denoiser that shows what it was asked, and wants one integer for each sample, as a network does."""
    if not isinstance(y, torch.Tensor):
        raise Complaint(f"The denoiser got a {type(y).__name__} as its labels; it wants a tensor [B], one label for each sample: fill one with the label.")
    if y.is_floating_point():
        raise Complaint(f"The denoiser got labels of {y.dtype}; labels are whole numbers. Make them like y (torch.full_like keeps its type), not like x.")
    if y.shape != x.shape[:1]:
        raise Complaint(f"The denoiser got labels of shape {list(y.shape)} for {len(x)} samples; it wants [{len(x)}], one for each. Make them like y.")
    return (y[:, None].double() + 3) * (1 + x) + torch.as_tensor(t).double().reshape(-1, 1) ** 2


def ask_pin(pin):
    """Pin two labels and ask for others, NULL among them, in batches of three and of two, at one time and at a time for each."""
    x, y, seen = torch.randn(3, 2, generator=dice(0)).double(), torch.tensor([1, NULL, 7]), {}
    times = {"one time for all": 0.5, "another time": 0.25, "a time for each sample": torch.tensor([0.1, 0.9, 0.4])}
    for label in (7, 4):
        pinned = function_of(pin(echo, label))
        for name, t in times.items():
            out = pinned(x.clone(), t, given := y.clone())
            if out is None:
                raise Complaint("The function that you return gives nothing back: inside it, too, a return is needed.")
            if not given.equal(y):
                raise Complaint(OVERWROTE)
            seen[f"{name}, label {label}"] = tensor_of(out)
        try:
            seen[f"two samples, label {label}"] = tensor_of(pinned(x[:2].clone(), 0.5, y[:2].clone()))
        except Complaint as complaint:
            raise Complaint("The first batch is answered, a smaller one gets the labels of the first. Make them anew in each call, "
                            "as many as that y has." if "shape [3] for 2" in str(complaint) else str(complaint)) from None
    return seen


OVERWROTE = "You overwrote the labels of whoever asks. Make new ones of the same shape instead."


def overwrite(denoiser, label):
    """The mistake of pinning in place."""

    def pinned(x, t, y):
        y.fill_(label)
        return denoiser(x, t, y)

    return pinned


def labelled(labels):
    """A candidate that asks for labels(y, label)."""
    return lambda denoiser, label: lambda x, t, y: denoiser(x, t, labels(y, label))


pin = Check(
    ask_pin,
    solution=lambda denoiser, label: lambda x, t, y: denoiser(x, t, torch.full_like(y, label)),
    mistakes={
        "The label is not pinned: your denoiser still answers for the label it is asked for.": lambda denoiser, label: denoiser,
        OVERWROTE: overwrite,
        "The time is lost on the way: hand t on as it came.": lambda denoiser, label: lambda x, t, y: denoiser(x, 0.5, torch.full_like(y, label)),
        "Only the first sample's time is handed on: hand t on as it came, one for each sample.": lambda denoiser, label: lambda x, t, y: denoiser(x, torch.as_tensor(t).flatten()[0], torch.full_like(y, label)),
        "Only the first sample got the label: a batch needs one for each.": labelled(lambda y, label: torch.cat([torch.full_like(y[:1], label), y[1:]])),
        "Only samples without a label (NULL) got the pinned one: all of them must, whatever was asked for.": labelled(lambda y, label: torch.where(y == NULL, label, y)),
        "Samples without a label (NULL) stay so: all of them must get the pinned one, whatever was asked for.": labelled(lambda y, label: torch.where(y == NULL, y, label)),
        "You replaced only some of the labels: all of them must become the pinned one.": labelled(lambda y, label: torch.where(y == y.max(), label, y)),
        "The pinned label plays no part: everybody gets the first label that was asked for.": labelled(lambda y, label: y[:1].expand(len(y))),
        "The pinned label plays no part: everybody gets NULL. Fill in `label`.": labelled(lambda y, label: torch.full_like(y, NULL)),
        "The pinned label plays no part: you wrote a number of your own, 7. Use `label`.": labelled(lambda y, label: torch.full_like(y, 7)),
        "That is a row number of an embedding, one too many: hand the label on as it is.": labelled(lambda y, label: torch.full_like(y, label + 1)),
        "You added the label to the one that is asked for. It takes its place.": labelled(lambda y, label: y + label),
        "x is lost on the way: hand it on as it came.": lambda denoiser, label: lambda x, t, y: denoiser(torch.zeros_like(x), t, torch.full_like(y, label)),
    },
    hints=[
        "pin gets a function and returns a function. What arguments must the new one take?",
        "The inner function ignores the y it gets, except for its shape.",
        "torch.full_like(y, label) makes the labels; call denoiser with x and t as they came.",
    ],
)  # fmt: skip
