"""What a receiver may say to a webhook, and what it may not."""

import subprocess
import sys

import pytest

from comboio.aws.http import KeptConnections, UnreachableError
from dispatcher.destinations.webhook.exchange import MAX_BODY_BYTES, webhook_exchange
from tests.support.hostile_server import Peer, answering, hostile

pytestmark = pytest.mark.robustness("broken, ambiguous and endless HTTP answers")

HEAD = b"HTTP/1.1 200 OK\r\n"


def statuses(*answers: bytes, calls: int = 1) -> tuple[list[int], int]:
    """Return the statuses of some calls to a server with these answers (0: none), and the connections they took."""
    with hostile(answering(*answers)) as server:
        http = KeptConnections(server.endpoint, 5.0, exchange=webhook_exchange)
        found = []
        for _ in range(calls):
            try:
                found.append(http.post({"content-type": "application/json"}, b"[]").status)
            except UnreachableError:
                found.append(0)
        http.close()
        return found, server.connections


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Content-Length: 5\r\n\r\nhello",
        HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: x\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
        HEAD + b"X: a\r\n folded\r\nContent-Length: 2\r\n\r\nhi",
    ],
)
def test_any_whole_answer_of_http_is_taken_and_the_connection_kept(answer: bytes) -> None:
    """A receiver may use all that HTTP/1.1 allows, old line breaks and repeated lengths included."""
    found, connections = statuses(answer, calls=3)
    assert found[0] // 100 == 2 and len(set(found)) == 1 and connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 OK\r\n\r\n",
        HEAD + b"Connection: close\r\nContent-Length: 0\r\n\r\n",
        HEAD + b"Content-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        HEAD + b"Content-Length: 0\r\n\r\nH",
    ],
)
def test_an_answer_that_leaves_doubt_costs_its_connection(answer: bytes) -> None:
    """What comes behind an answer, or an answer that ends the connection, is never the next call's."""

    def act(peer: Peer) -> None:
        peer.request()
        peer.send(answer)

    with hostile(act, answering(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")) as server:
        http = KeptConnections(server.endpoint, 5.0, exchange=webhook_exchange)
        assert [http.post({}, b"1").status, http.post({}, b"2").status] == [200, 500]
        assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Content-Length: two\r\n\r\nhi",
        HEAD + b"Transfer-Encoding: gzip\r\n\r\nhi",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 20,
        HEAD + b"Content-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1) + b"x" * (MAX_BODY_BYTES + 1),
        HEAD + b"X: " + b"y" * 200_000 + b"\r\nContent-Length: 0\r\n\r\n",
        b"garbage\r\n\r\n",
    ],
    ids=range(10),
)
def test_what_is_no_answer_takes_no_message(answer: bytes) -> None:
    """An answer that is broken, endless or has two ends proves nothing."""
    assert statuses(answer) == ([0], 1)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    """A receiver that points elsewhere gets one POST, and nobody else gets any."""
    with hostile(answering(HEAD + b"Content-Length: 0\r\n\r\n")) as elsewhere:
        place = b"Location: " + elsewhere.endpoint.encode()
        assert statuses(b"HTTP/1.1 %d Moved\r\n%s\r\nContent-Length: 0\r\n\r\n" % (status, place))[0] == [status]
        assert elsewhere.bodies == []


def test_the_engine_is_imported_only_for_a_webhook() -> None:
    """A cold start without webhooks does not pay for them."""
    code = (
        "import sys\n"
        "from comboio.routing.table import load\n"
        "from dispatcher.destinations import build\n"
        'text = \'version = 1\\n[destinations.a]\\ntype = "{}"\\ntarget = "{}"\\n[default]\\nto = ["a"]\'\n'
        "build(load(text.format('sqs', 'https://q'), {}), lambda service: None)\n"
        "assert not {'h11', 'urllib3', 'http.client'} & set(sys.modules), sys.modules.keys()\n"
        "build(load(text.format('webhook', 'https://q'), {}), lambda service: None)\n"
        "assert 'h11' in sys.modules and 'urllib3' not in sys.modules\n"
    )
    environ = {"PYTHONPATH": ":".join(path for path in sys.path if path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environ)  # noqa: S603 fixed words
