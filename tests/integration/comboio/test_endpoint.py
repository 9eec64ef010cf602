"""The endpoint of the services: pages over loopback, and a port that is taken."""

import socket
import urllib.error
import urllib.request
from itertools import count
from threading import Event

import pytest

from comboio.host.endpoint import serving
from comboio.host.page import Page


def _ask(port: int, path: str) -> "urllib.request._UrlopenRet":
    return urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10)


def _refuse(error: OSError) -> None:
    raise error


def test_each_request_gets_the_page_of_its_moment() -> None:
    """Pages are made when they are asked for; a query is no other page, and what is no page is 404."""
    numbers = count()
    pages = {"/a": lambda: Page("text/x", f"{next(numbers)}".encode()), "/b": lambda: Page("text/y", b"ill", 503)}
    with serving("127.0.0.1", 0, pages, lambda _: None, _refuse) as port:
        for expected in (b"0", b"1"):
            with _ask(port(), "/a?x=1") as answer:
                assert (answer.headers["Content-Type"], answer.read()) == ("text/x", expected)
        with pytest.raises(urllib.error.HTTPError, match="503") as ill:
            _ask(port(), "/b")
        assert ill.value.read() == b"ill"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            _ask(port(), "/")


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_port_that_is_taken_is_opened_when_it_is_free() -> None:
    """The process that this one replaces may still have it; it is told, and tried again."""
    opened, refusals = Event(), list[OSError]()
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        pages = {"/a": lambda: Page("text/x", b"here")}
        with serving("127.0.0.1", taken, pages, lambda _: opened.set(), refusals.append, retry_s=0.01) as port:
            assert (port(), len(refusals)) == (0, 1)
            other.close()
            assert opened.wait(30)
            with _ask(taken, "/a") as answer:
                assert answer.read() == b"here"


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_port_that_stays_taken_does_not_hold_up_the_end() -> None:
    """The service ends while the port is still tried."""
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        serving("127.0.0.1", other.getsockname()[1], {}, lambda _: None, lambda _: None),
    ):
        pass


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_client_that_leaves_early_harms_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    """It gets no line on standard error, and the next one gets its answer."""
    with serving("127.0.0.1", 0, {"/a": lambda: Page("text/x", b"x" * 10_000_000)}, lambda _: None, _refuse) as port:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", port())) as client:
                client.sendall(b"GET /a HTTP/1.0\r\n\r\n")
                client.recv(1)
        with _ask(port(), "/a") as answer:
            assert len(answer.read()) == 10_000_000
    assert capfd.readouterr().err == ""


@pytest.mark.robustness("a service that does not answer")
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "localhost"])  # noqa: S104  (for the test)
def test_no_name_is_looked_up_for_an_address(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that is away holds up no start; an address of IPv6 is one as well as of IPv4."""

    def hangs(*_: object) -> None:
        raise AssertionError("the name server was asked for the name of an address")

    if host == "::1":
        try:
            socket.create_server((host, 0), family=socket.AF_INET6).close()
        except OSError:
            pytest.skip("this machine has no IPv6")
    monkeypatch.setattr(socket, "gethostbyaddr", hangs)
    with serving(host, 0, {"/a": lambda: Page("text/x", b"here")}, lambda _: None, _refuse) as port:
        asked = host if host != "0.0.0.0" else "127.0.0.1"  # noqa: S104  (compared, and not listened on)
        with socket.create_connection((asked, port()), timeout=10) as client:
            client.sendall(b"GET /a HTTP/1.0\r\n\r\n")
            assert b"here" in b"".join(iter(lambda: client.recv(4096), b""))
