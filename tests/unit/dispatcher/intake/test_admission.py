"""Which records are dispatched now."""

from typing import Any

import pytest

from comboio.contract.record import Record
from comboio.ledger.ledger import Incomplete, Ledger
from comboio.routing.router import Router
from comboio.routing.table import load
from dispatcher.intake.admission import Admission, AdmissionLimits, admit_parcels, parcel_of
from dispatcher.parcel import Outcome, Parcel
from tests.support.dispatcher import NOW, payload, record

ROUTER = Router(
    load(
        """
version = 1
[destinations.a]
type = "sqs"
[[routes]]
name = "ordered"
codigos = [300]
to = ["a"]
ordering = "key"
[[routes]]
name = "loose"
codigos = [301]
to = ["a"]
[default]
to = ["dead_letter"]
""",
        {},
    )
)
DAY = 86_400_000


def admitted(records: list[Record], ledger: Ledger | None = None, incomplete: int = 100) -> Admission:
    """Return the records after the ledger has been asked."""
    read = [parcel_of(each, ROUTER) for each in records]
    return admit_parcels(ledger or Ledger(), read, NOW, AdmissionLimits(incomplete, DAY))


def outcomes(admission: Admission) -> dict[int, Outcome | None]:
    """Each parcel's outcome by offset; None: it goes on."""
    return {parcel.record.offset: parcel.outcome for parcel in admission.parcels}


def of_key(offset: int, key: bytes | None = b"k", codigo: int = 300) -> Record:
    """Return a good record of a key."""
    return record(offset, payload(codigo), key)


def token(key: bytes = b"k") -> int:
    """Return the token that a record of that key has on the ordered route."""
    found = admitted([of_key(0, key)]).parcels[0].token
    assert found is not None
    return found


def test_new_records_go_on_with_their_route() -> None:
    """A good new record is admitted with its route, ids and trace."""
    headers = [
        {"correlation_id": list(b"viagem-1")},
        {"traceparent": list(b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")},
    ]
    (parcel,) = admitted([record(5, payload(301, "e9"), b"k", headers)]).parcels
    assert parcel.route is not None and parcel.route.name == "loose"
    assert (parcel.outcome, parcel.event_id, parcel.token) == (None, "e9", None)
    assert (parcel.correlation_id, parcel.traceparent) == (
        "viagem-1",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("header", [None, b"", b'a"b', b"a\\b", "é".encode(), b"\xff", b"a\nb", b"x" * 129])
def test_an_id_that_cannot_stand_anywhere_is_replaced(header: bytes | None) -> None:
    """An id that could break JSON, a log or an attribute gives way to the position, a trace to none."""
    headers = [] if header is None else [{"correlation_id": list(header)}, {"traceparent": list(header)}]
    (parcel,) = admitted([record(5, payload(), b"k", headers)]).parcels
    assert (parcel.correlation_id, parcel.traceparent) == ("t-0:5", None)


@pytest.mark.parametrize("header", ["x", "x" * 128])
def test_an_id_of_any_length_that_fits_is_kept(header: str) -> None:
    """From one character up to 128, a sender's correlation id is what its receivers see."""
    (parcel,) = admitted([record(5, payload(), b"k", [{"correlation_id": list(header.encode())}])]).parcels
    assert parcel.correlation_id == header


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(
    ("value", "reason"),
    [(None, "tombstone"), (b"", "malformed"), (b"[" * 100_000, "malformed"), (payload(999), "unroutable")],
    ids=["tombstone", "empty", "deep", "unroutable"],
)
def test_what_cannot_go_is_dead_with_its_reason(value: bytes | None, reason: str) -> None:
    """A record that cannot be read or routed is dead; its neighbours go on."""
    admission = admitted([of_key(1), record(2, value, b"k"), of_key(3)])
    assert outcomes(admission) == {1: None, 2: Outcome.DEAD, 3: None}
    assert admission.parcels[1].reason == reason and admission.parcels[1].error


@pytest.mark.robustness("input of any shape")
def test_a_flawed_record_is_dead() -> None:
    """A record whose bytes could not be decoded is malformed, whatever its raw text looks like."""
    flawed = record(1, payload())
    flawed.flaw = "the key is not base64"
    (parcel,) = admitted([flawed]).parcels
    assert (parcel.outcome, parcel.reason, parcel.error) == (Outcome.DEAD, "malformed", "the key is not base64")


def test_duplicates_are_skipped() -> None:
    """What is done by the ledger, or twice in the batch, goes no further."""
    admission = admitted([of_key(3), of_key(9), of_key(10), of_key(10)], Ledger(0, 10, NOW))
    assert (outcomes(admission), admission.duplicates) == ({10: None}, 3)


def test_a_retry_knows_what_was_before() -> None:
    """A pending record comes with its attempts, its time and the destinations that have it."""
    ledger = Ledger(0, 10, NOW, {4: Incomplete(2, NOW - 9, ("a",), 7)})
    (parcel,) = admitted([of_key(4)], ledger).parcels
    assert (parcel.attempts, parcel.since, parcel.served) == (2, NOW - 9, ("a",))


def test_a_key_waits_for_its_earlier_record() -> None:
    """While an earlier record of its key is pending and absent, a record is held; other keys and routes are not."""
    ledger = Ledger(0, 10, NOW, {4: Incomplete(1, NOW, (), token())})
    records = [of_key(10), of_key(11, b"other"), of_key(12, b"k", 301), of_key(13, None)]
    assert outcomes(admitted(records, ledger)) == {10: Outcome.HELD, 11: None, 12: None, 13: None}


def test_with_its_earlier_record_in_the_batch_a_key_goes_on() -> None:
    """Where the earlier record has come too, both go on: their lane keeps them in order."""
    ledger = Ledger(0, 10, NOW, {4: Incomplete(1, NOW, (), token())})
    assert outcomes(admitted([of_key(4), of_key(10)], ledger)) == {4: None, 10: None}


def test_a_later_pending_record_holds_back_nothing_earlier() -> None:
    """Order looks back only: an earlier record goes although a later one of its key is pending."""
    ledger = Ledger(0, 10, NOW, {4: Incomplete(1, NOW, (), token()), 6: Incomplete(1, NOW, (), token())})
    assert outcomes(admitted([of_key(4)], ledger)) == {4: None}


@pytest.mark.robustness("input of any shape")
def test_unknown_keys_hold_back_all_order() -> None:
    """While an earlier record that was never read is missing, whatever keeps order waits, and nothing else does."""
    ledger = Ledger(0, 10, NOW, deferred=((5, 5),), deferred_since=NOW)
    assert outcomes(admitted([of_key(10), of_key(11, b"k", 301)], ledger)) == {10: Outcome.HELD, 11: None}
    assert outcomes(admitted([of_key(5), of_key(10)], ledger)) == {5: None, 10: None}


def test_at_the_bound_nothing_new_is_admitted() -> None:
    """With too much pending only what is pending goes on; the rest waits, and none of it is lost or blamed."""
    ledger = Ledger(0, 10, NOW, {4: Incomplete(1, NOW), 5: Incomplete(1, NOW)})
    admission = admitted([of_key(4), of_key(10), of_key(11)], ledger, incomplete=2)
    assert outcomes(admission) == {4: None, 10: Outcome.HELD, 11: Outcome.HELD}
    assert [parcel.deferred for parcel in admission.parcels] == [False, True, True], "what waits takes no room"
    assert outcomes(admitted([of_key(10), of_key(11)], ledger, incomplete=2)) == {10: Outcome.HELD, 11: Outcome.HELD}


@pytest.mark.robustness("input of any shape")
def test_what_nobody_brings_is_given_up() -> None:
    """A pending record that has not come for too long no longer holds back its key."""
    ledger = Ledger(0, 10, NOW, {4: Incomplete(1, NOW - DAY - 1, (), token())})
    admission = admitted([of_key(10)], ledger)
    assert (outcomes(admission), admission.abandoned) == ({10: None}, 1)
    assert outcomes(admitted([of_key(4), of_key(10)], ledger)) == {4: None, 10: None}
    late = admitted([of_key(4)], admission.ledger)
    assert outcomes(late) == {4: None}, "what comes after all is dispatched"


def test_a_recreated_topic_starts_over() -> None:
    """Records that are newer than all that was handled are dispatched, although the ledger is further on."""
    admission = admitted([of_key(0), of_key(1)], Ledger(0, 1_000, NOW - 5_000, {500: Incomplete(3, NOW)}))
    assert admission.recreated and (admission.ledger.next, admission.ledger.incomplete) == (0, {})
    assert outcomes(admission) == {0: None, 1: None}


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("headers", [[5], [None], ["correlation_id"], [{"correlation_id": None}], [{"traceparent": 9}]])
def test_bad_headers_stop_nothing(headers: list[Any]) -> None:
    """Headers without sense cost a record its ids, and nothing else."""
    (parcel,) = admitted([record(1, payload(), b"k", headers)]).parcels
    assert (parcel.outcome, parcel.correlation_id) == (None, "t-0:1")


FOREIGN = """
version = 2
[message]
missing_id = "{missing}"
[topics.raw.message]
format = "raw"
[destinations.a]
type = "sqs"
[[routes]]
name = "once"
codigos = [1]
to = ["a"]
idempotency = "event"
[[routes]]
name = "nowhere"
codigos = [2]
to = ["discard"]
[[routes]]
name = "gone"
value = "tombstone"
to = ["a"]
[default]
to = ["a"]
"""


def foreign(value: bytes | None, missing: str = "derive") -> Parcel:
    """Return the parcel of a foreign record."""
    return parcel_of(record(7, value, b"k"), Router(load(FOREIGN.format(missing=missing), {})))


def test_a_message_without_an_id_has_its_place_for_one() -> None:
    """Where the table derives missing ids, the record's own identity stands in: the same in each redelivery."""
    assert foreign(b'{"codigo": 1}').event_id == record(7).id
    assert foreign(b'{"codigo": 1, "event_id": "e-1"}').event_id == "e-1"


def test_a_message_without_an_id_is_refused_where_the_table_says_so() -> None:
    """Only on routes that need the id, and the error names the field."""
    refused = foreign(b'{"codigo": 1}', "refuse")
    assert (refused.outcome, refused.reason) == (Outcome.DEAD, "malformed")
    assert "value.event_id" in refused.error
    assert foreign(b'{"codigo": 3}', "refuse").outcome is None


def test_what_is_discarded_is_done_and_counted() -> None:
    """A discarded record needs nothing more, and has an outcome of its own."""
    parcel = foreign(b'{"codigo": 2}')
    assert (parcel.outcome, parcel.done, parcel.in_dlq) == (Outcome.DISCARDED, True, False)


def test_a_tombstone_goes_where_a_route_asks_for_it() -> None:
    """It is no dead letter where a route takes tombstones."""
    parcel = foreign(None)
    assert (parcel.outcome, parcel.route and parcel.route.name) == (None, "gone")


@pytest.mark.robustness("a service that does not answer")
def test_what_the_registry_does_not_tell_now_waits() -> None:
    """A record whose schema is not known now is redelivered, and what keeps an order waits behind it."""
    contract = '[topics.t.message]\nformat = "avro"\nregistry = "http://127.0.0.1:9"\n'
    text = f'version = 2\n{contract}[default]\nto = ["discard"]\n'
    parcel = parcel_of(record(7, b"\0\0\0\0\x01x", b"k"), Router(load(text, {})))
    assert (parcel.outcome, parcel.deferred, parcel.done) == (Outcome.HELD, True, False)


def test_what_others_wait_for_is_admitted_although_too_much_is_incomplete() -> None:
    """A partition full of records that wait for a deferred one before them does not refuse that one, or none of them
    would ever go."""
    full = Ledger(
        next=9, incomplete={offset: Incomplete(token=1) for offset in (4, 6)}, deferred=((2, 2), (5, 5), (8, 8))
    )
    records = [record(offset, payload(300, f"e{offset}"), b"k") for offset in (2, 4, 5, 6, 8)]
    found = admitted(records, full, incomplete=2)
    assert [(one.record.offset, one.outcome) for one in found.parcels] == [
        (2, None),
        (4, None),
        (5, Outcome.HELD),
        (6, Outcome.HELD),
        (8, Outcome.HELD),
    ]
