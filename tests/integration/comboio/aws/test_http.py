"""Kept connections, against a real server on loopback."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from comboio.aws.http import KeptConnections, UnreachableError
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
