"""Checks of lesson 02: the noise in v, a step of DDIM, which steps to visit, a step of DDPM."""

from .lesson02_eps_from_v import eps_from_v
from .lesson02_ddim_step import ddim_step
from .lesson02_visited import visited
from .lesson02_ddpm_step import ddpm_step

__all__ = ["eps_from_v", "ddim_step", "visited", "ddpm_step"]
