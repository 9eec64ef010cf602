"""Reads payloads of the fleet's own contract, `comboio.contract.message`: that of tables of version 1."""

from comboio.contract.message import decode
from comboio.contract.record import Record
from comboio.message.content import Content

TOMBSTONE = Content(None, "", text="null")
"""What a record without a value says."""


def read(record: Record) -> Content:
    """Return what a message says.

    Raises:
        MalformedMessageError: it breaks the contract.
    """
    if record.value is None:
        return TOMBSTONE
    said = decode(record.value)
    return Content(said["codigo"], said["event_id"], said["truck_id"], said["occurred_at"])
