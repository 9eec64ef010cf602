"""Signs of life for systemd: ready, alive often enough, stopping."""

import socket
from pathlib import Path

import pytest

from comboio.host.systemd import SystemdNotifier


def _listener(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(path))
    listener.settimeout(5)
    return listener


def test_it_tells_systemd(tmp_path: Path) -> None:
    """Ready at once, alive four times in the watchdog's time and not more often, stopping at the end."""
    with _listener(tmp_path / "notify") as listener:
        notifier = SystemdNotifier({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "40000000"})
        notifier.ready()
        for now in range(25):
            notifier.alive(lambda: float(now))  # noqa: B023 - called in this turn
        notifier.stopping()
        said = [listener.recv(100) for _ in range(5)]
    assert said == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"WATCHDOG=1", b"STOPPING=1"]


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_without_systemd_it_says_nothing(tmp_path: Path) -> None:
    """No socket, or one that nobody listens on, is no error."""
    SystemdNotifier({}).ready()
    SystemdNotifier({"NOTIFY_SOCKET": str(tmp_path / "none")}).ready()
