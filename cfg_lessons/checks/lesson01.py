"""Checks of lesson 01: the closed form, the signal-to-noise ratio, a schedule of your own, the posterior."""

from .lesson01_closed_form import closed_form
from .lesson01_time_of import time_of
from .lesson01_own_schedule import own_schedule
from .lesson01_posterior import posterior

__all__ = ["closed_form", "time_of", "own_schedule", "posterior"]
