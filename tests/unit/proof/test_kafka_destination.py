"""What the destination of the scenarios writes down is what the dispatcher gave it."""

import json
from pathlib import Path

import pytest

from comboio.contract.unpack import Message
from comboio.routing.table import load
from tests.kafka.destination import TABLE, take


def test_a_message_is_written_down_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Partition and offset are those of its id, whatever its topic's name has in it."""
    monkeypatch.setenv("HANDLED", str(tmp_path / "handled"))
    said = {"event_id": "e1", "codigo": 400, "truck_id": "T-1", "sequence": 7}
    for _ in range(2):
        take([Message("0123456789/t-made-again-11:42@1600000000000", None, None, said)])
    lines = [json.loads(line) for line in (tmp_path / "handled").read_text(encoding="utf-8").splitlines()]
    assert [line[:5] for line in lines] == 2 * [["e1", "t-made-again-11", 42, "400:T-1", 7]]


def test_everything_goes_there_in_order_of_its_key() -> None:
    """Otherwise a record that comes out of order would prove nothing."""
    table = load(TABLE, {})
    assert not table.routes
    assert (table.default.to, table.default.ordering) == (("received",), "key")
