"""Namespaces for the run: a network for each broker that can be cut, and a small disk; Linux only, without being root.

The command starts itself anew in namespaces of its own, so all of this is gone when its processes are.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from local.kafka.three_brokers import LOOPBACK, BrokerHost

INSIDE = "COMBOIO_ENCLOSED"
"""Set in the process that is inside."""

UNSHARE = ("unshare", "--user", "--map-root-user", "--net", "--mount")
"""Namespaces in which this user may do what root may, and nothing outside sees it."""

DISK = Path("/run/broker-disk")
"""Where the last broker's small disk is, in the namespace."""

DISK_MB = 192
"""More than all scenarios write, and soon filled."""

NOBODY = "02:00:00:00:00:99"
"""An Ethernet address that no broker has: what is sent there is gone, as in a network that is cut."""

SET_UP = f"""
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/netns {DISK}
mount -t tmpfs -o size={DISK_MB}m tmpfs {DISK}
ip link set lo up
ip link add bridge0 type bridge
ip link set bridge0 up
ip addr add 10.213.0.254/24 dev bridge0
for n in 1 2 3; do
  ip netns add broker$n
  ip link add port$n type veth peer name eth0 netns broker$n
  ip link set port$n master bridge0 up
  in="nsenter --net=/run/netns/broker$n --"
  $in ip addr add 10.213.0.$n/24 dev eth0
  $in ip link set eth0 up
  $in ip link set lo up
done
"""
"""Three networks, joined by a bridge, and a disk."""


def enter(module: str, arguments: Sequence[str]) -> str:
    """Start the command anew in namespaces of its own, unless it is there; return why it cannot be, or nothing."""
    if INSIDE not in os.environ and not (reason := forbidden()):
        command = [*UNSHARE, sys.executable, "-m", module, *arguments]
        os.execvpe(UNSHARE[0], command, {**os.environ, INSIDE: "1"})  # noqa: S606 - our own, in this process's host
    return "" if INSIDE in os.environ else reason


def forbidden() -> str:
    """Return why this machine has no namespaces for us, or nothing."""
    if not sys.platform.startswith("linux") or not all(map(shutil.which, ("unshare", "nsenter", "ip"))):
        return "needs Linux with unshare, nsenter and ip"
    tried = subprocess.run([*UNSHARE, "/bin/sh", "-c", SET_UP], capture_output=True, text=True, check=False)  # noqa: S603 - our own
    last = tried.stderr.strip().splitlines()[-1:]
    return f"this machine does not allow namespaces: {' '.join(last)}" if tried.returncode else ""


class Enclosure:
    """The networks and the disk, or nothing where the machine does not allow them."""

    def __init__(self, missing: str) -> None:
        self.missing = missing
        """Why there are none."""
        self.hosts = LOOPBACK
        self._cut: set[tuple[int, int]] = set()
        if not missing:
            subprocess.run(["/bin/sh", "-c", SET_UP], check=True)  # noqa: S603 - our own
            self.hosts = (_host(1), _host(2), BrokerHost(_host(3).address, _host(3).enter, DISK / "data"))

    def cut(self, number: int) -> None:
        """Cut a broker off from the others; clients reach all of them."""
        for other in {1, 2, 3} - {number}:
            for here, there in ((number, other), (other, number)):
                self._neighbour(here, "replace", f"10.213.0.{there}", "lladdr", NOBODY, "nud", "permanent")
                self._cut.add((here, there))

    def fill_disk(self) -> None:
        """Fill the last broker's disk."""
        with (DISK / "filler").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 16))
            except OSError:  # it is full
                pass

    def heal(self) -> None:
        """Undo all that."""
        for here, there in self._cut:
            self._neighbour(here, "del", f"10.213.0.{there}")
        self._cut.clear()
        if not self.missing:
            (DISK / "filler").unlink(missing_ok=True)

    def _neighbour(self, here: int, *change: str) -> None:
        command = [*_host(here).enter, "ip", "neigh", *change, "dev", "eth0"]
        subprocess.run(command, check=True)  # noqa: S603 - our own


def _host(number: int) -> BrokerHost:
    return BrokerHost(f"10.213.0.{number}", ("nsenter", f"--net=/run/netns/broker{number}", "--"))
