"""Many calls of one action at a time, on open connections and in threads, against servers on loopback."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any

import pytest

from comboio.aws.begun import Begun
from comboio.aws.http import KeptConnections
from comboio.aws.json_api import DYNAMODB, AwsError, JsonApi
from comboio.aws.side_by_side import Result, SideBySide, call_all
from comboio.aws.sigv4 import Credentials
from tests.support.hostile_server import Peer, hostile
from tests.support.web_server import Reply, Web, serving

PATIENCE_S = 20.0
"""More than any of this takes."""

REFUSED = b'{"__type":"com.amazonaws.dynamodb#ConditionalCheckFailedException","message":"no","Item":{"a":{"S":"b"}}}'
THROTTLED = b'{"__type":"com.amazonaws.dynamodb#ThrottlingException","message":"later"}'

ANSWERS = {
    "success": Reply(200, b'{"Attributes":{}}'),
    "refused": Reply(400, REFUSED),
    "throttled": Reply(400, THROTTLED),
    "broken": Reply(500, b"oh"),
    "no JSON": Reply(200, b"hello"),
    "cut": Reply(cut=True),
    "short": Reply(200, b"{}", short=True),
}


class Pool(ThreadPoolExecutor):
    """Counts what it is asked to do."""

    def __init__(self) -> None:
        super().__init__(8)
        self.asked = 0

    def submit(self, *args: Any, **options: Any) -> Future[Any]:
        self.asked += 1
        return super().submit(*args, **options)


@pytest.fixture
def web() -> Iterator[Web]:
    """Give a server that answers as a script says."""
    with serving() as web:
        yield web


@pytest.fixture
def pool() -> Iterator[Pool]:
    """Give threads that end with the test."""
    with Pool() as pool:
        yield pool


def table(endpoint: str, tries: int = 3, http: type[KeptConnections] = KeptConnections) -> JsonApi:
    """Return a client whose calls go there."""
    kept = http(endpoint, clock=monotonic, wall=lambda: 0.0)
    keys = Credentials("AKIDEXAMPLE", "secret")
    return JsonApi(DYNAMODB, "us-east-1", lambda: keys, kept, tries=tries, sleep=lambda _: None)


def ask(api: JsonApi, pool: Executor, *requests: Mapping[str, Any], within_s: float = PATIENCE_S) -> list[Result]:
    """Carry out an action for each request."""
    return call_all(api, "UpdateItem", requests, pool, monotonic() + within_s)


def open_two(api: JsonApi, web: Web, pool: Pool) -> None:
    """Leave two connections open, and the pool as if it had not been asked yet."""
    web.held.clear()
    both = [pool.submit(api.call, "UpdateItem", {}) for _ in range(2)]
    while len(web.requests) < 2:
        sleep(0.001)
    web.held.set()
    for each in both:
        each.result()
    pool.asked = 0


def echo(peer: Peer) -> None:
    """Answer each request with its own body."""
    while body := peer.request():
        peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))


def test_each_request_has_its_own_answer(pool: Pool) -> None:
    """However many there are, and whoever waited for it, an answer is that of its request, which was sent once."""
    with hostile(echo) as server:
        api = table(server.endpoint)
        requests = [{"number": number} for number in range(100)]
        for most_in_threads in (100, 92):  # the first time has no open connection, the second one those of 8 threads
            server.bodies.clear()
            pool.asked = 0
            assert ask(api, pool, *requests) == requests
            assert sorted(json.loads(body)["number"] for body in server.bodies) == list(range(100))
            assert pool.asked <= most_in_threads


def test_on_open_connections_no_thread_is_asked(web: Web, pool: Pool) -> None:
    """Where connections are open, all is done by the thread that asks."""
    api = table(web.endpoint)
    open_two(api, web, pool)
    assert ask(api, pool, {}, {}) == [{}, {}]
    assert pool.asked == 0 and web.connections == 2


def test_calls_are_under_way_before_anybody_waits_for_them(web: Web, pool: Pool) -> None:
    """The server has them while their user does something else, and their answers are there when they are asked for."""
    api = table(web.endpoint)
    open_two(api, web, pool)
    calls = SideBySide(api, "UpdateItem", [{}, {}], pool, monotonic() + PATIENCE_S)
    while len(web.requests) < 4:
        sleep(0.001)
    assert calls.results() == [{}, {}]
    assert pool.asked == 0 and web.connections == 2


def test_of_nothing_nothing_is_asked(web: Web, pool: Pool) -> None:
    """No request is no call."""
    assert ask(table(web.endpoint), pool) == []
    assert not web.requests


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@pytest.mark.parametrize("tries", [1, 3])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_means_what_it_means_to_a_single_call(web: Web, pool: Pool, answer: Reply, tries: int) -> None:
    """Success, refusal, or an error that may be over at the next try: result and requests are those of `call`."""
    api = table(web.endpoint, tries)
    web.script = [Reply(), answer]
    api.call("UpdateItem", {})  # opens a connection
    (result,) = ask(api, pool, {"a": 1})
    requests = len(web.requests)
    web.requests.clear()
    web.script = [Reply(), answer]
    alone = table(web.endpoint, tries)
    alone.call("UpdateItem", {})
    try:
        assert result == alone.call("UpdateItem", {"a": 1})
    except AwsError as error:
        assert isinstance(result, AwsError)
        assert (result.code, result.status, result.fields) == (error.code, error.status, error.fields)
    assert requests == len(web.requests)


@pytest.mark.robustness("calls that would outlast their time")
def test_what_hangs_costs_its_own_call_alone(pool: Pool) -> None:
    """A connection that says nothing ends with the time there is; the answers beside it count."""

    def once(peer: Peer) -> None:
        body = peer.request()
        while peer.server.connections < 2:  # so that each of two calls has a connection of its own
            peer.wait(0.001)
        peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
        if peer.request():
            peer.hang()

    with hostile(once, echo) as server:
        api = table(server.endpoint)
        began = monotonic()
        ask(api, pool, {}, {})
        results = ask(api, pool, {}, {}, within_s=0.2)
        (hung,) = [result for result in results if isinstance(result, AwsError)]
        assert hung.code == "Unreachable" and {} in results
        assert monotonic() - began < PATIENCE_S


def test_without_time_nothing_is_sent(web: Web, pool: Pool) -> None:
    """After its end no call is begun, whether a connection is open or not."""
    api = table(web.endpoint)
    api.call("UpdateItem", {})
    for result in ask(api, pool, {}, {}, within_s=-1.0):
        assert isinstance(result, AwsError) and result.code == "Unreachable"
    assert len(web.requests) == 1


def test_a_defect_leaves_nothing_under_way(web: Web, pool: Pool) -> None:
    """Where a call cannot even be begun by a mistake of ours, those before it are given up, and the mistake shows."""
    begun: list[Begun] = []

    class Broken(KeptConnections):
        def begin(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Begun | None:
            if begun:
                raise ZeroDivisionError
            found = super().begin(headers, body, timeout_s)
            assert found is not None
            begun.append(found)
            return found

    api = table(web.endpoint, http=Broken)
    api.call("UpdateItem", {})
    web.held.clear()
    with pytest.raises(ZeroDivisionError):
        ask(api, pool, {}, {})
    assert begun[0].fileno() == -1
    web.held.set()
