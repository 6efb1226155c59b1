"""Dials: sliders over a picture. A dial calls the very function that drew the still picture above it."""

import inspect
import io
from itertools import product
from zipfile import ZipFile, ZipInfo

import ipywidgets as W
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image


class Dial(W.VBox):
    """Controls over a picture that `draw(axes, **values)` draws.

    draw gets one Axes (or a list of them, if columns > 1), emptied, and a value for each control; its defaults are
    where the dial starts. Controls are ipywidgets' abbreviations: (low, high), (low, high, step), or a list of choices.
    """

    def __init__(self, draw, columns: int = 1, size=(4.5, 4.5), **controls):
        self.draw_into, self.figure = draw, Figure(figsize=size, dpi=80, layout="constrained")
        self.canvas = FigureCanvasAgg(self.figure)
        self.axes = list(self.figure.subplots(1, columns, squeeze=False)[0])
        start = inspect.signature(draw).parameters
        self.controls = {name: W.interactive.widget_from_abbrev(c, start[name].default) for name, c in controls.items()}
        for name, control in self.controls.items():
            control.description = name.replace("_", " ")
            control.observe(lambda change: self.redraw(), "value")
        self.image = W.Image(format="png", layout=W.Layout(align_self="flex-start", max_width="100%", height="auto"))
        super().__init__([*self.controls.values(), self.image])
        self.redraw()
        self.figure.set_layout_engine("none")  # laid out once: axes stay where they are, and a redraw takes two thirds

    def redraw(self):
        """Draw the picture that belongs to the controls' values."""
        for ax in self.axes:
            ax.clear()
        values = {name: control.value for name, control in self.controls.items()}
        self.draw_into(self.axes if len(self.axes) > 1 else self.axes[0], **values)
        self.canvas.draw()
        with io.BytesIO() as png:
            self.picture().save(png, "png", compress_level=1)
            self.image.value = png.getvalue()

    def picture(self) -> Image.Image:
        """What it shows now."""
        return Image.fromarray(np.asarray(self.canvas.buffer_rgba())).convert("RGB")

    def film(self, file, **values):
        """Write a zip of pictures, 000.webp, 001.webp, ...: all combinations of these values (a list for each control).

        The last control turns fastest. In the end all are where they were.
        """
        start = {name: self.controls[name].value for name in values}
        with ZipFile(file, "w") as film:
            for number, setting in enumerate(product(*values.values())):
                self.turn(**dict(zip(values, setting)))
                light = self.picture().quantize(128, Image.Quantize.FASTOCTREE).convert("RGB")
                with io.BytesIO() as webp:
                    light.save(webp, "webp", lossless=True, method=6)
                    film.writestr(ZipInfo(f"{number:03}.webp"), webp.getvalue())
        self.turn(**start)

    def turn(self, **values):
        """Set these controls."""
        for name, value in values.items():
            self.controls[name].value = value

    def ends(self) -> bool:
        """Turn every control to both of its ends and back; True if each gave a picture."""
        seen = []
        for control in self.controls.values():
            here = control.value
            span = control.options if hasattr(control, "options") else (control.min, control.max)
            for control.value in (span[0], span[-1], here):
                seen.append(bytes(self.image.value))
        return all(png.startswith(b"\x89PNG") for png in seen)

    def _repr_mimebundle_(self, **options):
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        data["text/plain"] = f"A dial for {', '.join(self.controls)}: it turns when this notebook runs."
        return data
