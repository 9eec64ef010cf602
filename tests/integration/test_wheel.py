"""The wheel: what a stranger gets who installs it into an environment of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from comboio import __version__
from tests.support.source_tree import ROOMS, ROOT, product

pytestmark = pytest.mark.xdist_group("source")  # built once, and all sources are read once

SHIPPED = ("comboio", "dispatcher", "dlq_replayer", "producer", "consumer")
"""The rooms in the wheel; `ops` and `local` work on a checkout."""

INSTALLER = Path(sys.executable).with_name("uv")
"""The installer of the tests' own environment, at the locked version."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment with nothing in it but the wheel and what the wheel asks for."""

    folder: Path

    def run(self, command: str, *arguments: str, status: int = 0) -> str:
        """Return what a command of the environment prints, away from the checkout; fail on another exit status."""
        clean = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "AWS_DEFAULT_REGION": "eu-west-1"}
        return _run([self.folder / "bin" / command, *arguments], self.folder, clean, status)

    def python(self, code: str) -> str:
        """Return what a piece of Python prints."""
        return self.run("python", "-c", code)


Install = Callable[[Sequence[str]], Environment]
"""Install the wheel with some of its extras into a fresh environment."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    _run(build, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture
def install(wheel: Path, tmp_path: Path) -> Install:
    def fresh(extras: Sequence[str]) -> Environment:
        _uv("venv", "--python", sys.executable, str(tmp_path / "venv"))
        _uv(
            *("pip", "install", "--python", str(tmp_path / "venv")),
            *("--constraint", str(ROOT / "requirements" / "services.txt")),
            f"comboio[{','.join(extras)}] @ {wheel.as_uri()}",
        )
        return Environment(tmp_path / "venv")

    return fresh


PROTOBUF = re.compile(r"google[.]protobuf\b")
"""docs/adr/0045-protobuf.md says why no extra brings it."""


def test_the_commands_answer(install: Install) -> None:
    """Both services say their version and explain their options, and the shipped files are there."""
    environment = install(["producer", "consumer"])
    assert environment.run("comboio-producer", "--version") == f"comboio-producer {__version__}\n"
    assert environment.run("comboio-consumer", "--version") == f"comboio-consumer {__version__}\n"
    assert "PRODUCER_" in environment.run("comboio-producer", "--help")
    assert "CONSUMER_" in environment.run("python", "-m", "consumer", "--help")
    assert "PRODUCER_" in environment.run("python", "-m", "producer", "--help")
    shipped = (
        "from comboio.routing.table import DEFAULT_TABLE; from producer.topics.file import SHIPPED; "
        "print(DEFAULT_TABLE.is_file(), SHIPPED.is_file())"
    )
    assert environment.python(shipped) == "True True\n"


@pytest.mark.parametrize("room", ["producer", "consumer", "functions"])
def test_an_extra_brings_all_that_its_modules_import(install: Install, room: str) -> None:
    """Each module can be imported with the declared dependencies of its extra, and nothing else.

    But for the Lambda handlers, which are all wiring: to import one is to start a function, with its environment. And
    but for what reads Protobuf, which comes in a layer of the user's: a routing table that asks for it has it imported;
    and but for the producer's formats by a registry, which the extra `schemas` brings.
    """
    rooms = {"functions": ["dispatcher", "dlq_replayer"]}.get(room, [room])
    files = [file for file in product().files.values() if file.room in ["comboio", *rooms]]
    modules = [file.module for file in files if not any(map(PROTOBUF.match, file.imported_names()))]
    wanted = [module for module in modules if not module.endswith((".__main__", ".handler", ".drainer"))]
    environment = install([room, "schemas"] if room == "producer" else [room])
    imported = environment.python(
        f"import importlib\nfor name in {wanted}: print(importlib.import_module(name).__file__)"
    )
    assert imported.count(str(environment.folder)) == len(wanted)


def test_a_missing_extra_is_said_in_a_sentence(install: Install) -> None:
    """Without its extra a service still knows its version, and names what to install instead of a traceback."""
    environment = install([])
    for service in ("producer", "consumer"):
        assert __version__ in environment.run(f"comboio-{service}", "--version")
        told = environment.run(f"comboio-{service}", "--help", status=2)
        assert f"pip install 'comboio[{service}]'" in told
        assert "Traceback" not in told


def test_the_wheel_has_the_product_and_nothing_else(wheel: Path) -> None:
    """Every product module, marker and data file is shipped; no test, benchmark or tool for a checkout is."""
    names = set(ZipFile(wheel).namelist())
    expected = {_shipped_name(room, path) for room in SHIPPED for path in _files(ROOMS[room])}
    metadata = {name for name in names if name.startswith(f"comboio-{__version__}.dist-info/")}
    assert names - metadata == expected
    assert {f"{room}/py.typed" for room in SHIPPED} <= expected
    assert {Path(name).name for name in metadata} >= {"LICENSE", "NOTICE", "entry_points.txt"}


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _shipped_name(room: str, path: Path) -> str:
    return f"{room}/{path.relative_to(ROOMS[room]).as_posix()}"


def _uv(*arguments: str) -> None:
    _run([INSTALLER, "--quiet", *arguments], ROOT)


def _run(command: Sequence[str | Path], folder: Path, env: Mapping[str, str] | None = None, status: int = 0) -> str:
    done = subprocess.run(  # noqa: S603 - commands of this file and of the environment that it made
        command, cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr
