"""Commands in the README and in the how-to pages can be run as they stand."""

import os
import re
import shlex
import subprocess
from io import StringIO
from pathlib import Path
from textwrap import dedent

import pytest
from rich.console import Console

from comboio.ledger.memory import MemoryLedgerStore
from ops.replay.arguments import request
from ops.rewind import Ledgers
from ops.rewind import run as rewind
from ops.routes.command import run as routes

ROOT = Path(__file__).parents[3]
FOLDERS = (ROOT / "docs", ROOT / "docs/how-to", ROOT / "docs/runbooks")
PAGES = [ROOT / "README.md", *(page for folder in FOLDERS for page in sorted(folder.glob("*.md")))]
BLOCK = re.compile(r"^ *```(?:sh|bash)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
PLACEHOLDER = re.compile(r"<([\w .-]+)>")
"""What a reader fills in."""

INLINE = re.compile(r"`((?:[A-Z_]+=\S+ )*make [^`\n]+)`")


def blocks(page: Path) -> list[str]:
    """Return the shell code blocks of a page, those of lists too."""
    return [dedent(block) for block in BLOCK.findall(page.read_text(encoding="utf-8"))]


def make_commands() -> list[str]:
    """Return every `make` command of the pages, once."""
    found = set()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        found |= set(INLINE.findall(text))
        for block in blocks(page):
            found |= {
                line.partition(" #")[0].strip()
                for line in block.splitlines()
                if re.match(r"([A-Z_]+=\S+ )*make( |$)", line)
            }
    return sorted(found)


def words(command: str) -> list[str]:
    """Return the words of a command between `make` and a redirection; a placeholder in <...> counts as a word."""
    parts = shlex.split(PLACEHOLDER.sub("PLACEHOLDER", command).partition(" > ")[0])
    return parts[parts.index("make") :]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_shell_blocks_parse(page: Path) -> None:
    """Bash understands each shell block, as far as its grammar goes."""
    for block in blocks(page):
        without_placeholders = PLACEHOLDER.sub("PLACEHOLDER", block)
        done = subprocess.run(["/bin/bash", "-n"], input=without_placeholders, capture_output=True, text=True)
        assert done.returncode == 0, f"{done.stderr}\n{block}"


def test_make_targets_exist() -> None:
    """Each `make` command that a page names has its targets, as `make -n` says."""
    targets = sorted({target for command in make_commands() for target in words(command)[1:] if "=" not in target})
    assert "demo" in targets
    done = subprocess.run(["make", "-n", *targets], cwd=ROOT, capture_output=True, text=True)  # noqa: S603, S607
    assert done.returncode == 0, done.stderr


def test_make_lists_every_command() -> None:
    """`make` alone lists each target that says what it does, in lines that fit into a terminal."""
    described = re.findall(r"^([\w-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    assert {*described} - {"help"} == {line.split()[0] for line in said.splitlines() if re.match(r"  \S", line)}
    assert max(map(len, said.splitlines())) <= 120


def arguments_of(target: str) -> list[list[str]]:
    """Return the arguments that the pages give to `make TARGET ARGS=...`."""
    found = []
    for command in make_commands():
        parts = words(command)
        if target in parts[1:]:
            found += [shlex.split(part.removeprefix("ARGS=")) for part in parts if part.startswith("ARGS=")]
    return found


def test_replay_arguments_are_understood() -> None:
    """Each `make replay ARGS=...` of the pages is one that the replayer's command accepts."""
    given = [arguments for arguments in arguments_of("replay") if "--help" not in arguments]
    assert given
    for arguments in given:
        request(arguments)


def test_rewind_arguments_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each `make rewind ARGS=...` of the pages is understood, and stops only where the table has no such partition."""
    (tmp_path / "offsets.csv").write_text("mt-c400,3,15000\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    given = [arguments for arguments in arguments_of("rewind") if "--help" not in arguments]
    assert {"--offsets", "--partition"} <= {word for arguments in given for word in arguments}
    nothing = Ledgers(MemoryLedgerStore(), lambda partition: {"0123456789"})
    for arguments in given:
        assert rewind(arguments, lambda table: nothing, Console(file=StringIO()), 0) == 1, arguments


def test_routes_arguments_are_understood(tmp_path: Path) -> None:
    """Each `make routes` of the pages that checks, explains or writes a policy runs on this machine and succeeds."""
    for name in ("new.toml", "routes.toml"):
        shipped = (ROOT / "layers/comboio/comboio/routing/routes.toml").read_text(encoding="utf-8")
        (tmp_path / name).write_text(shipped, encoding="utf-8")
    (tmp_path / "message.json").write_text('{"event_id": "e", "codigo": 301, "truck_id": "t"}', encoding="utf-8")
    run_here = (["explain"], ["check"], ["policy"])
    given = [arguments for arguments in arguments_of("routes") if arguments[:1] in run_here]
    here = [[str(tmp_path / each) if (tmp_path / each).exists() else each for each in arguments] for arguments in given]
    first, *others = here
    command = ["make", "routes", f"ARGS={shlex.join(first)}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)  # noqa: S603
    assert done.returncode == 0, f"{first}\n{done.stdout}{done.stderr}"
    for arguments in others:  # without a process each: that make passes them on is shown by the first
        assert routes(arguments, os.environ, Console(file=StringIO())) == 0, arguments
