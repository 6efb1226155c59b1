"""The checks of lesson 12: what an interval costs, a stretched reference, the cure of a wrong model, the ideal scale."""

from .lesson12_passes import passes
from .lesson12_fitted import fitted
from .lesson12_cure import cure
from .lesson12_ideal import ideal

__all__ = ["passes", "fitted", "cure", "ideal"]
