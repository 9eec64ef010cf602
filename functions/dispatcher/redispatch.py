"""Dead letters on their second way: past the ledger, which is through with them, and idempotent by their own ids.

Event: `{"eventSource": "comboio:dead-letters", "letters": [<envelope>, ...]}`, invoked by the replayer. Answer:
`{"outcomes": {"<letter id>": "dispatched" | "duplicate" | "dead" | "failed" | "busy"}}`. `dead` is in the DLQ again, as
a letter of its own that counts one replay more; `busy` is being replayed by somebody else at this moment.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict

from comboio.claims.claims import Claim, ClaimResult, Claims
from comboio.clocks import Clocks
from comboio.contract.dead_letter import DeadLetter
from comboio.invocation import Invocation
from dispatcher.intake.admission import parcel_of
from dispatcher.parcel import Outcome, Parcel
from dispatcher.routes.outlets import Outlets
from dispatcher.send.deliver import Delivery

SOURCE = "comboio:dead-letters"


class RedispatchAnswer(TypedDict):
    """What became of each letter, by id."""

    outcomes: dict[str, str]


class Redispatch:
    """Dispatches dead letters."""

    def __init__(self, claims: Claims, outlets: Callable[[], Outlets], delivery: Delivery, clocks: Clocks) -> None:
        self._claims = claims
        self._network = outlets
        self._delivery = delivery
        self._clocks = clocks

    def replay(self, event: Mapping[str, Any], invocation: Invocation) -> RedispatchAnswer:
        """Takes letters to the destinations that do not have them yet.

        Raises:
            ForeignLetterError: one of them is not a dead letter; none was touched.
        """
        letters = {letter.id: letter for letter in map(DeadLetter.from_fields, event["letters"])}
        outlets = self._network()
        claims = [Claim(f"replay#{name}", invocation.owner) for name in letters]
        verdicts = self._claims.take(claims, self._clocks.now(), invocation.deadline)
        outcomes: dict[str, str] = {}
        parcels: dict[str, Parcel] = {}
        for (name, letter), verdict in zip(letters.items(), verdicts, strict=True):
            if verdict is ClaimResult.OURS:
                parcels[name] = _parcel(letter, outlets)
            else:
                outcomes[name] = {ClaimResult.TAKEN: "duplicate", ClaimResult.BUSY: "busy"}.get(verdict, "failed")
        self._delivery.deliver(list(parcels.values()), outlets.states, invocation.deadline)
        self._write_anew([(parcel, letters[name]) for name, parcel in parcels.items() if not parcel.done])
        self._conclude(parcels, invocation)
        outcomes.update((name, _outcome(parcel)) for name, parcel in parcels.items())
        return {"outcomes": outcomes}

    def _write_anew(self, undone: Iterable[tuple[Parcel, DeadLetter]]) -> None:
        """A letter that some of its destinations took now becomes another one, which remembers that they did."""
        partly = [(parcel, letter) for parcel, letter in undone if set(parcel.served) - set(letter.served)]
        for parcel, letter in partly:
            parcel.dead_letter(
                letter.reason, f"in part replayed, to {', '.join(parcel.served)}; before: {letter.error}"[:1_000]
            )
        self._delivery.write([parcel for parcel, _ in partly])

    def _conclude(self, parcels: Mapping[str, Parcel], invocation: Invocation) -> None:
        """Keeps the claims of what is done for good, and gives back the others."""
        done = [Claim(f"replay#{name}", invocation.owner) for name, parcel in parcels.items() if parcel.done]
        undone = [Claim(f"replay#{name}", invocation.owner) for name, parcel in parcels.items() if not parcel.done]
        if done:
            self._claims.keep(done, self._clocks.now())
        if undone:
            self._claims.free(undone)


def _parcel(letter: DeadLetter, outlets: Outlets) -> Parcel:
    """The letter's record as a parcel that remembers where it has been, and how often it was replayed."""
    parcel = parcel_of(letter.record(), outlets.router)
    parcel.served, parcel.since, parcel.replay_count = letter.served, letter.first_failure, letter.replay_count + 1
    return parcel


def _outcome(parcel: Parcel) -> str:
    return parcel.outcome.value if parcel.done and parcel.outcome else Outcome.FAILED.value
