"""The webhook against a real HTTPS server on loopback, with a certificate made for the test."""

import json
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from comboio.contract.unpack import read
from comboio.routing.table import RoutingError, load
from dispatcher.destinations import build
from dispatcher.destinations.destination import Clients, Destination
from dispatcher.destinations.entry import Entry
from dispatcher.fault import Fault, FaultKind
from tests.integration.conftest import missing
from tests.support.dispatcher import parcel, payload
from tests.support.web_server import Reply, Web, serving


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Give a certificate for localhost, and its key."""
    return _certificate(tmp_path_factory.mktemp("tls"), "localhost")


def _certificate(directory: Path, name: str) -> tuple[Path, Path]:
    openssl = shutil.which("openssl")
    if openssl is None:
        missing("openssl is not there to make a certificate")
    chain, key = directory / "certificate.pem", directory / "key.pem"
    command = [str(openssl), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-days", "1"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(chain)], check=True, capture_output=True)  # noqa: S603  (fixed words)
    return chain, key


def _context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def web(certificate: tuple[Path, Path]) -> Iterator[Web]:
    """Give an HTTPS server."""
    with serving(_context(certificate)) as web:
        yield web


def _none(service: object) -> object:
    raise AssertionError("no AWS service is needed")


def destination(url: str, options: str = "", clients: Clients = _none, **environ: str) -> Destination:  # type: ignore[assignment]  # a webhook without a secret asks for none
    """Return a webhook as a routing table makes it."""
    toml = f'version = 1\n[destinations.a]\ntype = "webhook"\ntarget = "{url}"\n{options}\n[default]\nto = ["a"]\n'
    return build(load(toml, environ), clients)["a"]


def send(where: Destination, number: int = 3) -> list[Fault | None]:
    """One call of some messages."""
    parcels = [parcel(n, value=payload(event_id=f"e-{n}", note="é")) for n in range(number)]
    return where.send([Entry([one], *where.make([one])) for one in parcels])


def test_messages_arrive(web: Web, certificate: tuple[Path, Path]) -> None:
    """A call is one POST to the very path, of an array, with its key against duplicates and its authorization."""
    options = f'authorization = "$ROUTE_TOKEN"\nca_file = "{certificate[0]}"'
    where = destination(f"https://localhost:{web.port}/in/telemetry?v=1", options, ROUTE_TOKEN="Bearer abc")  # noqa: S106 - opens nothing
    for _ in range(2):
        assert send(where) == [None] * 3
    first, second = web.requests
    assert first.path == "/in/telemetry?v=1"
    assert first.headers["authorization"] == "Bearer abc"
    assert first.headers["host"] == f"localhost:{web.port}"
    assert first.headers["content-type"] == "application/json"
    assert isinstance(json.loads(first.body), list)
    assert [message.message["event_id"] for message in read(first.body)] == ["e-0", "e-1", "e-2"]
    assert len(first.headers["idempotency-key"]) == 40
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert web.connections == 1


@pytest.mark.robustness("certificates, protocols and headers that must not be trusted")
def test_an_unknown_certificate_is_refused(web: Web) -> None:
    """A receiver whose certificate nobody vouches for gets nothing, and nothing is buried."""
    faults = send(destination(f"https://localhost:{web.port}/"))
    assert {fault.kind for fault in faults if fault} == {FaultKind.TRANSIENT}
    assert all(fault and "certificate" in fault.error.lower() for fault in faults)
    assert web.requests == []


@pytest.mark.robustness("certificates, protocols and headers that must not be trusted")
def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    """A trusted certificate of another host proves nothing."""
    other = _certificate(tmp_path, "elsewhere.example")
    with serving(_context(other)) as web:
        faults = send(destination(f"https://localhost:{web.port}/", f'ca_file = "{other[0]}"'))
        assert all(fault and fault.kind is FaultKind.TRANSIENT and "localhost" in fault.error for fault in faults)
        assert web.requests == []


@pytest.mark.robustness("certificates, protocols and headers that must not be trusted")
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, None),
        (202, None),
        (204, None),
        *(
            (status, FaultKind.TRANSIENT)
            for status in (301, 302, 307, 308, 401, 403, 404, 405, 409, 415, 500, 502, 504)
        ),
        *((status, FaultKind.PERMANENT) for status in (400, 413, 422)),
        *((status, FaultKind.THROTTLED) for status in (429, 503)),
    ],
)
def test_a_status_is_read(status: int, kind: FaultKind | None) -> None:
    """What speaks of the messages is for good, what speaks of the receiver is not, and redirects are not followed."""
    with serving() as web:
        web.script = [Reply(status, b"" if status == 204 else b"the body quotes SECRET")]
        faults = send(destination(f"{web.endpoint}/"))
        assert [fault.kind if fault else None for fault in faults] == [kind] * 3
        assert all("SECRET" not in fault.error and str(status) in fault.error for fault in faults if fault)
        assert len(web.requests) == 1


@pytest.mark.robustness("certificates, protocols and headers that must not be trusted")
def test_silence_is_a_fault_for_now() -> None:
    """No answer within the timeout: the messages come again, under the same key."""
    with serving() as web:
        where = destination(f"{web.endpoint}/", "timeout_s = 0.1")
        web.held.clear()
        faults = send(where)
        assert all(fault and fault.kind is FaultKind.TRANSIENT and "TimeoutError" in fault.error for fault in faults)
        web.held.set()
        assert send(where) == [None] * 3
        assert len({request.headers["idempotency-key"] for request in web.requests}) == 1


@pytest.mark.parametrize(
    ("url", "options", "wrong"),
    [
        ("ftp://h/", "", "http"),
        ("https://", "", "http"),
        ("https://user:secret@h/", "", "authorization"),
        ("https://h/", 'ca_file = "/nowhere.pem"', "ca_file"),
        ("https://h/", "timeout_s = 0", "timeout_s"),
        ("https://h/", 'authorization = "a"\nauthorization_secret = "b"', "Leave one out"),
        ("https://h/", 'authorization = "line\\nbreak"', "printable"),
        ("https://h/", "max_mesages = 3", "max_messages"),
    ],
)
def test_a_wrong_option_is_one_message(url: str, options: str, wrong: str) -> None:
    """What is wrong is named with its place, on one line, and no secret is quoted."""
    with pytest.raises(RoutingError, match=r"destinations\.a") as raised:
        destination(url, options)
    text = str(raised.value)
    assert wrong in text and "\n" not in text and "secret@" not in text and "break" not in text
