"""Events of the replayer: each entry is a letter or named as none, and the good ones are dispatched."""

import json

from comboio.contract.dead_letter import DeadLetter
from comboio.contract.redispatch import EVENT_SOURCE, MalformedRedispatchError, RedispatchOutcome
from comboio.invocation import Invocation
from comboio.ledger.memory import MemoryLedgerStore
from dispatcher.redispatch import Redispatch
from tests.fuzz.target import CANARY, Target, keep_secret, only, promised
from tests.fuzz.targets.dispatching import Surroundings
from tests.fuzz.targets.letters import GOOD, LETTERS, WORDS


def check(data: bytes) -> None:
    """Dispatch the letters of an event again, with a good one after them."""
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        return
    if not isinstance(given, dict):
        return
    entries = given.get("letters")
    if isinstance(entries, list):
        entries.append(GOOD.to_fields())
    most = len(entries) - 1 if isinstance(entries, list) else 0
    around = Surroundings()
    redispatch = Redispatch(around.claims, MemoryLedgerStore(), around.outlets, around.delivery, around.clocks, 1.0)
    with only(MalformedRedispatchError):
        answer = redispatch.dispatch(given, Invocation("me", around.ms + 60_000))
        promised(answer["outcomes"][GOOD.id] == RedispatchOutcome.DISPATCHED, "a good letter is dispatched")
        promised({each["place"] for each in answer["foreign"]} <= set(range(most)), "foreign ones by place")
        keep_secret(each["flaw"] for each in answer["foreign"])
        json.dumps(answer)
    for kept in around.queue.kept:
        DeadLetter.from_json(kept["MessageBody"])


TARGET = Target(
    check,
    [json.dumps({"eventSource": EVENT_SOURCE, "letters": [each.to_fields()]}).encode() for each in LETTERS],
    [*WORDS, b'"letters"', f'["{CANARY}"]'.encode()],
)
