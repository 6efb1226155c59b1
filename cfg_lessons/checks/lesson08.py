"""The checks of lesson 08: counting work, a fair stopwatch, a cost model, the points that nothing beats."""

from .lesson08_count import count
from .lesson08_clock import clock
from .lesson08_cost import cost
from .lesson08_best import best

__all__ = ["count", "clock", "cost", "best"]
