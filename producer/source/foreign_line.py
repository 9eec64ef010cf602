"""A line of somebody else's contract as a reading, its bytes untouched: the routing table says where its fields are."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from comboio.contract.message import MalformedMessageError
from comboio.contract.record import Record
from comboio.errors import ConfigurationError
from comboio.message.contract import MessageContract
from comboio.message.event_time import EPOCH, written_ms
from comboio.message.field_path import Place
from comboio.message.formats import decode_json
from comboio.message.reader import reader
from comboio.routing.table import RoutingTable
from producer.source.line import Line, Parse
from producer.source.reading import Reading, Rejected

_NO_CODIGO = 0
"""Stands for the code of a foreign line: its topic and its key do not come from it, and it may be a text."""


class ContractError(ConfigurationError):
    """Lines cannot be read by the table's contract; the text says why, and what to do."""


def contract_of(path: Path, topic: str, written: str = "json") -> MessageContract:
    """Return the contract that a routing table has with the messages of a topic; `written` is PRODUCER_FORMAT.

    A contract by a schema registry is read as JSON: a line says what the message will, before it is encoded.

    Raises:
        ContractError: there is no such table, or none of a line's: one whose fields can be told by the line alone.
    """
    try:
        table = RoutingTable.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, fault["loc"])) or "table"
        raise ContractError(f"The routing table {path} is wrong: {where}: {fault['msg']}.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ContractError(f"The routing table {path} cannot be read ({type(error).__name__}).") from None
    contract = table.contract(topic)
    if contract is None:
        raise ContractError(
            f"The routing table {path} is of version 1: its contract is the fleet's own, which lines are read by "
            "anyway. Leave PRODUCER_ROUTES_FILE out, or write a `[message]` and version = 2."
        )
    wanted = {"json": "json-schema"}.get(contract.format, contract.format) if contract.registry else "json"
    if wanted != written:
        raise ContractError(
            f"Messages of {topic} are {contract.format}{' by a schema registry' if contract.registry else ''} in the "
            f"routing table, and PRODUCER_FORMAT is {written}. Set PRODUCER_FORMAT={wanted}, or name another topic."
        )
    for name in contract.required:
        path_of = getattr(contract, name)
        if path_of.place is not Place.VALUE:
            raise ContractError(
                f"Messages of {topic} must have {name} in {path_of}, and a line has neither headers nor a key. "
                "Take it from `required`, or name a topic whose fields are in the payload."
            )
    return contract


def foreign(contract: MessageContract) -> Parse:
    """Return what reads lines by a contract: their entity, id and time where it has them."""
    read = reader(contract, decode_json if contract.registry else None)
    raw = contract.format == "raw"

    def parse(line: Line) -> tuple[Reading, datetime | None] | Rejected:
        payload = line.text if raw else line.text.strip()
        try:
            said = read(Record("", "", "", 0, 0, 0, None, payload, []))
        except MalformedMessageError as error:
            return Rejected(f"malformed: {error}", line.place, line.text)
        occurred = None if said.time is None else _moment(written_ms(said.time))
        reading = Reading(_NO_CODIGO, said.entity or "", "", event_id=said.event_id, payload=payload)
        return reading, occurred

    return parse


def _moment(ms: int) -> datetime | None:
    """Return a moment; None for one that is no date in UTC, as the first hours of the year 1 are east of it."""
    try:
        return EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        return None
