"""The captioned world: coloured shapes on a plain ground, and sentences that say what is there.

A scene holds one object, or two side by side. Its attributes are numbers, places in the word lists below, so that the
truth behind each image is known. Images are x [n, 3, H, W] in [-1, 1].
"""

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from .denoisers import NULL

SHAPES = ["circle", "square", "triangle", "cross"]
COLOURS = {"red": "#D62828", "yellow": "#F2C71B", "green": "#239B47", "blue": "#2456D6", "purple": "#8E3BC2"}
SIZES = ["small", "large"]
PLACES = ["on the left", "on the right", "at the top", "at the bottom", "in the middle"]
RELATIONS = ["left of", "right of", "above", "below"]
BACKGROUNDS = {"white": "#F2F2EE", "grey": "#8C8C8C", "black": "#161616"}
HELD_OUT = [(0, 0, 0), (1, 1, 1), (2, 2, 0), (3, 3, 1), (0, 4, 0)]  # (shape, colour, size) that no training scene shows
ATTRIBUTES = ("size", "colour", "shape", "place", "background")

RADIUS = torch.tensor([[0.27, 0.46], [0.22, 0.36]])  # [objects - 1, size], in half-widths of the image
OFFSET = torch.tensor([[-1.0, 0], [1, 0], [0, -1], [0, 1], [0, 0]])  # where each place lies; up is negative


def rgb(palette) -> Tensor:
    """The colours of a palette {name: "#RRGGBB"} as [K, 3] in [-1, 1]."""
    return torch.tensor([list(bytes.fromhex(code[1:])) for code in palette.values()]) / 127.5 - 1


@dataclass
class Scenes:
    """n scenes: shape, colour and size [n, 2] of both objects, NULL where there is none; background [n]; place [n],
    of one object where it is, of two how the first lies to the second; geometry [n, 2, 4], each x, y, radius, angle.
    """

    shape: Tensor
    colour: Tensor
    size: Tensor
    place: Tensor
    background: Tensor
    geometry: Tensor

    def __len__(self):
        return len(self.place)

    def __getitem__(self, rows):
        return Scenes(*(getattr(self, field.name)[rows] for field in fields(self)))

    @property
    def two(self) -> Tensor:
        """Which scenes hold two objects: [n]."""
        return self.shape[:, 1] != NULL


def scenes(n: int, seed: int = 0, two: float = 0.2, held_out: bool | None = False) -> Scenes:
    """n random scenes, the same for the same seed; a share `two` of them holds two objects.

    held_out: False, no object is one of the combinations HELD_OUT; True, the first of each scene is; None, any may be.
    """
    rng = torch.Generator().manual_seed(seed)
    pair = torch.rand(n, generator=rng) < two
    what = torch.tensor([[s, c, z] for s in range(4) for c in range(5) for z in range(2)])
    kept = what if held_out is None else what[[tuple(row) not in HELD_OUT for row in what.tolist()]]
    objects = kept[torch.randint(len(kept), (n, 2), generator=rng)]
    if held_out:
        objects[:, 0] = torch.tensor(HELD_OUT)[torch.randint(len(HELD_OUT), (n,), generator=rng)]
    objects[~pair, 1] = NULL
    place = torch.where(pair, torch.randint(4, (n,), generator=rng), torch.randint(5, (n,), generator=rng))
    background = torch.randint(3, (n,), generator=rng)
    return Scenes(*objects.unbind(-1), place, background, layout(objects[..., 2], place, pair, rng))


def layout(size, place, pair, rng) -> Tensor:
    """Where the objects lie, how large and how tilted: [n, 2, 4], by chance within what their words allow."""
    n = len(place)
    radius = RADIUS[pair.long()[:, None], size.clamp(min=0)] * (0.95 + 0.1 * torch.rand(n, 2, generator=rng))
    room = 0.9 - radius[:, 0]
    far = torch.where(pair, 0.5, room * (0.8 + 0.2 * torch.rand(n, generator=rng)))
    centre = OFFSET[place] * far[:, None] + 0.08 * (2 * torch.rand(n, 2, generator=rng) - 1)
    angle = 0.4 * torch.rand(n, 2, generator=rng) - 0.2
    centres = torch.stack([centre, -OFFSET[place] * far[:, None] + 0.08 * (2 * torch.rand(n, 2, generator=rng) - 1)], 1)
    return torch.cat([centres, radius[..., None], angle[..., None]], -1)


def signed_distances(u: Tensor, v: Tensor, r: Tensor) -> Tensor:
    """How far points (u, v) are outside each shape of radius r, negative inside: [4, ...], in the order of SHAPES."""
    across, down = u.abs(), v.abs()
    circle = (u**2 + v**2).sqrt() - r
    square = torch.maximum(across, down) - 0.86 * r
    triangle = torch.maximum(0.894 * across - 0.447 * (v + r), v - 0.75 * r)
    bars = torch.maximum(across - r, down - 0.32 * r), torch.maximum(down - r, across - 0.32 * r)
    return torch.stack([circle, square, triangle, torch.minimum(*bars)])


def render(scenes: Scenes, pixels: int = 64) -> Tensor:
    """The images [n, 3, pixels, pixels] in [-1, 1]; edges are anti-aliased: a pixel is covered by a share of itself."""
    line = (torch.arange(pixels) + 0.5) / pixels * 2 - 1
    y, x = torch.meshgrid(line, line, indexing="ij")
    image = rgb(BACKGROUNDS)[scenes.background][..., None, None].expand(-1, 3, pixels, pixels)
    for k in (1, 0):
        across, down, r, angle = scenes.geometry[:, k].T[..., None, None]
        u = (x - across) * angle.cos() + (y - down) * angle.sin()
        v = (y - down) * angle.cos() - (x - across) * angle.sin()
        outside = signed_distances(u, v, r)[scenes.shape[:, k], torch.arange(len(scenes))]
        cover = (0.5 - outside * pixels / 2).clamp(0, 1) * (scenes.shape[:, k] != NULL)[:, None, None]
        colour = rgb(COLOURS)[scenes.colour[:, k]][..., None, None]
        image = image + cover[:, None] * (colour - image)
    return image.contiguous()


# ---- sentences


def phrase(scenes: Scenes, i: int, k: int, said) -> str:
    """Object k of scene i in words: a noun, and before it those of size and colour that are `said`."""
    words = [SIZES[scenes.size[i, k]]] if "size" in said else []
    words += [list(COLOURS)[scenes.colour[i, k]]] if "colour" in said else []
    return " ".join(["a", *words, SHAPES[scenes.shape[i, k]] if "shape" in said else "shape"])


def caption(scenes: Scenes, i: int = 0, said=ATTRIBUTES) -> str:
    """Scene i in words, as far as they are `said`: any of ATTRIBUTES."""
    text = phrase(scenes, i, 0, said)
    if scenes.two[i]:
        link = RELATIONS[scenes.place[i]] if "place" in said else "and"
        text = f"{text} {link} {phrase(scenes, i, 1, said)}"
    elif "place" in said:
        text = f"{text} {PLACES[scenes.place[i]]}"
    return f"{text} on a {list(BACKGROUNDS)[scenes.background[i]]} background" if "background" in said else text


def captions(scenes: Scenes, seed: int = 0, chance: float = 0.7, never=()) -> list[str]:
    """A caption for each scene that says each attribute with so much chance, and those of `never` never."""
    rng = torch.Generator().manual_seed(seed)
    says = (torch.rand(len(scenes), len(ATTRIBUTES), generator=rng) < chance).tolist()
    said = [{a for a, yes in zip(ATTRIBUTES, row) if yes} - set(never) for row in says]
    return [caption(scenes, i, what) for i, what in enumerate(said)]


def words() -> list[str]:
    """All words that a caption can hold, in alphabetical order."""
    lists = SHAPES, COLOURS, SIZES, PLACES, RELATIONS, BACKGROUNDS, ["a shape and on background"]
    return sorted({word for entries in lists for entry in entries for word in entry.split()})


# ---- the truth, and how much of it an image shows

QUESTIONS = {  # what a probe is asked of an image: name, and the number of answers
    "objects": 2, "background": 3, "place": 5, "beside": 2,
    "shape": 4, "colour": 5, "size": 2, "shape 2": 4, "colour 2": 5, "size 2": 2,
}  # fmt: skip


def truth(scenes: Scenes) -> dict[str, Tensor]:
    """The right answer [n] to each of QUESTIONS; NULL where a question makes no sense.

    Of two objects the left or the upper one is the first, whatever the caption says of them; `beside` tells whether
    they stand beside each other (0) or one above the other (1).
    """
    two, swapped = scenes.two, scenes.two & (scenes.place % 2 == 1)
    right = {"objects": two.long(), "background": scenes.background}
    right |= {"place": scenes.place.where(~two, NULL), "beside": (scenes.place // 2).where(two, NULL)}
    for name in ("shape", "colour", "size"):
        first, second = getattr(scenes, name).T
        right |= {name: second.where(swapped, first), f"{name} 2": first.where(swapped, second)}
    return {name: right[name] for name in QUESTIONS}


def adherence(probe, x: Tensor, scenes: Scenes) -> dict[str, Tensor]:
    """Did the images x [n, 3, 64, 64] come out as the captions of `scenes` say? A bool [n] for each of QUESTIONS.

    A question that makes no sense for a scene counts as answered.
    """
    seen, right = answers(probe, x), truth(scenes)
    return {name: (seen[name] == right[name]) | (right[name] == NULL) for name in QUESTIONS}


def followed(probe, x: Tensor, scenes: Scenes) -> dict[str, Tensor]:
    """Which images x [n, ...] of one-object `scenes` show each of ATTRIBUTES; "all": all of them in a single object."""
    right = adherence(probe, x, scenes)
    every = torch.stack([right[name] for name in (*ATTRIBUTES, "objects")]).all(0)
    return {name: right[name] for name in ATTRIBUTES} | {"all": every}


def answers(probe, x: Tensor) -> dict[str, Tensor]:
    """What a probe answers to each of QUESTIONS about images x [n, 3, 64, 64]: the numbers of the answers [n]."""
    device = next(probe.parameters()).device
    with torch.no_grad():
        seen = [probe(part.to(device)) for part in x.split(500)]
    return {name: torch.cat([part[name] for part in seen]).argmax(1).cpu() for name in QUESTIONS}
