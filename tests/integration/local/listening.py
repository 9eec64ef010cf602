"""Who can reach a server."""

import socket
from pathlib import Path

import pytest


def addresses_of(port: int) -> set[str]:
    """Return the IPv4 addresses at which this machine listens for a port; skips where that cannot be seen."""
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("only Linux shows in a file who listens where")
    rows = [line.split() for line in table.read_text().splitlines()[1:]]
    listening = [row[1].split(":") for row in rows if row[3] == "0A"]
    return {
        socket.inet_ntoa(int(address, 16).to_bytes(4, "little"))
        for address, number in listening
        if int(number, 16) == port
    }
