"""What can be wrong in any exercise: shapes, NaN, signs, factors, the first sample; and what errors mean."""

import torch

FACTOR = "the factor of "  # so begins the name of a part that is one

# What PyTorch and Python say, and what to do about it.
CURES = {
    "must match the size of tensor": "Two shapes do not fit. Numbers [B] need further axes to meet [B, D]: [:, None]",
    "shapes cannot be multiplied": "Two shapes do not fit: print both, and see which axes @ multiplies",
    "must match except in dimension": "What is put together by cat must have the same other axes",
    "does not require grad": "Work on x_in = x.detach().requires_grad_(), inside `with torch.enable_grad():`",
    "appears to not have been used in the graph": "The gradient's end must be computed from its start: use x_in all the way",
    "grad can be implicitly created only for scalar": "A gradient is taken of one number: sum over the samples first",
    "with more than one value is ambiguous": "`if` asks one question of a whole tensor. Use torch.where, or a mask",
    "cannot be converted to": "There are many numbers where one is wanted: use torch.sqrt, torch.cos ..., not math's",
    "can be converted to": "There are many numbers where one is wanted: use torch.sqrt, torch.cos ..., not math's",
    "out of bounds": "An index is too large: a list of n has the places 0 to n - 1",
    "out of range": "An index is too large: a list of n has the places 0 to n - 1",
    "can't be cast to": "A tensor of whole numbers cannot take fractions in place: make a new tensor",
    "used as indices must be": "An index must hold whole numbers: leave out the step that makes them fractions",
    "required positional argument": "Ask with the arguments that the stub names, in their order",
    "positional argument": "Ask with the arguments that the stub names, in their order",
    "'NoneType'": "Something is None: does an inner function lack its return?",
    "'function' object has no attribute": "That is a function: call it first, with its arguments",
    "object is not callable": "You call what is no function: a * may be missing before the bracket",
    "is not defined": "Look for a typing error, or for a line that was not run",
    "leaf Variable": "Do not write into it: work on a detached copy",
}


def explained(error: Exception) -> str:
    """What the learner's code raised, and what that usually means."""
    message = f"{error}".rstrip(". ")
    cure = next((cure for words, cure in CURES.items() if words in message), "")
    if isinstance(error, KeyError):
        message, cure = f"{error} is not there", "Your dictionary lacks that entry: see which ones the exercise names"
    if isinstance(error, NotImplementedError) and not message:
        message, cure = "a method is missing", "Write it, too"
    return f"Your code stopped with {type(error).__name__}: {message}. {cure}".rstrip(". ") + "."


def named_shape(a: list, b: list) -> str:
    """Why a result may have the shape a in place of b, and what to do; "" if that cannot be told."""
    plain = [n for n in a if n != 1] == [n for n in b if n != 1]
    if a == [*b, 1]:
        return ": an axis of length 1 is left at the end. Take it away with .squeeze(-1), or with the index [..., 0]."
    if plain and len(a) > len(b):
        return ": an axis of length 1 is too many. Take it away with .squeeze(axis)."
    if plain:
        return ": an axis of length 1 is missing. Keep it (keepdim=True), or put it back with the index None."
    if len(b) == 1 and a == b * 2:
        return ": every sample met every other one, because [B] met [B, 1] or an index took whole columns. Bring both to one shape."
    if not b:
        return ": many numbers where one is asked for. Sum or average over them, or pick the one that is meant."
    if not a:
        return ": one number for all of them. Leave out the last sum or mean."
    if sorted(a) == sorted(b):
        return ": its axes are in another order. Swap them with .transpose or .T (.reshape would mix up the numbers)."
    if a[1:] == b[1:] and a[0] == 2 * b[0]:
        return ": twice as many. If you doubled the batch, take its halves apart with .chunk(2) and combine them."
    if len(a) == len(b) and a[1:] == b[1:] and a[0] < b[0]:
        return f": {b[0] - a[0]} of {b[0]} are missing. Leave none out: look for a mask, a slice or a range that is too short."
    if len(a) == len(b) and a[1:] == b[1:]:
        return f": {a[0] - b[0]} too many. Look at both ends of yours: what does not belong there?"
    if a[:-1] == b:
        return ": one axis too many, at the end. Pick one entry of it for each, or sum over it."
    if a == b[1:]:
        return ": the axis of the samples is lost. Do not sum or average over it, and do not pick one of them."
    if a == b[:-1]:
        return ": the last axis is lost. Do not sum or average over it, and do not pick one entry of it."
    return ""


def named_factors(a, b, same) -> str:
    """What is wrong with a factor that should be b and is a; "" if nothing is."""
    used = b.abs() > 1e-9
    if same([a], [b]):
        return ""
    if not used.any():
        return "should be 0"
    ratio = a[used] / b[used]
    if ratio.abs().max() < 1e-9:
        return "is 0: it is missing from your answer"
    if (ratio < 0).all():
        return "has the wrong sign" + ("" if same([-a], [b]) else ", and another size")
    if (ratio > -1e-9).all() and not same([a.abs().clamp(max=0)], [a]):
        if (ratio <= 1 + 1e-6).all():
            return "is too small"
        if (ratio >= 1 - 1e-6).all():
            return "is too large"
    return "is wrong: here too small, there too large"


def told_by_factors(parts, same) -> str:
    """Which factors of a sum are right and which are not; "" if none is told apart, or all are right."""
    factors = {name.removeprefix(FACTOR): (a, b) for name, (a, b, _) in parts.items() if str(name).startswith(FACTOR)}
    faults = {name: named_factors(a, b, same) for name, (a, b) in factors.items()}
    wrong = {name: words for name, words in faults.items() if words}
    if not wrong:
        return ""
    if len(factors) == 2 and len(wrong) == 2:
        (a, b), (c, d) = factors.values()
        if same([a, c], [d, b]):
            one, other = factors
            return f"The factors of {one} and of {other} changed places."
    said = "; ".join(f"the factor of {name} {words}" for name, words in wrong.items())
    well = [name for name in factors if name not in wrong]
    rest = f" The rest is right: the factor of {' and that of '.join(well)}." if well else ""
    return f"T{said[1:]}.{rest} Work out anew what stands before {' and '.join(wrong)}: hint(2) and hint(3) help."


def told_by_size(a, b, room) -> str:
    """Is a the right b times a number, or b plus a number? a, b: all numbers of the answer in one row."""
    if (b.abs() > room).sum() < 3 or (b - b.mean()).abs().max() <= room:
        return ""  # too few to tell

    def close(one, other):
        return (one - other).abs().max() <= room

    times = (a @ b / (b @ b)).item()
    if close(a, 0 * b):
        return "Your answer is 0 everywhere: does something cancel, or get multiplied by 0? Print the parts of your line."
    if close(a, -b):
        return "The sign is the wrong way round everywhere: turn the difference around, or take away a minus."
    if (a - times * b).abs().max() <= room * max(1, abs(times)) and abs(times - 1) > 0.01:
        sign = "the sign is the wrong way round, and " if times < 0 else ""
        size = f"{abs(times):.3g} times too large" if abs(times) > 1 else f"{1 / abs(times):.3g} times too small"
        said = f"{sign}everything is {size}, by the same factor"
        return f"{said[0].upper()}{said[1:]}: look for one that does not belong there, or for a sum that should be a mean."
    if close(a - b, (a - b).mean()):
        by = (a - b).mean().item()
        return f"Everything is {abs(by):.3g} too {'large' if by > 0 else 'small'}: a term that does not belong there, or one that is lost."
    return ""


def only_first(parts, same) -> bool:
    """Is the first sample right in each batch [B, D ...], and all others wrong wherever one is?"""
    batches = [(a, b) for name, (a, b, _) in parts.items() if a.ndim > 1 and len(a) > 1]
    others = [(a, b) for name, (a, b, _) in parts.items() if not (a.ndim > 1 and len(a) > 1)]
    if not batches or not all(same([a], [b]) for a, b in others) or not all(same([a[0]], [b[0]]) for a, b in batches):
        return False
    wrong = [(a, b) for a, b in batches if not same([a], [b])]
    return bool(wrong) and not any(same([x], [y]) for a, b in wrong for x, y in zip(a[1:], b[1:]))


def fault(parts: dict, same) -> str:
    """A sentence for a fault that any exercise can have, or "". parts: {name: (mine, right, is it measured?)}."""
    for name, (a, b, _) in parts.items():
        at = f" ({name})" if isinstance(name, str) else ""
        if a.isnan().any() and not b.isnan().any():
            return f"The result holds NaN, not a number{at}: look for 0 / 0, or for a root, power or log of a negative number."
        if a.isinf().any() and not b.isinf().any():
            return f"The result holds infinite values{at}: look for a division by 0, or a log of 0."
    measured = [(a, b) for a, b, is_measured in parts.values() if is_measured]
    counted = [(a, b) for a, b, is_measured in parts.values() if not is_measured]
    if not measured or not all(same([a], [b]) for a, b in counted):
        return ""
    a, b = (torch.cat([part.flatten() for part in side]) for side in zip(*measured))
    room = 1e-4 * max(1.0, b.abs().max().item())
    if said := told_by_size(a, b, room) or told_by_factors(parts, same):
        return said
    if only_first(parts, same):
        return "Only the first sample is right: each has a number of its own (a step, time, label or weight), and you used one for all."
    return ""
