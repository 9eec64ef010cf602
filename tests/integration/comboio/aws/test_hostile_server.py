"""The transports of AWS services and of webhooks, against servers that do what they should not."""

import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from comboio.aws.connection import Address
from comboio.aws.exchange import lean_exchange
from comboio.aws.http import IDLE_S, KeptConnections, UnreachableError
from dispatcher.destinations.webhook.exchange import webhook_exchange
from tests.support.certificate import Certificate, make_certificate
from tests.support.hostile_server import OK, Act, HostileServer, Peer, answering, hostile
from tests.support.polled import PolledConnections

NO = b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"
PATIENCE_S = 5.0
"""What a call takes at the most where its own bound is a fraction of a second: a slow machine's share included."""


Transport = Callable[..., KeptConnections]
"""Makes connections that speak HTTP as AWS needs it, or as a webhook's receiver may."""


@pytest.fixture(params=["lean", "webhook", "polled"])
def transport(request: pytest.FixtureRequest) -> Transport:
    """Each of the ways to speak HTTP: what a hostile server may not do to one, it may not do to the others."""
    ways: dict[str, Transport] = {
        "lean": partial(KeptConnections, exchange=lean_exchange),
        "webhook": partial(KeptConnections, exchange=webhook_exchange),
        "polled": PolledConnections,
    }
    return ways[request.param]


class Time:
    """Two clocks that a test moves."""

    def __init__(self) -> None:
        self.clock, self.wall = 1_000.0, 1_795_000_000.0

    def http(self, transport: Transport, server: HostileServer) -> KeptConnections:
        """Return a transport with these limits."""
        return transport(server.endpoint, clock=lambda: self.clock, wall=lambda: self.wall)


def refused(http: KeptConnections, body: bytes = b"x", timeout_s: float | None = None) -> str:
    """Why a call got no answer."""
    started = time.monotonic()
    with pytest.raises(UnreachableError) as caught:
        http.post({}, body, timeout_s)
    assert time.monotonic() - started < PATIENCE_S
    return str(caught.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Give a certificate for localhost."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def trust(certificate: Certificate) -> ssl.SSLContext:
    """Return a context that trusts the certificate."""
    return ssl.create_default_context(cafile=certificate.file)


# What is said before, between and behind answers


@pytest.mark.robustness("interim answers (100, 102, 103) before the answer")
@pytest.mark.parametrize("interim", [b"100 Continue", b"102 Processing", b"103 Early Hints", b"199 Whatever"])
@pytest.mark.parametrize("pause_s", [0.0, 0.05])
def test_an_interim_answer_is_no_answer(transport: Transport, interim: bytes, pause_s: float) -> None:
    """The answer is the one behind the interim ones, and the next call gets its own."""

    def act(peer: Peer) -> None:
        while body := peer.request():
            peer.send(b"HTTP/1.1 " + interim + b"\r\nLink: </style.css>\r\n\r\n")
            peer.wait(pause_s)
            peer.send(NO if body == b"2" else OK)

    with hostile(act) as server:
        http = transport(server.endpoint)
        assert [http.post({}, body).status for body in (b"1", b"2", b"3")] == [200, 500, 200]
        assert server.connections == 1


@pytest.mark.robustness("last words on idle connections (408, garbage, a whole answer)")
@pytest.mark.parametrize(
    "words", [b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n", OK, b"\r\n", b"garbage", b"\x15\x03\x03"]
)
@pytest.mark.parametrize("closes", [True, False])
def test_last_words_are_nobodys_answer(transport: Transport, words: bytes, closes: bool) -> None:
    """What a server says on an idle connection is never taken for the next call's answer."""
    said = threading.Event()

    def act(peer: Peer) -> None:
        peer.request()
        peer.send(OK)
        peer.wait(0.05)
        peer.send(words)
        said.set()
        if not closes:
            peer.hang()

    with hostile(act, answering(NO)) as server:
        http = transport(server.endpoint)
        assert http.post({}, b"1").status == 200
        assert said.wait(5)
        time.sleep(0.02)
        assert http.post({}, b"2").status == 500
        assert server.bodies == [b"1", b"2"] and server.connections == 2


@pytest.mark.robustness("bytes behind an answer")
def test_words_in_the_same_packet_as_the_answer_end_the_connection(transport: Transport) -> None:
    """An answer with something behind it counts, and what is behind it is thrown away with the connection."""
    with hostile(answering(OK + OK), answering(NO)) as server:
        http = transport(server.endpoint)
        assert [http.post({}, b"1").status, http.post({}, b"2").status] == [200, 500]


# Answers that end early, or not at all


@pytest.mark.robustness("an answer cut off at any byte, with and without a reset")
@pytest.mark.parametrize("resets", [True, False])
def test_an_answer_cut_off_at_any_byte_is_none(transport: Transport, resets: bool) -> None:
    """A connection that ends within the answer proves nothing, and the request is not sent again."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

    def cut(end: int) -> Act:
        def act(peer: Peer) -> None:
            peer.request()
            peer.send(answer[:end])
            if resets:
                peer.reset()

        return act

    with hostile(*(cut(end) for end in range(len(answer)))) as server:
        http = transport(server.endpoint)
        for end in range(len(answer)):
            refused(http, b"%d" % end)
        assert server.bodies == [b"%d" % end for end in range(len(answer))]


@pytest.mark.robustness("a receiver that takes the request and gives no answer")
@pytest.mark.parametrize("end", [0, 1, 20])
def test_a_kept_connection_that_breaks_is_not_asked_again(transport: Transport, end: int) -> None:
    """A request that may have been carried out is sent once, however many idle connections there are."""
    crash = threading.Event()

    def act(peer: Peer) -> None:
        while peer.request():
            if crash.is_set():
                peer.send(OK[:end])
                return
            peer.wait(0.05)
            peer.send(OK)

    with hostile(act) as server:
        http = transport(server.endpoint)
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda _: http.post({}, b"warm"), range(16)))
        assert server.connections > 1
        server.bodies.clear()
        crash.set()
        refused(http, b"once")
        assert server.bodies == [b"once"]


@pytest.mark.robustness("a server that falls silent anywhere in its answer")
@pytest.mark.parametrize(
    "start",
    [b"", b"HTTP/1.1 200", OK[:-2], OK[:-1], b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nhello"],
)
def test_silence_ends_with_the_call(transport: Transport, start: bytes) -> None:
    """A server that stops in the middle costs the call's time and no more."""

    def act(peer: Peer) -> None:
        peer.request()
        peer.send(start)
        peer.hang()

    with hostile(act) as server:
        assert "TimeoutError" in refused(transport(server.endpoint, timeout_s=0.2))
        assert len(server.bodies) == 1


TRICKLES = {
    "status line": b"HTTP/1.1 200 " + b"O" * 1_000,
    "headers": b"HTTP/1.1 200 OK\r\n" + b"X-Header: value\r\n" * 200,
    "body": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b" " * 1_000,
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 500,
    "interim answers": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100,
    "trailers": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X-Trailer: value\r\n" * 200,
}


@pytest.mark.robustness("a trickled answer")
@pytest.mark.parametrize("answer", TRICKLES.values(), ids=TRICKLES)
def test_a_trickled_answer_does_not_outlast_the_call(transport: Transport, answer: bytes) -> None:
    """A byte from time to time buys no more time, wherever in the answer it is."""

    def act(peer: Peer) -> None:
        peer.request()
        peer.trickle(answer)

    with hostile(act) as server:
        assert "TimeoutError" in refused(transport(server.endpoint, timeout_s=0.3))
        assert "TimeoutError" in refused(transport(server.endpoint), timeout_s=0.3)


@pytest.mark.robustness("a trickled answer")
def test_a_trickled_answer_over_tls_does_not_outlast_the_call(
    transport: Transport, certificate: Certificate, trust: ssl.SSLContext
) -> None:
    """The bound holds where each byte is a record of its own."""

    def act(peer: Peer) -> None:
        peer.request()
        peer.trickle(TRICKLES["body"])

    with hostile(act, tls=certificate.server) as server:
        http = transport(f"https://localhost:{server.port}/", 1.0, trust)
        assert "TimeoutError" in refused(http)


@pytest.mark.robustness("a TLS handshake that never ends")
def test_a_handshake_does_not_outlast_the_call(transport: Transport, trust: ssl.SSLContext) -> None:
    """A server that never shakes hands costs the call's time and no more."""

    def act(peer: Peer) -> None:
        peer.some()
        peer.trickle(b"\x16\x03\x03\x40\x00" + b"\0" * 1_000)

    with hostile(act) as server:
        assert "TimeoutError" in refused(transport(f"https://localhost:{server.port}/", 0.3, trust))


@pytest.mark.robustness("a server that does not read the request")
@pytest.mark.parametrize("tls", [True, False])
def test_a_request_that_is_not_read_does_not_outlast_the_call(
    transport: Transport, tls: bool, certificate: Certificate, trust: ssl.SSLContext
) -> None:
    """A server that takes a few bytes now and then cannot hold a large request's call."""

    def act(peer: Peer) -> None:
        while peer.some(1_000):
            peer.wait(0.02)

    with hostile(act, tls=certificate.server if tls else None) as server:
        where = f"https://localhost:{server.port}/" if tls else server.endpoint
        assert "TimeoutError" in refused(transport(where, 0.5, trust), b"x" * 30_000_000)


@pytest.mark.robustness("a name server that does not answer")
def test_a_resolver_that_hangs_does_not_outlast_the_call(transport: Transport) -> None:
    """Finding the address is part of the call's time."""
    stop = threading.Event()

    def resolve(host: str, port: int) -> list[Address]:
        stop.wait(30)
        return []

    http = transport("http://some.where.test/", 0.2, resolve=resolve)
    assert "TimeoutError" in refused(http)
    stop.set()


@pytest.mark.robustness("calls that would outlast their time")
def test_a_resolver_that_fails_is_named(transport: Transport) -> None:
    """A host that does not exist is unreachable, with its name."""

    def resolve(host: str, port: int) -> list[Address]:
        raise OSError("Name or service not known")

    assert "some.where.test" in refused(transport("http://some.where.test/", resolve=resolve))


@pytest.mark.robustness("calls that would outlast their time")
def test_less_time_than_the_default_can_be_given_but_no_more(transport: Transport) -> None:
    """The shorter of the transport's bound and the call's own holds."""

    def act(peer: Peer) -> None:
        peer.request()
        peer.hang()

    with hostile(act) as server:
        refused(transport(server.endpoint, timeout_s=10), timeout_s=0.1)
        refused(transport(server.endpoint, timeout_s=0.1), timeout_s=10)
        refused(transport(server.endpoint), timeout_s=0)
        refused(transport(server.endpoint), timeout_s=-1)
        assert len(server.bodies) == 2


# Answers to what was not sent whole


@pytest.mark.robustness("an answer before the request was sent whole")
@pytest.mark.parametrize(
    ("answer", "taken"),
    [(OK, False), (b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", True)],
)
def test_success_before_the_request_is_there_proves_nothing(transport: Transport, answer: bytes, taken: bool) -> None:
    """Who answers early has not read the request: an error may be its answer, a success is none."""

    def act(peer: Peer) -> None:
        peer.some(1_000)
        peer.send(answer)
        peer.wait(0.1)

    with hostile(act) as server:
        http = transport(server.endpoint, timeout_s=3)
        try:
            status = http.post({}, b"x" * 30_000_000).status
        except UnreachableError:
            status = 0  # the reset that follows may come before the answer is read
        assert status in ((413, 0) if taken else (0,))


# Connections that were idle


@pytest.mark.robustness("a freeze, by either clock")
@pytest.mark.parametrize("clock", ["clock", "wall"])
@pytest.mark.parametrize("passed", [IDLE_S + 0.1, 400.0])
def test_a_connection_idle_for_seconds_is_not_used(transport: Transport, clock: str, passed: float) -> None:
    """After a pause, by whichever clock goes on in a freeze, a call gets a new connection, and none of the old stay."""
    with hostile(answering(OK)) as server:
        when = Time()
        http = when.http(transport, server)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: http.post({}, b"warm"), range(8)))
        before = server.connections
        setattr(when, clock, getattr(when, clock) + passed)
        assert http.post({}, b"after").status == 200
        assert server.connections == before + 1
        assert len(http._idle) == 1


@pytest.mark.robustness("a clock that is set back")
def test_a_clock_set_back_ends_kept_connections(transport: Transport) -> None:
    """Where the time is not to be trusted, connections are not either."""
    with hostile(answering(OK)) as server:
        when = Time()
        http = when.http(transport, server)
        http.post({}, b"1")
        when.wall -= 3_600
        http.post({}, b"2")
        assert server.connections == 2


@pytest.mark.robustness("kept connections that went bad")
def test_a_connection_in_use_is_kept(transport: Transport) -> None:
    """Calls with short pauses share one connection, however long it lives."""
    with hostile(answering(OK)) as server:
        when = Time()
        http = when.http(transport, server)
        for _ in range(10):
            http.post({}, b"x")
            when.clock, when.wall = when.clock + IDLE_S, when.wall + IDLE_S
        assert server.connections == 1


@pytest.mark.robustness("kept connections that went bad")
def test_connections_that_nobody_needs_any_more_are_closed(transport: Transport) -> None:
    """One that stays behind at the cold end is closed by the calls of others."""
    with hostile(answering(OK)) as server:
        when = Time()
        http = when.http(transport, server)
        gate = threading.Barrier(4)

        def together(_: int) -> None:
            gate.wait()
            http.post({}, b"x")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(together, range(4)))
        for _ in range(3):
            when.clock, when.wall = when.clock + IDLE_S / 2, when.wall + IDLE_S / 2
            http.post({}, b"x")
        assert len(http._idle) == 1


@pytest.mark.robustness("kept connections that the far side dropped without a word")
def test_a_black_hole_costs_one_call(transport: Transport) -> None:
    """Where the far side dropped all kept connections without a word, the first call that notices drops them too."""
    frozen = threading.Event()

    def act(peer: Peer) -> None:
        while peer.request():
            if frozen.is_set():
                peer.hang()
            peer.wait(0.05)
            peer.send(OK)

    with hostile(*[act] * 12, answering(OK)) as server:
        http = transport(server.endpoint, timeout_s=0.3)
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda _: http.post({}, b"warm"), range(12)))
        server.acts = [answering(OK)]
        frozen.set()
        refused(http)
        assert http.post({}, b"next").status == 200


# TLS


@pytest.mark.robustness("a TLS connection that is cut without a close_notify")
def test_a_body_that_ends_without_a_goodbye_is_none(
    transport: Transport, certificate: Certificate, trust: ssl.SSLContext
) -> None:
    """Over TLS a body without a length is whole only if the end was signed: anyone can cut a connection."""

    def act(goodbye: bool) -> Act:
        def say(peer: Peer) -> None:
            peer.request()
            peer.send(b"HTTP/1.1 200 OK\r\n\r\nhalf of it")
            if goodbye:
                peer.say_goodbye()

        return say

    with hostile(act(False), act(True), tls=certificate.server) as server:
        http = transport(f"https://localhost:{server.port}/", 5.0, trust)
        assert "SSL" in refused(http)
        assert http.post({}, b"x").status == 200


@pytest.mark.robustness("kept connections that went bad")
def test_tls_connections_are_used_again(transport: Transport, certificate: Certificate, trust: ssl.SSLContext) -> None:
    """Calls over TLS share a connection, until the server closes it."""
    with hostile(answering(OK), tls=certificate.server) as server:
        http = transport(f"https://localhost:{server.port}/", 5.0, trust)
        assert [http.post({}, b"x" * 100_000).status for _ in range(5)] == [200] * 5
        assert server.connections == 1


@pytest.mark.robustness("a server without TLS, or with a certificate of nobody")
def test_plain_text_is_no_tls(transport: Transport, trust: ssl.SSLContext) -> None:
    """A server that does not speak TLS is unreachable over it, and gets nothing of the request."""
    with hostile(answering(OK)) as server:
        refused(transport(f"https://localhost:{server.port}/", 1.0, trust), b"secret")
        assert server.bodies == []


# What we send


@pytest.mark.robustness("line breaks in headers")
@pytest.mark.parametrize("value", ["a\r\nx: y", "a\ny", "a\r"])
def test_a_header_cannot_become_two(transport: Transport, value: str) -> None:
    """A value with a line break is an error before anything is sent."""
    with hostile(answering(OK)) as server, pytest.raises(ValueError, match="line break"):
        transport(server.endpoint).post({"x-id": value}, b"")
    assert server.bodies == []


@pytest.mark.robustness("a server without TLS, or with a certificate of nobody")
def test_a_certificate_of_nobody_is_refused(transport: Transport, certificate: Certificate) -> None:
    """Without our trust the same server is refused, and the request is not sent."""
    with hostile(answering(OK), tls=certificate.server) as server:
        assert "ertificate" in refused(transport(f"https://localhost:{server.port}/"), b"secret")
        assert server.bodies == []
