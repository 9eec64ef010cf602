"""A Confluent-compatible registry and Glue over real HTTP: what each answer means, and how long one may take."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from comboio.aws.json_api import connect
from comboio.aws.sigv4 import Credentials
from comboio.message.registry.confluent import MOST_IMPORTED, MOST_IMPORTS, ConfluentRegistry
from comboio.message.registry.glue import GLUE, GlueRegistry
from comboio.message.registry.registry import Registered, RegistryUnavailableError
from comboio.message.registry.registry_api import RegistryApi
from comboio.routing.router import Router
from comboio.routing.table import load
from dispatcher.intake.admission import parcel_of
from dispatcher.parcel import Outcome
from tests.support.dispatcher import record
from tests.support.hostile_server import Act, Peer, answering, hostile

SCHEMA = '{"type": "string"}'


SLOW_S = 5.0
"""What a call may take at the most whose own bound is a fraction of a second: a slow machine's share included."""

SERIALIZED = "?format=serialized"


def compiled(text: str, *references: tuple[str, str]) -> tuple[int, str]:
    """Return the answer with a schema that refers to others, by their names and subjects."""
    refers = [{"name": name, "subject": subject, "version": 2} for name, subject in references]
    return 200, json.dumps({"schemaType": "PROTOBUF", "schema": text, "references": [*refers, {"name": 1}, None]})


COMPILED = {
    f"7{SERIALIZED}": compiled("root", ("a.proto", "fleet/a"), ("gone.proto", "gone")),
    f"/subjects/fleet%2Fa/versions/2{SERIALIZED}": compiled("a", ("b.proto", "b"), ("a.proto", "fleet/a")),
    f"/subjects/b/versions/2{SERIALIZED}": compiled("b"),
    "8": compiled("root", ("c.proto", "c")),
    "/subjects/c/versions/2": (500, ""),
}


def trickles(peer: Peer) -> None:
    """Begin an answer that has no end."""
    peer.request()
    peer.for_ever(b"H", 0.01)


class Answers(BaseHTTPRequestHandler):
    """Answers by the id that is asked for; remembers the headers."""

    seen: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers.get("authorization")))
        name = self.path.rpartition("/")[2] if self.path.startswith("/schemas") else self.path
        status, body = {
            **COMPILED,
            "1": (200, json.dumps({"schema": SCHEMA})),
            "2": (200, "<html/>"),
            "3": (200, "[]"),
            "4": (200, "[" * 100_000),
            "500": (500, ""),
            "401": (401, ""),
            "302": (302, ""),
        }.get(name, (404, '{"error_code": 40403}'))
        self.send_response(status)
        if status == 302:
            self.send_header("location", "/elsewhere/1")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """Yield the address of a registry."""
    Answers.seen = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_schema_is_found_by_its_id(address: str) -> None:
    """The password goes along, and an id that is unknown is no error."""
    registry = ConfluentRegistry(address, "user:word")
    assert registry.schema("1", 3.0) == Registered(SCHEMA)
    assert registry.schema("9", 3.0) is None
    assert Answers.seen[0] == ("/schemas/ids/1", "Basic dXNlcjp3b3Jk")


def test_what_a_schema_refers_to_comes_along(address: str) -> None:
    """With what that refers to, each once, compiled if so asked; whoever needs what is gone says so."""
    found = ConfluentRegistry(address, compiled=True).schema("7", 3.0)
    assert found == Registered("root", {"a.proto": "a", "b.proto": "b"})
    assert len(Answers.seen) == 4


@pytest.mark.robustness("a service that does not answer")
@pytest.mark.parametrize("name", ["2", "3", "4", "401", "500", "302", "8"])
def test_any_other_answer_is_the_registry_s_trouble(address: str, name: str) -> None:
    """Records wait; and no redirect is followed, to which the password would go along."""
    with pytest.raises(RegistryUnavailableError):
        ConfluentRegistry(address, "user:word").schema(name, 3.0)
    assert len(Answers.seen) == (2 if name == "8" else 1)


@pytest.mark.robustness("a service that does not answer")
def test_a_registry_that_is_away_is_said_to_be() -> None:
    """The error says what to check."""
    with pytest.raises(RegistryUnavailableError, match="Check its address"):
        ConfluentRegistry("http://127.0.0.1:9").schema("1", 3.0)


def glue(endpoint: str) -> GlueRegistry:
    """Return Glue at an address."""
    return GlueRegistry(connect(GLUE, {"AWS_ENDPOINT_URL": endpoint}, lambda: Credentials("key", "secret")))


def test_glue_knows_a_schema_or_does_not() -> None:
    """An id that is unknown is no error; any other refusal is the registry's trouble."""

    def answer(status: int, found: dict[str, str]) -> bytes:
        body = json.dumps(found).encode()
        return b"HTTP/1.1 %d OK\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)

    refusals = answer(400, {"__type": "EntityNotFoundException"}), answer(400, {"__type": "AccessDeniedException"})
    with hostile(answering(answer(200, {"SchemaDefinition": SCHEMA}), *refusals)) as server:
        registry = glue(server.endpoint)
        assert registry.schema("id", 3.0) == Registered(SCHEMA)
        assert registry.schema("id", 3.0) is None
        with pytest.raises(RegistryUnavailableError, match="AccessDenied"):
            registry.schema("id", 3.0)


@pytest.mark.robustness("a service that does not answer")
def test_glue_gets_its_time_and_no_more() -> None:
    """With all tries, however slowly the answer comes."""
    with hostile(trickles) as server:
        began = time.monotonic()
        with pytest.raises(RegistryUnavailableError, match="Unreachable"):
            glue(server.endpoint).schema("id", 0.2)
        assert time.monotonic() - began < SLOW_S
        assert server.connections == 1


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"


@pytest.mark.robustness("a service that does not answer")
@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda peer: peer.for_ever(b"H", 0.01), "TimeoutError"),
        (lambda peer: (peer.request(), peer.for_ever(b"HTTP/1.1 100 Continue\r\n\r\n", 0.01)), "BrokenAnswer|Timeout"),
        (lambda peer: (peer.request(), peer.send(HEAD), peer.for_ever(b" ", 0.01)), "TimeoutError"),
        (lambda peer: (peer.request(), peer.hang()), "TimeoutError"),
        (lambda peer: (peer.request(), peer.send(HEAD + b"{")), "BrokenAnswerError"),
        (lambda peer: (peer.request(), peer.send(HEAD[:20])), "BrokenAnswerError"),
        (lambda peer: peer.request(), "BrokenAnswerError"),
        (lambda peer: peer.reset(), "Error"),
        (lambda peer: (peer.request(), peer.for_ever(b"\xff" * 1000)), "BrokenAnswerError"),
        (lambda peer: (peer.request(), peer.send(b"SSH-2.0-OpenSSH_9.6\r\n")), "BrokenAnswerError"),
    ],
)
def test_a_hostile_registry_gets_its_time_and_no_more(act: Act, why: str) -> None:
    """One that trickles, hangs, stops in the middle or talks nonsense: the call ends by its time, and records wait."""
    with hostile(act) as server:
        began = time.monotonic()
        with pytest.raises(RegistryUnavailableError, match=why):
            ConfluentRegistry(server.endpoint).schema("1", 0.2)
        assert time.monotonic() - began < SLOW_S


def test_all_that_a_schema_refers_to_shares_its_time() -> None:
    """Each answer comes soon, and yet the schema has too many of them."""

    def act(peer: Peer) -> None:
        number = 0
        while peer.request() is not None:
            number += 1
            peer.wait(0.05)
            refers = [{"name": str(number), "subject": "s", "version": number}]
            body = json.dumps({"schema": "x", "references": refers}).encode()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    with hostile(act) as server, pytest.raises(RegistryUnavailableError, match="TimeoutError"):
        ConfluentRegistry(server.endpoint).schema("1", 0.2)


class Endless(RegistryApi):
    """A registry whose every schema refers to more: a chain, or a crowd that it does not have."""

    def __init__(self, characters: int, *, has: bool) -> None:
        super().__init__("http://127.0.0.1:9")
        self.asked = 0
        self._text = "x" * characters
        self._has = has

    def get(self, path: str, until: float) -> Any:
        """See RegistryApi."""
        self.asked += 1
        if path.startswith("/subjects") and not self._has:
            return None
        number = 1 if self._has else 100_000
        refers = [{"name": f"{self.asked}-{place}", "subject": "s", "version": 1} for place in range(number)]
        return {"schema": self._text, "references": refers}


@pytest.mark.robustness("a service that does not answer")
@pytest.mark.parametrize(
    ("characters", "has", "most"),
    [(10, True, 1 + MOST_IMPORTS), (10, False, 1 + MOST_IMPORTS), (MOST_IMPORTED // 4, True, 1 + 4)],
)
def test_what_a_schema_refers_to_is_bounded(characters: int, has: bool, most: int) -> None:
    """By the number of questions, whether the registry has an answer, and by what the answers come to in all."""
    registry, api = ConfluentRegistry("http://127.0.0.1:9"), Endless(characters, has=has)
    registry._api = api  # in place of HTTP
    found = registry.schema("1", 60.0)
    assert found is not None
    assert api.asked == most
    assert sum(map(len, found.imports.values())) < MOST_IMPORTED + characters


@pytest.mark.robustness("a service that does not answer")
def test_an_invocation_ends_in_time_whatever_the_registry_does() -> None:
    """Thousands of records of as many schemas wait for a registry that trickles, and for it once alone."""
    text = """
version = 2
[default]
to = ["discard"]
[message]
format = "avro"
registry = "{}"
registry_timeout_s = 0.2
"""
    with hostile(trickles) as server:
        router = Router(load(text.format(server.endpoint), {}))
        records = [record(offset, b"\0" + offset.to_bytes(4) + b"x") for offset in range(5_000)]
        began = time.monotonic()
        parcels = [parcel_of(each, router) for each in records]
        assert time.monotonic() - began < SLOW_S
        assert {parcel.outcome for parcel in parcels} == {Outcome.HELD}
        assert server.connections == 1
