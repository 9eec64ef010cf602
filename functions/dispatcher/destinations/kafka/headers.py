"""The headers that a record takes along to another topic: its own, and where it has been."""

from comboio.contract.kafka_types import is_header_name
from dispatcher.destinations.payload.text import UnsendableError
from dispatcher.parcel import Parcel

ID = "comboio_id"
"""Header with the id of the record that was sent on. One is added on each way from topic to topic, so they say which
way a record came, as `Received` does in mail; the last one is what receivers tell duplicates by."""

_CORRELATION = "correlation_id"


def carried(parcel: Parcel, max_hops: int) -> list[tuple[str, bytes]]:
    """Return the record's headers as they are, with its id, and with a correlation id if it has none.

    Raises:
        UnsendableError: it has been sent on `max_hops` times already, or a header has a name that Kafka cannot have.
    """
    headers = parcel.record.headers()
    names = [name for name, _ in headers]
    if (hops := names.count(ID)) >= max_hops:
        raise UnsendableError(
            f"it was sent on {hops} times, and `max_hops` is the limit. Check whether the routes lead in a circle"
        )
    if not all(map(is_header_name, names)):
        raise UnsendableError("a header's name is not Unicode text, or has a NUL in it")
    headers.append((ID, parcel.record.id.encode()))
    if _CORRELATION not in names:
        headers.append((_CORRELATION, parcel.correlation_id.encode("utf-8", "backslashreplace")))
    return headers
