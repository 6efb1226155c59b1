"""The checks of lesson 07: a negative prompt, composition, the exact NOT, and where a fixed scale drives the mean."""

from .lesson07_away import away
from .lesson07_blend import blend
from .lesson07_without import without
from .lesson07_drift import drift

__all__ = ["away", "blend", "without", "drift"]
