"""A folder for the files of targets that read files; it goes when the process ends."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path


@cache
def folder() -> Path:
    """Return the process's own folder."""
    made = Path(tempfile.mkdtemp(prefix="comboio-fuzz-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made
