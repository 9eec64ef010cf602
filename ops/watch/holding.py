"""What waits for a destination and which are open, from the ledger's table: the same here and on AWS."""

from collections.abc import Callable, Sequence
from itertools import islice

from comboio.destination_state.state import SharedState
from comboio.destination_state.store import StateStore, destination_item, route_item
from comboio.drain.waiting_index import WaitingIndex
from ops.routes.pause import sentence
from ops.watch.panel import Panel, Row, counts, panels

STATES = "State of destinations and paused routes"
HELD = "Held by destination, records"
OLDEST = "Oldest held by destination, seconds"

MOST_GROUPS = 2_000
"""Order groups that are read at a look, some 2 MB of the table's index; more of them are "at least"."""


def holding(
    store: StateStore,
    index: WaitingIndex,
    destinations: Sequence[str],
    routes: Sequence[str],
    now_ms: Callable[[], int],
) -> list[Panel]:
    """Return the panels; what cannot be read says so in its place."""
    return [
        *panels(STATES, read=lambda: [Panel(STATES, _states(store, destinations, routes, now_ms()))]),
        *panels(HELD, OLDEST, read=lambda: _held(index, now_ms())),
    ]


def _states(store: StateStore, destinations: Sequence[str], routes: Sequence[str], now: int) -> list[Row]:
    items = {destination_item(name): name for name in destinations} | {route_item(name): name for name in routes}
    states = store.read(items)
    shown = [item for item in items if item.startswith("destination#") or _trouble(states.get(item))]
    return [
        Row(
            items[item] if item.startswith("destination#") else f"route {items[item]}",
            sentence(states[item], now) if item in states else None,
            _trouble(states.get(item)),
        )
        for item in shown
    ]


def _trouble(state: SharedState | None) -> bool:
    return state is not None and bool(state.paused_since or state.pause_ms)


def _held(index: WaitingIndex, now: int) -> list[Panel]:
    records: dict[str, float] = {}
    oldest: dict[str, float] = {}
    read = 0
    for group in islice(index.read(), MOST_GROUPS):
        read += 1
        records[group.destination] = records.get(group.destination, 0) + group.records
        oldest[group.destination] = max(oldest.get(group.destination, 0.0), (now - group.oldest) / 1000)
    note = f"Only the first {MOST_GROUPS:,} order groups were read; there is more." if read == MOST_GROUPS else ""
    return [Panel(HELD, counts(records), note), Panel(OLDEST, counts(oldest))]
