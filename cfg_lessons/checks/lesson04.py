"""The checks of lesson 04: a label's log-probability, steering, an opinion about clean pictures, two classifiers."""

from .lesson04_label import label
from .lesson04_steer import steer
from .lesson04_taste import taste
from .lesson04_both import both

__all__ = ["label", "steer", "taste", "both"]
