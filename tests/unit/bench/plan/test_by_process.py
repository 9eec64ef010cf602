"""What a command's processes took is read while they run, and told apart by what they do."""

import os
from pathlib import Path

from bench.plan.by_process import ByProcess, Taken, between

TICK = os.sysconf("SC_CLK_TCK")


def process(proc: Path, pid: int, parent: int, command: str, seconds: int) -> None:
    """Show a process as Linux does, with a name that is hard to read."""
    folder = proc / str(pid)
    folder.mkdir(exist_ok=True)
    counted = f"{parent} " + "0 " * 9 + f"{seconds * TICK} {seconds * TICK} 0 0"
    (folder / "stat").write_text(f"{pid} (a) name) S {counted}", encoding="utf-8")
    (folder / "cmdline").write_bytes(command.replace(" ", "\0").encode())


def test_what_is_below_counts_by_what_it_does_and_what_is_beside_does_not(tmp_path: Path) -> None:
    """A grandchild counts, told apart by its command; nobody's child does not; one that ends keeps what it took."""
    process(tmp_path, 10, 1, "python -m local.demo", 1)
    process(tmp_path, 11, 10, "python -m consumer", 2)
    process(tmp_path, 12, 11, "python -m producer", 3)
    process(tmp_path, 13, 1, "python -m consumer", 50)
    processes = ByProcess(10, tmp_path)
    processes.look()
    (tmp_path / "11" / "stat").unlink()
    process(tmp_path, 12, 11, "python -m producer", 4)
    processes.look()
    assert [(look.batches_s, look.beside_s) for look in processes.looks] == [(4, 8), (4, 2 + 2 * 4)]


def test_between_two_times_is_what_the_looks_say() -> None:
    """Times between the looks take the next one; after the last one, the last."""
    looks = [Taken(10.0, 1.0, 0.5), Taken(11.0, 2.0, 0.75), Taken(12.0, 4.0, 1.0)]
    assert between(looks, 10.5, 11.5) == Taken(12.0, 2.0, 0.25)
    assert between(looks, 9.0, 99.0) == Taken(12.0, 3.0, 0.5)
    assert between([], 1.0, 2.0) == Taken(2.0, 0.0, 0.0)
