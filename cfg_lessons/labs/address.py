"""The address of a fork: every link, badge and set-up cell of this clone names the repository that it belongs to.

  python course.py fork OWNER/NAME [--branch BRANCH]    write the address everywhere, pyproject.toml included
  python course.py fork --check                         change nothing; list what disagrees with pyproject.toml

The address stands in pyproject.toml, [tool.course]. What is rewritten: wherever that address occurs in FILES, and other
addresses in the places that can only be ours: set-up cells, Colab badges of notebooks that are here. An address seen
there is followed through the other links too, except a plain link to its front page: that may be a credit to the course
from which this one comes. A link to another branch or to a tag keeps it. The web page of the course, where GitHub Pages
serves it, moves with its repository. Else the files stay as they are, to the byte.
pyproject.toml is written last: interrupted, the same command finishes the work.
"""

import argparse
import re
import sys
from pathlib import Path
from typing import NamedTuple

from ..files import replacing

ROOT = Path(__file__).resolve().parents[2]
FILES = ("*.md", "docs/**/*.md", "data/**/*.md", ".github/*.md", ".github/ISSUE_TEMPLATE/*.yml", "CITATION.cff",
         "notebooks/*.ipynb")  # fmt: skip

OWNER, NAME = r"[A-Za-z0-9](?:-?[A-Za-z0-9])*", r"[\w-]+(?:\.(?!git\b)[\w-]+)*"
BRANCH = r"\w[\w-]*(?:[./][\w-]+)*"
END = r"(?![\w-]|\.(?!git\b|zip\b|tar\b)\w)"  # a name ends here, and is not the beginning of a longer one

SITE = r"""\b[\w-]+\.[a-z]{2,}[/:](?:[^\s"'()<>\\`]*?[/:=])?"""  # of a link: all that stands before the repository
TO_BRANCH = r"(?:(?:/(?:blob|tree|raw|edit|archive))?(?:/refs/heads)?/|(?:\.git)?@)"  # between repository and branch

SET_UP = re.compile(r'(REPO, BRANCH = (?P<quote>\\?"))([^"\\]*)((?P=quote), (?P=quote))([^"\\]*)')
BADGE = re.compile(
    rf"colab\.research\.google\.com/github/(?P<repository>{OWNER}/{NAME})/blob/"
    r"""(?P<branch>[^\s"'()<>\\]+)/(?P<file>notebooks/[\w.-]+\.ipynb)"""
)
STATED = {  # the values in pyproject.toml
    key: re.compile(rf'(?ms)(^\[tool\.course\](?:(?!^\[).)*?^{key}\s*=\s*")([^"\n]*)')
    for key in ("repository", "branch")
}


def web_page(repository):
    """Where GitHub Pages serves the web page of a repository."""
    owner, name = repository.split("/")
    return f"{owner}.github.io/{name}"


class Address(NamedTuple):
    """Where a course lives on GitHub."""

    repository: str  # OWNER/NAME
    branch: str

    def trouble(self):
        """What is wrong with it, in a sentence; nothing if it can be an address."""
        if not re.fullmatch(f"{OWNER}/{NAME}", self.repository, flags=re.ASCII):
            return f"{self.repository!r} is not of the form OWNER/NAME, for example my-school/my-course."
        if not re.fullmatch(BRANCH, self.branch, flags=re.ASCII):
            return f"{self.branch!r} is not the name of a branch: use letters, digits and . _ - / between them."
        return ""


# ---- reading

def content(path):
    """The text of a file with its own line ends."""
    return path.read_bytes().decode("utf-8")


def stated(project):
    """The address that the text of pyproject.toml states."""
    found = [pattern.search(project) for pattern in STATED.values()]
    if not all(found):
        raise SystemExit("pyproject.toml states no repository and branch under [tool.course]: put them back first.")
    address = Address(*(match[2] for match in found))
    if trouble := address.trouble():
        raise SystemExit(f"Mend [tool.course] in pyproject.toml by hand first: {trouble}")
    return address


def badges(text):
    """The Colab links to notebooks of a course: (address, file)."""
    return [(Address(match["repository"], match["branch"]), match["file"]) for match in BADGE.finditer(text)]


def seen(root, text):
    """The addresses in places that can only be ours, whatever pyproject.toml says."""
    found = [Address(match[3], match[5]) for match in SET_UP.finditer(text)]
    found += [address for address, file in badges(text) if (root / file).exists()]
    return {address for address in found if not address.trouble()}


# ---- rewriting

def either(names):
    """A pattern of these names, the longest first."""
    return "(?:" + "|".join(map(re.escape, sorted(set(names), key=lambda name: (-len(name), name)))) + ")"


def occurrences(own, others):
    """A pattern of what to rewrite: `own` everywhere, `others` in links to more than a front page."""
    repositories, branches = zip(own, *others)
    mine, other = (either(names) + END for names in ([own.repository], repositories))
    linked = rf"(?P<site>{SITE})(?:{mine}|{other}(?=/|\.git\b))"
    my_web, other_web = (either(map(web_page, names)) + END for names in ([own.repository], repositories))
    web = rf"(?<![\w.-])(?P<web>{my_web}|{other_web}(?=/\w))"
    alone = rf"(?<![\w./+=:-]){mine}(?![/+=])"  # a mention in a sentence; no part of a path or of a picture in base64
    return re.compile(rf"{web}|(?:{linked}|{alone})(?:(?P<way>{TO_BRANCH}){either(branches)}{END})?")


def relinked(text, pattern, new):
    """The text with the new address."""

    def address(match):
        if match["web"]:
            return web_page(new.repository)
        return (match["site"] or "") + new.repository + (match["way"] + new.branch if match["way"] else "")

    return SET_UP.sub(lambda match: match[1] + new.repository + match[4] + new.branch, pattern.sub(address, text))


def restated(project, new):
    """The text of pyproject.toml with the new address."""
    for pattern, value in zip(STATED.values(), new):
        project = pattern.sub(lambda match: match[1] + value, project, count=1)
    return project


def texts(root):
    """{file: text} of all files that may hold the address, pyproject.toml last."""
    paths = sorted({path for kind in FILES for path in root.glob(kind)})
    return {path: content(path) for path in [*paths, root / "pyproject.toml"]}


def changes(old, new):
    """{file: new text} of the files that have to change. `old` is {file: text}."""
    *pages, project = old
    own = stated(old[project])
    others = set().union(*(seen(project.parent, old[page]) for page in pages))
    pattern = occurrences(own, others)
    fresh = {page: relinked(old[page], pattern, new) for page in pages} | {project: restated(old[project], new)}
    return {path: text for path, text in fresh.items() if text != old[path]}


# ---- the command

def disagreements(root):
    """What a check has to say, a line each."""
    old = texts(root)
    own = stated(old[root / "pyproject.toml"])
    for path, text in changes(old, own).items():
        pairs = zip(old[path].split("\n"), text.split("\n"))
        lines = [str(number) for number, (one, other) in enumerate(pairs, 1) if one != other]
        yield f"{path.relative_to(root).as_posix()}: another address in line {', '.join(lines)}"
    for path, text in old.items():
        named = {file for address, file in badges(text) if address.repository == own.repository}
        for file in sorted(file for file in named if not (root / file).exists()):
            yield f"{path.relative_to(root).as_posix()}: a badge for {file}, which is not there"


def check(root):
    """Say what disagrees; the exit code."""
    own, found = stated(content(root / "pyproject.toml")), list(disagreements(root))
    cure = f"not yet everywhere: python course.py fork {own.repository} rewrites addresses, not names of files."
    print(*found, f"{own.repository}, branch {own.branch}: {cure if found else 'everything agrees.'}", sep="\n")
    return int(bool(found))


def fork(root, repository, branch=None):
    """Write the address everywhere."""
    old = texts(root)
    new = Address(repository, branch or stated(old[root / "pyproject.toml"]).branch)
    if trouble := new.trouble():
        raise SystemExit(trouble)
    fresh = changes(old, new)
    for path, text in fresh.items():
        with replacing(path) as file:
            file.write_bytes(text.encode("utf-8"))
        print(f"{path.relative_to(root).as_posix()} rewritten")
    done = f"{len(fresh)} files rewritten. Commit and push them." if fresh else "nothing to do."
    print(f"{new.repository}, branch {new.branch}: {done}")
    return 0


def main():
    parser = argparse.ArgumentParser(prog="course.py fork", description="Make this clone's links and badges its own.")
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("repository", nargs="?", metavar="OWNER/NAME", help="the fork on GitHub")
    asked.add_argument("--check", action="store_true", help="change nothing; list what disagrees with pyproject.toml")
    parser.add_argument("--branch", help="the branch that readers open (default: as it is)")
    options = parser.parse_args()
    if options.check and options.branch:
        parser.error("--check compares with the branch in pyproject.toml: leave --branch out")
    if not (ROOT / "pyproject.toml").exists():
        raise SystemExit(f"An address is for a clone of the course, and this is the installed package in {ROOT}.")
    try:
        return check(ROOT) if options.check else fork(ROOT, options.repository, options.branch)
    except OSError as error:
        raise SystemExit(f"{error}. The same command finishes the work.") from None
    except KeyboardInterrupt:
        raise SystemExit("Stopped: the same command finishes the work.") from None


if __name__ == "__main__":
    sys.exit(main())
