"""Runs a headless browser, where this machine has one."""

import shutil
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
"""What browsers that print are called."""

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=20000")
"""No window, no sandbox (the pages are ours), and time enough for a page's script."""

WITHIN_S = 120
"""Seconds that a page may take."""


class NoBrowserError(Exception):
    """There is no browser on this machine that prints; the message says what to install."""


def browser() -> str:
    """Return the browser's path.

    Raises:
        NoBrowserError: there is none.
    """
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise NoBrowserError("No Chromium or Chrome was found: install one (on Debian: apt-get install chromium)")


def pdf(page: Path, to: Path) -> None:
    """Print a page.

    Raises:
        NoBrowserError: there is no browser.
    """
    _run(f"--print-to-pdf={to.resolve()}", "--no-pdf-header-footer", page.resolve().as_uri())


def picture(page: Path, to: Path, width: int, height: int) -> None:
    """Take a picture of a page.

    Raises:
        NoBrowserError: there is no browser.
    """
    _run(f"--screenshot={to.resolve()}", f"--window-size={width},{height}", page.resolve().as_uri())


def content(page: Path) -> str:
    """Return what a page has become when its script is done.

    Raises:
        NoBrowserError: there is no browser.
    """
    return _run("--dump-dom", page.resolve().as_uri())


def _run(*arguments: str) -> str:
    command = [browser(), *FLAGS, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=WITHIN_S)  # noqa: S603 our own pages
    return done.stdout
