"""A model measured over a grid of scales and seeds: `python course.py sweep NAME --scales 1 2 3 --seeds 0 1 2`.

Interrupt it and call it again: cells that are measured stay measured. Under torchrun, several processes share the
cells, each measured whole by one of them, and the table is the same.
"""

import argparse
import json
import math
import statistics
import sys
from pathlib import Path

from . import parallel, quality, store
from .files import replacing

MEASURES = {"mnist_cfg": quality.judge_samples, "spirals": quality.judge_arms}


def sweep(name: str, scales, seeds, out=None, checkpoint=None, device="cpu") -> list[dict]:
    """Measure samples at each scale with each seed: a list of {"scale", "seed", and what the measure says}.

    checkpoint: a file to measure in place of the shipped model. out: a JSON file for the cells and their summary.
    """
    if name not in MEASURES:
        raise ValueError(f"a sweep needs a model that guidance steers: {' or '.join(MEASURES)}, not {name!r}")
    if odd := [scale for scale in scales if not math.isfinite(scale)]:
        raise ValueError(f"scale is {odd[0]}; expected a finite number")
    model, mark = measured_model(name, checkpoint or name, device)
    keep = Path(out or store.data_home() / "checkpoints" / f"{name}.json").with_suffix(".sweep.part")
    known = kept(keep, mark)
    cells = dict.fromkeys((float(scale), int(seed)) for scale in scales for seed in seeds)
    left = [cell for cell in cells if cell not in known]
    for i in range(0, len(left), parallel.members()):
        mine = left[i + parallel.rank() :][:1]
        done = [(cell, MEASURES[name](model, scale=cell[0], seed=cell[1])) for cell in mine]
        known |= dict(cell for some in parallel.from_all(done) for cell in some)
        if parallel.rank() == 0:
            write(keep, {"model": mark, "cells": [[*cell, measured] for cell, measured in known.items()]})
    rows = [{"seed": seed} | known[scale, seed] for scale, seed in cells]
    if parallel.rank() == 0:
        if out:
            write(out, {"name": name, "fingerprint": mark, "cells": rows, "summary": summary(rows)})
        keep.unlink(missing_ok=True)
    return rows


def measured_model(name: str, checkpoint, device):
    """The model to measure as `name` is measured, and its fingerprint."""
    facts, asked = store.about(checkpoint), store.about(name)
    if facts["net"] != asked["net"]:
        raise ValueError(f"{checkpoint} holds a {facts['net']}; a sweep of {name} measures a {asked['net']}")
    return store.load(checkpoint, device), facts["fingerprint"]


def kept(path: Path, mark: str) -> dict:
    """What an interrupted sweep of the model with this fingerprint has measured: {(scale, seed): measures}.

    The first process reads the file, which the others, on other machines, may not have.
    """
    text = parallel.from_first(path.read_text(encoding="utf-8") if parallel.rank() == 0 and path.exists() else None)
    if text is None:
        return {}
    try:
        state = json.loads(text)
        cells = {(float(scale), int(seed)): dict(measured) for scale, seed, measured in state["cells"]}
        same = state["model"] == mark
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not a whole state of a sweep; delete it to start afresh") from error
    if not same:
        raise ValueError(f"{path} belongs to a sweep of another model; delete it, or name another --out")
    return cells


def write(path, content):
    """A JSON file, whole or not at all."""
    with replacing(path) as new:
        new.write_text(json.dumps(content, indent=1), encoding="utf-8")


def summary(rows) -> list[dict]:
    """For each scale, the mean of each measure over the seeds, and its spread: their standard deviation, or None."""
    found = []
    for scale in dict.fromkeys(row["scale"] for row in rows):
        same = [row for row in rows if row["scale"] == scale]
        columns = {key: [row[key] for row in same] for key in same[0] if key not in ("scale", "seed", "n", "steps")}
        spread = {key: statistics.stdev(values) if len(values) > 1 else None for key, values in columns.items()}
        means = {key: {"mean": statistics.mean(values), "spread": spread[key]} for key, values in columns.items()}
        found.append({"scale": scale, "seeds": len(same)} | means)
    return found


def table(rows) -> str:
    """The summary for people, a line for each scale."""
    found = summary(rows)
    names = [key for key in found[0] if key not in ("scale", "seeds")]
    lines = ["scale  seeds  " + "  ".join(f"{name:>24}" for name in names)]
    for row in found:
        spreads = ["" if row[name]["spread"] is None else f" +- {row[name]['spread']:.4f}" for name in names]
        values = [f"{row[name]['mean']:.4f}{spread}" for name, spread in zip(names, spreads)]
        lines.append(f"{row['scale']:5g}  {row['seeds']:5}  " + "  ".join(f"{value:>24}" for value in values))
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(
        prog="course.py sweep", description="Measure a model over scales and seeds; interrupt it, and it goes on."
    )
    parser.add_argument("name", help=" or ".join(MEASURES))
    parser.add_argument("--scales", type=float, nargs="+", default=[1.0, 1.5, 2.0, 3.0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--checkpoint", help="a file to measure in place of the shipped model")
    parser.add_argument("--out", type=Path, help="a JSON file for all cells and the table")
    with parallel.together() as device:
        options = parser.parse_args()
        try:
            print(table(sweep(device=device, **vars(options))))
        except KeyboardInterrupt:
            sys.exit("Stopped. The same command goes on: what is measured is kept.")
        except (ValueError, OSError) as error:
            sys.exit(f"{error}.")


if __name__ == "__main__":
    main()
