"""systemd itself, as process 1 of namespaces of its own, on a host with both services installed; Linux, as root."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from local.tool import ROOT
from tests.integration.conftest import missing

PACKAGES = {
    "consumer": ("consumer", "layers/comboio/comboio", "functions/dispatcher"),
    "producer": ("producer", "layers/comboio/comboio"),
}
"""What the installer copies, by service."""

TARGETS = ("default", "sysinit", "basic", "shutdown", "network-online", "multi-user")
"""All that the units ask for; nothing of this machine is started."""

NAMESPACES = ("unshare", "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--fork", "--kill-child")
"""The network is this machine's: a broker of the tests is on its loopback."""

BOOT = f"""
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount --bind /proc/sys /proc/sys
mount -o remount,ro,bind /proc/sys
umount -l /sys/fs/cgroup || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs -o mode=755 tmpfs /opt
mkdir -m 755 /run/etc /run/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/work /etc
mkdir -p /etc/comboio /opt/python
mount --bind "$PYTHON" /opt/python
install() {{
    home=/opt/comboio-$1/current
    mkdir -p $home/venv/bin $home/venv/lib $home/functions
    mount --bind "$PACKAGES" $home/venv/lib
    echo "home = /opt/python/bin" > $home/venv/pyvenv.cfg
    ln -s /opt/python/bin/{Path(sys.executable).resolve().name} $home/venv/bin/python
    shift
    cp -r "$@" $home
}}
{chr(10).join(" ".join(("install", service, *packages)) for service, packages in PACKAGES.items())}
cp "$FUNCTIONS" /opt/comboio-consumer/current/functions/of_tests.py
exec env -i container=tests PATH="$PATH" SYSTEMD_UNIT_PATH="$UNITS:/run/systemd/system" /lib/systemd/systemd --system \\
    --show-status=0 --log-target=console --default-standard-output=inherit --default-standard-error=inherit
"""
"""An environment is bound where services may read it: home directories are hidden from them."""

WITHIN_S = 60.0
"""Seconds for what takes one on an idle machine."""


class Systemd:
    """Runs commands where it is process 1."""

    def __init__(self, process: int) -> None:
        self._enter = ("nsenter", f"--target={process}", "--mount", "--pid", "--uts", "--ipc", "--cgroup")

    def run(self, *command: str, text: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a command, with this text as its input."""
        return subprocess.run([*self._enter, *command], input=text, capture_output=True, text=True, check=False)  # noqa: S603 our own

    def write(self, path: str, text: str) -> None:
        """Write a file of the host."""
        self.run("tee", path, text=text).check_returncode()

    def read(self, path: str) -> str:
        """Return a file of the host; nothing where there is none."""
        return self.run("cat", path).stdout

    def state(self, unit: str) -> Mapping[str, str]:
        """Return what systemd knows of a unit."""
        lines = self.run("systemctl", "show", unit).stdout.splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)


@contextmanager
def systemd(folder: Path, units: Mapping[str, str], functions: str) -> Iterator[Systemd]:
    """Run it for the length of the block, with the services' units, and the consumer's module `functions.of_tests`."""
    if not Path("/lib/systemd/systemd").exists():
        missing("systemd: apt install systemd")
    known = folder / "units"
    known.mkdir()
    for name in TARGETS:
        (known / f"{name}.target").write_text("[Unit]\nDefaultDependencies=no\n")
    for service, unit in units.items():
        (known / f"comboio-{service}@.service").write_text(unit)
    (folder / "functions.py").write_text(functions)
    group = _control_group(f"comboio-tests-{os.getpid()}")
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHON": sys.base_prefix,
        "PACKAGES": f"{sys.prefix}/lib",
        "FUNCTIONS": str(folder / "functions.py"),
        "UNITS": str(known),
    }
    enter = f'echo $$ > {group}/cgroup.procs; exec "$@"'
    command = ["/bin/sh", "-c", enter, "sh", *NAMESPACES, "/bin/sh", "-c", BOOT]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)  # noqa: S603 our own
    try:
        yield _booted(process, folder / "log")
    finally:
        process.kill()
        process.wait()
        _remove(group)


def _control_group(name: str) -> Path:
    """Return a new control group, in the hierarchy that systemd itself uses."""
    mounts = (line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines())
    root = next((Path(fields[1]) for fields in mounts if fields[2] == "cgroup2"), None)
    if root is None or os.geteuid() != 0 or shutil.which("nsenter") is None:
        pytest.skip("systemd runs here as root only, with nsenter and control groups of version 2")
    (root / name).mkdir()
    return root / name


def _booted(process: "subprocess.Popen[bytes]", log: Path) -> Systemd:
    deadline = time.monotonic() + WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        for child in children.read_text().split():
            host = Systemd(int(child))
            if host.run("systemctl", "is-system-running").stdout.strip() == "running":
                return host
        time.sleep(0.05)
    pytest.skip(f"systemd does not start in namespaces here: {log.read_text()[-500:]}")


def _remove(group: Path) -> None:
    """Remove it and those that systemd made in it, once their processes are gone."""
    deadline = time.monotonic() + WITHIN_S
    while group.exists() and time.monotonic() < deadline:
        for folder in (*sorted(group.rglob("*/"), reverse=True), group):
            with suppress(OSError):
                folder.rmdir()
        time.sleep(0.05)
