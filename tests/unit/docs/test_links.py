"""Links of the docs lead somewhere, and files that the docs name exist."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([\w@./-]+)`")
ROOTS = ("", "layers/comboio/", "functions/", "docs/", "tests/unit/")
"""Where a path that the docs name may begin: the repository, or a source root."""

MADE = ("build/", ".tools/", ".aws-sam/", ".venv/")
"""Places that commands make; a checkout has none of them."""


@cache
def tree() -> frozenset[str]:
    """Return every file and folder of the checkout, as paths with slashes."""
    folders = (path for path in ROOT.iterdir() if path.name not in (".git", "build", ".venv", ".tools", ".aws-sam"))
    found = set()
    for top in folders:
        found.add(top.name)
        if top.is_dir():
            found |= {path.relative_to(ROOT).as_posix() for path in top.rglob("*") if "__pycache__" not in path.parts}
    return frozenset(found)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        number = 0
        while (name := f"{slug}-{number}" if number else slug) in found:
            number += 1
        found.add(name)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_resolve(page: Path) -> None:
    """Each relative link leads to a file that exists, and its anchor to a heading of that file."""
    broken = []
    for target in LINK.findall(CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_named_files_exist(page: Path) -> None:
    """Each path in back quotes exists, and each Python file that is named without a folder exists somewhere."""
    names = {path.rpartition("/")[2] for path in tree()}
    tops = {path.partition("/")[0] for path in tree() if "/" in path}
    missing = []
    for name in NAMED.findall(page.read_text(encoding="utf-8")):
        path = name.rstrip("/")
        if name.startswith(MADE):
            continue
        if "/" not in name:
            found = not name.endswith(".py") or name in names
        elif path.partition("/")[0] in tops or path.endswith((".py", ".md", ".toml")):
            found = any(f"{root}{path}" in tree() for root in ROOTS)
        else:
            found = True  # no path: a pair of options, a type of content, ...
        if not found:
            missing.append(name)
    assert not missing


def test_the_docs_are_found() -> None:
    """The tests above look at the README and at the decision records, so an empty run is no success."""
    looked_at = {page.relative_to(ROOT).as_posix() for page in PAGES}
    assert {"README.md", "docs/adr/0001-partition-ledger.md", "docs/how-to/operate.md"} <= looked_at
