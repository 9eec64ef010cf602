"""Reads what a sample counts of a message: by the fleet's own fields, or by the contract of a routing table."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, NotRequired

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from comboio.contract.message import Codigo, MalformedMessageError, TruckId
from comboio.contract.record import Record
from comboio.errors import ServiceError
from comboio.message.content import Code
from comboio.routing.router import Router
from comboio.routing.table import RoutingError, load_contracts
from plan.sample.sample import SampleError


class Counted(NamedTuple):
    """What a sample counts of a message."""

    code: Code
    """Its code."""
    truck: str | None
    """Who sent it, if it says so."""


Contract = Callable[[Record], Counted]
"""Reads a message; raises ValueError, with a text for people, where it has no code."""


class _Fields(TypedDict):
    codigo: Codigo
    truck_id: NotRequired[TruckId]


_fields = TypeAdapter(_Fields).validator.validate_json


def own(record: Record) -> Counted:
    """Read a message of the fleet, which may have any other field, and lack any but its code.

    Raises:
        ValueError: it is no JSON object with a code.
    """
    try:
        fields: _Fields = _fields(record.value or b"")
    except ValidationError:
        raise ValueError("no JSON object with a whole number as codigo") from None
    return Counted(fields["codigo"], fields.get("truck_id"))


def by_table(path: Path, environ: Mapping[str, str] = os.environ) -> Contract:
    """Return the contract that a routing table has with the messages of each topic.

    Raises:
        SampleError: there is no such table, or it is wrong.
    """
    try:
        router = Router(load_contracts(path.read_text(encoding="utf-8"), environ))
    except OSError as error:
        raise SampleError(f"the routing table {path} cannot be read: {error.strerror}") from None
    except (RoutingError, UnicodeDecodeError) as error:
        raise SampleError(f"the routing table {path} is wrong: {'; '.join(str(error).splitlines())}") from None

    def contract(record: Record) -> Counted:
        try:
            content = router.read(record)
        except MalformedMessageError as error:
            raise ValueError(str(error)) from None
        except ServiceError as error:  # the schema registry: what is not known of one message is not known of any
            raise SampleError(" ".join(str(error).split())) from None
        if content.code is None:
            raise ValueError(f"no code, by the routing table {path}")
        return Counted(content.code, content.entity)

    return contract
