"""Objects of JSON Lines: what stands in them, where they stand, and what an error means."""

import gzip
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from comboio.contract.unpack import read
from dispatcher.destinations.s3 import Bucket, S3Options
from dispatcher.fault import FaultKind
from dispatcher.parcel import Parcel
from tests.support.aws_wire import entries, kinds
from tests.support.dispatcher import NOW, parcel, payload

HOUR_MS = 3_600_000


class Store:
    """Keeps objects, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self._error = error

    def put_object(self, **request: Any) -> None:
        """Write an object."""
        if self._error:
            raise self._error
        self.objects[request["Key"]] = request


def bucket(store: Store, **options: Any) -> Bucket:
    """Return a bucket that is kept in a store."""
    return Bucket("a", "lake", store.put_object, S3Options.model_validate(options))


def at(offset: int, timestamp: int, topic: str = "t") -> Parcel:
    """Return a parcel of a record with that timestamp."""
    one = parcel(offset, value=payload(300 + offset))
    one.record.timestamp, one.record.topic = timestamp, topic
    return one


def test_an_object_has_a_line_for_each_message() -> None:
    """The lines are messages with their ids, whatever white space the payloads have, in gzip."""
    store = Store()
    where = bucket(store, prefix="/raw/")
    pretty = at(2, NOW)
    pretty.record.value = payload(300).replace(b", ", b",\n\r ")
    assert where.send(entries(where, [at(0, NOW), at(1, NOW)], [pretty])) == [None, None]
    body = b"".join(gzip.decompress(each["Body"]) for each in store.objects.values())
    assert len(body.splitlines()) == 3
    assert [each.message["codigo"] for each in read(body)] == [300, 301, 300]
    assert all(name.startswith("raw/topic=t/date=2026-11-22/hour=15/") for name in store.objects)
    assert {each["Bucket"] for each in store.objects.values()} == {"lake"}


def test_objects_stand_in_folders_by_topic_and_hour() -> None:
    """Records of two hours or topics are in two objects, so that a query by date misses none."""
    store = Store()
    where = bucket(store)
    assert where.send(entries(where, [at(0, NOW)], [at(1, NOW + HOUR_MS)], [at(2, NOW, "u.é")])) == [None] * 3
    folders = {name.rpartition("/")[0] for name in store.objects}
    assert folders == {
        "topic=t/date=2026-11-22/hour=15",
        "topic=t/date=2026-11-22/hour=16",
        "topic=u.%C3%A9/date=2026-11-22/hour=15",
    }


@pytest.mark.robustness("calls that would outlast their time")
@pytest.mark.parametrize("timeout_s", [0.0, 0.9, 1.0, 2.5, 50.0, float("inf")])
def test_what_is_written_counts_however_many_hours_there_are(timeout_s: float) -> None:
    """Of 40 hours at a second each those have no answer for which there is no time: nothing is tried again and again.

    At least one object is written, and the answer comes in time where one object does.
    """
    store, now = Store(), [0.0]

    def put_object(**request: Any) -> None:
        now[0] += 1.0
        store.put_object(**request)

    where = Bucket("a", "lake", put_object, S3Options.model_validate({}), lambda: now[0])
    faults = where.send(entries(where, *[[at(hour, NOW + hour * HOUR_MS)] for hour in range(40)]), timeout_s)
    written = len(store.objects)
    assert written == max(1, int(min(40, timeout_s))) if timeout_s else written == 0
    assert kinds(faults) == [None] * written + [FaultKind.HELD] * (40 - written)
    assert now[0] <= max(timeout_s, 1.0)


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("timestamp", [-1, -(2**63), 2**63 - 1, NOW * 1000])
def test_a_timestamp_that_is_no_date_stops_nothing(timestamp: int) -> None:
    """A record without a time, or of one beyond the year 9999, is in a folder like all others."""
    store = Store()
    where = bucket(store)
    assert where.send(entries(where, [at(0, timestamp)], [at(1, NOW)])) == [None, None]
    assert len(store.objects) == 2


def test_the_same_messages_are_the_same_object() -> None:
    """A call that is repeated overwrites its own object, byte for byte."""
    first, second = Store(), Store()
    for store in (first, second, second):
        where = bucket(store)
        where.send(entries(where, [at(0, NOW)], [at(1, NOW)]))
    assert first.objects == second.objects


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ClientError({"Error": {"Code": "SlowDown"}}, "PutObject"), FaultKind.THROTTLED),
        (ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject"), FaultKind.TRANSIENT),
        (ClientError({"Error": {"Code": "NoSuchBucket"}}, "PutObject"), FaultKind.TRANSIENT),
        (EndpointConnectionError(endpoint_url="https://s3"), FaultKind.TRANSIENT),
    ],
)
def test_an_error_is_never_the_message_s(error: Exception, kind: FaultKind) -> None:
    """All that S3 refuses can be corrected, so no message dies of it."""
    where = bucket(Store(error))
    assert kinds(where.send(entries(where, [at(0, NOW)], [at(1, NOW)]))) == [kind, kind]
