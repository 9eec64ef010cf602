"""The installer, in a root of its own: systemd and pip are stand-ins, the services that it tries out are real."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ops.install.environment import FOLDER, SERVICES

SYSTEMCTL = """\
#!/bin/bash
echo "$*" >>"$SYSTEMD/calls"
case $1 in
    list-units) cat "$SYSTEMD/running" ;;
    restart) [[ ! -e $SYSTEMD/starts || $(readlink "$COMBOIO_HOME/current") == "$(cat "$SYSTEMD/starts")" ]] ;;
esac
"""
"""systemd's stand-in: instances in `running` run, and no release starts but the one that `starts` names, if it does."""

PYTHON = f"""\
#!/bin/bash
if [[ $2 == venv ]]; then
    mkdir -p "$3/bin"
    ln -s "$0" "$3/bin/python"
    printf '#!/bin/bash\\n[[ ! -e $SYSTEMD/no-packages ]]\\n' >"$3/bin/pip"
    chmod +x "$3/bin/pip"
    exit
fi
[[ ! -e $SYSTEMD/runs ]] || PYTHONPATH= exec {sys.executable} "$@"
"""
"""Python's stand-in: an environment has no packages; code runs, with those of the tests, if `runs` is there."""

EACH = pytest.mark.parametrize("host", [service.name for service in SERVICES], indirect=True)


class Host:
    """A root with the stand-ins."""

    def __init__(self, root: Path, service: str) -> None:
        self.root = root
        self.service = service
        self.name = f"comboio-{service}"
        self.home = root / "opt" / self.name
        self.options = root / f"etc/comboio/{service}.env"
        self.unit = root / f"etc/systemd/system/{self.name}@.service"
        self._systemd = root / "systemd"
        programs = root / "bin"
        for folder in (self._systemd, programs):
            folder.mkdir()
        for name, text in (("systemctl", SYSTEMCTL), ("python", PYTHON)):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        self.run_instances()

    def run_instances(self, *instances: int) -> None:
        """Let these instances run."""
        lines = [f"{self.name}@{each}.service loaded active running\n" for each in instances]
        (self._systemd / "running").write_text("".join(lines))

    def tell(self, what: str, text: str = "") -> None:
        """Tell the stand-ins how it is today."""
        (self._systemd / what).write_text(text)

    def calls(self) -> list[str]:
        """Return what systemd was asked for since the last call, questions aside."""
        path = self._systemd / "calls"
        found = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [call for call in found if not call.startswith("list-units")]

    def install(self, *arguments: str, script: Path = FOLDER / "install.sh") -> "subprocess.CompletedProcess[str]":
        """Run the installer."""
        environ = {
            "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}",
            "PYTHON": str(self.root / "bin/python"),
            "COMBOIO_ROOT": str(self.root),
            "SYSTEMD": str(self._systemd),
            "COMBOIO_HOME": str(self.home),
        }
        bash = shutil.which("bash")
        assert bash
        return subprocess.run(  # noqa: S603 - our own script
            [bash, str(script), self.service, *arguments],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )

    def link(self, name: str) -> str:
        """Return the release that a link names."""
        return (self.home / name).readlink().name

    def releases(self) -> set[str]:
        """Return the releases that are there."""
        return {each.name for each in (self.home / "releases").iterdir()}


@pytest.fixture
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    """Give a host for a service, the consumer if a test does not say."""
    return Host(tmp_path, getattr(request, "param", "consumer"))


@EACH
def test_a_service_is_installed_whole(host: Host) -> None:
    """Code, docs, options and a unit whose paths are there; nothing is started, and nobody but root may change it."""
    host.tell("runs")
    done = host.install()
    assert done.returncode == 0, done.stderr
    assert host.calls() == ["daemon-reload"]
    assert host.options.read_text() == (FOLDER / f"{host.service}.env").read_text()
    unit = host.unit.read_text()
    assert "CapabilityBoundingSet=" in unit
    for path in re.findall(r"(?:ExecStart=|WorkingDirectory=|Documentation=file:)(/opt/\S+)", unit):
        assert (host.root / path[1:]).exists(), path
    assert not [path for path in host.home.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o022]


def test_the_consumer_can_call_the_dispatcher_in_its_process(host: Host) -> None:
    """The handler that the docs name is in the release."""
    assert host.install().returncode == 0
    assert (host.home / "current/dispatcher/handler.py").is_file()


def test_an_update_restarts_what_runs_and_nothing_else(host: Host) -> None:
    """One after the other; options that were edited stay, the release before stays too, and older ones go."""
    host.install()
    host.options.write_text("CONSUMER_TOPICS=mine\n")
    first = host.link("current")
    host.run_instances(0, 3)
    host.calls()
    for _ in range(2):
        assert host.install().returncode == 0
        restarts = [f"restart {host.name}@{each}.service" for each in (0, 3)]
        assert host.calls() == ["daemon-reload", *restarts]
    assert host.options.read_text() == "CONSUMER_TOPICS=mine\n"
    assert host.releases() == {host.link("current"), host.link("previous")}
    assert first not in host.releases()


def test_a_rollback_goes_back_and_forth(host: Host) -> None:
    """The unit goes back with the code, and what runs is restarted; a second one undoes the first."""
    host.install()
    old = host.link("current")
    old_unit = host.home / f"current/{host.name}@.service"
    old_unit.write_text("# the old unit\n")
    host.install()
    new = host.link("current")
    host.run_instances(0)
    host.calls()
    assert host.install("rollback").returncode == 0
    assert (host.link("current"), host.link("previous")) == (old, new)
    assert host.unit.read_text() == "# the old unit\n"
    assert host.calls() == ["daemon-reload", f"restart {host.name}@0.service"]
    assert host.install("rollback").returncode == 0
    assert host.link("current") == new


def test_without_a_release_before_there_is_no_rollback(host: Host) -> None:
    """It says so, and changes nothing."""
    host.install()
    host.calls()
    done = host.install("rollback")
    assert (done.returncode, host.calls()) == (1, [])
    assert "no release before" in done.stderr


@pytest.mark.robustness("updates of a running service that fail")
def test_packages_that_cannot_be_had_change_nothing(host: Host) -> None:
    """No registry, a hash that is wrong, a full disk: what runs is not touched, and nothing half is left."""
    host.install()
    before = host.link("current")
    host.run_instances(0)
    host.calls()
    host.tell("no-packages")
    assert host.install().returncode != 0
    assert (host.link("current"), host.releases(), host.calls()) == (before, {before}, [])


@pytest.mark.robustness("updates of a running service that fail")
def test_a_release_that_does_not_start_is_taken_back(host: Host) -> None:
    """The first instance tells: it runs the old release again, and the others have never stopped."""
    host.install()
    before = host.link("current")
    host.run_instances(0, 1)
    host.calls()
    host.tell("starts", f"releases/{before}")
    done = host.install()
    assert done.returncode == 1, done.stderr
    assert host.link("current") == before
    assert "is back" in done.stderr
    assert host.calls() == 2 * ["daemon-reload", f"restart {host.name}@0.service"]
    assert host.unit.read_text() == (host.home / f"current/{host.name}@.service").read_text()


@pytest.mark.robustness("updates of a running service that fail")
def test_code_that_does_not_run_here_never_becomes_the_release(host: Host) -> None:
    """A file that is missing is found before anything is switched."""
    host.tell("runs")
    checkout = host.root / "checkout"
    for name in ("consumer", "layers/comboio/comboio", "functions/dispatcher", "ops/install"):
        shutil.copytree(FOLDER.parents[1] / name, checkout / name)
    (checkout / "consumer/mapping.py").unlink()
    (checkout / "docs/how-to").mkdir(parents=True)
    (checkout / "docs/reference").mkdir()
    done = host.install(script=checkout / "ops/install/install.sh")
    assert done.returncode != 0
    assert "consumer.mapping" in done.stderr
    assert (host.releases(), host.calls()) == (set(), [])
    assert not host.unit.exists()


@EACH
def test_uninstalling_keeps_options_and_state(host: Host) -> None:
    """All instances are disabled and stopped before the code goes; what was not sent yet is not ours to delete."""
    host.install()
    wants = host.unit.parent / "multi-user.target.wants"
    wants.mkdir()
    (wants / f"{host.name}@0.service").symlink_to(host.unit)
    state = host.root / f"var/lib/{host.name}/0"
    state.mkdir(parents=True)
    host.calls()
    done = host.install("uninstall")
    assert done.returncode == 0, done.stderr
    assert host.calls() == [f"disable {host.name}@0.service", f"stop {host.name}@*", "daemon-reload"]
    assert not host.home.exists()
    assert not host.unit.exists()
    assert host.options.exists()
    assert state.exists()


@pytest.mark.parametrize("arguments", [("upgrade",), ("rollback", "now"), ("--help",)])
def test_anything_else_shows_how_it_is_used(host: Host, arguments: tuple[str, ...]) -> None:
    """And does nothing."""
    done = host.install(*arguments)
    assert done.returncode == 2
    assert "rollback" in done.stderr
    assert not host.home.exists()
