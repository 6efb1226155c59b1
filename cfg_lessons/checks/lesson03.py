"""The checks of lesson 03: forgetting labels, pinning labels, rows of an embedding, a mixture of answers."""

from .lesson03_drop import drop
from .lesson03_pin import pin
from .lesson03_row import row
from .lesson03_either import either

__all__ = ["drop", "pin", "row", "either"]
