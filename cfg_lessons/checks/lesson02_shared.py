"""What several checks of lesson 02 share."""

import torch

from . import Complaint, dice, lend, tensor_of


def draws(n: int):
    """n standard normal tensors [5, 3]."""
    return torch.randn(n, 5, 3, generator=dice(2), dtype=torch.float64)


CURE = "write x * a, not x *= a or x.mul_(a)"


def ask(mine, questions, variables, chance="You drew noise of your own, and no dice are asked for here. Use what you are given."):
    """The answer to each question, {name: arguments by name}, asked twice; and what each of the variables [5, 3] does alone."""
    found = {}
    with torch.random.fork_rng(devices=[]):
        for name, given in questions.items():
            found[name], again = (tensor_of(lend(mine, cure=CURE, **given)) for _ in "ab")
            if found[name].shape != again.shape or not torch.allclose(found[name], again, equal_nan=True):
                raise Complaint(chance)
        for name in variables:
            alone = {other: torch.full((5, 3), float(other == name), dtype=torch.float64) for other in variables}
            answers = [tensor_of(lend(mine, **{**given, **alone})) for given in questions.values()]
            found[f"the factor of {name}"] = torch.stack(answers)
    return found
