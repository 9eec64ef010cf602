"""`make model`: explores the large scopes, and writes build/proof/model.json."""

import json
import os
import sys
import time

from tests.model.explorer import BrokenProtocolError, explore
from tests.model.protocol import Protocol
from tests.model.scopes import LARGE, SMALL
from tests.proof.tree import ROOT

OUTPUT = ROOT / "build" / "proof" / "model.json"


def main() -> int:
    """Explore them; return 0 if every promise holds in all of them."""
    found: list[dict[str, object]] = []
    states = steps = 0
    for name, scope in {**SMALL, **LARGE}.items():
        protocol, began = Protocol(scope), time.monotonic()
        try:
            explored = explore(protocol.start(), protocol.steps, protocol.broken, protocol.ended)
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
