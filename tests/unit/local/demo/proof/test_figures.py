"""The figures of a run are added up from growing files."""

import json
from pathlib import Path

from local.demo.proof.figures import FigureFiles, Tail

BATCH = {"dispatched": 5, "duplicates": 1, "dead": 2, "ledger_writes": 4, "calls": 3, "latency_ms": 70}


def test_a_tail_gives_each_whole_line_once(tmp_path: Path) -> None:
    """A line that is still being written waits for its end; a file that is not there yet has none."""
    path = tmp_path / "f.jsonl"
    tail = Tail(path)
    assert list(tail) == []
    path.write_text('{"a":1}\n{"a":')
    assert list(tail) == [{"a": 1}]
    with path.open("a") as file:
        file.write("2}\n")
    assert list(tail) == [{"a": 2}]
    assert list(tail) == []


def test_batches_of_all_consumers_are_added_up(tmp_path: Path) -> None:
    """Totals grow, rates are of the last interval, a latency that is not known changes nothing."""
    readings = FigureFiles(tmp_path / "producer.jsonl")
    (tmp_path / "producer.jsonl").write_text(json.dumps({"produced": 20, "acked": 18, "rate": 9.5}) + "\n")
    for name in ("a", "b"):
        readings.add_consumer(tmp_path / f"{name}-batches.jsonl", tmp_path / f"{name}-stats.jsonl")
        (tmp_path / f"{name}-batches.jsonl").write_text(json.dumps(BATCH) + "\n")
        (tmp_path / f"{name}-stats.jsonl").write_text(json.dumps({"lag": {f"t-{name}": 7, "t-x": None}}) + "\n")
    figures = readings.read(2.0)
    assert (figures.produced, figures.acked, figures.dispatched, figures.dead) == (20, 18, 10, 4)
    assert (figures.dispatched_per_s, figures.lag_total) == (5.0, 14)
    with (tmp_path / "a-batches.jsonl").open("a") as file:
        file.write(json.dumps({**BATCH, "latency_ms": None}) + "\n")
    figures = readings.read(1.0)
    assert (figures.dispatched, figures.dispatched_per_s, figures.latency_ms) == (15, 5.0, 70)
