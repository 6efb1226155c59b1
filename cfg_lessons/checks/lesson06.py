"""The checks of lesson 06: precision by hand, spread within a class, a gate with two sides, the law of the sharpened density."""

from .lesson06_precision import precision
from .lesson06_spread import spread
from .lesson06_choice import choice
from .lesson06_law import law

__all__ = ["precision", "spread", "choice", "law"]
