"""What the mapping tells of its state in a line of statistics."""

from collections.abc import Mapping
from typing import Any

from consumer.inflight.inflight import InFlight
from consumer.inflight.pollers import Pollers
from consumer.kafka.group import Group
from consumer.kafka.watermarks import Watermarks
from consumer.observe.lag import PartitionState, lag, lag_s


def partition_states(group: Group, in_flight: InFlight) -> dict[str, PartitionState]:
    """Return what is known of each partition of this process."""
    committed, seen, marks, oldest = group.committed, in_flight.seen(), group.watermarks(), in_flight.oldest_ms()
    unknown = Watermarks(-1, -1)
    return {
        name: PartitionState(*marks.get(name, unknown), seen.get(name), committed.get(name), oldest.get(name))
        for name in sorted(group.owned)
    }


def waiting(partitions: Mapping[str, PartitionState], in_flight: InFlight) -> dict[str, int]:
    """Return the records of each partition that are not done, as far as that is known: what pollers are for."""
    done = in_flight.positions()
    return {
        name: lag(known._replace(committed=done.get(name, known.committed))) or 0 for name, known in partitions.items()
    }


def report(
    partitions: Mapping[str, PartitionState],
    group: Group,
    in_flight: InFlight,
    pollers: Pollers,
    wall_ms: int,
    stalled_s: float,
) -> dict[str, Any]:
    """Return the fields of a line that are no counts of its second."""
    behind = {name: lag(state) for name, state in partitions.items()}
    ages = {name: lag_s(state, wall_ms) for name, state in partitions.items()}
    return {
        "lag": behind,
        "lag_total": sum(each for each in behind.values() if each is not None),
        "lag_s": ages,
        "lag_s_max": max((each for each in ages.values() if each is not None), default=None),
        "stalled_s": round(stalled_s, 1),
        "committed": {name: state.committed for name, state in partitions.items() if state.committed is not None},
        "brokers_up": group.brokers_up,
        "owned": len(group.owned),
        "paused": sorted(group.paused),
        "pauses_total": group.pauses,
        "in_flight": len(in_flight.running),
        "pollers": pollers.count,
        "fresh": in_flight.fresh()[0],
        "retrying": in_flight.retrying,
        "committed_total": group.committed_total,
        "commit_failures_total": group.commit_failures,
    }
