"""The checks of lesson 10: where a walk from an image starts, what is known, a moved canvas, what stayed."""

from .lesson10_start import start
from .lesson10_known import known
from .lesson10_canvas import canvas
from .lesson10_untouched import untouched

__all__ = ["start", "known", "canvas", "untouched"]
