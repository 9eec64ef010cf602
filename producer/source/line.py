"""A line of JSON as a reading, its bytes untouched."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, NotRequired

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from comboio.contract.message import (
    CodigoOrBoolean,
    MalformedMessageError,
    PlainId,
    TruckId,
    refuse_boolean,
    refuse_constants,
)
from producer.source.reading import Reading, Rejected


class Line(NamedTuple):
    """One line of a source."""

    text: bytes
    """The line without its line end."""
    place: str
    """Where it is, for whoever must find it again."""


Parse = Callable[[Line], tuple[Reading, datetime | None] | Rejected]
"""Returns the reading of a line and the time it occurred at, if it says so; or why there is none."""


class Fields(TypedDict):
    """The message contract's fields; those that the builder adds may be missing."""

    codigo: CodigoOrBoolean
    truck_id: TruckId
    event_id: NotRequired[PlainId]
    occurred_at: NotRequired[datetime]
    correlation_id: NotRequired[PlainId]


_validate = TypeAdapter(Fields).validator.validate_json


def parse(line: Line) -> tuple[Reading, datetime | None] | Rejected:
    """Return the reading of a line and the time it occurred at, if it says so; or why there is none."""
    text = line.text.strip()
    try:
        fields: Fields = _validate(text)
        refuse_boolean(text, fields["codigo"])
        refuse_constants(text)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        reason = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'line'}: {_kind(fault['msg'])}" for fault in faults)
        return Rejected(f"malformed: {reason}", line.place, line.text)
    except MalformedMessageError as error:
        return Rejected(f"malformed: {error}", line.place, line.text)
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
    """Return the fault without positions, so that equal faults are counted together."""
    return message.partition(" at line ")[0]
