"""What happens to the topics and mappings of a history. Each act takes three numbers, and says what it did."""

from typing import TYPE_CHECKING

from tests.simulation.world.world import OTHER

if TYPE_CHECKING:
    from tests.simulation.histories.play import History

CODES = (300, 300, 301, 301, 302, 303, 999)
LARGE_BYTES = 1_100_000
"""Of a payload whose dead letter is larger than SQS takes."""


def produce(history: "History", a: int, b: int, c: int) -> str:
    """Add records to a partition, with gaps as markers of transactions leave them."""
    cluster, number = a % 5 == 0, 1 + b % 6
    name = OTHER * cluster + f"t-{a % 2}"
    for index in range(number):
        codigo = CODES[(b + c * (index + 1)) % len(CODES)]
        place = history.world.produce(a % 2, codigo, (c + index) % 3, cluster=int(cluster), gap=(a + index) % 3)
        history.mappings[cluster].appended(name, place[1])
    return f"{number} in {name}"


def produce_twice(history: "History", a: int, b: int, _: int) -> str:
    """Add an event again, as a producer does whose answer was lost: its id is the same, its offset another."""
    claimed = [message for message in history.world.messages.values() if message.codigo == 303]
    if not claimed:
        return "nothing"
    message = claimed[b % len(claimed)]
    place = history.world.produce(a % 2, 303, message.truck, like=message.event_id)
    history.mappings[0].appended(place[0].rstrip("'"), place[1])
    history.faults["duplicate_event"] += 1
    return f"{message.event_id} at {place}"


def produce_large(history: "History", a: int, b: int, _: int) -> str:
    """Add a record whose dead letter does not fit into a queue."""
    place = history.world.produce(a % 2, (999, 302)[b % 2], 0, more="x" * LARGE_BYTES)
    history.mappings[0].appended(place[0].rstrip("'"), place[1])
    history.faults["large_record"] += 1
    return str(place)


def deliver(history: "History", a: int, b: int, _: int) -> str:
    """Let a mapping deliver its next batch."""
    mapping = history.mappings[a % 5 == 0]
    batch = mapping.next_batch(b % 10)
    if not batch:
        return "nothing"
    shown = {name: list(offsets) for name, offsets in batch.items()}
    return f"{shown} -> failed {dict(history.world.deliver(mapping, batch))}"


def fail_over(history: "History", a: int, _b: int, _c: int) -> str:
    """Let another poller go on where the last commits were."""
    logs = {name: [record["offset"] for record in log] for name, log in history.world.records.items()}
    history.mappings[a % 5 == 0].fail_over(logs)
    history.faults["fail_over"] += 1
    return "mapping of the other cluster" if a % 5 == 0 else "mapping"


def recreate(history: "History", a: int, _b: int, _c: int) -> str:
    """Delete a partition with its topic, and make it again: its offsets start at 0, with later timestamps."""
    if history.scenario.any_order:
        return "nothing: in Queue mode nothing would prove it, as docs/guarantees.md says"
    name = OTHER * (a % 5 == 0) + f"t-{a % 2}"
    history.take_out(name, None)
    history.world.recreate(name)
    history.world.ms += 1_000
    history.faults["recreated_topic"] += 1
    return name


def retain(history: "History", a: int, b: int, _: int) -> str:
    """Delete the oldest records of a partition, delivered or not."""
    name = f"t-{a % 2}"
    offsets = [record["offset"] for record in history.world.records[name]][: 1 + b % 5]
    history.take_out(name, offsets)
    history.faults["retention"] += 1
    return f"{name} {offsets}"


def compact(history: "History", a: int, _b: int, _c: int) -> str:
    """Delete the records of a partition behind which others of their keys stand."""
    name = f"t-{a % 2}"
    last = {record["key"]: record["offset"] for record in history.world.records[name]}
    old = [record["offset"] for record in history.world.records[name] if last[record["key"]] != record["offset"]]
    history.take_out(name, old)
    history.faults["compaction"] += 1
    return f"{name} {old}"


def discard(history: "History", a: int, _b: int, _c: int) -> str:
    """Let a mapping give up what it would retry next: its on-failure destination has that, and it comes no more."""
    mapping = history.mappings[a % 5 == 0]
    batch = {name: list(offsets) for name, offsets in (mapping.unanswered or [mapping.again])[0].items() if offsets}
    for name, offsets in batch.items():
        history.world.give_up(name, offsets)
        mapping.forget(name, offsets)
    history.faults["on_failure"] += bool(batch)
    return str(batch)
