"""What the tests share: the schedules, the worlds whose truth is known, and a Python of its own for rough handling."""

import os
import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest
import torch

import cfg_lessons
from cfg_lessons import data, schedules
from cfg_lessons.denoisers import NULL
from cfg_lessons.exact import Mixture

matplotlib.use("Agg")
torch.set_num_threads(1)
os.environ.setdefault("OMP_NUM_THREADS", "1")  # for the kernels of the lessons, which run side by side


@pytest.fixture(params=["Cosine", "Linear", "Straight", "ddpm"])
def schedule(request):
    """Every kind of schedule in turn."""
    return getattr(schedules, request.param)()


def uneven(schedule):
    """Six Gaussians of different widths in three dimensions, of which label 0 has two, 1 three and 2 one."""
    means = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    return Mixture(means, [0.2, 0.5, 0.3, 0.7, 0.4, 1.1], [0, 0, 1, 1, 1, 2], schedule)


def colours(schedule):
    """The quilt by colour alone: three labels, three patches each, in one another's way."""
    return data.quilt(schedule).attribute(0)


@pytest.fixture(params=[data.triangle, data.ring, data.spirals, uneven, colours], ids=lambda make: make.__name__)
def make_world(request):
    """Every world in turn, as a function of the schedule."""
    return request.param


@pytest.fixture
def world(make_world, schedule):
    """Every world under every schedule."""
    return make_world(schedule)


@pytest.fixture
def asked(world):
    """A batch for a world, in double precision: x [16, D], labels y [16] of which every third is NULL."""
    n, rng = 16, torch.Generator().manual_seed(1)
    x = 1.5 * torch.randn(n, world.means.shape[1], generator=rng, dtype=torch.float64)
    y = world.labels[torch.randint(len(world.labels), (n,), generator=rng)]
    return x, torch.where(torch.arange(n) % 3 == 0, NULL, y)


@pytest.fixture
def python():
    """Start a program text in a Python of its own that finds the package; arguments follow as sys.argv[1:]."""
    roots = Path(cfg_lessons.__file__).parents[1], Path(__file__).parent
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, roots))}
    started = []

    def start(text, *arguments):
        command = [sys.executable, "-c", text, *map(str, arguments)]
        pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(subprocess.Popen(command, env=environment, **pipes))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()
