"""The checks of lesson 11: the scale that is enough, a probe for directions, a test of order, the rule of valence."""

from .lesson11_enough import enough
from .lesson11_heading import heading
from .lesson11_disorder import disorder
from .lesson11_overfull import overfull

__all__ = ["enough", "heading", "disorder", "overfull"]
