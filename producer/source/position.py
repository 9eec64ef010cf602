"""How far a file was read, and how to know the file again: by its inode and by bytes of what was read."""

import os
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

HEAD = 1_024
"""Most bytes of a file's beginning that its fingerprint covers."""

TAIL = 1_024
"""Most bytes before the position that its fingerprint covers."""


class FilePosition(NamedTuple):
    """A place in a file, with fingerprints of what is before it: an inode alone may be another file's by now."""

    inode: int
    """The file's inode, which a rename keeps."""
    offset: int
    """Bytes from the file's beginning."""
    head: str
    """Fingerprint of the first bytes, as many as there are before the offset and at most HEAD."""
    tail_bytes: int
    """How many bytes `tail` covers."""
    tail: str
    """Fingerprint of the bytes just before the offset."""

    def is_in(self, file: int) -> bool:
        """Return whether the open file is the one that this is a position in, and still has what was read of it."""
        status = os.fstat(file)
        if status.st_ino != self.inode or status.st_size < self.offset:
            return False
        head = os.pread(file, min(HEAD, self.offset), 0)
        tail = os.pread(file, self.tail_bytes, self.offset - self.tail_bytes)
        return fingerprint(head) == self.head and fingerprint(tail) == self.tail


class Reached(NamedTuple):
    """How far a file was given."""

    path: Path
    """Where it was then. Another file may be there by now: a file is known by its inode."""
    position: FilePosition
    """The place after its last line."""


def fingerprint(data: bytes) -> str:
    """Return a short digest of some bytes."""
    return blake2b(data, digest_size=12).hexdigest()
