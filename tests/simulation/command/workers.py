"""Plays seeds in several processes."""

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from tests.simulation.histories.plants import plant
from tests.simulation.histories.worlds import WORLDS, world_of

ROOT = Path(__file__).parents[3]
PLAYED_CODE = ("functions", "layers/comboio/comboio", "tests/simulation", "consumer", "producer")


class Chunk(NamedTuple):
    """What some seeds came to."""

    first: int
    calls: int
    faults: Counter[str]
    violations: dict[int, str]


def code() -> str:
    """Return a checksum of all code that is played."""
    total = 0
    for folder in PLAYED_CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            total = zlib.crc32(path.read_bytes(), total)
    return f"{total:08x}"


def play_chunk(first: int, number: int, chosen: str) -> Chunk:
    """Play some seeds, one after the other."""
    calls, faults, violations = 0, Counter[str](), dict[int, str]()
    for seed in range(first, first + number):
        name = world_of(seed, chosen)
        played = WORLDS[name].play(WORLDS[name].scenario(seed), None)
        calls += played.calls
        faults.update({f"{name}: {fault}": times for fault, times in played.faults.items()})
        if played.violation:
            violations[seed] = f"{name}: {played.violation}"
    return Chunk(first, calls, faults, violations)


def play_all(chunks: Sequence[tuple[int, int]], processes: int, planted: str, chosen: str) -> Iterator[Chunk]:
    """Play chunks (first seed, number of seeds) side by side, and yield each as it is done."""
    left = iter(chunks)
    with ProcessPoolExecutor(processes, get_context("spawn"), plant, (planted,)) as pool:
        running = {
            pool.submit(play_chunk, *chunk, chosen) for _, chunk in zip(range(processes + 1), left, strict=False)
        }
        try:
            while running:
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    if (chunk := next(left, None)) is not None:
                        running.add(pool.submit(play_chunk, *chunk, chosen))
                    yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)
