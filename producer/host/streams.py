"""The standard streams, some of which a supervisor may have closed."""

import os
import sys

STANDARD_INPUT, STANDARD_OUTPUT, STANDARD_ERROR = 0, 1, 2
"""Their file descriptors."""


def open_standard_streams() -> frozenset[int]:
    """Open /dev/null in the place of each standard stream that is closed; return which were.

    Otherwise the next file or connection would get its number, and whatever is printed would go there. To be called
    before anything else is opened.
    """
    closed = set()
    for number in (STANDARD_INPUT, STANDARD_OUTPUT, STANDARD_ERROR):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one
            closed.add(number)
    if sys.stdin is None:
        sys.stdin = os.fdopen(STANDARD_INPUT, closefd=False)
    if sys.stdout is None:
        sys.stdout = os.fdopen(STANDARD_OUTPUT, "w", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(STANDARD_ERROR, "w", closefd=False)
    return frozenset(closed)


def release_standard_output() -> None:
    """Flush standard output; if its reader has gone, drop what is left, which would end the process with an error."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, STANDARD_OUTPUT)
        os.close(nowhere)


def write_all(file: int, data: bytes) -> None:
    """Write all of `data` to a file descriptor.

    Raises:
        OSError: the reader has gone, or the disk is full.
    """
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]
