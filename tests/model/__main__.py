"""`make model`: explores the large scopes, and writes build/proof/model.json."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from tests.model.event_claims import EventProtocol
from tests.model.explorer import BrokenProtocolError, Explored, explore
from tests.model.protocol import Protocol
from tests.model.scopes import LARGE, LARGE_OF_EVENTS, SMALL, SMALL_OF_EVENTS
from tests.proof.tree import ROOT

OUTPUT = ROOT / "build" / "proof" / "model.json"


def _looks() -> Iterator[tuple[str, Callable[[], Explored[Any]]]]:
    """Yield each scope's name, and what explores it."""
    for name, scope in {**SMALL, **LARGE}.items():
        ledger = Protocol(scope)
        yield name, partial(explore, ledger.start(), ledger.steps, ledger.broken, ledger.ended)
    for name, of_events in {**SMALL_OF_EVENTS, **LARGE_OF_EVENTS}.items():
        events = EventProtocol(of_events)
        yield f"events: {name}", partial(explore, events.start(), events.steps, events.broken, events.ended)


def main() -> int:
    """Explore them; return 0 if every promise holds in all of them."""
    found: list[dict[str, object]] = []
    states = steps = 0
    for name, look in _looks():
        began = time.monotonic()
        try:
            explored = look()
        except BrokenProtocolError as error:
            sys.stdout.write(f"{name}: BROKEN: {error}\n")
            return 1
        seconds = round(time.monotonic() - began, 1)
        result = {"states": explored.states, "steps": explored.steps, "depth": explored.depth, "seconds": seconds}
        states, steps = states + explored.states, steps + explored.steps
        found.append({"scope": name, **result})
        sys.stdout.write(f"{name}: {explored.states:,} states, {explored.steps:,} steps, {seconds} s\n")
        sys.stdout.flush()
    whole = {
        "states": states,
        "steps": steps,
        "broken": 0,
        "load": [round(each, 2) for each in os.getloadavg()],
        "scopes": found,
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
