"""What DynamoDB or SQS answers in a form that is not its own is one error, or nothing that is known; never a defect."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.aws.http import Answer
from comboio.aws.json_api import DYNAMODB, AwsError, JsonApi
from comboio.aws.sigv4 import Credentials
from comboio.aws.sqs import received
from comboio.claims.claims import FOREVER, Claim, ClaimResult
from comboio.claims.dynamodb import DynamoClaims
from comboio.destination_state.dynamodb import DynamoStateStore
from comboio.drain.dynamodb import DynamoDrainStore
from comboio.drain.give_up_store import DynamoGiveUpOrders
from comboio.drain.waiting_index import WaitingIndex
from comboio.ledger.dynamodb import DynamoLedgerStore
from comboio.ledger.encoding import UnreadableLedgerError
from comboio.rate_limit.dynamodb import DynamoTokenStore
from tests.support.aws_wire import Wire
from tests.support.dispatcher import NOW, InlineExecutor

JUNK = st.recursive(
    st.sampled_from([None, True, -1, 1.5, float("inf"), "", "x", 10**30]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["S", "N", "SS", "pk"]), inner),
    max_leaves=4,
)


def api(status: int, answer: Any) -> JsonApi:
    """Return a DynamoDB that answers everything so."""
    wire = Wire(lambda body: Answer(status, json.dumps(answer).encode()))
    return JsonApi(DYNAMODB, "us-east-1", lambda: Credentials("A", "s"), wire, sleep=lambda _: None)


ITEMS = st.fixed_dictionaries(
    {"pk": JUNK | st.just({"S": "drain#g"})},
    optional=dict.fromkeys(("last", "last_id", "counted_at", "progress", "head", "version", "pause_ms"), JUNK),
)
READ = st.one_of(
    st.fixed_dictionaries({}, optional={"Responses": JUNK, "UnprocessedKeys": JUNK}),
    st.fixed_dictionaries({"Responses": st.fixed_dictionaries({"t": JUNK | st.lists(ITEMS, max_size=2)})}),
)


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@given(READ)
def test_a_read_is_understood_or_an_error(answer: Any) -> None:
    """Drain positions, orders to give up and states of destinations raise AwsError alone, as their callers expect."""
    for read in (
        lambda: DynamoGiveUpOrders(api(200, answer), "t").read(["g"], within_s=9.0),
        lambda: DynamoDrainStore(api(200, answer), "t").read(["g"], within_s=9.0),
        lambda: DynamoStateStore(api(200, answer), "t").read(["destination#g"]),
    ):
        try:
            assert read() is not None
        except AwsError as error:
            assert error.code in ("Unreadable", "UnprocessedKeys")


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@given(JUNK | st.fixed_dictionaries({"Items": JUNK | st.lists(st.fixed_dictionaries({"waiting": JUNK}), max_size=2)}))
def test_the_index_of_what_waits_is_understood_or_an_error(answer: Any) -> None:
    """What is no group that waits is left out, and what is no page raises AwsError, which the replayer tells."""
    try:
        assert not list(WaitingIndex(api(200, answer), "t").read())
    except AwsError as error:
        assert error.code == "Unreadable"


@pytest.mark.robustness("stored state that is damaged, foreign or too large")
@given(JUNK | st.fixed_dictionaries({}, optional={"delivered": JUNK, "next": JUNK, "gaps": JUNK, "diverted": JUNK}))
def test_a_claimed_ledger_is_understood_or_unreadable(attributes: Any) -> None:
    """Whatever an item of the ledger has, a claim gets a ledger or the error that its caller expects."""
    store = DynamoLedgerStore(api(200, {"Attributes": attributes}), "t")
    try:
        assert store.claim("c/t-0", "me", NOW, NOW + 1, ((0, 1),)) is not None
    except UnreadableLedgerError as error:
        assert "could not be read" in str(error)


@pytest.mark.robustness("stored state that is damaged, foreign or too large")
@given(st.fixed_dictionaries({}, optional={"owner": JUNK, "lease_until": JUNK, "next": JUNK, "newest": JUNK}))
def test_a_ledger_that_is_looked_at_is_understood_or_unreadable(item: Any) -> None:
    """An operator's look at a lease shows it, or says that it cannot be read."""
    try:
        assert DynamoLedgerStore(api(200, {"Item": item}), "t").peek("c/t-0", NOW) is not None
    except UnreadableLedgerError as error:
        assert "could not be read" in str(error)


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@given(JUNK | st.fixed_dictionaries({"expires_at": JUNK | st.fixed_dictionaries({"N": JUNK})}))
def test_a_shared_item_is_understood_or_unknown(item: Any) -> None:
    """What an item of claims says beside the marks takes no claim away, and gives none."""
    asked = Claim("event#r#a", "me", "events#r#1#0")
    assert DynamoClaims(api(200, {"Attributes": item}), "t", InlineExecutor(), 300).take([asked], NOW, FOREVER) == [
        ClaimResult.UNKNOWN
    ]


@pytest.mark.robustness("stored state that is damaged, foreign or too large")
@given(JUNK | st.fixed_dictionaries({"claimed_until": JUNK}))
def test_a_claim_that_somebody_has_is_understood_or_unknown(item: Any) -> None:
    """What stands in the item of another owner's claim raises nothing."""
    refusal = {"__type": "ConditionalCheckFailedException", "Item": item}
    claims = DynamoClaims(api(400, refusal), "t", InlineExecutor(), 300)
    (result,) = claims.take([Claim("replay#x", "me")], NOW, NOW + 1)
    assert result is not ClaimResult.OURS


@pytest.mark.robustness("stored state that is damaged, foreign or too large")
@given(JUNK | st.fixed_dictionaries({"reserved": JUNK | st.fixed_dictionaries({"N": JUNK})}))
def test_tokens_that_others_have_are_understood_or_all(item: Any) -> None:
    """Where a window's item does not say what is left of it, nothing is reserved."""
    refusal = {"__type": "ConditionalCheckFailedException", "Item": item}
    assert DynamoTokenStore(api(400, refusal), "t").reserve("a", 1, 5, 10, NOW) == 0


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@given(JUNK | st.lists(JUNK | st.fixed_dictionaries({"MessageId": JUNK, "ReceiptHandle": JUNK, "Body": JUNK})))
def test_only_what_can_be_read_and_deleted_is_a_message(messages: Any) -> None:
    """What has no id, no handle or no body is left in its queue, and takes no message beside it with it."""
    good = {"MessageId": "m", "ReceiptHandle": "r", "Body": "{}"}
    listed = [*messages, good] if isinstance(messages, list) else messages
    found = received({"Messages": listed})
    assert all(isinstance(each[name], str) for each in found for name in good)
    assert (good in found) == isinstance(messages, list)
