"""Where a producer keeps what must outlive it: its spool, its rejects, its progress. One producer a directory."""

import fcntl
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from comboio.errors import ComboioError
from producer.options.instance import Instance


class StateTakenError(ComboioError):
    """Another running producer has the directory; the text says what to do."""


class StateDirectory:
    """`root/<number of the instance>`; without a root, a temporary directory if anything must be kept at all.

    Raises:
        StateTakenError: another process holds it.
        OSError: it cannot be made.
    """

    def __init__(self, root: Path | None, instance: Instance) -> None:
        self._root = root
        self._path: Path | None = None
        self._lock: IO[str] | None = None
        if root is not None:
            self._path = root / str(instance.number)
            self._path.mkdir(parents=True, exist_ok=True)
            self._lock = (self._path / "lock").open("w")
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._lock.close()
                raise StateTakenError(
                    f"Another producer is using {self._path}. Give each producer on this host its own share "
                    "(PRODUCER_INSTANCE=0/2 and 1/2) or its own PRODUCER_STATE_DIR."
                ) from None

    @property
    def lasting(self) -> bool:
        """Whether a next start will find it."""
        return self._root is not None

    def path(self) -> Path:
        """Return the directory, which exists."""
        if self._path is None:
            self._path = Path(tempfile.mkdtemp(prefix="comboio-producer-"))
        return self._path

    def shared(self) -> Path | None:
        """Return the directory that all instances of this host share."""
        return self._root

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._lock is not None:
            self._lock.close()
