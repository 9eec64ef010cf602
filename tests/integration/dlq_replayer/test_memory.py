"""What a source holds in memory while it is read, measured in a process of its own."""

import json
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from dlq_replayer.sources.on_failure import OnFailureObjects
from dlq_replayer.sources.source import MAX_BYTES
from tests.support.on_failure import document
from tests.support.replayer import FakeBucket


@pytest.mark.robustness("more than fits")
def test_a_read_of_large_batches_is_bounded_and_let_go() -> None:
    """What the mapping gave up may be 6 MB a record: a window ends where memory would, and is gone with the next."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:  # tracing memory while other threads run is a crash
        length, sizes, held = process.submit(_read_large_batches).result()
    assert sum(sizes) > 100 * length * 0.9
    assert max(sizes) < MAX_BYTES + length
    assert max(held) < 1.2 * held[0]


def _read_large_batches() -> tuple[int, list[int], list[int]]:
    """Return the length of a batch, and after each window its characters and the bytes of memory that are held."""
    one = document([0], payload=json.loads(document([0]))["payload"].replace('"MA=="', f'"{"MDAw" * 250_000}"'))
    source = OnFailureObjects(FakeBucket({f"a/{number:03}": one for number in range(100)}), "b", "a/")
    sizes, held = [], []
    tracemalloc.start()
    while page := source.read(2_000):
        sizes.append(sum(len(each.text) for each in page))
        source.leave(page)
        held.append(tracemalloc.get_traced_memory()[0])
    return len(one), sizes, held
