"""Several real processes under torchrun train and measure what one does, and one that is killed takes nothing along."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import split_training
import torch

from cfg_lessons import parallel, quality, recipes, store, sweep

ROOT = Path(__file__).resolve().parents[1]
TWO, THREE = [("--standalone", f"--nproc_per_node={n}") for n in (2, 3)]
WORK = "tests/split_training.py"
GRID = ("--scales", "1", "3", "--seeds", "0", "1", "2", "--out")

pytestmark = pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch has no distributed engine")


@pytest.fixture(scope="module")
def torchrun():
    """Start torchrun on arguments of its own, as processes of one thread each that find the package."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    started = []

    def start(*arguments, machine=TWO, **more):
        command = [sys.executable, "-m", "torch.distributed.run", *machine, *map(str, arguments)]
        pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment | more, **pipes))
        return started[-1]

    yield start
    for process in started:
        for child in workers(process) if process.poll() is None else ():
            child.kill()
        process.kill()
        process.communicate()


def workers(process):
    return psutil.Process(process.pid).children(recursive=True)


def finish(*processes):
    """What each said on stdout, once all have ended well."""
    said = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), said
    return [out for out, _ in said]


def kill_one(process, rank, when):
    """SIGKILL the worker of that rank when `when` holds; torchrun then stops the others and fails."""
    while not when():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    victim = next(worker for worker in workers(process) if worker.environ().get("RANK") == str(rank))
    victim.send_signal(signal.SIGKILL)
    process.communicate(timeout=120)
    assert process.returncode != 0


def weights(path):
    return store.load(path).state_dict()


def near(ours, theirs, tolerance):
    """Weights that differ by no more than rounding does."""
    for key, value in ours.items():
        torch.testing.assert_close(value, theirs[key], rtol=tolerance, atol=tolerance)


# ---- training

@pytest.fixture(scope="module")
def three(tmp_path_factory, torchrun):
    """What three processes find: the slopes that each sees, and the U-Net that they train in 12 steps."""
    out = tmp_path_factory.mktemp("three") / "three.safetensors"
    finish(torchrun(WORK, "slopes", 12, out, machine=THREE))
    return [torch.load(f"{out}.{rank}") for rank in range(3)], out


def test_the_split_loss_has_the_value_and_gradients_of_the_whole_one(three):
    (first, *others), _ = three
    for name in ("judge", "probe"):
        why = "has batch norm, which looks at the whole batch: train it without torchrun"
        assert first.pop(name) == f"{name.title()} {why}"
    assert len(first) == 4
    for name, (whole, split) in first.items():
        assert all(part.float().norm() > 0 for part in whole), name
        torch.testing.assert_close(split, whole, rtol=1e-4, atol=1e-6)
        for other in others:  # to the bit: processes in step stay in step
            assert all(a.equal(b) for a, b in zip(split, other[name][1])), name


def test_a_unet_on_three_processes_becomes_what_it_becomes_on_one(three, tmp_path):
    split_training.train("mnist_cfg", 12, tmp_path / "one.safetensors")
    near(weights(three[1]), weights(tmp_path / "one.safetensors"), 1e-4)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for an environment is a shell script")
def test_the_front_door_opens_for_two_processes(torchrun, tmp_path, front_door):
    one, two = tmp_path / "one.safetensors", tmp_path / "two.safetensors"
    split_training.train("spirals", 60, one)
    said, = finish(torchrun("course.py", "train", "spirals", "--steps", 60, "--out", two, **front_door))
    near(weights(two), weights(one), 1e-5)
    assert said.count("spirals: last loss") == 1 and not list(tmp_path.glob("*.training"))
    assert store.about(two)["metrics"].keys() == store.about("spirals")["metrics"].keys()


@pytest.fixture
def front_door(tmp_path):
    """An environment that course.py takes for its own and ready: the Python that runs the tests."""
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    variables = {"COURSE_VENV": str(tmp_path / "venv")}
    wanted = "import course; course.STAMP.write_text(course.wanted(dev=True))"
    subprocess.run([sys.executable, "-c", wanted], cwd=ROOT, env=os.environ | variables, check=True)
    return variables


def test_a_killed_process_loses_nothing_that_was_kept(torchrun, tmp_path):
    whole, broken, alone = (tmp_path / f"{name}.safetensors" for name in ("whole", "broken", "alone"))
    finish(torchrun(WORK, "spirals", 600, whole))
    keep = tmp_path / "broken.600-steps.0.training"
    kill_one(torchrun(WORK, "spirals", 600, broken), rank=1, when=keep.exists)
    assert len(torch.load(keep)["losses"]) == 500 and not broken.exists()
    shutil.copy(keep, tmp_path / "alone.600-steps.0.training")
    finish(*two_machines(torchrun, WORK, "spirals", 600, outs=(broken, tmp_path / "elsewhere" / "x.safetensors")))
    split_training.train("spirals", 600, alone)
    assert store.about(broken)["resumed"] and store.about(alone)["resumed"]
    assert all(value.equal(weights(broken)[key]) for key, value in weights(whole).items())
    near(weights(alone), weights(whole), 1e-3)
    assert not list(tmp_path.glob("*.training")) and not (tmp_path / "elsewhere").exists()


def two_machines(torchrun, *arguments, outs):
    """Two torchruns of one process each, which meet at a port and write to places of their own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    meet = ("--nnodes=2", "--nproc_per_node=1", "--master_addr=127.0.0.1", f"--master_port={port}")
    return [torchrun(*arguments, out, machine=(*meet, f"--node_rank={rank}")) for rank, out in enumerate(outs)]


def test_what_cannot_be_split_is_refused_once_in_one_sentence(torchrun, tmp_path):
    process = torchrun("-m", "cfg_lessons.recipes", "miniature", "--out", tmp_path / "x")
    _, said = process.communicate(timeout=60)
    sentence = "The miniature is trained by one process: start it without torchrun."
    assert process.returncode != 0 and said.splitlines().count(sentence) == 1
    assert not list(tmp_path.iterdir())


def test_without_torchrun_nothing_is_split():
    model, loss = recipes.RECIPES["spirals"].build(), recipes.RECIPES["spirals"].loss
    with parallel.together() as device:
        assert device == store.best_device() and (parallel.rank(), parallel.members()) == (0, 1)
        assert parallel.split(loss, model) is loss and not torch.distributed.is_initialized()
        assert parallel.from_all(3) == [3] and parallel.from_first("x") == "x"


# ---- sweeps

def test_a_sweep_is_the_same_table_on_two_processes_and_goes_on_when_one_is_killed(torchrun, tmp_path):
    out, keep = tmp_path / "two.json", tmp_path / "two.sweep.part"
    command = ("-m", "cfg_lessons.sweep", "spirals", *GRID, out)
    kill_one(torchrun(*command), rank=1, when=keep.exists)
    state = json.loads(keep.read_text())
    done = {(scale, seed) for scale, seed, _ in state["cells"]}
    assert (1.0, 0) in done and len(done) < 6 and not out.exists()
    rows = sweep.sweep("spirals", [1, 3], [0, 1, 2], tmp_path / "one.json")
    state["cells"][0][2]["accuracy"] = 0.5  # what is kept is not measured again
    keep.write_text(json.dumps(state))
    said, = finish(torchrun(*command))
    one, two = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("one", "two"))
    assert two["cells"][0]["accuracy"] == 0.5 and one["cells"] == rows
    assert two["cells"] == [rows[0] | {"accuracy": 0.5}, *rows[1:]] and two["summary"] == sweep.summary(two["cells"])
    assert said == sweep.table(two["cells"]) + "\n" and not keep.exists()


def test_a_cell_is_the_measure_of_its_scale_and_seed():
    row, = sweep.sweep("spirals", [2], [5])
    assert row == {"seed": 5, **quality.judge_arms(store.load("spirals"), scale=2.0, seed=5)}
    assert row["accuracy"] > 0.99 and row["sliced_wasserstein"] > 3 * row["sliced_wasserstein_floor"]


def test_the_spread_is_the_standard_deviation_over_seeds():
    rows = [{"seed": seed, "scale": 1.0, "n": 9, "accuracy": share} for seed, share in enumerate((0.2, 0.4, 0.6))]
    assert sweep.summary(rows) == [{"scale": 1.0, "seeds": 3, "accuracy": {
        "mean": pytest.approx(0.4), "spread": pytest.approx(0.2)}}]
    assert sweep.table(rows).split() == ["scale", "seeds", "accuracy", "1", "3", "0.4000", "+-", "0.2000"]
    assert sweep.table(rows[:1]).split()[-1] == "0.2000"


def test_bad_sweeps_are_refused_in_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="^a sweep needs a model that guidance steers: mnist_cfg or spirals, not 'j"):
        sweep.sweep("judge", [1], [0])
    with pytest.raises(ValueError, match="^scale is nan; expected a finite number$"):
        sweep.sweep("spirals", [1, float("nan")], [0])
    with pytest.raises(ValueError, match="judge.safetensors holds a Judge; a sweep of spirals measures a MLP$"):
        sweep.sweep("spirals", [1], [0], checkpoint=store.find("judge"))
    (tmp_path / "x.sweep.part").write_text('{"model": "another", "cells": []}')
    with pytest.raises(ValueError, match="belongs to a sweep of another model; delete it"):
        sweep.sweep("spirals", [1], [0], tmp_path / "x.json")
    (tmp_path / "x.sweep.part").write_text('{"model": ')
    with pytest.raises(ValueError, match="is not a whole state of a sweep; delete it"):
        sweep.sweep("spirals", [1], [0], tmp_path / "x.json")
