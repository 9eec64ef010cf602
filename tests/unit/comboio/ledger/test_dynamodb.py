"""The requests that the DynamoDB store makes; what DynamoDB makes of them is an integration test's matter."""

import json
import re
from typing import Any

import pytest

from comboio.aws.http import Answer
from comboio.aws.json_api import DYNAMODB, AwsError, JsonApi
from comboio.aws.sigv4 import Credentials
from comboio.invocation import LONGEST_HOLD_MS
from comboio.ledger.delivered import to_note
from comboio.ledger.dynamodb import OPTIONAL, DynamoLedgerStore
from comboio.ledger.encoding import UnreadableLedgerError, to_attributes
from comboio.ledger.ledger import Incomplete, Ledger
from comboio.ledger.store import LeaseInfo
from tests.support.dispatcher import NOW

CONDITION_FAILED = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"


class Table:
    """An Http that remembers each request and answers by a script, then 200 and `{}`."""

    host = "dynamodb.us-east-1.amazonaws.com"

    def __init__(self, *script: Answer, action: str = "UpdateItem") -> None:
        self.script = list(script)
        self.action = action
        self.requests: list[dict[str, Any]] = []
        self.timeouts: list[float | None] = []

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        assert headers["x-amz-target"] == f"DynamoDB_20120810.{self.action}"
        self.timeouts.append(timeout_s)
        self.requests.append(json.loads(body))
        return self.script.pop(0) if self.script else Answer(200, b"{}")


def store(table: Table) -> DynamoLedgerStore:
    """Return the store at the other end of `table`."""
    api = JsonApi(DYNAMODB, "us-east-1", lambda: Credentials("A", "s"), table, sleep=lambda _: None)
    return DynamoLedgerStore(api, "ledgers")


def refused(item: dict[str, Any] | None = None) -> Answer:
    """Return the answer to a write whose condition does not hold."""
    fields = {"__type": CONDITION_FAILED, "message": "The conditional request failed", "Item": item or {}}
    return Answer(400, json.dumps(fields).encode())


def test_each_step_is_one_conditional_write() -> None:
    """A claim, a settlement and a release are one request each, to the partition's own item, under a condition."""
    table = Table()
    ledgers = store(table)
    ledgers.claim("c/mt-c400-3", "me", 1, 2, ((0, 9),))
    ledgers.settle(
        "c/mt-c400-3",
        "me",
        Ledger(0, 10, 5, {3: Incomplete(1)}, ((4, 5),), 1, ((6, 6),), {1: 2}, {"a": "m"}, ("=x",)),
        0,
    )
    ledgers.settle("c/mt-c400-3", "me", Ledger(0, 10), 0)
    ledgers.release("c/mt-c400-3", "me")
    assert len(table.requests) == 4
    for request in table.requests:
        assert request["TableName"] == "ledgers"
        assert request["Key"] == {"pk": {"S": "ledger#c/mt-c400-3"}}
        assert request["ConditionExpression"]


def test_each_request_names_what_it_uses_and_no_more() -> None:
    """DynamoDB refuses a placeholder without a value and a value without a use: there is neither."""
    table = Table(Answer(200, b"{}"), Answer(200, b"{}"), refused({"owner": {"S": "other"}}))
    ledgers = store(table)
    ledgers.settle("p", "me", Ledger(0, 10, 5, {3: Incomplete(1)}, delivered=("=x",)), 0)
    ledgers.settle("p", "me", Ledger(0, 10), 9)
    ledgers.claim("p", "me", 1, 2, ((0, 9),))
    ledgers.release("p", "me")
    assert len(table.requests) == 5
    for request in table.requests:
        text = request["UpdateExpression"] + " " + request.get("ConditionExpression", "")
        assert set(re.findall(r":\w+", text)) == set(request["ExpressionAttributeValues"])
        assert set(re.findall(r"#\w+", text)) == set(request.get("ExpressionAttributeNames", {}))


def test_a_claim_says_whose_leases_hold_nobody_up() -> None:
    """A lease that has ended, or ends later than any invocation lasts, is taken; the times are those of the claim."""
    table = Table()
    store(table).claim("p", "me", NOW, NOW + 60_000, ((0, 9),))
    values = table.requests[0]["ExpressionAttributeValues"]
    assert {name: value for name, value in values.items() if name != ":note"} == {
        ":me": {"S": "me"},
        ":now": {"N": str(NOW)},
        ":until": {"N": str(NOW + 60_000)},
        ":latest": {"N": str(NOW + LONGEST_HOLD_MS)},
    }
    assert table.requests[0]["ConditionExpression"].endswith("OR lease_until <= :now OR lease_until > :latest")


def test_looking_at_a_partition_reads_what_was_last_written() -> None:
    """A ledger is looked at by a consistent read: an older one would show as undone what is done."""
    item = {"owner": {"S": "a"}, "lease_until": {"N": "7"}, "next": {"N": "3"}, "first": {"N": "0"}}
    table = Table(
        Answer(200, json.dumps({"Item": item}).encode()),
        Answer(200, b'{"Item": {}}'),
        Answer(200, b"{}"),
        action="GetItem",
    )
    ledgers = store(table)
    found = [ledgers.peek("p", 1) for _ in range(3)]
    assert found == [LeaseInfo("a", 7, Ledger(0, 3)), LeaseInfo("", 0, Ledger()), None]
    assert table.requests == [{"TableName": "ledgers", "Key": {"pk": {"S": "ledger#p"}}, "ConsistentRead": True}] * 3


def test_a_step_takes_no_longer_than_it_may() -> None:
    """The time that a step may take bounds its call, and with no time left none is made."""
    table = Table()
    ledgers = store(table)
    ledgers.claim("p", "me", 1, 2, (), within_s=5.0)
    ledgers.settle("p", "me", Ledger(0, 1), 0, within_s=5.0)
    ledgers.release("p", "me", within_s=5.0)
    assert all(timeout_s is not None and 4.0 < timeout_s <= 5.0 for timeout_s in table.timeouts)
    with pytest.raises(AwsError, match="no time is left"):
        ledgers.release("p", "me", within_s=0.0)
    assert len(table.timeouts) == 3


def test_a_refused_claim_notes_what_was_delivered() -> None:
    """What came while another invocation has the lease is added to the item, as long as there is room for notes."""
    table = Table(refused({"owner": {"S": "other"}}))
    assert store(table).claim("p", "me", 1, 2, ((5, 19),)) is None
    values = table.requests[1]["ExpressionAttributeValues"]
    assert values == {":note": {"SS": [to_note(((5, 19),))]}, ":most": {"N": "32"}}
    assert "size(delivered) < :most" in table.requests[1]["ConditionExpression"]


def test_a_settlement_takes_off_the_notes_it_knew_of() -> None:
    """Notes that came later stay for the next owner."""
    item = {"Attributes": {"delivered": {"SS": [to_note(((3, 4),))]}}}
    table = Table(Answer(200, json.dumps(item).encode()))
    ledger = store(table).claim("p", "me", 1, 2, ((5, 19),))
    assert ledger is not None and ledger.deferred == ((3, 4),)
    store(table).settle("p", "me", ledger, 0)
    taken_off = table.requests[1]["ExpressionAttributeValues"][":delivered"]["SS"]
    assert sorted(taken_off) == sorted([to_note(((3, 4),)), to_note(((5, 19),))])


def test_a_lost_settlement_is_told() -> None:
    """A settlement whose condition does not hold answers False, whoever has the item, and one that is written True; a
    release of another's lease goes by in silence."""
    ledgers = store(Table(refused({"owner": {"S": "other"}}), Answer(200, b"{}"), refused()))
    assert [ledgers.settle("p", "me", Ledger(0, 1), 0) for _ in range(2)] == [False, True]
    ledgers.release("p", "me")


@pytest.mark.parametrize("answer", [Answer(500, b""), Answer(400, b'{"__type":"ValidationException"}')])
def test_other_errors_come_out(answer: Answer) -> None:
    """Whatever is no failed condition is an error: nothing is known then."""
    with pytest.raises(AwsError):
        store(Table(*[answer] * 3)).claim("p", "me", 1, 2, ())
    with pytest.raises(AwsError):
        store(Table(*[answer] * 3)).settle("p", "me", Ledger(0, 1), 0)
    with pytest.raises(AwsError):
        store(Table(*[answer] * 3)).release("p", "me")


@pytest.mark.robustness("stored state that is damaged, foreign or too large")
def test_a_ledger_of_another_format_is_not_guessed_at() -> None:
    """An item that a newer version wrote is refused as unreadable."""
    item = {"Attributes": {"next": {"N": "5"}, "unfinished": {"B": "/w=="}}}
    with pytest.raises(UnreadableLedgerError):
        store(Table(Answer(200, json.dumps(item).encode()))).claim("p", "me", 1, 2, ())


@pytest.mark.parametrize(
    "ledger",
    [
        Ledger(0, 10),
        Ledger(0, 10, 5, {3: Incomplete(1)}, ((4, 5),), 1, ((6, 6),), {1: 2}, {"a": "m"}, ("=x",)),
        Ledger(0, 10, gaps=((6, 6),), delivered=("=x",)),
    ],
)
def test_a_settlement_writes_all_that_a_ledger_has_and_removes_what_it_has_not(ledger: Ledger) -> None:
    """What an earlier one left in the item would else be read as a part of this one."""
    table = Table()
    store(table).settle("p", "me", ledger, 7)
    (request,) = table.requests
    expression, names = request["UpdateExpression"], request["ExpressionAttributeNames"]
    written = {names.get(name, name): value for name, value in re.findall(r"([#\w]+) = :(\w+)", expression)}
    assert written == {"lease_until": "until", **{name: name for name in to_attributes(ledger)}}
    removed = re.findall(r"REMOVE ([\w, ]+?)(?= DELETE|$)", expression)
    assert set(", ".join(removed).split(", ")) - {""} == set(OPTIONAL) - written.keys()
    assert request["ExpressionAttributeValues"][":until"] == {"N": "7"}


def test_a_note_without_room_is_left_out_and_one_that_fails_is_told() -> None:
    """The order of keys then rests on what the ledger itself knows; of a store that did not answer nothing is known."""
    taken = refused({"owner": {"S": "other"}})
    assert store(Table(taken, refused())).claim("p", "me", 1, 2, ((5, 19),)) is None
    with pytest.raises(AwsError, match="ValidationException"):
        store(Table(taken, Answer(400, b'{"__type":"ValidationException"}'))).claim("p", "me", 1, 2, ((5, 19),))
