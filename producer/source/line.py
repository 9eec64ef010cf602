"""A line of JSON as a reading, its bytes untouched."""

from datetime import datetime
from typing import NamedTuple, NotRequired

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from comboio.contract.message import Codigo, MalformedMessageError, PlainId, TruckId, refuse_constants
from producer.source.reading import Reading, Refused


class Line(NamedTuple):
    """`text` without its line end, and the `place` it has for whoever must find it again."""

    text: bytes
    place: str


class _Fields(TypedDict):
    """The message contract (`comboio.contract.message`), but for what the builder adds when it is missing."""

    codigo: Codigo
    truck_id: TruckId
    event_id: NotRequired[PlainId]
    occurred_at: NotRequired[datetime]
    correlation_id: NotRequired[PlainId]


_validate = TypeAdapter(_Fields).validator.validate_json


def parse(line: Line) -> tuple[Reading, datetime | None] | Refused:
    """The reading of a line and the time it occurred at, if it says so; or why there is none."""
    text = line.text.strip()
    try:
        fields: _Fields = _validate(text)
        refuse_constants(text)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        reason = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'line'}: {_kind(fault['msg'])}" for fault in faults)
        return Refused(f"malformed: {reason}", line.place, line.text)
    except MalformedMessageError:
        return Refused("malformed: not JSON that a strict reader takes", line.place, line.text)
    occurred = fields.get("occurred_at")
    return (
        Reading(
            codigo=fields["codigo"],
            truck_id=fields["truck_id"],
            occurred_at=occurred.isoformat() if occurred else "",
            event_id=fields.get("event_id", ""),
            correlation_id=fields.get("correlation_id", ""),
            payload=text,
        ),
        occurred,
    )


def _kind(message: str) -> str:
    """Without positions, so that equal faults are counted together."""
    return message.partition(" at line ")[0]
