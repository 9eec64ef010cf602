"""A line of JSON as a reading, its bytes untouched."""

import json
from datetime import datetime
from typing import Annotated, NamedTuple, NoReturn, NotRequired

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from producer.source.reading import Reading, Refused


class Line(NamedTuple):
    """`text` without its line end, and the `place` it has for whoever must find it again."""

    text: bytes
    place: str


def _no_boolean(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("a codigo is a number, not a boolean")
    return value


class _Fields(TypedDict):
    """The message contract (`comboio.contract.message`), but for what the builder adds when it is missing."""

    codigo: Annotated[int, BeforeValidator(_no_boolean), Field(ge=0, le=2**31 - 1)]
    truck_id: Annotated[str, Field(min_length=1, max_length=64)]
    event_id: NotRequired[Annotated[str, Field(pattern=r"^[!-~]{1,128}$")]]
    occurred_at: NotRequired[datetime]
    correlation_id: NotRequired[Annotated[str, Field(pattern=r"^[!-~]{1,128}$")]]


_validate = TypeAdapter(_Fields).validator.validate_json


def parse(line: Line) -> tuple[Reading, datetime | None] | Refused:
    """The reading of a line and the time it occurred at, if it says so; or why there is none."""
    text = line.text.strip()
    try:
        fields: _Fields = _validate(text)
        if b"NaN" in text or b"Infinity" in text:
            json.loads(text, parse_constant=_not_json)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        reason = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'line'}: {_kind(fault['msg'])}" for fault in faults)
        return Refused(f"malformed: {reason}", line.place, line.text)
    except (ValueError, RecursionError):
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


def _not_json(constant: str) -> NoReturn:
    raise ValueError(constant)
