"""Dispatches dead letters again, for the replayer.

The ledger is bypassed, since it counts them as done already; the claim of a letter's id makes its replay idempotent. A
record that the mapping gave up is not done there, and others wait for it: they are told that it was dispatched. Event
and answer are comboio.contract.redispatch's.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from comboio.claims.claims import Claim, ClaimResult, Claims
from comboio.clocks import Clocks
from comboio.contract.dead_letter import DeadLetter
from comboio.contract.dead_letter_schema import MAX_COUNT
from comboio.contract.redispatch import (
    DONE,
    OrderKey,
    RedispatchAnswer,
    RedispatchOutcome,
    claim_name,
    letters_of,
    order_key,
)
from comboio.invocation import Invocation
from comboio.ledger.offsets import ranges
from comboio.ledger.store import ReplayNotes
from dispatcher.deadline import Budget
from dispatcher.intake.admission import parcel_of
from dispatcher.observe.tracing import Phase, Sent, unseen, untraced
from dispatcher.parcel import Outcome, Parcel
from dispatcher.routes.outlets import Outlets
from dispatcher.send.deliver import Delivery

NOT_OURS = {ClaimResult.TAKEN: RedispatchOutcome.DUPLICATE, ClaimResult.BUSY: RedispatchOutcome.BUSY}
"""What a claim that was not taken says of its letter; where nothing is known of the claim, the letter failed."""

_CONCLUDED = {
    Outcome.DISPATCHED: RedispatchOutcome.DISPATCHED,
    Outcome.DISCARDED: RedispatchOutcome.DISPATCHED,
    Outcome.DUPLICATE: RedispatchOutcome.DUPLICATE,
    Outcome.DEAD: RedispatchOutcome.DEAD,
}
"""What a finished parcel's outcome means for its letter; a letter with any other parcel failed."""


class Redispatch:
    """Dispatches dead letters; built once per execution environment."""

    def __init__(
        self,
        claims: Claims,
        ledgers: ReplayNotes,
        outlets: Callable[[], Outlets],
        delivery: Delivery,
        clocks: Clocks,
        margin_s: float,
        phase: Phase = untraced,
        sent: Sent = unseen,
    ) -> None:
        self._claims = claims
        self._ledgers = ledgers
        self._outlets = outlets
        self._delivery = delivery
        self._clocks = clocks
        self._margin_s = margin_s
        self._phase = phase
        self._sent = sent

    def dispatch(self, event: Mapping[str, Any], invocation: Invocation) -> RedispatchAnswer:
        """Dispatch letters to the destinations that do not have them yet.

        Raises:
            MalformedRedispatchError: the event has no list of letters.
        """
        budget = Budget.of(invocation, self._clocks, self._margin_s)
        letters, foreign = letters_of(event)
        outlets = self._outlets()
        claims = [Claim(claim_name(name), invocation.owner) for name in letters]
        results = self._claims.take(
            claims, self._clocks.now(), invocation.deadline, within_s=budget.left_s(budget.sends_end)
        )
        outcomes: dict[str, str] = {}
        parcels: dict[str, Parcel] = {}
        waits: set[OrderKey | None] = set()
        for (name, letter), result in zip(letters.items(), results, strict=True):
            if result is ClaimResult.OURS:
                parcels[name] = _in_order(_parcel(letter, outlets), waits)
            else:
                outcomes[name] = NOT_OURS.get(result, RedispatchOutcome.FAILED)
                if result is not ClaimResult.TAKEN:
                    waits.add(order_key(letter.topic, letter.key))
        with self._phase("send"):
            delivered = self._delivery.deliver(list(parcels.values()), outlets.states, budget)
        self._sent(list(parcels.values()), delivered, outlets)
        self._write_anew([(parcel, letters[name]) for name, parcel in parcels.items() if not parcel.done], budget)
        self._conclude(parcels, invocation, budget)
        outcomes.update((name, _outcome(parcel)) for name, parcel in parcels.items())
        outcomes.update(self._end_waits(letters, outcomes, budget))
        return {"outcomes": outcomes, "foreign": foreign}

    def _write_anew(self, undone: Iterable[tuple[Parcel, DeadLetter]], budget: Budget) -> None:
        """Write a letter that some destinations took now as another letter, which remembers them."""
        partly = [(parcel, letter) for parcel, letter in undone if set(parcel.served) - set(letter.served)]
        for parcel, letter in partly:
            parcel.dead_letter(
                letter.reason, f"replayed in part, to {', '.join(parcel.served)}; before: {letter.error}"[:1_000]
            )
        self._delivery.dead_letter([parcel for parcel, _ in partly], budget)

    def _end_waits(
        self, letters: Mapping[str, DeadLetter], outcomes: Mapping[str, str], budget: Budget
    ) -> dict[str, str]:
        """Tell the ledgers of what the mapping had given up and is done now; return the letters that have to stay.

        Whoever replays a letter that stays finds its record dispatched, and tells the ledger again.
        """
        over = [name for name, letter in letters.items() if letter.reason == "given_up" and outcomes[name] in DONE]
        partitions: dict[str, list[str]] = {}
        for name in over:
            partitions.setdefault(letters[name].record().partition_name, []).append(name)
        replays = {each: ranges(letters[name].offset for name in names) for each, names in partitions.items()}
        noted = self._ledgers.note_replays(replays, within_s=budget.left_s(budget.end)) if replays else {}
        unknown = [each for each, found in noted.items() if isinstance(found, Exception)]
        return {name: RedispatchOutcome.FAILED for each in unknown for name in partitions[each]}

    def _conclude(self, parcels: Mapping[str, Parcel], invocation: Invocation, budget: Budget) -> None:
        """Keep the claims of letters that are done, and release the others."""
        done = [Claim(claim_name(name), invocation.owner) for name, parcel in parcels.items() if parcel.done]
        undone = [Claim(claim_name(name), invocation.owner) for name, parcel in parcels.items() if not parcel.done]
        if done:
            self._claims.keep(done, self._clocks.now(), within_s=budget.left_s(budget.end))
        if undone:
            self._claims.free(undone, within_s=budget.left_s(budget.end))


def _in_order(parcel: Parcel, waits: set[OrderKey | None]) -> Parcel:
    """Hold a parcel that keeps order behind one of its key that does not go now, as its claim or its schema is away.

    `waits` has the keys of those, and gets that of a parcel that cannot be read.
    """
    key = order_key(parcel.record.topic, parcel.record.key)
    if parcel.outcome is Outcome.HELD:
        waits.add(key)
    elif parcel.outcome is None and parcel.token is not None and key in waits:
        parcel.hold()
    return parcel


def _parcel(letter: DeadLetter, outlets: Outlets) -> Parcel:
    """Return the letter's record as a parcel that knows which destinations have it, and how often it was replayed."""
    parcel = parcel_of(letter.record(), outlets.router)
    parcel.served, parcel.since = letter.served, letter.first_failure
    parcel.replay_count = min(letter.replay_count + 1, MAX_COUNT)
    return parcel


def _outcome(parcel: Parcel) -> str:
    if not parcel.done or parcel.outcome is None:
        return RedispatchOutcome.FAILED
    return _CONCLUDED.get(parcel.outcome, RedispatchOutcome.FAILED)
