"""Calls of SQS that are begun on open connections, against a server on loopback."""

import json
from collections.abc import Iterator, Sequence
from threading import Barrier, Event
from time import monotonic, sleep

import pytest

from comboio.aws.http import KeptConnections
from comboio.aws.json_api import SQS, JsonApi
from comboio.aws.sigv4 import Credentials
from dispatcher.destinations.destination import ShapedDestination
from dispatcher.destinations.entry import Entry
from dispatcher.destinations.sqs import SqsOptions, SqsQueue
from dispatcher.fault import Fault
from dispatcher.parcel import Parcel
from dispatcher.send.calls import Calls
from dispatcher.send.destination_queue import DestinationQueue
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.sender import SendBudget, send_all
from tests.support.dispatcher import parcel, route
from tests.support.hostile_server import HostileServer, Peer, hostile
from tests.support.web_server import Reply, Web, serving

TO_QUEUE = route(to=("queue",))
PATIENCE_S = 20.0
"""More than any of this takes."""


@pytest.fixture
def web() -> Iterator[Web]:
    """Give a server that answers as a script says."""
    with serving() as web:
        yield web


def queue(endpoint: str, concurrency: int = 32) -> SqsQueue:
    """Return a queue whose calls go there."""
    http = KeptConnections(endpoint, clock=lambda: 0.0, wall=lambda: 0.0)  # where nothing is ever idle for too long
    api = JsonApi(SQS, "us-east-1", lambda: Credentials("AKIDEXAMPLE", "secret"), http)
    options = SqsOptions.model_validate({"concurrency": concurrency})
    return SqsQueue("queue", "https://sqs.test/1/queue", api, ordered=False, options=options)


def entries(sqs: SqsQueue, *offsets: int, bytes_each: int = 10) -> list[Entry]:
    """Return an entry of each of some parcels."""
    made = [parcel(offset, TO_QUEUE, b'"' + b"x" * bytes_each + b'"') for offset in offsets]
    return [Entry((each,), *sqs.make((each,))) for each in made]


ANSWERS = {
    "all": Reply(200, b'{"Successful":[{"Id":"0"},{"Id":"1"}]}'),
    "some": Reply(200, b'{"Successful":[{"Id":"1"}],"Failed":[{"Id":"0","Code":"InternalError","Message":"later"}]}'),
    "nothing": Reply(200, b"{}"),
    "no JSON": Reply(200, b"hello"),
    "throttled": Reply(400, b'{"__type":"com.amazonaws.sqs#RequestThrottled","message":"slow down"}'),
    "refused": Reply(400, b'{"__type":"com.amazonaws.sqs#InvalidMessageContents","message":"no"}'),
    "broken": Reply(500, b"oh"),
    "cut": Reply(cut=True),
    "short": Reply(200, b"{}", short=True),
}


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_begun_call_means_what_a_thread_would_have_read(web: Web, answer: Reply) -> None:
    """Whatever the answer is, each entry has the same fault, or none, as where a thread waited for it."""
    sqs = queue(web.endpoint)
    given = entries(sqs, 1, 2)
    web.script = [Reply(), answer, Reply(), answer]
    found: list[Sequence[Fault | None]] = []
    sqs.send(given, 5.0)  # opens a connection
    found.append(sqs.send(given, 5.0))
    sqs.send(given, 5.0)
    state = DestinationState(sqs)
    assert state.begins is not None
    calls = Calls(monotonic, monotonic() + 60)
    calls.make(DestinationQueue(state, ()), given)
    while len(found) < 2:
        found += [each.faults for each in calls.wait(PATIENCE_S)]
    calls.close()
    assert found[0] == found[1]
    assert [json.loads(request.body) for request in web.requests[1::2]] == [json.loads(web.requests[1].body)] * 2


def test_nothing_is_sent_of_a_call_that_cannot_be_begun(web: Web) -> None:
    """Without an open connection, and of a large call, nothing goes out before a thread sends it."""
    sqs = queue(web.endpoint)
    assert sqs.begin(entries(sqs, 1), 5.0) is None
    sqs.send(entries(sqs, 1), 5.0)
    assert sqs.begin(entries(sqs, 1, bytes_each=70_000), 5.0) is None
    assert len(web.requests) == 1


def test_a_destination_that_is_reshaped_begins_its_calls_too(web: Web) -> None:
    """What changes the messages changes nothing of how they are sent."""
    sqs = queue(web.endpoint)
    state = DestinationState(ShapedDestination(sqs, lambda each: each))
    assert state.begins is not None
    assert state.begins.begin(entries(sqs, 1), 5.0) is None
    sqs.send(entries(sqs, 1), 5.0)
    begun = state.begins.begin(entries(sqs, 1), 5.0)
    assert begun is not None
    while not begun.go_on():
        sleep(0.001)
    (fault,) = state.begins.finish(begun, 1)
    assert fault is not None and "Unanswered" in fault.error


def test_a_batch_on_open_connections_needs_no_threads() -> None:
    """The first batch opens connections in threads; the next has each message sent once, and no thread at all."""
    all_open, opened = Barrier(4), Event()

    def act(peer: Peer) -> None:
        while body := peer.request():
            ids = ",".join(f'{{"Id":"{each["Id"]}"}}' for each in json.loads(body)["Entries"])
            if not opened.is_set():  # the first answers wait for all connections
                all_open.wait(PATIENCE_S)
                opened.set()
            text = f'{{"Successful":[{ids}]}}'.encode()
            peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(text) + text)

    with hostile(act) as server:
        state = DestinationState(queue(server.endpoint, concurrency=4))
        _send(state, server, range(400))
        state.pool.shutdown()
        _send(state, server, range(400, 1_000))
        assert server.connections == 4


def _send(state: DestinationState, server: HostileServer, offsets: range) -> None:
    parcels: list[Parcel] = [parcel(offset, TO_QUEUE) for offset in offsets]
    budget = SendBudget(lambda: 0, monotonic, sleep, monotonic() + 30, 5.0, 60.0, lambda: None)
    traffic = send_all(parcels, {"queue": state}, budget)["queue"]
    bodies = [each for body in server.bodies for each in json.loads(body)["Entries"]]
    named = [each["MessageAttributes"]["deduplication_id"]["StringValue"] for each in bodies]
    server.bodies.clear()
    assert sorted(named) == sorted(each.record.id for each in parcels)
    assert traffic.messages == len(parcels) and traffic.calls == len(parcels) / 10 and not traffic.failed
    assert all(not each.faults and each.served == ("queue",) for each in parcels)
