"""Files that hold messages: readable by their owner only."""

import os
from pathlib import Path
from typing import BinaryIO, Literal

_FLAGS = {"wb": os.O_WRONLY | os.O_CREAT | os.O_TRUNC, "ab": os.O_WRONLY | os.O_CREAT | os.O_APPEND}


def open_private(path: Path, mode: Literal["wb", "ab"]) -> BinaryIO:
    """Opens `path` for writing; a new one gets mode 600.

    Raises:
        OSError: it cannot be opened.
    """
    return os.fdopen(os.open(path, _FLAGS[mode], 0o600), mode)
