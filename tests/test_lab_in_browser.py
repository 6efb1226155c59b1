"""Every lesson in a real JupyterLab, in a real browser: run all, no error, and the dial turns, soon and smoothly."""
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from functools import partial

import pytest
from browsing import Watch, browser
from film import is_dial
from notebook_code import NOTEBOOKS, ROOT, read

SECONDS = json.loads((ROOT / "data" / "pictures" / "seconds.json").read_text(encoding="utf-8"))
LONG = 75  # seconds: CI leaves longer lessons out, by -m "browser and not long"
EXACT = ("01", "02", "03", "13")  # dials over the exact 2D worlds
WITHIN = {True: 0.2, False: 1.0}  # seconds from a key to another picture

BADGE = '<svg xmlns="http://www.w3.org/2000/svg" width="117" height="20"/>'  # stands in for Colab's: tests ask no site

pytestmark = pytest.mark.browser
lessons = pytest.mark.parametrize("path", [
    pytest.param(path, id=path.stem, marks=[pytest.mark.long] if SECONDS[path.stem] > LONG else [])
    for path in NOTEBOOKS])


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab over a copy of the course, with settings of its own."""
    home = tmp_path_factory.mktemp("lab")
    for part in ("notebooks", "cfg_lessons", "data"):
        shutil.copytree(ROOT / part, home / "course" / part)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {name: str(home / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR",
                                               "JUPYTERLAB_WORKSPACES_DIR")}
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser", "--allow-root",
         f"--port={port}", "--IdentityProvider.token=", "--ServerApp.port_retries=0",
         f"--ServerApp.root_dir={home / 'course'}"],
        env={**os.environ, **own, "OMP_WAIT_POLICY": "PASSIVE"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/"
    try:
        wait_for(address + "api", server)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def wait_for(address, server, seconds=60):
    """Until something answers there."""
    for _ in range(seconds * 5):
        try:
            return urllib.request.urlopen(address)
        except OSError:
            assert server.poll() is None, "JupyterLab did not start"
            time.sleep(0.2)
    pytest.fail(f"JupyterLab does not answer within {seconds} s")


@pytest.fixture(scope="module")
def chrome():
    with browser() as it:
        yield it


@pytest.fixture
def opened(lab, chrome, path):
    """The lesson, open in JupyterLab, with its kernel ready; and what went wrong on the page so far."""
    page = chrome.new_page(viewport={"width": 1280, "height": 900})
    page.route("https://**/*.svg", lambda route: route.fulfill(body=BADGE, content_type="image/svg+xml"))
    watch = Watch(page)
    page.goto(f"{lab}lab/tree/notebooks/{path.name}?reset")
    page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.context?.isReady")
    page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.ready")
    yield page, watch
    page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.close()


LOOK = """dial => {  // from the next turn on, look at every frame: when does the picture change, and does it ever go?
  const image = dial.querySelector("img"), before = image.src, seen = {blank: 0, heights: []};
  const alive = () => image.isConnected && image.complete && image.naturalWidth > 0;
  window.looked = new Promise(resolve => {
    let start;
    const begin = () => {
      if (start === undefined) { start = performance.now(); frame(); }
    };
    const frame = () => {
      const now = (performance.now() - start) / 1000;
      if (!alive() && image.src === before) seen.blank += 1;
      if (!seen.heights.includes(image.clientHeight)) seen.heights.push(image.clientHeight);
      if (seen.changed === undefined && image.src !== before && alive()) seen.changed = now;
      if (now > 5 || now > seen.changed + 0.2) resolve(seen); else requestAnimationFrame(frame);
    };
    for (const event of ["keydown", "change"]) dial.addEventListener(event, begin, {once: true, capture: true});
  });
}"""


def turn(page, dial, act):
    """Turn a control, and say after how many seconds the picture was another one."""
    dial.evaluate(LOOK)
    act()
    seen = page.evaluate("() => window.looked")
    assert "changed" in seen, "the control was turned, and the picture stayed as it was"
    assert seen["blank"] == 0 and len(seen["heights"]) == 1, f"the picture flickers: {seen}"
    return seen["changed"]


def there_and_back(control):
    """Two turns of a control, from wherever it stands."""
    if control.evaluate("control => control.tagName") == "SELECT":
        here = control.evaluate("control => control.selectedIndex")
        return [partial(control.select_option, index=index) for index in (here - 1 if here else 1, here)]
    last = control.get_attribute("aria-valuenow") == control.get_attribute("aria-valuemax")
    keys = ("ArrowLeft", "ArrowRight") if last else ("ArrowRight", "ArrowLeft")
    return [partial(control.press, key) for key in keys]


@lessons
def test_a_lesson_runs_and_its_dial_turns(opened, path):
    page, watch = opened
    page.set_default_timeout(900_000)
    page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
    cells = page.evaluate("() => jupyterapp.shell.currentWidget.content.model.toJSON().cells")
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    shown = [output for cell in code for output in cell["outputs"]]
    assert [output for output in shown if output["output_type"] == "error" or output.get("name") == "stderr"] == []

    place = next(i for i, cell in enumerate(read(path).cells) if is_dial(cell))
    page.evaluate("place => jupyterapp.shell.currentWidget.content.scrollToItem(place, 'start')", place)
    dial = page.locator(".widget-vbox:has(> img)").first
    controls = dial.locator(".noUi-handle, select").all()
    seconds = [min(turn(page, dial, act) for act in there_and_back(control)) for control in controls]
    print(f"{path.stem}:", *(f"{value:.2f}" for value in seconds), "s for its controls")
    assert max(seconds) < WITHIN[path.stem[:2] in EXACT]
    assert watch.troubles == []
