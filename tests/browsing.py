"""A real browser for tests: this machine's own Chromium, Chrome or Edge, driven by Playwright."""
import functools
import http.server
import os
import shutil
import threading
from contextlib import contextmanager, suppress

import pytest
from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
QUIET = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--no-first-run", "--disable-dev-shm-usage"]


def program():
    """The browser's path. Without one, the tests are skipped; but not in CI, where a skipped test is no test."""
    found = os.environ.get("COURSE_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("no Chromium, Chrome or Edge here: install one, or name its program in COURSE_BROWSER")
    return found


@contextmanager
def browser():
    """A browser without a window."""
    sandbox = [] if os.name == "nt" or os.getuid() else ["--no-sandbox"]  # root cannot have Chromium's sandbox
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=program(), args=QUIET + sandbox)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Hands out files without a word; a browser that leaves before the end is no error."""

    def log_message(self, *arguments):
        pass

    def copyfile(self, source, outputfile):
        with suppress(ConnectionError):
            super().copyfile(source, outputfile)


@contextmanager
def served(folder):
    """The address of a server on this machine that hands out the files of a folder."""
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Watch:
    """What goes wrong on a page: errors in the console, uncaught exceptions, questions that got no good answer."""

    def __init__(self, page):
        self.troubles = []
        page.on("console", lambda message: self.note(message.type == "error", message.text))
        page.on("pageerror", lambda error: self.note(True, str(error)))
        page.on("requestfailed", lambda request: self.note(True, f"no answer from {request.url}"))
        page.on("response", lambda response: self.note(response.status >= 400, f"{response.status} {response.url}"))

    def note(self, wrong, text):
        if wrong:
            self.troubles.append(text)
