"""A Confluent-compatible registry over real HTTP: what each answer means."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from comboio.message.registry.confluent import ConfluentRegistry
from comboio.message.registry.registry import Registered, RegistryUnavailableError

SCHEMA = '{"type": "string"}'


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
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_schema_is_found_by_its_id(address: str) -> None:
    """The password goes along, and an id that is unknown is no error."""
    registry = ConfluentRegistry(address, "user:word")
    assert registry.schema("1") == Registered(SCHEMA)
    assert registry.schema("9") is None
    assert Answers.seen[0] == ("/schemas/ids/1", "Basic dXNlcjp3b3Jk")


def test_what_a_schema_refers_to_comes_along(address: str) -> None:
    """With what that refers to, each once, compiled if so asked; whoever needs what is gone says so."""
    found = ConfluentRegistry(address, compiled=True).schema("7")
    assert found == Registered("root", {"a.proto": "a", "b.proto": "b"})
    assert len(Answers.seen) == 4


@pytest.mark.robustness("a service that does not answer")
@pytest.mark.parametrize("name", ["2", "3", "401", "500", "302", "8"])
def test_any_other_answer_is_the_registry_s_trouble(address: str, name: str) -> None:
    """Records wait; and no redirect is followed, to which the password would go along."""
    with pytest.raises(RegistryUnavailableError):
        ConfluentRegistry(address, "user:word").schema(name)
    assert len(Answers.seen) == (2 if name == "8" else 1)


@pytest.mark.robustness("a service that does not answer")
def test_a_registry_that_is_away_is_said_to_be() -> None:
    """The error says what to check."""
    with pytest.raises(RegistryUnavailableError, match="Check `registry`"):
        ConfluentRegistry("http://127.0.0.1:9").schema("1")
