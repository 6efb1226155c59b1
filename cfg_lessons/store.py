"""Where data lies, and checkpoints that hold plain values and tensors: loading one never runs code.

A checkpoint is a safetensors file. Its header carries what rebuilds the model (net, schedule, target) and what is
known of it (trained on, command, metrics).
"""

import hashlib
import json
import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from . import nets, schedules
from .denoisers import LearnedDenoiser
from .files import replacing

KNOWN = nets.MLP, nets.TinyUNet, nets.NoisyMLP, nets.NoisyClassifier, nets.Judge, nets.Probe
NETS = {net.__name__: net for net in KNOWN}
SCHEDULES = {s.__name__: s for s in (schedules.Cosine, schedules.Linear, schedules.Straight)}


def data_home() -> Path:
    """The folder of the course's data: $CFG_LESSONS_DATA, else beside the package (a clone), else inside it."""
    package = Path(__file__).resolve().parent
    for folder in (os.environ.get("CFG_LESSONS_DATA"), package.parent / "data", package / "_data"):
        if folder and (Path(folder) / "mnist_10k.npz").exists():
            return Path(folder)
    raise FileNotFoundError("the course's data folder is missing; get the whole course again, see README, Start")


def best_device() -> torch.device:
    """A GPU if there is one, else the CPU. The one place that looks for hardware."""
    return torch.device("cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu")


def own_device(place: int) -> torch.device:
    """The device of process number `place` on this machine, when several work together: a GPU each, else the CPU."""
    gpus = torch.cuda.device_count()
    if gpus and place >= gpus:
        raise ValueError(f"this machine has GPUs for {gpus} processes; start as many (--nproc_per_node={gpus})")
    return torch.device("cuda", place) if gpus else torch.device("cpu")


def device_name(device: torch.device) -> str:
    """What a device is, for people."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "Apple GPU" if device.type == "mps" else f"{os.cpu_count()} processor cores"


def save(path, model, **facts):
    """Write a LearnedDenoiser or a plain net of `nets` with JSON facts (trained_on, command, metrics, ...)."""
    net = model.net if isinstance(model, LearnedDenoiser) else model
    about = {"net": type(net).__name__, "config": net.config, **facts}
    if isinstance(model, LearnedDenoiser):
        about |= {"schedule": type(model.schedule).__name__, "target": model.target}
    weights = {name: value.detach().cpu().contiguous() for name, value in net.state_dict().items()}
    about["fingerprint"] = fingerprint(weights)
    with replacing(path) as new:
        save_file(weights, new, metadata={"about": json.dumps(about)})
        new.chmod(0o644)


def fingerprint(weights: dict) -> str:
    """A checksum of tensors and their names: a checkpoint that was altered on its way is found out."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode() + weights[name].numpy().tobytes())
    return digest.hexdigest()


def find(name: str) -> Path:
    """The file of a checkpoint, by its name (as shipped) or its path."""
    folder = data_home() / "checkpoints"
    path = Path(name) if str(name).endswith(".safetensors") else folder / f"{name}.safetensors"
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.safetensors")))
        raise FileNotFoundError(f"there is no checkpoint {name!r}; there are {known or 'none'}")
    return path


def about(name: str) -> dict:
    """What a checkpoint says of itself: config, what it was trained on, by which command, the metrics it reached."""
    path = find(name)
    try:
        with safe_open(path, "pt") as file:
            return json.loads(file.metadata()["about"])
    except (SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(
            f"{path} is not a whole checkpoint of this course; restore it (git checkout) or train it again"
        ) from error


def load(name: str, device="cpu"):
    """The model of a checkpoint, ready to use: a LearnedDenoiser, or a plain net."""
    facts, path = about(name), find(name)
    with safe_open(path, "pt") as file:
        weights = {key: file.get_tensor(key) for key in file.keys()}
    try:
        net = NETS[facts["net"]](**facts["config"])
        net.load_state_dict(weights)
        model = LearnedDenoiser(net, SCHEDULES[facts["schedule"]](), facts["target"]) if "schedule" in facts else net
        altered = facts["fingerprint"] != fingerprint(weights)
    except (KeyError, TypeError, RuntimeError) as error:
        raise ValueError(f"{path} does not fit this version of the course; restore it or train it again") from error
    if altered:
        raise ValueError(f"the tensors in {path} were altered; restore it (git checkout) or train it again")
    return model.eval().requires_grad_(False).to(device)
