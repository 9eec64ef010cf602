"""What people, machines and time do to a history. Each act takes three numbers, and says what it did."""

from typing import TYPE_CHECKING

from comboio.aws.json_api import AwsError
from comboio.contract.cluster import cluster_id
from comboio.contract.redispatch import DONE
from comboio.destination_state import state as policy
from comboio.destination_state.memory import MemoryStateStore
from comboio.destination_state.state import View
from comboio.destination_state.store import destination_item, route_item
from comboio.drain.give_up import GiveUp
from ops.rewind import RewindRefusedError, rewind_partition
from tests.simulation.world.downstream import Trouble
from tests.simulation.world.steps import Crash
from tests.simulation.world.world import CLUSTERS

if TYPE_CHECKING:
    from tests.simulation.histories.play import History

LATER_MS = (1_000, 5_000, 30_000, 360_000, 3_600_000, 1_000, 30_000, 90_000_000)
SKEWS_MS = (0, 5_000, -5_000, 600_000, -600_000)
PAUSABLE = (destination_item("b"), route_item("ordered"), destination_item("a"), route_item("loose"))
HURRIES_MS = (1_500, 1_010, 700, 100)
FOREIGN = ("", "not ours", "{}", '{"format": "comboio.hold.v99"}', "[1]", '{"records": null}')
GIVEN_UP = ((), ("300",), ("302",))


def drain(history: "History", a: int, b: int, _: int) -> str:
    """Let the drainer look at the hold queue."""
    return f"{sum(history.world.drain(1 + a % 5) for _ in range(1 + b % 3))} times"


def later(history: "History", a: int, _b: int, _c: int) -> str:
    """Let time pass."""
    history.world.ms += LATER_MS[a % len(LATER_MS)]
    return f"{LATER_MS[a % len(LATER_MS)]} ms"


def outage(history: "History", a: int, b: int, _: int) -> str:
    """Let a destination fall ill, the hold queue, the DLQ, or all tables."""
    match a % 7:
        case 4:
            history.world.hold.down = True
            history.faults["hold_queue_down"] += 1
            return "hold queue: it refuses everything"
        case 5:
            history.world.shelf.down = True
            history.faults["dead_letter_queue_down"] += 1
            return "DLQ: it refuses everything"
        case 6:
            history.world.steps.tables_down = True
            history.faults["tables_down"] += 1
            return "DynamoDB: it refuses everything"
    down = (history.world.b, history.world.b, history.world.a)[a % 3]
    down.trouble = tuple(Trouble)[b % len(Trouble)]
    history.faults[f"destination_{down.trouble.name.lower()}"] += 1
    return f"{down.name}: {down.trouble.value}"


def recover(history: "History", _a: int, _b: int, _c: int) -> str:
    """Let everything be well, poison aside."""
    history.world.a.trouble = history.world.b.trouble = None
    history.world.hold.down = history.world.shelf.down = history.world.steps.tables_down = False
    return "all"


def refuse(history: "History", a: int, b: int, _: int) -> str:
    """Let a destination refuse a record for good."""
    return _mark(history, "refused", a, b)


def poison(history: "History", a: int, b: int, _: int) -> str:
    """Let a destination fail on a record always."""
    return _mark(history, "poison", a, b)


def _mark(history: "History", kind: str, a: int, b: int) -> str:
    places = list(history.world.messages)
    if not places:
        return "nothing"
    down, place = (history.world.a, history.world.b)[a % 2], places[b % len(places)]
    getattr(down, kind).add(place)
    history.faults[kind] += 1
    return f"{down.name} {place}"


def hurry(history: "History", a: int, _b: int, _c: int) -> str:
    """Let the next invocation have little time, as behind a cold start."""
    history.world.left_ms = HURRIES_MS[a % len(HURRIES_MS)]
    history.faults["hurry"] += 1
    return f"{history.world.left_ms} ms"


def keep_deleted(history: "History", a: int, _b: int, _c: int) -> str:
    """Let the mapping's next delete of hold messages be lost, so that they are delivered again."""
    history.world.hold.lost_deletes = 1 + a % 2
    history.faults["delete_lost"] += 1
    return f"{history.world.hold.lost_deletes} times"


def write_foreign(history: "History", a: int, b: int, _: int) -> str:
    """Let somebody else write a message into the hold queue, behind what waits in a group, or alone."""
    hold = history.world.hold
    groups = [message["attributes"]["MessageGroupId"] for message in hold.messages] or ["theirs"]
    body = FOREIGN[a % len(FOREIGN)] + " " * len(hold.foreign)
    hold.write_foreign(groups[b % len(groups)], body)
    history.faults["foreign_hold_message"] += 1
    return body


def deploy(history: "History", _a: int, _b: int, _c: int) -> str:
    """Replace all processes."""
    world = history.world
    world.dispatching, world.draining = world.environment(), world.environment()
    history.faults["deploy"] += 1
    return "dispatcher and drainer"


def clock(history: "History", a: int, _b: int, _c: int) -> str:
    """Set the processes' clock."""
    history.world.skew_ms = SKEWS_MS[a % len(SKEWS_MS)]
    history.faults["clock"] += 1
    return f"{history.world.skew_ms} ms"


def routes(history: "History", a: int, _b: int, _c: int) -> str:
    """Give all processes another routing table."""
    when_down = ("divert", "wait")[a % 2]
    history.world.table = history.world.routing_table(when_down)
    history.faults["routes"] += 1
    return when_down


def pause(history: "History", a: int, _b: int, _c: int) -> str:
    """Pause a destination or a route."""
    item = PAUSABLE[a % len(PAUSABLE)]
    history.faults["pause"] += 1
    return f"{item} {_change(history, item, paused=True)}"


def resume(history: "History", _a: int, _b: int, _c: int) -> str:
    """Resume whatever is paused."""
    return str([item for item in PAUSABLE if _change(history, item, paused=False)])


def _change(history: "History", item: str, *, paused: bool) -> bool:
    store = history.world.states
    view = View(MemoryStateStore.read(store, [item])[item])
    wanted = policy.paused(view, "me", "maintenance", history.world.ms) if paused else policy.resumed(view)
    return wanted is not None and MemoryStateStore.write(store, item, wanted)[0]


def give_up(history: "History", a: int, b: int, _: int) -> str:
    """Give up what waits for a destination now."""
    name, now = ("b", "a")[a % 2], history.world.ms
    history.world.orders.given.setdefault(name, []).append(GiveUp(now, now, codes=GIVEN_UP[b % len(GIVEN_UP)]))
    history.faults["give_up"] += 1
    return f"{name} {GIVEN_UP[b % len(GIVEN_UP)]}"


def rewind(history: "History", a: int, b: int, _: int) -> str:
    """Make records of a partition new again, and set the mapping back to them."""
    world, name = history.world, f"t-{a % 2}"
    offsets = [record["offset"] for record in world.records[name]]
    if not offsets:
        return "nothing"
    start = offsets[b % len(offsets)]
    partition = f"{cluster_id(CLUSTERS[0])}/{name}"
    world.in_trouble |= {world.place_at(name, offset) for offset in offsets if offset >= start}
    history.faults["rewind"] += 1
    try:
        rewind_partition(world.ledgers, partition, start, world.ms)
    except (RewindRefusedError, AwsError, Crash) as error:
        return f"{name} from {start}: {type(error).__name__}"
    history.mappings[0].set_back(name, [offset for offset in offsets if offset >= start])
    return f"{name} from {start}"


def replay(history: "History", a: int, b: int, _c: int) -> str:
    """Dispatch some dead letters again, or what the mapping gave up, and delete what is done."""
    world = history.world
    if b % 2 and world.given_up:
        letters = world.given_up[: 1 + a % 4]
        outcomes = world.redispatch(letters)
        world.given_up = [each for each in world.given_up if outcomes.get(each.id) not in DONE]
        history.faults["replay_of_given_up"] += 1
        return f"{len(letters)} given up: {sorted(outcomes.values())}"
    bodies = world.shelf.bodies[: 1 + a % 4]
    if not bodies:
        return "nothing"
    outcomes = world.redispatch([world.shelf.letter(body) for body in bodies])
    done = [body for body in bodies if outcomes.get(world.shelf.letter(body).id) in DONE]
    for body in done:
        world.shelf.bodies.remove(body)
    history.faults["replay"] += 1
    return f"{len(bodies)}: {sorted(outcomes.values())}"
