"""What is counted of a run's requests."""

import json

from bench.dispatcher.tally import CHUNK_BYTES, Tally


def batch(*bodies: str) -> bytes:
    """Return a SendMessageBatch of `bodies`."""
    entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(bodies)]
    return json.dumps({"QueueUrl": "https://sqs.example/q", "Entries": entries}, separators=(",", ":")).encode()


def test_records_are_counted_in_packs_too() -> None:
    """A pack of three is one message that carries three records."""
    one = '{"event_id":"a","note":"\\"MessageBody\\":"}'
    tally = Tally()
    tally.add("SendMessageBatch", batch(one, f"[{one},{one},{one}]"))
    counts = tally.counts()
    assert (counts.calls, counts.sqs_messages, counts.sent, counts.sqs_requests) == (1, 2, 4, 1)


def test_sqs_charges_by_chunks() -> None:
    """A byte more than a chunk is two requests."""
    tally = Tally()
    tally.add("SendMessageBatch", batch("x" * CHUNK_BYTES))
    assert tally.counts().sqs_requests == 2


def test_dynamodb_writes_twice_in_a_transaction() -> None:
    """One unit for a write, two for each item of a transaction, none for a read."""
    tally = Tally()
    for action, body in (
        ("PutItem", b"{}"),
        ("UpdateItem", b"{}"),
        ("GetItem", b"{}"),
        ("TransactWriteItems", b'{"TransactItems":[{"Put":{}},{"Put":{}},{"Update":{}}]}'),
    ):
        tally.add(action, body)
    assert tally.counts().dynamodb_writes == 8


def test_counting_begins_anew() -> None:
    """What the warm-up did is not in the figures."""
    tally = Tally()
    tally.add("PutItem", b"{}")
    tally.counts()
    assert tally.counts().calls == 0


def test_an_item_that_claims_share_costs_by_its_size() -> None:
    """Sixty claims are one unit, seventy are two."""
    for claims, units in ((60, 1), (70, 2)):
        tally = Tally()
        marks = ",".join(f"#{place}=if_not_exists(#{place},:{place})" for place in range(claims))
        tally.add("UpdateItem", f"SET expires_at=if_not_exists(expires_at,:expires),{marks}".encode())
        assert tally.counts().dynamodb_writes == units
