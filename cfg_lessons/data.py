"""The course's worlds: mixtures in the plane whose every density is known, and handwritten digits."""

import gzip
import hashlib
import http.client
import math
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import torch
from tqdm.auto import tqdm

from .exact import Mixture
from .store import data_home

TRAIN = 8000  # of the 10,000 shipped digits; the other 2,000 are for evaluation
SHIPPED = "f1a23f2fb1a1c97bb00a811807ddd50a888dbcdcdead94147993273c22ee3f37"
MIRROR = "https://storage.googleapis.com/cvdf-datasets/mnist"
FULL = {
    ("train", "images"): (
        "train-images-idx3-ubyte.gz",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    ("train", "labels"): (
        "train-labels-idx1-ubyte.gz",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    ("eval", "images"): (
        "t10k-images-idx3-ubyte.gz",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    ("eval", "labels"): (
        "t10k-labels-idx1-ubyte.gz",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
}


def triangle(schedule) -> Mixture:
    """Three broad Gaussians, one per label, at the corners of a triangle of radius 1: classes that overlap."""
    angle = math.pi / 2 + torch.arange(3) * 2 * math.pi / 3
    return Mixture(torch.stack([angle.cos(), angle.sin()], 1), torch.full((3,), 0.5), torch.arange(3), schedule)


def ring(schedule) -> Mixture:
    """Eight narrow Gaussians on a circle of radius 1.5, one per label: classes that do not overlap."""
    angle = torch.arange(8) * math.pi / 4
    return Mixture(1.5 * torch.stack([angle.cos(), angle.sin()], 1), torch.full((8,), 0.15), torch.arange(8), schedule)


def spirals(schedule) -> Mixture:
    """Two spiral arms of radius 2, one per label, each a string of 48 narrow Gaussians: a shape to learn."""
    along = torch.linspace(0.15, 1, 48).sqrt()
    arm = 2 * along[:, None] * torch.stack([(2 * math.pi * along).cos(), (2 * math.pi * along).sin()], 1)
    return Mixture(torch.cat([arm, -arm]), torch.full((96,), 0.1), torch.arange(2).repeat_interleave(48), schedule)


def quilt(schedule) -> Mixture:
    """Nine patches in three rows and three columns, with two labels each: [colour, place].

    Place is the column: 0 left, 1 middle, 2 right. Each colour, 0 to 2, has one patch in each row and each column.
    """
    row, column = torch.cartesian_prod(torch.arange(3), torch.arange(3)).T
    means = 1.4 * torch.stack([column - 1.0, 1.0 - row], 1)
    return Mixture(means, torch.full((9,), 0.2), torch.stack([(row + column) % 3, column], 1), schedule)


def batches(x, y, size: int):
    """A function rng -> (x [size, ...], y [size]) that draws from the samples x, y at random."""
    if len(x) != len(y):
        raise ValueError(f"{len(x)} samples but {len(y)} labels; expected one label for each")
    if not torch.isfinite(x).all():
        raise ValueError("the data holds NaN or infinite values; clean it before training")

    def draw(rng):
        i = torch.randint(len(x), (size,), generator=rng).to(x.device)
        return x[i], y[i]

    return draw


def sha256(path) -> str:
    """The checksum of a file."""
    with open(path, "rb") as file:
        digest = hashlib.sha256()
        for part in iter(lambda: file.read(1 << 20), b""):
            digest.update(part)
    return digest.hexdigest()


def as_tensors(images, labels):
    """uint8 images [N, 28, 28] and labels [N] as x [N, 1, 28, 28] in [-1, 1] and y [N] int64."""
    return torch.from_numpy(images.copy())[:, None].float() / 127.5 - 1, torch.from_numpy(labels.copy()).long()


def mnist(split: str = "train"):
    """Handwritten digits x [N, 1, 28, 28] in [-1, 1] and labels y [N]: 8,000 to "train" on, 2,000 to "eval" with.

    The first 10,000 training images of MNIST (LeCun, Cortes, Burges; CC BY-SA 3.0), shipped with the course.
    """
    if split not in ("train", "eval"):
        raise ValueError(f"split {split!r} is unknown; expected 'train' or 'eval'")
    path = data_home() / "mnist_10k.npz"
    if sha256(path) != SHIPPED:
        raise ValueError(
            f"{path} is damaged or altered; restore it (git checkout data/mnist_10k.npz) or get the course again"
        )
    part = slice(None, TRAIN) if split == "train" else slice(TRAIN, None)
    with np.load(path) as file:
        return as_tensors(file["images"][part], file["labels"][part])


def download(url: str, path, checksum: str) -> Path:
    """Fetch url to path: with progress, going on where an earlier try broke off, whole or not at all."""
    path = Path(path)
    part = path.with_name(path.name + ".part")
    if path.exists() and sha256(path) == checksum:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    if not (part.exists() and sha256(part) == checksum):
        try:
            fetch(url, part)
        except urllib.error.HTTPError as error:
            if error.code == 416:  # what we have is no beginning of this file
                part.unlink()
            raise OSError(
                f"{url} answered {error.code} {error.reason}; try later (the shipped digits need no network)"
            ) from error
        except (urllib.error.URLError, ConnectionError, TimeoutError, http.client.HTTPException) as error:
            raise OSError(
                f"could not fetch {url} ({error}); look at your network and call again: it goes on from here"
            ) from error
        except OSError as error:
            raise OSError(f"could not write {part} ({error.strerror or error}); make room, and call again") from error
    if sha256(part) != checksum:
        part.unlink()
        raise ValueError(f"what came from {url} is not the expected file, and was thrown away; call again")
    part.replace(path)
    return path


def fetch(url: str, part: Path):
    """Append to the file `part` whatever of url it does not hold yet."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=30) as answer:
        have = have if answer.status == 206 else 0  # a server that cannot go on starts over
        total = have + int(answer.headers.get("Content-Length", 0))
        bar = tqdm(total=total, initial=have, unit="B", unit_scale=True, desc=part.stem)
        with bar, open(part, "ab" if have else "wb") as file:
            while block := answer.read(1 << 16):
                bar.update(file.write(block))
    if part.stat().st_size < total:
        raise ConnectionError(f"it broke off after {part.stat().st_size:,} of {total:,} bytes")


def mnist_full(split: str = "train", folder=None, mirror: str = MIRROR):
    """All of MNIST, for readers with a network: 60,000 digits to "train" on, the official 10,000 to "eval" with."""
    if split not in ("train", "eval"):
        raise ValueError(f"split {split!r} is unknown; expected 'train' or 'eval'")
    arrays = []
    for kind, header in (("images", 16), ("labels", 8)):
        name, checksum = FULL[split, kind]
        path = download(f"{mirror}/{name}", Path(folder or data_home() / "mnist_full") / name, checksum)
        with gzip.open(path) as file:
            arrays.append(np.frombuffer(file.read(), np.uint8, offset=header))
    return as_tensors(arrays[0].reshape(-1, 28, 28), arrays[1])
