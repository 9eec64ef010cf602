"""Kept connections, against a real server on loopback."""

import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from comboio.aws.answer_reader import Answer, BrokenAnswerError
from comboio.aws.connection import Address, Connection, Deadline, look_up, open_connection, trust_in
from comboio.aws.exchange import Request
from comboio.aws.http import IDLE_S, KeptConnections, UnreachableError
from tests.support.certificate import make_certificate
from tests.support.web_server import Reply, Web, serving


@pytest.fixture
def web() -> Iterator[Web]:
    """Give a server of one's own."""
    with serving() as web:
        yield web


def test_a_connection_is_used_again(web: Web) -> None:
    """Calls one after the other share one connection, and each has its own body and headers."""
    http = KeptConnections(web.endpoint)
    for number in range(5):
        assert http.post({"x-number": str(number)}, b"%d" % number).status == 200
    assert web.connections == 1
    assert [(request.headers["x-number"], request.body) for request in web.requests] == [
        (str(number), b"%d" % number) for number in range(5)
    ]
    assert {request.path for request in web.requests} == {"/"}
    http.close()


def test_any_answer_is_an_answer(web: Web) -> None:
    """An error status comes back with its body, and does not cost the connection."""
    web.script = [Reply(500, b"oh"), Reply(400, b"no"), Reply(200, b"")]
    http = KeptConnections(web.endpoint)
    assert [http.post({}, b"")[:2] for _ in range(3)] == [(500, b"oh"), (400, b"no"), (200, b"")]
    assert web.connections == 1
    http.close()


@pytest.mark.parametrize("path", ["/", "/in/telemetry", "/in?v=1&w=%20"])
def test_the_endpoints_own_path_is_asked(web: Web, path: str) -> None:
    """What stands behind the host goes into the request as it is."""
    http = KeptConnections(web.endpoint + path)
    assert http.post({}, b"").headers["content-length"] == "2"
    assert web.requests[0].path == path
    assert http.host == f"127.0.0.1:{web.port}"
    http.close()


@pytest.mark.robustness("kept connections that went bad")
def test_a_connection_closed_meanwhile_is_replaced(web: Web) -> None:
    """A kept connection that the other side closed while it was idle costs a new one, and no error."""
    web.script = [Reply(close=True)]
    http = KeptConnections(web.endpoint)
    http.post({}, b"1")
    assert web.closed.acquire(timeout=5)
    assert http.post({}, b"2").status == 200
    assert [request.body for request in web.requests] == [b"1", b"2"]
    assert web.connections == 2
    http.close()


@pytest.mark.robustness("kept connections that went bad")
def test_all_that_were_closed_meanwhile_are_replaced(web: Web) -> None:
    """However many idle connections went stale (a thaw after a freeze), the next call comes through."""
    http = KeptConnections(web.endpoint)
    web.script = [Reply(close=True) for _ in range(4)]
    web.held.clear()
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(http.post, {}, b"") for _ in range(4)]
        while len(web.requests) < 4:
            time.sleep(0.001)
        web.held.set()
        assert [call.result().status for call in calls] == [200] * 4
    assert all(web.closed.acquire(timeout=5) for _ in range(4))
    assert http.post({}, b"after").status == 200
    assert web.connections == 5
    http.close()


@pytest.mark.robustness("kept connections that went bad")
def test_an_announced_close_is_honoured(web: Web) -> None:
    """Where the answer says `connection: close`, the connection is not kept."""
    web.script = [Reply(announce=True, close=True)]
    http = KeptConnections(web.endpoint)
    http.post({}, b"")
    http.post({}, b"")
    assert web.connections == 2
    http.close()


def test_threads_share_and_never_mix(web: Web) -> None:
    """Threads that call at the same time have connections of their own, and few of them stay."""
    http = KeptConnections(web.endpoint)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: http.post({}, b"%d" % number).status, range(100)))
    assert answers == [200] * 100
    assert sorted(int(request.body) for request in web.requests) == list(range(100))
    assert web.connections <= 8
    http.close()


@pytest.mark.robustness("kept connections that went bad")
def test_no_answer_in_time_is_unreachable(web: Web) -> None:
    """A call that is not answered in time is not sent again on its own: it may have been carried out."""
    web.held.clear()
    http = KeptConnections(web.endpoint, timeout_s=0.1)
    with pytest.raises(UnreachableError, match="TimeoutError"):
        http.post({}, b"")
    assert len(web.requests) == 1


@pytest.mark.robustness("kept connections that went bad")
def test_a_kept_connection_that_times_out_is_unreachable_too(web: Web) -> None:
    """Silence on a kept connection is no sign that it was closed, so the call is not sent twice."""
    http = KeptConnections(web.endpoint, timeout_s=0.2)
    http.post({}, b"")
    web.held.clear()
    with pytest.raises(UnreachableError):
        http.post({}, b"")
    assert len(web.requests) == 2


@pytest.mark.robustness("kept connections that went bad")
@pytest.mark.parametrize("reply", [Reply(cut=True), Reply(short=True)], ids=["no answer", "half an answer"])
def test_a_new_connection_that_breaks_is_unreachable(web: Web, reply: Reply) -> None:
    """A connection that ends before the whole answer came proves nothing of the request."""
    web.script = [reply]
    with pytest.raises(UnreachableError):
        KeptConnections(web.endpoint).post({}, b"")
    assert len(web.requests) == 1


@pytest.mark.robustness("a name server that does not answer")
def test_a_host_that_can_have_no_address_is_unreachable() -> None:
    """A label that no name may have is told as any other host that is not found."""
    with pytest.raises(UnreachableError):
        KeptConnections(f"http://{'a' * 64}.example/").post({}, b"")


@pytest.mark.robustness("kept connections that went bad")
def test_nobody_there_is_unreachable() -> None:
    """A refused connection names the host."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(UnreachableError, match=str(port)):
        KeptConnections(f"http://127.0.0.1:{port}").post({}, b"")


@pytest.mark.robustness("kept connections that went bad")
def test_an_answer_that_is_not_http_is_unreachable() -> None:
    """Something else that listens at the address is not taken for the service."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 smtp ready\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(UnreachableError):
            KeptConnections(f"http://127.0.0.1:{listener.getsockname()[1]}").post({}, b"")
        thread.join()


class Exchanges:
    """An exchange that remembers its calls, and answers by a script."""

    def __init__(self, *script: bool | Exception) -> None:
        self.script = list(script)
        self.calls: list[tuple[Connection, Request, float]] = []

    def __call__(self, connection: Connection, request: Request, deadline: Deadline) -> tuple[Answer, bool]:
        self.calls.append((connection, request, deadline.left()))
        said = self.script.pop(0) if self.script else True
        if isinstance(said, Exception):
            raise said
        return Answer(200, b""), said

    @property
    def open(self) -> list[bool]:
        """Which of the connections are open, in the order of the calls."""
        return [connection._socket.fileno() >= 0 for connection, _, _ in self.calls]


def together(endpoint: str, exchanges: Exchanges, number: int, at: Sequence[float] = (0.0,)) -> KeptConnections:
    """Return connections of which so many were used at one time, and are idle since; `at` has the time."""
    gate = threading.Barrier(number)

    def exchange(connection: Connection, request: Request, deadline: Deadline) -> tuple[Answer, bool]:
        if len(exchanges.calls) < number:
            exchanges.calls.append((connection, request, deadline.left()))
            gate.wait()
            return Answer(200, b""), True
        return exchanges(connection, request, deadline)

    http = KeptConnections(endpoint, exchange=exchange, clock=lambda: at[0], wall=lambda: at[0])
    with ThreadPoolExecutor(number) as pool:
        list(pool.map(lambda _: http.post({}, b""), range(number)))
    return http


@pytest.fixture
def quiet() -> Iterator[str]:
    """Give the endpoint of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_posts_go_to_the_endpoints_path_and_gets_below_it(quiet: str) -> None:
    """The query is the endpoint's own; a slash at its end is no folder without a name."""
    for path, posted, got in (("", "/", "/x"), ("/", "/", "/x"), ("/a/", "/a/", "/a/x"), ("/a?q=1", "/a?q=1", "/a/x")):
        exchanges = Exchanges()
        http = KeptConnections(quiet + path, exchange=exchanges)
        http.post({"h": "1"}, b"body")
        http.get("/x", {"h": "2"}, 1.0)
        (_, post, _), (_, get, _) = exchanges.calls
        assert (post.method, post.target, post.headers, post.body) == ("POST", posted, {"h": "1"}, b"body")
        assert (get.method, get.target, get.headers, get.body) == ("GET", got, {"h": "2"}, b"")
        http.close()


@pytest.mark.robustness("calls that would outlast their time")
def test_a_call_has_the_shorter_of_its_times(quiet: str) -> None:
    """The transport's own, or what its caller gives it."""
    exchanges = Exchanges()
    now = 1_000.0
    http = KeptConnections(quiet, 5.0, exchange=exchanges, clock=lambda: now)
    http.post({}, b"")
    http.post({}, b"", 3.0)
    http.post({}, b"", 60.0)
    http.get("/", {}, 2.0)
    http.get("/", {}, 60.0)
    assert [left for _, _, left in exchanges.calls] == [5.0, 3.0, 5.0, 2.0, 5.0]
    http.close()


@pytest.mark.robustness("kept connections that went bad")
@pytest.mark.parametrize("end", [False, ConnectionResetError("reset"), BrokenAnswerError("half"), ValueError("bad")])
def test_a_connection_that_cannot_be_used_again_is_closed(quiet: str, end: bool | Exception) -> None:
    """However a call ended; the next one gets another, and no socket is left open."""
    exchanges = Exchanges(end)
    http = KeptConnections(quiet, exchange=exchanges)
    if isinstance(end, Exception):
        with pytest.raises(ValueError if isinstance(end, ValueError) else UnreachableError):
            http.post({}, b"")
    else:
        http.post({}, b"")
    http.post({}, b"")
    assert exchanges.open == [False, True]
    http.close()
    assert exchanges.open == [False, False]


@pytest.mark.robustness("kept connections that went bad")
def test_only_a_kept_connection_that_breaks_takes_the_others_with_it(quiet: str) -> None:
    """A new one says nothing of those that are idle; a kept one may have been cut off with all of its age."""
    exchanges = Exchanges()
    http = together(quiet, exchanges, 3)
    exchanges.script = [ConnectionResetError("reset")]
    with pytest.raises(UnreachableError):
        http.post({}, b"")
    assert exchanges.open == [False] * 4 and not http._idle
    http.post({}, b"")
    exchanges.script = [ConnectionResetError("reset")]
    fresh = KeptConnections(quiet, exchange=exchanges)
    fresh._idle.clear()
    with pytest.raises(UnreachableError):
        fresh.post({}, b"")
    assert len(http._idle) == 1
    http.close()


@pytest.mark.robustness("a freeze, by either clock")
@pytest.mark.parametrize(
    ("clock", "wall", "kept"),
    [
        (0.0, 0.0, True),
        (IDLE_S, -IDLE_S, True),
        (IDLE_S + 0.1, 0.0, False),
        (0.0, IDLE_S + 0.1, False),
        (0.0, -IDLE_S - 0.1, False),
    ],
)
def test_an_idle_connection_is_used_for_just_so_long(quiet: str, clock: float, wall: float, kept: bool) -> None:
    """By both clocks, whichever of them stood still, and by one that was set back."""
    exchanges, at = Exchanges(), [1_000.0, 5_000.0]
    http = KeptConnections(quiet, exchange=exchanges, clock=lambda: at[0], wall=lambda: at[1])
    http.post({}, b"")
    at[:] = [at[0] + clock, at[1] + wall]
    http.post({}, b"")
    assert (exchanges.calls[0][0] is exchanges.calls[1][0]) is kept
    assert exchanges.open == [kept, True]
    http.close()


@pytest.mark.robustness("kept connections that went bad")
def test_what_was_idle_for_too_long_is_closed_by_the_next_call_that_ends(quiet: str) -> None:
    """Whether it is ever its turn or not: the last one used is used again, and those below it grow old."""
    exchanges, at = Exchanges(), [0.0]
    http = together(quiet, exchanges, 3, at)
    at[0] = IDLE_S - 1
    http.post({}, b"")
    assert exchanges.open == [True] * 4
    at[0] = IDLE_S + 1
    http.post({}, b"")
    used = exchanges.calls[-1][0]
    assert [connection is used for connection, _, _ in exchanges.calls] == exchanges.open
    http.close()


def test_only_a_call_that_has_a_connection_begins(web: Web) -> None:
    """Without one nothing is sent, as that would take waiting; the connection is kept for the next one afterwards."""
    http = KeptConnections(web.endpoint)
    assert http.begin({}, b"0") is None and not web.requests
    http.post({}, b"1")
    begun = http.begin({"h": "2"}, b"2", 5.0)
    assert begun is not None and http.begin({}, b"") is None
    while not begun.go_on():
        select.select([begun], [], [], 5.0)
    assert begun.answer().status == 200
    http.post({}, b"3")
    assert [request.body for request in web.requests] == [b"1", b"2", b"3"] and web.connections == 1
    assert web.requests[1].headers["h"] == "2"
    http.close()


@pytest.mark.robustness("kept connections that went bad")
def test_a_call_that_was_begun_and_breaks_takes_the_idle_ones_with_it(quiet: str) -> None:
    """Its connection was kept: what cut it off may have cut off the others."""
    exchanges = Exchanges()
    http = together(quiet, exchanges, 2)
    begun = http.begin({}, b"")
    assert begun is not None and exchanges.open == [True, True]
    begun.give_up(TimeoutError("silence"))
    with pytest.raises(UnreachableError, match="silence"):
        begun.answer()
    assert exchanges.open == [False, False]


def test_the_first_address_that_answers_is_taken(quiet: str) -> None:
    """One that refuses costs nothing but its refusal; where all do, the reason is told. Small writes go at once."""
    port = int(quiet.rpartition(":")[2])
    (good,) = look_up("127.0.0.1", port)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        bad: Address = (*good[:4], ("127.0.0.1", free.getsockname()[1]))
    deadline = Deadline(5.0, time.monotonic)
    for addresses in ([good], [bad, good], [good, bad]):
        connection = open_connection("name.test", port, deadline, lambda host, port, found=addresses: found)  # type: ignore[misc]  # bound now
        assert connection._socket.getpeername()[1] == port
        assert connection._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        connection.close()
    with pytest.raises(ConnectionRefusedError):
        open_connection("name.test", port, deadline, lambda host, port: [bad, bad])


@pytest.mark.robustness("calls that would outlast their time")
def test_an_address_that_says_nothing_leaves_time_for_the_others(quiet: str) -> None:
    """Of the call's time each address that is untried has its share, and those that were tried have no socket left."""
    given: list[float] = []
    tried: list[socket.socket] = []

    class Black(socket.socket):
        def settimeout(self, value: float | None) -> None:
            given.append(value or 0.0)
            super().settimeout(value)

        def connect(self, address: object) -> None:
            tried.append(self)
            raise TimeoutError("silence")

    port = int(quiet.rpartition(":")[2])
    addresses = look_up("127.0.0.1", port) * 3
    with pytest.MonkeyPatch.context() as changed, pytest.raises(TimeoutError, match="silence"):
        changed.setattr("comboio.aws.connection.socket.socket", Black)
        open_connection("name.test", port, Deadline(6.0, lambda: 0.0), lambda host, port: addresses)
    assert given == [2.0, 3.0, 6.0]
    assert [each.fileno() for each in tried] == [-1, -1, -1]


def test_a_file_of_certificates_is_all_that_is_trusted(tmp_path: Path) -> None:
    """Not whom the system trusts beside it; and names are still checked."""
    context = trust_in(str(make_certificate(tmp_path).file))
    assert context.cert_store_stats()["x509"] == 1
    assert context.check_hostname and context.verify_mode is ssl.CERT_REQUIRED
