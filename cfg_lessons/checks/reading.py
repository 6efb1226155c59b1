"""What an answer is made of: for explanations of mistakes that nobody listed."""

import torch

from . import Complaint, answer, tensor_of


def comparable(mine, right) -> bool:
    """Are there as many parts as expected, of the same shapes, and all of them finite?"""
    return len(mine) == len(right) and all(a.shape == b.shape and bool(a.isfinite().all()) for a, b in zip(mine, right))


def near(a, b, tolerance: float = 1e-4) -> bool:
    """Are two tensors of one shape equal, measured by the size of the second?"""
    return torch.allclose(a, b, atol=tolerance * max(1.0, b.abs().max().item()), rtol=0)


def weights(whole, *parts):
    """How much of each part the whole holds, as numbers; None if it is no weighted sum of them."""
    columns = torch.stack([part.double().flatten() for part in parts], 1)
    found = torch.linalg.lstsq(columns, whole.double().flatten()[:, None], driver="gelsd").solution[:, 0]
    found = found * (found.abs() > 1e-6)
    return found.tolist() if near(columns @ found, whole.double().flatten()) else None


def one(value, what: str):
    """What the learner's code returned, as one number [], of any shape with one entry."""
    number = tensor_of(answer(value), f"{what}, one number")
    if number.numel() != 1:
        raise Complaint(f"You return {number.numel()} numbers; asked is one: {what}.")
    return number.reshape(())


def steady(ask):
    """What is answered, and once more: complains if chance plays a part."""
    first, second = ask(), ask()
    pairs = zip(*((part if isinstance(part, (tuple, list)) else [part]) for part in (first, second)))
    if not all(torch.allclose(*(torch.as_tensor(part).double() for part in pair), equal_nan=True) for pair in pairs if None not in pair):
        raise Complaint("Asked the same twice, you answer differently: you draw random numbers of your own. All that is needed is given; leave randn and rand away.")
    return first


def ways(sentence: str, candidates: dict) -> dict:
    """Mistakes that share a cure: {the sentence, with `{}` filled in: candidate}."""
    return {sentence.format(word): candidate for word, candidate in candidates.items()}
