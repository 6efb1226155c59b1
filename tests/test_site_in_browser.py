"""The web page in a real browser: every page is whole, quick, light, and open to everybody; its dials turn."""
import json
import math
import re
import subprocess
import sys
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import Watch, browser, served
from film import INDEX
from notebook_code import NOTEBOOKS, ROOT

LEVEL_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LESSONS = [f"notebooks/{path.stem}.html" for path in NOTEBOOKS]
OTHERS = ["index.html", "search.html", "docs/INSTRUCTORS.html", "CONTRIBUTING.html", "CHANGELOG.html",
          "data/README.html", "LICENSE-TEXT.html"]
pytestmark = pytest.mark.browser
each_lesson = pytest.mark.parametrize("name", LESSONS, ids=lambda name: name[10:12])
each_page = pytest.mark.parametrize("name", OTHERS + LESSONS, ids=lambda name: name.removesuffix(".html"))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of a fresh build."""
    folder = tmp_path_factory.mktemp("web") / "site"
    done = subprocess.run([sys.executable, "docs/build.py", "--to", folder], cwd=ROOT, timeout=300, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture(scope="module")
def address(site):
    with served(site) as it:
        yield it


@pytest.fixture(scope="module")
def chrome():
    with browser() as it:
        yield it


@pytest.fixture
def opened(chrome, address):
    """A function: open a page of the site, and wait until it is quiet; keywords are those of a Playwright page."""
    pages = []

    def open_page(name, **look):
        page = chrome.new_page(**look)
        pages.append(page)
        page.watch = Watch(page)
        page.goto(address + name)
        page.wait_for_load_state("networkidle")
        return page

    yield open_page
    for page in pages:
        page.close()


# ---- the whole

def test_the_site_is_light(site):
    files = [file for file in site.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 40e6
    assert {str(file.relative_to(site)) for file in files} >= {*LESSONS, *OTHERS}


def test_search_finds_a_lesson_by_its_words(opened):
    page = opened("search.html?q=autoguidance")
    page.wait_for_selector("#search-results li a")
    found = [link.get_attribute("href") for link in page.query_selector_all("#search-results li a")]
    assert any("12_the_frontier" in link for link in found)


# ---- each page

PICTURES = "() => [...document.images].filter(i => !(i.complete && i.naturalWidth)).map(i => i.src)"
SPEECHLESS = "() => [...document.images].filter(i => !(i.alt && i.alt.length > 15)).map(i => i.src)"
LINKS = "() => [...document.querySelectorAll('a[href]')].map(a => a.href)"
FORMULAS = """() => [...document.querySelectorAll(".math")].filter(m =>
    !m.querySelector("mjx-container, mjx-math") || m.querySelector("mjx-merror")).map(m => m.textContent)"""


@each_page
def test_a_page_is_whole(opened, site, address, name):
    page = opened(name)
    page.evaluate("() => window.MathJax?.startup?.promise")
    page.evaluate("() => { for (const i of document.images) i.loading = 'eager'; }")
    page.wait_for_load_state("networkidle")
    assert page.watch.troubles == []
    assert page.evaluate(PICTURES) == []
    assert page.evaluate(SPEECHLESS) == []
    assert page.evaluate(FORMULAS) == []
    assert page.locator("h1").count() == (name != "search.html")
    links = [urlsplit(link) for link in set(page.evaluate(LINKS)) if link.startswith(address)]
    assert len(links) > 10 and [link.geturl() for link in links if not leads_somewhere(link, site)] == []


def leads_somewhere(link, site):
    """Does this link within the site end at a file, and at a place in it if it names one?"""
    target = site / unquote(link.path).lstrip("/")
    if not target.is_file() or not link.fragment:
        return target.is_file()
    return re.search(f'id="{re.escape(unquote(link.fragment))}"', target.read_text(encoding="utf-8")) is not None


@each_page
def test_a_page_is_accessible(opened, name):
    assert faults(opened(name), LEVEL_AA) == []


@pytest.mark.parametrize("name", ["index.html", "docs/INSTRUCTORS.html", LESSONS[6], LESSONS[11]])
def test_in_the_dark_contrast_is_enough(opened, name):
    assert faults(opened(name, color_scheme="dark"), ["color-contrast"]) == []


def faults(page, rules):
    """What axe finds on a page with everything unfolded: the rule, and up to three places."""
    page.evaluate("() => document.querySelectorAll('details').forEach(folded => { folded.open = true; })")
    found = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]}).response["violations"]
    return [(fault["id"], [node["html"] for node in fault["nodes"]][:3]) for fault in found]


@each_page
def test_a_page_fits_a_phone(opened, name):
    page = opened(name, viewport={"width": 360, "height": 740})
    wide = page.evaluate("() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
    assert wide <= 0, f"the page is {wide} pixels wider than the phone"


# ---- lessons: speed, weight, dials

FIRST_PICTURE = """() => new Promise(resolve => {  // when the first figure had come and the page was painted, in ms
  const came = performance.getEntriesByName(document.querySelector(".cell_output img").src)[0].responseEnd;
  const painted = entries => Math.max(came, entries.getEntries().at(-1).startTime);
  new PerformanceObserver(entries => resolve(painted(entries)))
    .observe({type: "largest-contentful-paint", buffered: true});
})"""


@each_lesson
def test_the_first_picture_is_there_soon(opened, name):
    assert opened(name).evaluate(FIRST_PICTURE) < 1500


LOADED = """frames => performance.getEntriesByType("resource").filter(e => e.name.endsWith(".webp")).length >= frames"""


@each_lesson
def test_a_page_is_light_even_with_its_film(chrome, address, name):
    page, weight = chrome.new_page(), {}
    page.on("requestfinished", lambda request: weight.update({request.url: request.sizes()["responseBodySize"]}))
    film = json.loads(INDEX.read_text(encoding="utf-8"))[name.split("/")[1].removesuffix(".html")]
    frames = math.prod(len(turn["values"]) for turn in film["turns"].values())
    page.goto(address + name)
    page.locator(".film").scroll_into_view_if_needed()
    page.wait_for_function(LOADED, arg=frames)
    page.wait_for_load_state("networkidle")
    page.close()
    assert len([url for url in weight if url.endswith(".webp")]) == frames
    assert sum(weight.values()) < 3e6


@each_lesson
def test_the_dial_turns_without_a_kernel(opened, address, name):
    page = opened(name)
    film, picture = page.locator(".film"), page.locator(".film img")
    film.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    seen = {(picture.get_attribute("src"), picture.get_attribute("alt"))}
    for control in film.locator("input, select").all():
        if control.evaluate("control => control.tagName") == "SELECT":
            control.select_option(index=0 if control.evaluate("control => control.selectedIndex") else 1)
        else:
            control.focus()
            before = control.get_attribute("aria-valuetext")
            page.keyboard.press("ArrowLeft" if control.input_value() != "0" else "ArrowRight")
            assert control.get_attribute("aria-valuetext") != before
            assert film.locator(f"output[for='{control.get_attribute('id')}']").inner_text() != before
        assert (picture.get_attribute("src"), picture.get_attribute("alt")) not in seen
        seen.add((picture.get_attribute("src"), picture.get_attribute("alt")))
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    assert page.watch.troubles == []


@each_lesson
def test_hints_and_solutions_are_folded_and_open(opened, name):
    page = opened(name)
    folded = page.locator("details:has(> summary:text-is('Solution'))")
    assert folded.count() >= 1
    first = folded.first
    assert not first.locator("pre, p").first.is_visible()
    first.locator("summary").focus()
    page.keyboard.press("Enter")
    assert first.locator("pre, p").first.is_visible()


def test_print_shows_the_picture_and_hides_the_controls(opened):
    page = opened(LESSONS[6])
    page.emulate_media(media="print")
    assert not page.locator(".film-controls").is_visible()
    assert page.locator(".film img").is_visible()
    assert page.pdf()[:5] == b"%PDF-"


def test_the_reader_chooses_dark(opened):
    page = opened(LESSONS[0], color_scheme="light")
    paper = "() => getComputedStyle(document.body).backgroundColor"
    seen = {page.evaluate(paper)}
    for _ in range(2):
        page.locator(".theme-toggle:visible").first.click()
        seen.add(page.evaluate(paper))
    assert len(seen) == 2
