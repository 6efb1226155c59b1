"""What Sphinx needs to know; `docs/build.py` calls it."""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from environment import pyproject  # noqa: E402

COURSE = pyproject()["tool"]["course"]
OWNER, NAME = COURSE["repository"].split("/")
MATHJAX = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"

project = "Guidance in diffusion models"
copyright = "the authors of the course. Code: MIT. Text and figures: CC BY 4.0"
language = "en"
extensions = ["myst_nb", "sphinx_copybutton"]
exclude_patterns = ["extra"]

nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show, nb_code_prompt_hide = "Show the set-up", "Hide the set-up"  # nothing else is folded
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
mathjax_path = "mathjax/tex-chtml.js"
mathjax3_config = {"options": {"enableMenu": False}}

html_theme = "furo"
html_title = project
html_baseurl = f"https://{OWNER.lower()}.github.io/{NAME}/"
html_favicon = "static/icon.svg"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = [(file, {"defer": "defer"}) for file in ("film.js", "reading.js")]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#00558A", "color-brand-content": "#00558A"},
    "dark_css_variables": {"color-brand-primary": "#7CC4F0", "color-brand-content": "#7CC4F0"},
}
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "a11y-high-contrast-dark"


def setup(app):
    """MathJax and its fonts come along, so that the page needs no other site."""

    def copy_mathjax(app, error):
        if error is None:
            for part in ("tex-chtml.js", "output/chtml/fonts/woff-v2"):
                place = Path(app.outdir) / "_static" / "mathjax" / part
                place.parent.mkdir(parents=True, exist_ok=True)
                (shutil.copytree if (MATHJAX / part).is_dir() else shutil.copy)(MATHJAX / part, place)

    app.connect("build-finished", copy_mathjax)
