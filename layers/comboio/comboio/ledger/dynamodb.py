"""The ledgers in DynamoDB: one item a partition, one conditional write to take its lease and one to settle it.

The item's key is `pk` = "ledger#<partition>". Beside the ledger's own attributes (see `encoding`) it has `owner`,
`lease_until` (N, epoch ms), `delivered` and `replayed` (SS, see `delivered`).
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

from msgspec.structs import replace

from comboio.aws.json_api import AwsError, JsonApi
from comboio.aws.side_by_side import Result, SideBySide
from comboio.aws.whole_number import whole_number
from comboio.invocation import LONGEST_HOLD_MS
from comboio.ledger.delivered import MOST_NOTES, exact_notes, from_notes, to_note
from comboio.ledger.encoding import UnreadableLedgerError, from_attributes, to_attributes
from comboio.ledger.ledger import Ledger, recover, replayed
from comboio.ledger.offsets import Ranges
from comboio.ledger.store import LeaseInfo, LedgerFault, WaitForClaims, WaitForSettlements, each, outcome

OPTIONAL = ("unfinished", "gaps", "samples", "diverted")
"""Attributes that a ledger has only where there is something to say."""
RESERVED = ("owner", "next", "first")
"""Names that DynamoDB reserves: expressions write them with a `#`."""


_CONDITION_FAILED = "ConditionalCheckFailedException"

_THREADS = 32
"""Ledgers that are claimed or settled by threads at the same time. The threads are nobody else's: whatever hangs,
ledgers are settled."""

Request = dict[str, Any]


class DynamoLedgerStore:
    """A LedgerStore in a DynamoDB table; threads may share it."""

    def __init__(self, api: JsonApi, table: str, clock: Callable[[], float] = monotonic) -> None:
        self._api = api
        self._table = table
        self._clock = clock
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="ledger")

    def claim(
        self, partition: str, owner: str, now: int, until: int, offsets: Ranges, *, within_s: float = 10.0
    ) -> Ledger | None:
        """See LedgerStore."""
        return outcome(self.begin_claims({partition: offsets}, owner, now, until, within_s=within_s)()[partition])

    def begin_claims(
        self, deliveries: Mapping[str, Ranges], owner: str, now: int, until: int, *, within_s: float = 10.0
    ) -> WaitForClaims:
        """See LedgerStore. A lost answer may be asked for again: the owner itself may always take the lease."""
        end = self._clock() + within_s
        notes = {name: to_note(offsets) for name, offsets in deliveries.items()}
        updates = self._begin({name: _claiming(owner, now, until, note) for name, note in notes.items()}, end)

        def wait() -> dict[str, Ledger | LedgerFault | None]:
            answers = dict(zip(notes, updates.results(), strict=True))
            found = each(answers, lambda name: _claimed(answers[name], notes[name], now))
            refused = [name for name, ledger in found.items() if ledger is None]
            for name, answer in self._update_all({name: _noting(notes[name]) for name in refused}, end).items():
                if isinstance(answer, AwsError) and answer.code != _CONDITION_FAILED:
                    found[name] = answer
            return found

        return wait

    def settle(self, partition: str, owner: str, ledger: Ledger, lease_until: int, *, within_s: float = 10.0) -> bool:
        """See LedgerStore."""
        wait = self.begin_settlements({partition: ledger}, owner, lease_until, within_s=within_s)
        return outcome(wait()[partition])

    def begin_settlements(
        self, ledgers: Mapping[str, Ledger], owner: str, lease_until: int, *, within_s: float = 10.0
    ) -> WaitForSettlements:
        """See LedgerStore. The owner stays in the item, so that a settlement whose answer was lost can be repeated."""
        requests = {name: _settling(owner, ledger, lease_until) for name, ledger in ledgers.items()}
        updates = self._begin(requests, self._clock() + within_s)

        def wait() -> dict[str, bool | LedgerFault]:
            answers = dict(zip(requests, updates.results(), strict=True))
            return each(answers, lambda name: _held(answers[name]))

        return wait

    def release(self, partition: str, owner: str, *, within_s: float = 10.0) -> None:
        """See LedgerStore. Only the lease is touched."""
        answers = self._update_all({partition: _releasing(owner)}, self._clock() + within_s)
        _held(answers[partition])

    def peek(self, partition: str, now: int) -> LeaseInfo | None:
        """See LedgerStore.

        Raises:
            AwsError: the store did not answer.
            UnreadableLedgerError: the item is damaged, or of another version.
        """
        key = {"pk": {"S": f"ledger#{partition}"}}
        item = self._api.call("GetItem", {"TableName": self._table, "Key": key, "ConsistentRead": True}).get("Item")
        if item is None:
            return None
        ledger = _ledger(item, now)
        try:
            lease_until = whole_number(item["lease_until"]) if "lease_until" in item else 0
            return LeaseInfo(str(item["owner"]["S"]) if "owner" in item else "", lease_until, ledger)
        except (LookupError, TypeError, ValueError) as error:
            raise UnreadableLedgerError(f"The lease of a ledger could not be read: {error}.") from None

    def note_replays(self, replays: Mapping[str, Ranges], *, within_s: float = 10.0) -> dict[str, bool | LedgerFault]:
        """See ReplayNotes."""
        requests = {name: _noting_replays(exact_notes(offsets)) for name, offsets in replays.items()}
        answers = self._update_all(requests, self._clock() + within_s)
        return each(answers, lambda name: _held(answers[name]))

    def _update_all(self, requests: Mapping[str, Request], end: float) -> dict[str, Result]:
        """Make some updates, by partition."""
        return dict(zip(requests, self._begin(requests, end).results(), strict=True))

    def _begin(self, requests: Mapping[str, Request], end: float) -> SideBySide:
        whole = [
            {"TableName": self._table, "Key": {"pk": {"S": f"ledger#{name}"}}, **request}
            for name, request in requests.items()
        ]
        return SideBySide(self._api, "UpdateItem", whole, self._pool, end)


def _claiming(owner: str, now: int, until: int, note: str) -> Request:
    values = {
        ":me": {"S": owner},
        ":until": {"N": str(until)},
        ":now": {"N": str(now)},
        ":latest": {"N": str(now + LONGEST_HOLD_MS)},
        ":note": {"SS": [note]},
    }
    free = "attribute_not_exists(#owner) OR #owner = :me OR lease_until <= :now OR lease_until > :latest"
    claim = "SET #owner = :me, lease_until = :until ADD delivered :note"
    return {**_request(claim, free, values), "ReturnValues": "ALL_OLD"}


def _noting(note: str) -> Request:
    room = "attribute_not_exists(delivered) OR size(delivered) < :most"
    return _request("ADD delivered :note", room, {":note": {"SS": [note]}, ":most": {"N": str(MOST_NOTES)}})


def _noting_replays(notes: Sequence[str]) -> Request:
    room = "attribute_exists(pk) AND (attribute_not_exists(replayed) OR size(replayed) < :most)"
    return _request("ADD replayed :notes", room, {":notes": {"SS": notes}, ":most": {"N": str(MOST_NOTES)}})


def _settling(owner: str, ledger: Ledger, lease_until: int) -> Request:
    attributes = to_attributes(ledger)
    values: dict[str, Any] = {f":{name}": value for name, value in attributes.items()}
    values |= {":me": {"S": owner}, ":until": {"N": str(lease_until)}}
    assignments = ", ".join(f"{_name(name)} = :{name}" for name in attributes)
    expression = f"SET lease_until = :until, {assignments}"
    if absent := [name for name in OPTIONAL if name not in attributes]:
        expression += f" REMOVE {', '.join(absent)}"
    notes = {"delivered": ledger.delivered, "replayed": ledger.replayed}
    values |= {f":{name}": {"SS": list(found)} for name, found in notes.items() if found}
    if deleted := ", ".join(f"{name} :{name}" for name, found in notes.items() if found):
        expression += f" DELETE {deleted}"
    return _request(expression, "#owner = :me", values)


def _releasing(owner: str) -> Request:
    return _request("SET lease_until = :until", "#owner = :me", {":me": {"S": owner}, ":until": {"N": "0"}})


def _request(expression: str, condition: str, values: Mapping[str, Any]) -> Request:
    text = f"{expression} {condition}"
    request = {
        "UpdateExpression": expression,
        "ConditionExpression": condition,
        "ExpressionAttributeValues": values,
    }
    if names := {f"#{name}": name for name in RESERVED if f"#{name}" in text}:
        request["ExpressionAttributeNames"] = names
    return request


def _claimed(answer: Result, note: str, now: int) -> Ledger | None:
    """Return the ledger that a claim found; None where another owner has it."""
    if not _held(answer) or isinstance(answer, AwsError):
        return None
    item = answer.get("Attributes", {})
    delivered, replays = {note, *_notes(item, "delivered")}, _notes(item, "replayed")
    return replace(_ledger(item, now), delivered=tuple(sorted(delivered)), replayed=tuple(sorted(replays)))


def _held(answer: Result) -> bool:
    """Return whether the condition of an update held."""
    if not isinstance(answer, AwsError):
        return True
    if answer.code == _CONDITION_FAILED:
        return False
    raise answer


def _name(attribute: str) -> str:
    return f"#{attribute}" if attribute in RESERVED else attribute


def _notes(item: Mapping[str, Any], attribute: str) -> list[str]:
    try:
        notes = list(item.get(attribute, {}).get("SS", ()))
    except (AttributeError, TypeError):
        notes = [None]
    if not all(isinstance(note, str) for note in notes):
        raise UnreadableLedgerError(f"The item of a ledger could not be read: its notes {attribute!r} are not texts.")
    return notes


def _ledger(item: Mapping[str, Any], now: int) -> Ledger:
    """Return the ledger of an item as its last owner left it, with what was delivered since and never settled."""
    ledger = from_attributes(item)
    try:
        delivered, replays = from_notes(_notes(item, "delivered")), from_notes(_notes(item, "replayed"))
    except ValueError as error:
        raise UnreadableLedgerError(f"The item of a ledger could not be read: {error}.") from None
    ledger = recover(ledger, delivered, now)
    for note in replays:
        ledger = replayed(ledger, note.offsets)
    return ledger
