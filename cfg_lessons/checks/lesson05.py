"""The checks of lesson 05: the one line, one doubled batch, dialects of the scale, two networks trained apart."""

from .lesson05_combine import combine
from .lesson05_batched import batched
from .lesson05_translate import translate
from .lesson05_trained_apart import trained_apart

__all__ = ["combine", "batched", "translate", "trained_apart"]
