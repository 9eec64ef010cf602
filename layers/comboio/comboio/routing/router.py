"""Finds the route of a message."""

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace
from pydantic_core import from_json

from comboio.contract.message import MalformedMessageError
from comboio.contract.record import Record
from comboio.errors import ConfigurationError
from comboio.message import fleet_reader
from comboio.message.content import Code, Content
from comboio.message.contract import MessageContract, Reader
from comboio.routing.route import Route
from comboio.routing.table import RoutingError, RoutingTable
from comboio.routing.topic_routes import TopicRoutes

if TYPE_CHECKING:
    from comboio.routing.chooser import Choose

TOPICS = 256
"""Maximum topics whose routes are kept sorted, for messages and for tombstones."""

_REMEMBERED = 4096
"""Maximum pairs of topic and code whose routes are remembered: whoever may produce chooses the codes."""

Kind = Literal["payload", "tombstone"]


class Router:
    """Reads messages by their topics' contracts, and finds their routes."""

    def __init__(self, table: RoutingTable) -> None:
        """Make the readers of a table's contracts.

        Raises:
            RoutingError: what a contract needs is not there.
        """
        fallback = table.fallback
        looks_inside = any(route.condition is not None and route.condition.looks_inside for route in table.routes)

        @lru_cache(maxsize=TOPICS)
        def of_topic(topic: str, kind: Kind) -> TopicRoutes:
            routes = [each for each in table.routes if each.value == kind and (not each.topics or topic in each.topics)]
            return TopicRoutes(routes, fallback if kind == "payload" else None)

        def choices(topic: str, code: Code | None, kind: Kind) -> "Choose | Route | None":
            return of_topic(topic, kind).choices(code)

        self.table = table
        self._of_topic = of_topic
        self._of_payloads = lru_cache(maxsize=_REMEMBERED)(partial(choices, kind="payload"))
        self._of_tombstones = lru_cache(maxsize=_REMEMBERED)(partial(choices, kind="tombstone"))
        try:
            self._readers = {topic: _reader(table.contract(topic), looks_inside=looks_inside) for topic in table.topics}
            self._reader = _reader(table.contract(None), looks_inside=looks_inside)
        except ConfigurationError as error:
            raise RoutingError(str(error)) from None

    def read(self, record: Record) -> Content:
        """Return what a record's message says, by the contract of its topic.

        Raises:
            MalformedMessageError: it breaks the contract.
            RegistryUnavailableError: what its schema registry says of it is not known now.
        """
        return self._readers.get(record.topic, self._reader)(record)

    def find(self, record: Record, content: Content) -> Route | None:
        """Return the first route that takes a message, else the default; None for a tombstone that no route takes."""
        choices = self._of_tombstones if record.value is None else self._of_payloads
        found = choices(record.topic, content.code)
        return found(record, content.document) if callable(found) else found

    def check_id(self, topic: str, route: Route) -> None:
        """Check that a message without an id is allowed: its place in Kafka then stands in for the id.

        Raises:
            MalformedMessageError: the contract refuses it.
        """
        contract = self.table.contract(topic)
        if contract is None or contract.missing_id == "refuse":
            where = f" in {contract.id}" if contract is not None and contract.id is not None else ""
            raise MalformedMessageError(f"id: route {route.name} needs one, and the message has none{where}")

    def route(self, topic: str, code: Code | None) -> Route:
        """Return the route of messages of a topic and code that meet no route's further conditions."""
        return self._of_topic(topic, "payload").first(code) or self.table.fallback


def _reader(contract: MessageContract | None, *, looks_inside: bool) -> Reader:
    if contract is None:
        return _fleet_with_document if looks_inside else fleet_reader.read
    from comboio.message.reader import reader  # these are imported where a table asks for them: a cold start pays

    if not contract.registry:
        return reader(contract)
    from comboio.message.registry.decoder import decoder

    return reader(contract, decoder(contract))


def _fleet_with_document(record: Record) -> Content:
    content = fleet_reader.read(record)
    return replace(content, document=from_json(record.value or b"null"))
