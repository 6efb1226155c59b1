"""The checks of lesson 13: a ward of sick code, tests that find it, a world of one's own, a walk by hand, a label pinned."""

from .lesson13_diagnosis import diagnosis
from .lesson13_detect_drop import detect_drop
from .lesson13_detect_cfg import detect_cfg
from .lesson13_push import push
from .lesson13_belief import belief
from .lesson13_mean import mean
from .lesson13_loop import loop
from .lesson13_pinned import pinned
from .panels import causes

__all__ = ["causes", "diagnosis", "detect_drop", "detect_cfg", "push", "belief", "mean", "loop", "pinned"]
