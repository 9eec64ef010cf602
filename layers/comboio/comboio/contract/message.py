"""The message contract: what every telemetry payload must say, whatever else it carries."""

import json
from datetime import datetime
from typing import Annotated, NoReturn

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError
from pydantic_core import from_json
from typing_extensions import TypedDict

from comboio.errors import InvalidDataError


class MalformedMessageError(InvalidDataError):
    """The payload breaks the contract; the text names the fields and the faults, never the content."""


def _no_boolean(value: object) -> object:
    """Refuse a boolean: JSON's `true` is a number to Python, and would be read as codigo 1."""
    if isinstance(value, bool):
        raise ValueError("a codigo is a number, not a boolean")
    return value


CodigoOrBoolean = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""A codigo as each of thousands of messages is read: `refuse_boolean` must follow, or `true` passes for 1."""

Codigo = Annotated[CodigoOrBoolean, BeforeValidator(_no_boolean)]
"""What kind of event a message tells of. It is read leniently ("300" and 300.0 are 300), for old producers; -1, 300.5
and true are refused."""

TruckId = Annotated[str, Field(min_length=1, max_length=64)]

PlainId = Annotated[str, Field(pattern=r"^[!-~]{1,128}$")]
"""An id without spaces, in ASCII."""


class Telemetry(TypedDict):
    """The fields that the system itself reads of a payload.

    A payload may carry any other field: its bytes travel on as they came, so nothing unknown is dropped.
    """

    codigo: CodigoOrBoolean
    truck_id: TruckId
    event_id: PlainId
    occurred_at: datetime


_N, _I = b"NI"
"""The first letters of NaN and Infinity: a byte is looked for in a tenth of the time of a word, and most have none."""

_validate = TypeAdapter(Telemetry).validator.validate_json


def decode(value: bytes | None) -> Telemetry:
    """Read a payload against the contract; of duplicate JSON keys the last one counts.

    Raises:
        MalformedMessageError: no payload (a tombstone), not JSON (NaN and Infinity are not), or a field is
            missing or wrong.
    """
    if value is None:
        raise MalformedMessageError("tombstone: the record has no value")
    try:
        telemetry: Telemetry = _validate(value)
    except ValidationError as error:
        raise MalformedMessageError(_explain(error)) from None
    refuse_boolean(value, telemetry["codigo"])
    refuse_constants(value)
    return telemetry


def _explain(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'payload'}: {fault['msg']}" for fault in faults)


def refuse_boolean(value: bytes, codigo: int) -> None:
    """Refuse `true` and `false` as a codigo, which the validator takes for 1 and 0.

    As a part of the validator this check would be a call into Python for each message: a third of what reading takes.

    Raises:
        MalformedMessageError: it is one of them.
    """
    if codigo <= 1 and isinstance(from_json(value)["codigo"], bool):
        raise MalformedMessageError("codigo: Value error, a codigo is a number, not a boolean")


def refuse_constants(value: bytes) -> None:
    """Refuse NaN and Infinity: the validator takes them for numbers; RFC 8259 and strict receivers do not.

    Raises:
        MalformedMessageError: the payload has one of them, or is nested too deeply to look for them.
    """
    if (_N not in value or b"NaN" not in value) and (_I not in value or b"Infinity" not in value):
        return

    def refuse(constant: str) -> NoReturn:
        raise MalformedMessageError(f"payload: {constant} is not JSON")

    try:
        json.loads(value, parse_constant=refuse)
    except (RecursionError, ValueError):
        raise MalformedMessageError("payload: nested too deeply, or with a number of too many digits") from None
