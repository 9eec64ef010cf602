"""Whether the places that options name can be written to at all, checked before the start."""

import errno
import os
from pathlib import Path

from comboio.settings import SettingsError
from producer.options.settings import ProducerSettings

_OF_THE_OPTION = frozenset(
    {
        errno.EACCES,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EPERM,
    }
)
"""What a restart does not mend. A disk that is full, broken or read-only today is no fault of an option."""


def check_outputs(settings: ProducerSettings) -> None:
    """Make sure that files can be written where the options say.

    Raises:
        SettingsError: a place cannot be written to, whatever the disk does.
    """
    for name in ("stats_file", "ack_journal", "reject_file"):
        path: Path | None = getattr(settings, name)
        if path is not None:
            _check(settings.environment_name(name), path, path.parent, is_file=True)
    if settings.state_dir is not None:
        _check(settings.environment_name("state_dir"), settings.state_dir, settings.state_dir, is_file=False)


def _check(variable: str, path: Path, directory: Path, *, is_file: bool) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if is_file and path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        needed = path if path.exists() else directory
        if not os.access(needed, os.W_OK) and not os.statvfs(needed).f_flag & os.ST_RDONLY:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        if error.errno in _OF_THE_OPTION:
            raise SettingsError(
                f"{variable} is {str(path)!r}, which cannot be written to: {error.strerror}. "
                "Name another place, or give this user the permission."
            ) from None
