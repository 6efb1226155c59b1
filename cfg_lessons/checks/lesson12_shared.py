"""What the checks of lesson 12 on formulas share: numbers in, one number out."""

import torch

from .reading import one

NAN = torch.tensor(float("nan"), dtype=torch.float64)


def asked(candidate, case):
    """What the candidate says of these numbers; of tensors [], if its formula wants tensors."""
    try:
        return candidate(*map(float, case))
    except (TypeError, AttributeError):
        return candidate(*(torch.tensor(float(number), dtype=torch.float64) for number in case))


def scales(candidate, cases):
    """The scale that a candidate gives for each case, as a tensor; nan where it divides by 0 or is not finite."""
    found = []
    for case in cases:
        try:
            scale = one(asked(candidate, case), "the scale").double()
        except ZeroDivisionError:
            scale = NAN
        found.append(scale if scale.isfinite() else NAN)
    return torch.stack(found)
