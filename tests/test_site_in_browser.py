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
UNSET = """() => [...document.querySelectorAll("article p, article td, article li")].filter(box => {
  const words = box.cloneNode(true);
  words.querySelectorAll("pre, code, .math").forEach(part => part.remove());
  return /[$]|[*][*]/.test(words.textContent);
}).map(box => box.textContent)"""


@each_page
def test_a_page_is_whole(opened, site, address, name):
    page = opened(name)
    page.evaluate("() => window.MathJax?.startup?.promise")
    page.evaluate("() => { for (const i of document.images) i.loading = 'eager'; }")
    page.wait_for_load_state("networkidle")
    assert page.watch.troubles == []
    assert page.evaluate(PICTURES) == []
    assert page.evaluate(SPEECHLESS) == []
    assert page.evaluate(FORMULAS) == [] and page.evaluate(UNSET) == []
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
def test_a_page_fits_every_screen(opened, name):
    page, over = opened(name), {}
    for width in (360, 820, 1366, 1600, 1680, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        over[width] = page.evaluate("() => document.scrollingElement.scrollWidth - innerWidth")
    assert max(over.values()) <= 0, f"wider than the screen by {over}"


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


def test_the_drawer_of_a_narrow_page_opens_by_key(opened):
    page = opened(LESSONS[5], viewport={"width": 820, "height": 1180})
    lesson = page.locator(".sidebar-tree a", has_text="7. Negative prompts")
    assert not lesson.is_visible()
    page.get_by_role("button", name="Lessons").first.focus()
    page.keyboard.press("Enter")
    lesson.wait_for()
    page.wait_for_function("link => link.getBoundingClientRect().x >= 0", arg=lesson.element_handle())


def test_an_animation_can_be_stopped_and_stands_still_for_who_asks(opened):
    page = opened("index.html")
    moving, still = page.locator("img[src$='.gif']"), page.locator("canvas[role=img]")
    assert moving.count() == 1 and still.count() == 0
    page.get_by_role("button", name="Stop the motion").click()
    assert moving.count() == 0 and still.get_attribute("aria-label").startswith("Three rows of ten drawn digits")
    calm = opened("index.html", reduced_motion="reduce")
    calm.get_by_role("button", name="Start the motion").wait_for()
    assert calm.locator("img[src$='.gif']").count() == 0


def test_the_reader_chooses_dark(opened):
    page = opened(LESSONS[0], color_scheme="light")
    paper = "() => getComputedStyle(document.body).backgroundColor"
    seen = {page.evaluate(paper)}
    for _ in range(2):
        page.locator(".theme-toggle:visible").first.click()
        seen.add(page.evaluate(paper))
    assert len(seen) == 2
