"""Lesson 06, exercise "the law of the sharpened density": the check `law`."""

import torch

from . import Check
from .reading import comparable, one


def ask_law(law):
    """Variances of label and of all, at scales below, at and above 1; and whether it hides that no density exists."""
    asks = (1.0, 3.0, 2.0), (1.0, 2.0, 3.0), (0.25, 4.0, 1.5), (0.5, 3.0, 1.0), (0.5, 3.0, 0.5)
    found = [one(law(*ask), "a variance").double() for ask in asks]
    try:
        found.append(torch.as_tensor(law(0.5, 3.0, 0.0), dtype=torch.float64))
    except ZeroDivisionError:  # some wrong laws have s below a line
        found.append(torch.tensor(-1.0))
    try:
        impossible = float(law(2.0, 1.0, 3.0))
    except Exception:  # to stop there is an honest answer
        impossible = float("nan")
    return [*found, torch.as_tensor(0 <= impossible < float("inf"))]


def explain_law(mine, right):
    """What must come out at scales 0 and 1; what scale adds up."""
    if not comparable(mine, right):
        return None
    label, everything = mine[3].item(), mine[5].item()
    if abs(label - 0.5) > 1e-4:
        return f"At s = 1 the product is p(x | y) itself, up to a constant: the variance is a. For a = 0.5, b = 3 yours is {label:.3g}. How many powers of p(x) are left?"
    if abs(everything - 3) > 1e-4:
        return "At s = 0 only p(x) is left, and the variance is b. Yours is another one: what stands before 1 / b must be 1 there."
    if all(abs(a - b) < 1e-4 for a, b in zip(mine[:6], right[:6])):
        return "Your variances are right, but where 1 over the variance is negative there is no density. Return what the formula gives there, or inf or nan."
    return "Right at s = 0 and s = 1, wrong between and beyond. What goes along a straight line in s is 1 over the variance, the number in the exponent."


law = Check(
    ask_law,
    explain=explain_law,
    solution=lambda a, b, s: 1 / (s / a + (1 - s) / b),
    mistakes={
        "That is what the DDIM walk gives, a to the s times b to the 1 - s. The density itself is another thing: add exponents.":
            lambda a, b, s: a**s * b ** (1 - s),
        "You extrapolated the variances. In the exponent of a Gaussian stands 1 over the variance: extrapolate that.":
            lambda a, b, s: s * a + (1 - s) * b,
        "There is no such density: for a > b and s above a / (a - b), 1 over the variance is negative. Your function hides that behind a variance that looks real. Return what the formula gives, or inf or nan.":
            lambda a, b, s: abs(1 / (s / a + (1 - s) / b)),
        "2 / (s + 1) holds for a = 1 and b = 2 only: the two variances are arguments.": lambda a, b, s: 2 / (s + 1),
        "That is 1 over the variance, the precision. Turn it over.": lambda a, b, s: s / a + (1 - s) / b,
        "You multiplied p(x) by p(x | y)^s. But p(y | x) is p(x | y) / p(x): one p(x) for each power goes away again.":
            lambda a, b, s: 1 / (s / a + 1 / b),
        "Label and all are swapped: at scale 1 the variance must be a, that of the label.":
            lambda a, b, s: 1 / (s / b + (1 - s) / a),
        "That is the standard deviation: the root is too much.": lambda a, b, s: (1 / (s / a + (1 - s) / b)) ** 0.5,
        "The exponent of p(x) is missing: p(x | y)^s alone has the variance a / s.": lambda a, b, s: a / s,
        "One power of p(y | x) too many: yours is p(x | y) p(y | x)^s, the label's own density at s = 0 (Ho & Salimans' w). Start from p(x).": lambda a, b, s: 1 / ((1 + s) / a - s / b),
        "a is missing: b / (s + 1) is right for a = b / 2 alone. Collect the powers of both Gaussians.": lambda a, b, s: b / (s + 1),
        "b is missing: 2 a / (s + 1) is right for b = 2 a alone. Collect the powers of both Gaussians.": lambda a, b, s: 2 * a / (s + 1),
        "p(x) itself is missing: you have p(y | x)^s alone, which is p(x | y)^s / p(x)^s. Multiply by p(x).": lambda a, b, s: 1 / (s / a - s / b) if s else -1.0,
        "The powers of p(x) have the wrong sign: dividing by it takes powers away. What is left of p(x) is the power 1 - s.": lambda a, b, s: 1 / (s / a + (s - 1) / b) if abs(s / a + (s - 1) / b) > 1e-9 else -1.0,
        "You extrapolated the standard deviations. In the exponent of a Gaussian stands 1 over the variance: extrapolate that.": lambda a, b, s: (s * a**0.5 + (1 - s) * b**0.5) ** 2,
        "That is the variance of a sum of random numbers, s of one and 1 - s of the other. Here densities are multiplied: exponents add.": lambda a, b, s: s**2 * a + (1 - s) ** 2 * b,
        "You turned over an extrapolated variance: 1 / (s a + ...). Each variance must be turned over before they are added.": lambda a, b, s: 1 / (s * a + (1 - s) * b),
        "Variances are squares already: 1 / a and 1 / b stand in the exponents, not their squares.": lambda a, b, s: 1 / (s / a**2 + (1 - s) / b**2),
    },
    hints=[
        "By Bayes' rule p(y | x) is p(x | y) / p(x), up to a constant. What powers of the two Gaussians are left?",
        "log N(0, v) is -x^2 / (2 v), up to a constant: powers of Gaussians add up to one number in front of x^2.",
        "1 over the variance is s times 1 / a, plus (1 - s) times 1 / b.",
    ],
)  # fmt: skip
