"""A schema registry in memory, as Confluent's answers: schemas by id, compiled where asked, and subjects."""

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import unquote

from comboio.message.registry import proto_text
from local.port import LOOPBACK

_NOT_FOUND: tuple[int, Any] = (404, {"error_code": 40403})


class Reference(NamedTuple):
    """A version of another subject that a schema refers to, and the name that it does so by."""

    name: str
    subject: str
    version: int


class Schema(NamedTuple):
    """A schema as it was registered."""

    kind: str
    text: str
    references: tuple[Reference, ...] = ()


class LocalRegistry:
    """The schemas of one registry, by id, and the ids of each subject's versions."""

    def __init__(self, schemas: Mapping[int, Schema]) -> None:
        """Begin with these."""
        self.schemas = dict(schemas)
        self.subjects: dict[str, list[int]] = {}
        self.asked: list[str] = []
        """What was asked, in its order: method and path."""

    def register(self, subject: str, schema: Schema) -> int:
        """Give a subject a schema, unless it has it; return its id."""
        known = {each: number for number, each in self.schemas.items()}
        number = known.get(schema) or max(self.schemas, default=0) + 1
        self.schemas[number] = schema
        versions = self.subjects.setdefault(subject, [])
        if number not in versions:
            versions.append(number)
        return number

    def get(self, path: str, *, compiled: bool) -> tuple[int, Any]:
        """Return the status and the answer to a GET."""
        match [unquote(part) for part in path.strip("/").split("/")]:
            case ["schemas", "ids", name] if name.isdecimal() and int(name) in self.schemas:
                return 200, self._said(int(name), compiled=compiled)
            case ["subjects", subject, "versions", version] if versions := self.subjects.get(subject):
                place = len(versions) if version == "latest" else int(version)
                if 0 < place <= len(versions):
                    number = versions[place - 1]
                    named = {"subject": subject, "version": place, "id": number}
                    return 200, {**named, **self._said(number, compiled=compiled)}
        return _NOT_FOUND

    def post(self, path: str, question: Mapping[str, Any]) -> tuple[int, Any]:
        """Return the status and the answer to a POST."""
        references = tuple(Reference(**each) for each in question.get("references", ()))
        schema = Schema(question.get("schemaType", "AVRO"), question["schema"], references)
        match [unquote(part) for part in path.strip("/").split("/")]:
            case ["subjects", subject, "versions"]:
                return 200, {"id": self.register(subject, schema)}
            case ["subjects", subject]:
                for number in self.subjects.get(subject, ()):
                    if self.schemas[number] == schema:
                        return 200, {"subject": subject, "id": number, **self._said(number, compiled=False)}
        return _NOT_FOUND

    def _said(self, number: int, *, compiled: bool) -> dict[str, Any]:
        kind, text, references = self.schemas[number]
        if compiled and kind == "PROTOBUF":
            text = base64.b64encode(proto_text.parse(text).SerializeToString()).decode()
        more: dict[str, Any] = {} if kind == "AVRO" else {"schemaType": kind}
        if references:
            more["references"] = [each._asdict() for each in references]
        return {"schema": text, **more}


@contextmanager
def served(registry: LocalRegistry) -> Iterator[str]:
    """Serve a registry on a free loopback port, for the length of the block; yields the address."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            self._answer(*registry.get(path, compiled=query == "format=serialized"))

        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self._answer(*registry.post(self.path, question))

        def _answer(self, status: int, found: Any) -> None:
            registry.asked.append(f"{self.command} {self.path}")
            body = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
