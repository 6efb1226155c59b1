"""Is this machine ready? One line for each thing the course needs, and the cure for whatever is wrong."""

import importlib.metadata as installed
import os
import platform
import shutil
import sys
from importlib.util import find_spec

from . import data, store, text2image

NEEDED = {
    "torch": "2.6",
    "numpy": "1.26",
    "matplotlib": "3.8",
    "ipywidgets": "7.7.1",
    "safetensors": "0.4.3",
    "tqdm": "4.66",
}
FOR_TEXT = {"diffusers": "0.35.2", "transformers": "5.6", "accelerate": "1.1"}  # optional
SHIPPED = ("judge", "spirals", "mnist_cfg", "spirals_classifier", "mnist_classifier", "probe")


def numbers(version: str) -> list[int]:
    """ "2.13.0+cpu" as [2, 13, 0], to compare."""
    return [int(part) for part in version.split("+")[0].split(".") if part.isdigit()]


def packages():
    """Each package that the lessons import, and whether it is new enough."""
    for name, least in NEEDED.items():
        try:
            have = installed.version(name)
        except installed.PackageNotFoundError:
            yield False, f"{name} is missing", f"pip install '{name}>={least}', or python course.py setup"
            continue
        yield numbers(have) >= numbers(least), f"{name} {have}", f"too old: pip install -U '{name}>={least}'"


def text_to_image():
    """The optional packages, and the model of lessons 9 and 10. Without the packages all other lessons work."""
    missing = [name for name in FOR_TEXT if not find_spec(name)]
    if missing:
        yield True, f"lessons 9 and 10 also need: pip install {' '.join(missing)}", ""
        return
    for name, least in FOR_TEXT.items():
        have = installed.version(name)
        yield numbers(have) >= numbers(least), f"{name} {have}", f"too old: pip install -U '{name}>={least}'"
    try:
        text2image.load()
        yield True, "the miniature Stable Diffusion", ""
    except OSError as error:
        yield False, "the miniature Stable Diffusion", str(error)


def files():
    """The digits and the checkpoints: there, and whole."""
    try:
        digits = sum(len(data.mnist(split)[0]) for split in ("train", "eval"))
        yield True, f"{digits:,} digits, checksum right", ""
    except (OSError, ValueError) as error:
        yield False, "the digits", str(error)
    for name in SHIPPED:
        try:
            store.load(name)
            yield True, f"checkpoint {name}, as it was shipped", ""
        except (OSError, ValueError) as error:
            yield False, f"checkpoint {name}", str(error)


def machine():
    """Python, the processor or GPU that will do the work, and room to work in."""
    yield sys.version_info >= (3, 10), f"Python {platform.python_version()}", "install Python 3.10 or newer"
    device = store.best_device()
    yield True, f"device {device}: {store.device_name(device)}", ""
    free = shutil.disk_usage(store.data_home()).free / 1e9
    yield free > 0.5, f"{free:.0f} GB of disk free", "free some disk: lessons write a few MB, downloads 12 MB"
    if hasattr(os, "sysconf") and "SC_AVPHYS_PAGES" in os.sysconf_names:
        memory = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
        yield (
            memory > 1,
            f"{memory:.0f} GB of memory free",
            "close other programs or notebooks: a lesson takes up to 1 GB",
        )


def examine() -> bool:
    """Print a line for each thing, with its cure where one is needed; True if all is well."""
    findings = [*machine(), *packages(), *files(), *text_to_image()]
    for well, fact, cure in findings:
        print(f"{'ok  ' if well else 'MEND'}  {fact}{'' if well else ' -> ' + cure}")
    return all(well for well, _, _ in findings)


if __name__ == "__main__":
    sys.exit(not examine())
