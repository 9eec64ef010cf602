"""Dead letters are dispatched again, once, to the destinations that lack them."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from comboio.aws.json_api import AwsError
from comboio.claims.claims import FOREVER, ClaimResult
from comboio.claims.memory import MemoryClaims
from comboio.clocks import Clocks
from comboio.contract.dead_letter import DeadLetter
from comboio.contract.kafka_types import TOPIC
from comboio.contract.record import Record
from comboio.contract.redispatch import MalformedRedispatchError, claim_name
from comboio.contract.unpack import read
from comboio.invocation import Invocation
from comboio.ledger.ledger import Incomplete, Ledger
from comboio.ledger.memory import MemoryLedgerStore
from comboio.ledger.offsets import Ranges, ranges
from comboio.ledger.store import LedgerFault
from comboio.message.content import Content
from comboio.message.registry.registry import RegistryUnavailableError
from comboio.routing.router import Router
from comboio.routing.table import load
from dispatcher.destinations import build
from dispatcher.fault import Fault
from dispatcher.redispatch import Redispatch
from dispatcher.routes.outlets import Outlets
from dispatcher.send.dead_letter_queue import DeadLetterQueue
from dispatcher.send.deliver import Delivery, Timeouts
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.gate import OpenGate
from tests.support.dispatcher import NOW, TRANSIENT, Downstream, FakeQueue, InlineExecutor, payload

TABLE = load(
    """
version = 1
[destinations.a]
type = "sqs"
[destinations.b]
type = "sqs"
[[routes]]
name = "both"
codigos = [300]
to = ["a", "b"]
[[routes]]
name = "kept"
codigos = [310]
to = ["a"]
ordering = "key"
[default]
to = ["dead_letter"]
""",
    {},
)


def letter(offset: int, codigo: int = 300, **changed: Any) -> DeadLetter:
    """Return a letter of partition 0 of topic t."""
    fields: dict[str, Any] = {
        "cluster": "arn:aws:kafka:us-east-1:1:cluster/c/1",
        "topic": "t",
        "partition": 0,
        "offset": offset,
        "timestamp": NOW - 5_000,
        "key": b"k",
        "value": payload(codigo, f"e{offset}"),
        "headers": (("correlation_id", b"c-1"), ("odd", b"\xff\x00")),
        "reason": "attempts_exhausted",
        "error": "it was away",
        "route": "both",
        "attempts": 5,
        "first_failure": NOW - 4_000,
        "last_failure": NOW - 3_000,
        "correlation_id": "c-1",
    }
    return DeadLetter(**{**fields, **changed})


class Ledgers(MemoryLedgerStore):
    """A store that may be away."""

    away = False

    def note_replays(self, replays: Mapping[str, Ranges], *, within_s: float = 10.0) -> dict[str, bool | LedgerFault]:
        if self.away:
            return dict.fromkeys(replays, AwsError("dynamodb", "UpdateItem", "Throttled", "slow down", 400))
        return super().note_replays(replays, within_s=within_s)


class Dispatching:
    """A redispatch of dead letters with its surroundings; `b_says` is what destination b answers."""

    def __init__(self, b_says: Fault | None = None) -> None:
        self.a, self.b = Downstream("a"), Downstream("b", lambda _: b_says)
        self.claims, self.ledgers, self.queue = MemoryClaims(), Ledgers(), FakeQueue()
        self.ms = NOW
        clocks = Clocks(lambda: self.ms, lambda: self.ms / 1000, self._sleep)
        outlets = Outlets(Router(TABLE), {"a": DestinationState(self.a), "b": DestinationState(self.b)})
        letters = DeadLetterQueue("https://dlq", self.queue.api, InlineExecutor(), lambda position, text: text)
        delivery = Delivery(self.claims, letters, None, OpenGate(), Timeouts(2.0, 60.0), clocks)
        self._outlets = outlets
        self.redispatch = Redispatch(self.claims, self.ledgers, lambda: self._outlets, delivery, clocks, 1.0)

    def use(self, outlets: Outlets) -> None:
        """Dispatch to other destinations from now on."""
        self._outlets = outlets

    def _sleep(self, seconds: float) -> None:
        self.ms += int(seconds * 1000) + 1

    def redispatch_letters(self, *letters: DeadLetter, owner: str = "me") -> dict[str, str]:
        """Dispatch letters again; return what became of each, by its id."""
        event = {"letters": [json.loads(each.to_json()) for each in letters]}
        return self.redispatch.dispatch(event, Invocation(owner, self.ms + 60_000))["outcomes"]

    @property
    def in_dlq(self) -> list[DeadLetter]:
        """The letters in the DLQ."""
        return [DeadLetter.from_json(entry["MessageBody"]) for entry in self.queue.kept]


def test_a_letter_is_dispatched_once() -> None:
    """It reaches every destination; delivered again, by whomever, it is a duplicate."""
    dispatching = Dispatching()
    assert dispatching.redispatch_letters(letter(1)) == {letter(1).id: "dispatched"}
    assert dispatching.redispatch_letters(letter(1), owner="another") == {letter(1).id: "duplicate"}
    assert (dispatching.a.taken, dispatching.b.taken) == ([1], [1])


@pytest.mark.robustness("letters that fail in part, twice or are none")
def test_a_letter_that_somebody_else_replays_is_left_alone() -> None:
    """While another invocation has its claim it is busy; when that claim is over, it goes."""
    dispatching = Dispatching()
    dispatching.claims.held[claim_name(letter(1).id)] = ("another", NOW + 10)
    assert dispatching.redispatch_letters(letter(1)) == {letter(1).id: "busy"}
    dispatching.ms += 20
    assert dispatching.redispatch_letters(letter(1)) == {letter(1).id: "dispatched"}


@pytest.mark.robustness("letters that fail in part, twice or are none")
@pytest.mark.parametrize("first", [ClaimResult.BUSY, ClaimResult.UNKNOWN, ClaimResult.TAKEN])
def test_nothing_of_a_key_goes_past_a_letter_whose_claim_is_not_ours(first: ClaimResult) -> None:
    """Where another replay has the first letter of a key, or the table says nothing of it, its successors stay.

    Other keys go, and so do those behind a letter that was dispatched before.
    """
    dispatching = Dispatching()
    take = dispatching.claims.take
    dispatching.claims.take = lambda *asked, **more: [first, *take(*asked, **more)[1:]]  # type: ignore[method-assign]
    letters = [letter(1, 310), letter(2, 310), letter(3, 310, key=b"other"), letter(4, 310)]
    outcomes = list(dispatching.redispatch_letters(*letters).values())
    behind = "dispatched" if first is ClaimResult.TAKEN else "failed"
    assert sorted(dispatching.a.taken) == ([2, 3, 4] if first is ClaimResult.TAKEN else [3])
    assert sorted(outcomes[1:]) == sorted([behind, "dispatched", behind])


@pytest.mark.robustness("letters that fail in part, twice or are none")
def test_nothing_of_a_key_goes_past_a_letter_that_cannot_be_read_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its schema is away: its key is held, and nothing of it counts as sent."""
    dispatching, read = Dispatching(), Router.read

    def away(self: Router, record: Record) -> Content:
        if record.offset == 1:
            raise RegistryUnavailableError("the registry does not answer")
        return read(self, record)

    monkeypatch.setattr(Router, "read", away)
    outcomes = dispatching.redispatch_letters(letter(1, 310), letter(2, 310), letter(3, 310, key=b"other"))
    assert list(outcomes.values()) == ["failed", "failed", "dispatched"]
    assert dispatching.a.taken == [3]


def test_only_the_destinations_that_lack_it_get_it() -> None:
    """A destination that took the record before it died is not sent it again."""
    dispatching = Dispatching()
    owed_to_b = letter(1, served=("a",))
    assert dispatching.redispatch_letters(owed_to_b) == {owed_to_b.id: "dispatched"}
    assert (dispatching.a.taken, dispatching.b.taken) == ([], [1])


@pytest.mark.robustness("letters that fail in part, twice or are none")
def test_two_letters_of_a_record_are_two_debts() -> None:
    """What waited for two destinations in the hold queue may die for each apart: each gets it, together or in turn."""
    for together in (True, False):
        dispatching = Dispatching()
        owed = [letter(1, served=("a",)), letter(1, served=("b",))]
        for letters in [owed] if together else [[each] for each in owed]:
            assert set(dispatching.redispatch_letters(*letters).values()) == {"dispatched"}
        assert (dispatching.a.taken, dispatching.b.taken) == ([1], [1])


def test_a_letter_that_fails_whole_can_be_dispatched_again() -> None:
    """Nothing took it: it stays the letter it is, and its claim is free."""
    dispatching = Dispatching(TRANSIENT)
    owed_to_b = letter(1, served=("a",))
    assert dispatching.redispatch_letters(owed_to_b) == {owed_to_b.id: "failed"}
    assert dispatching.in_dlq == []
    dispatching.b.verdict = lambda _: None
    dispatching.ms += 60_000
    assert dispatching.redispatch_letters(owed_to_b, owner="later") == {owed_to_b.id: "dispatched"}


@pytest.mark.robustness("letters that fail in part, twice or are none")
def test_a_letter_that_is_taken_in_part_remembers_by_whom() -> None:
    """It becomes a letter that counts one replay more, and says where it need not go any more."""
    dispatching = Dispatching(TRANSIENT)
    assert dispatching.redispatch_letters(letter(1)) == {letter(1).id: "dead"}
    (again,) = dispatching.in_dlq
    assert (again.served, again.replay_count, again.reason) == (("a",), 1, "attempts_exhausted")
    assert (again.value, again.headers, again.first_failure) == (letter(1).value, letter(1).headers, NOW - 4_000)
    assert dispatching.claims.held[claim_name(letter(1).id)] == ("me", FOREVER)


@pytest.mark.robustness("letters that fail in part, twice or are none")
def test_a_letter_that_dies_again_counts_the_replay() -> None:
    """Still unroutable: a new letter in the DLQ, and the old one is done with."""
    dispatching = Dispatching()
    assert dispatching.redispatch_letters(letter(1, codigo=999, replay_count=2)) == {
        letter(1, replay_count=2).id: "dead"
    }
    assert [(each.reason, each.replay_count) for each in dispatching.in_dlq] == [("unroutable", 3)]


@pytest.mark.robustness("letters that fail in part, twice or are none")
def test_what_is_no_letter_does_not_hinder_the_others() -> None:
    """A foreign entry among letters is named in the answer by its place, and the letters around it are dispatched."""
    dispatching = Dispatching()
    event = {"letters": [letter(1).to_fields(), {}, letter(2).to_fields(), 5]}
    answer = dispatching.redispatch.dispatch(event, Invocation("me", NOW + 9_000))
    assert answer["outcomes"] == {letter(1).id: "dispatched", letter(2).id: "dispatched"}
    assert [entry["place"] for entry in answer["foreign"]] == [1, 3]


@pytest.mark.robustness("letters that fail in part, twice or are none")
@pytest.mark.parametrize("event", [{}, {"letters": None}, {"letters": {"a": 1}}, {"letters": "text"}])
def test_an_event_without_letters_is_refused(event: dict[str, Any]) -> None:
    """An event that has no list of letters is an error that says so."""
    with pytest.raises(MalformedRedispatchError, match="letters"):
        Dispatching().redispatch.dispatch(event, Invocation("me", NOW + 9_000))


FIFO = load(
    """
version = 1
[destinations.a]
type = "sqs_fifo"
target = "https://sqs/queue.fifo"
[[routes]]
name = "ordered"
codigos = [300]
to = ["a"]
ordering = "key"
[[routes]]
name = "packed"
codigos = [301]
to = ["a"]
pack = 5
[default]
to = ["dead_letter"]
""",
    {},
)
HOSTILE = st.text(st.characters(), max_size=12) | st.sampled_from(['","deduplication_id":{"', '"}', "\\", "\ud800"])


@given(
    topic=st.from_regex(TOPIC, fullmatch=True) | HOSTILE,
    event_id=HOSTILE,
    codigo=st.sampled_from([300, 301]),
    headers=st.lists(st.tuples(st.sampled_from(["correlation_id", "traceparent"]), HOSTILE), max_size=3),
    key=st.none() | st.binary(max_size=9),
)
def test_nothing_that_a_forged_letter_says_becomes_more_than_a_text(
    topic: str, event_id: str, codigo: int, headers: list[tuple[str, str]], key: bytes | None
) -> None:
    """Whatever a letter's names and ids are, what SQS gets is JSON with one entry a message, and the ids as texts."""
    forged = letter(1, codigo, key=key, correlation_id=event_id, cluster="c").to_fields()
    value = json.dumps({**json.loads(payload(codigo)), "event_id": event_id}).encode()
    forged |= {"topic": topic, "value": base64.b64encode(value).decode()}
    forged["headers"] = [
        [name, base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()] for name, text in headers
    ]
    dispatching, queue = Dispatching(), FakeQueue()
    states = {name: DestinationState(made) for name, made in build(FIFO, lambda _: queue.api).items()}
    dispatching.use(Outlets(Router(FIFO), states))
    answer = dispatching.redispatch.dispatch({"letters": [forged]}, Invocation("me", NOW + 60_000))
    assert len(answer["outcomes"]) + len(answer["foreign"]) == 1
    for entry in (*queue.kept, *dispatching.queue.kept):
        known = {"Id", "MessageBody", "MessageAttributes", "MessageGroupId", "MessageDeduplicationId"}
        assert entry.keys() <= known
        assert entry["MessageAttributes"].keys() <= {"deduplication_id", "correlation_id", "traceparent", "reason"}
        assert all(each.keys() == {"DataType", "StringValue"} for each in entry["MessageAttributes"].values())
        json.loads(entry["MessageBody"])
    for entry in queue.kept:
        (read_back,) = read(entry["MessageBody"], entry["MessageAttributes"])
        (identity,) = answer["outcomes"]
        assert read_back.id == identity.removesuffix(":0")
        assert read_back.message["event_id"] == event_id


PARTITION = letter(1).record().partition_name


def waiting(dispatching: Dispatching) -> Ledger:
    """Return what the partition's ledger waits for."""
    found = dispatching.ledgers.peek(PARTITION, dispatching.ms)
    assert found is not None
    return found.ledger


def waits_for(dispatching: Dispatching, *offsets: int) -> None:
    """Let the partition's ledger wait for these offsets."""
    store = dispatching.ledgers
    mine = store.claim(PARTITION, "dispatcher", NOW, NOW + 60_000, ranges(offsets))
    assert mine is not None
    incomplete = {offset: Incomplete(1, NOW) for offset in offsets}
    assert store.settle(PARTITION, "dispatcher", replace(mine, next=100, incomplete=incomplete), NOW + 60_000)


@pytest.mark.robustness("letters that fail in part, twice or are none")
def test_a_replay_of_what_the_mapping_gave_up_ends_the_wait_for_it() -> None:
    """What keeps an order behind it goes on, also where the partition is dispatched from at this moment; the ledger has
    no word that it is done. A letter of the dispatcher's own is none of its business."""
    dispatching = Dispatching()
    waits_for(dispatching, 1, 2, 3)
    letters = [letter(1, reason="given_up"), letter(2)]
    assert set(dispatching.redispatch_letters(*letters).values()) == {"dispatched"}
    ledger = waiting(dispatching)
    assert (set(ledger.incomplete), ledger.gaps) == ({2, 3}, ((1, 1),))


@pytest.mark.robustness("letters that fail in part, twice or are none")
def test_a_letter_that_was_not_dispatched_ends_no_wait() -> None:
    """Its successors would overtake it."""
    dispatching = Dispatching()
    waits_for(dispatching, 1)
    given_up = letter(1, reason="given_up")
    dispatching.claims.held[claim_name(given_up.id)] = ("another", NOW + 10)
    assert dispatching.redispatch_letters(given_up) == {given_up.id: "busy"}
    assert set(waiting(dispatching).incomplete) == {1}


@pytest.mark.robustness("letters that fail in part, twice or are none")
def test_a_letter_stays_until_its_ledger_knows_of_it() -> None:
    """A table that does not answer costs another replay, which finds the record dispatched and ends the wait."""
    dispatching = Dispatching()
    waits_for(dispatching, 1)
    given_up = letter(1, reason="given_up")
    dispatching.ledgers.away = True
    assert dispatching.redispatch_letters(given_up) == {given_up.id: "failed"}
    assert set(waiting(dispatching).incomplete) == {1}
    dispatching.ledgers.away = False
    assert dispatching.redispatch_letters(given_up, owner="another") == {given_up.id: "duplicate"}
    assert waiting(dispatching).incomplete == {}
    assert dispatching.a.taken == [1]
