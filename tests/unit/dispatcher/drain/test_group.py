"""The parcels that a drainer makes of a group's first message."""

import pytest

from comboio.contract.hold import HeldRecord, HoldMessage
from comboio.contract.record import Record
from comboio.drain.progress import Progress
from comboio.message.content import Content
from comboio.message.registry.registry import RegistryUnavailableError
from comboio.routing.router import Router
from comboio.routing.table import load
from dispatcher.drain.group import Group, Received
from dispatcher.parcel import Outcome
from tests.support.dispatcher import NOW, payload, record

TABLE = """
version = 1
[destinations.a]
type = "sqs"
[[routes]]
name = "r"
to = ["a"]
ordering = "key"
[default]
to = ["dead_letter"]
"""


class Unsure(Router):
    """A router whose registry does not know the schema of some offsets now."""

    def __init__(self, unread: set[int]) -> None:
        super().__init__(load(TABLE, {}))
        self._unread = unread

    def read(self, record: Record) -> Content:
        """See Router."""
        if record.offset in self._unread:
            raise RegistryUnavailableError("away")
        return super().read(record)


@pytest.mark.robustness("a service that does not answer")
def test_a_record_that_cannot_be_read_now_keeps_its_place() -> None:
    """While the registry is away, no later record of its key overtakes it; other keys go on."""
    keys = {0: b"k", 1: b"k", 2: b"other", 3: b"k"}
    held = tuple(
        HeldRecord(record(offset, payload(), key), "r", 0, NOW, "c", "e", None) for offset, key in keys.items()
    )
    group = Group("g", [Received("m", "r", HoldMessage("a", True, held))], Progress())
    group.load(Unsure({1}), NOW)
    outcomes = {parcel.record.offset: parcel.outcome for parcel in group.parcels.values()}
    assert outcomes == {0: None, 1: Outcome.HELD, 2: None, 3: Outcome.HELD}
