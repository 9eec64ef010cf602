"""`make rewind`: makes records of a partition new again, on purpose.

That is half of dispatching them again; the other half is the consumer group, which must read them again.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from comboio.errors import ComboioError
from comboio.ledger.dynamodb import DynamoLedgerStore
from comboio.ledger.ledger import Ledger, rewind
from comboio.ledger.offsets import count, intersection
from comboio.ledger.store import LeaseInfo, LedgerStore
from ops.ledger_clusters import clusters_with, id_of, only
from ops.ledger_table import ledger_table
from ops.offsets_file import read
from ops.safe_text import safe
from ops.stop import stop_for

LEASE_MS = 30_000
"""How long a rewind leases the partition; it takes two writes."""

_HINT = "Stop its event source mapping or its consumers, wait for the lease to end, and try again."

NEXT = """What else it takes (docs/runbooks/rewind.md):
  1. Before the rewind, stop what reads records of {topic}: disable its event source mapping, or stop the consumers.
  2. Afterwards set their group back, while nobody is in it:
     kafka-consumer-groups.sh --bootstrap-server <brokers> --command-config <client.properties> \\
       --group <group> --reset-offsets {where} --execute
     The group is ConsumerGroup-{topic} for a mapping (comboio-dispatcher-{topic}), CONSUMER_GROUP_ID for our consumer.
  3. Start them again, and check that the first batch begins there.
Routes with idempotency = "event" recognise a record by its id, and dispatch it again. FIFO queues and topics drop what
they had within 5 minutes, and a STANDARD state machine starts no execution twice in 90 days."""


class Ledgers(NamedTuple):
    """A table of ledgers."""

    store: LedgerStore
    clusters: Callable[[str], set[str]]
    """Returns the ids of the clusters that have a ledger of a partition (`<topic>-<number>`)."""


OpenLedgers = Callable[[str], Ledgers]
"""Opens the table of a name; an empty name is that of the stack that the environment names."""


class RewindRefusedError(ComboioError):
    """The partition cannot be rewound now; the message says why, and what to do."""


def rewind_partition(store: LedgerStore, partition: str, offset: int, now: int) -> tuple[Ledger, Ledger]:
    """Rewind a partition (`<cluster id>/<topic>-<number>`); return its ledger before and after.

    The command takes the partition's lease as an invocation would, and settles: its earlier owner can then settle no
    more, and a crash in between changes nothing.

    Raises:
        RewindRefusedError: an invocation has the lease, or took it in between.
        AwsError, UnreadableLedgerError: nothing was changed, or, if the last answer was lost, all of it was.
    """
    owner = f"rewind-{now}"
    before = store.claim(partition, owner, now, now + LEASE_MS, ())
    if before is None:
        raise RewindRefusedError(f"{partition} was taken by an invocation just now. {_HINT}")
    after = rewind(before, offset)
    if not store.settle(partition, owner, after, 0):
        raise RewindRefusedError(f"{partition} was taken by an invocation in between, and is not rewound. {_HINT}")
    return before, after


def run(arguments: Sequence[str], open_ledgers: OpenLedgers, console: Console, now: int) -> int:
    """Run the command; return its status: 0, or 1 where a partition was refused.

    Raises:
        ClusterUnclearError: the cluster is not named, and the table does not say which one it is.
        TableNotFoundError, NoCredentialsError: the table is not known, or cannot be asked.
        OffsetsFileError: the file of offsets is none.
        RewindRefusedError, AwsError, UnreadableLedgerError: see `rewind_partition`.
    """
    asked = _parser().parse_args(arguments)
    targets = _targets(asked)
    topics = {name.rpartition("-")[0] for name in targets}
    if len(topics) > 1:
        _parser().error(f"give partitions of one topic; these are of {', '.join(sorted(topics))}")
    ledgers = open_ledgers(asked.table)
    first = next(iter(targets))
    cluster = id_of(asked.cluster) if asked.cluster else only(ledgers.clusters(first), first)
    offsets = {f"{cluster}/{name}": offset for name, offset in targets.items()}
    found = {name: ledgers.store.peek(name, now) for name in offsets}
    console.print(f"Cluster {cluster}{f': {asked.cluster}' if asked.cluster else ''}", markup=False, soft_wrap=True)
    new = {name: reason for name, lease in found.items() if (reason := _new_already(name, lease, offsets[name]))}
    in_use = {name: reason for name, lease in found.items() if (reason := _in_use(name, lease, now))}
    for reason in (new | in_use).values():
        console.print(reason, style="red", markup=False, soft_wrap=True)
    # A file has every partition of its topic, and in some of them nothing may be so late.
    if in_use or (new and not asked.offsets) or new.keys() == found.keys():
        return 1
    shown = Table("partition", "", "next", "unfinished below", "unfinished from there", title="Rewind")
    try:
        for partition, lease in found.items():
            if lease is None or partition in new:
                continue
            offset = offsets[partition]
            before, after = lease.ledger, rewind(lease.ledger, offset)
            if asked.yes:
                before, after = rewind_partition(ledgers.store, partition, offset, now)
            for label, ledger in (("before", before), ("after", after)):
                shown.add_row(partition.partition("/")[2], label, *_figures(ledger, offset))
    finally:
        console.print(shown)  # also those that were rewound before one that could not be
    console.print(NEXT.format(topic=topics.pop(), where=_for_kafka(asked)), markup=False, soft_wrap=True)
    if not asked.yes:
        console.print("Nothing was changed. Add --yes to rewind.", style="bold", soft_wrap=True)
    return 0


def _targets(asked: argparse.Namespace) -> Mapping[str, int]:
    """Return the offset to rewind to by partition."""
    if asked.offsets:
        return read(asked.offsets)
    if asked.to is None:
        _parser().error("--partition needs --to: the first offset to dispatch again")
    return dict.fromkeys(asked.partition, asked.to)


def _for_kafka(asked: argparse.Namespace) -> str:
    """Return how kafka-consumer-groups.sh is told of the same offsets."""
    if asked.offsets:
        return f"--from-file {asked.offsets}"
    topic = asked.partition[0].rpartition("-")[0]
    return f"--topic {topic}:{','.join(name.rpartition('-')[2] for name in asked.partition)} --to-offset {asked.to}"


def _new_already(partition: str, lease: LeaseInfo | None, offset: int) -> str | None:
    if lease is None:
        return f"{partition} has no ledger in this table. Check its name, the cluster, the table and the region."
    if offset >= lease.ledger.next:
        return f"{partition} has nothing to rewind: everything from {lease.ledger.next} on is new already."
    return None


def _in_use(partition: str, lease: LeaseInfo | None, now: int) -> str | None:
    if lease is None or lease.lease_until <= now:
        return None
    left_s = (lease.lease_until - now + 999) // 1000
    return f"{partition} is being dispatched by {safe(lease.owner)}, for at most {left_s} s more. {_HINT}"


def _figures(ledger: Ledger, offset: int) -> tuple[str, str, str]:
    below = ((0, offset - 1),) if offset else ()
    deferred_below = count(intersection(ledger.deferred, below))
    incomplete_below = sum(place < offset for place in ledger.incomplete)
    all_of_them = len(ledger.incomplete) + count(ledger.deferred)
    unfinished_below = incomplete_below + deferred_below
    return str(ledger.next), str(unfinished_below), str(all_of_them - unfinished_below)


def _partition(text: str) -> str:
    topic, dash, number = text.rpartition("-")
    if not (topic and dash and number.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not <topic>-<number>, as in mt-c400-3")
    return text


def _offset(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not an offset: a number, 0 or more")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "make rewind ARGS=...",
        description="Makes all records of partitions from an offset on new again, so that they are dispatched again "
        "(docs/runbooks/rewind.md).",
    )
    parser.add_argument(
        "--cluster",
        default=os.environ.get("MSK_CLUSTER_ARN", ""),
        metavar="CLUSTER",
        help="the cluster's ARN, its bootstrap servers, or its id in ids and logs (default: MSK_CLUSTER_ARN, else the "
        "only cluster that has a ledger of the partition, for which the whole table is read)",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--partition", action="append", type=_partition, metavar="TOPIC-N",
                       help="a partition, such as mt-c400-3; may be repeated for others of the same topic")  # fmt: skip
    which.add_argument("--offsets", type=Path, metavar="FILE",
                       help="lines of topic,partition,offset, as kafka-consumer-groups.sh --export writes")  # fmt: skip
    parser.add_argument("--to", type=_offset, metavar="OFFSET",
                        help="the first offset to dispatch again; --partition needs it")  # fmt: skip
    parser.add_argument(
        "--table",
        default=os.environ.get("LEDGER_TABLE", ""),
        help="the ledger's table (default: LEDGER_TABLE, else that of STACK, else that of `make stack`)",
    )
    parser.add_argument(
        "--yes", action="store_true", help="do it; without this the command only shows what would change"
    )
    return parser


def _open(environ: Mapping[str, str]) -> OpenLedgers:
    def open_ledgers(named: str) -> Ledgers:
        api, table = ledger_table(named, environ)
        return Ledgers(DynamoLedgerStore(api, table), lambda partition: clusters_with(api, table, partition))

    return open_ledgers


def main() -> int:
    """Run the command with this machine's own credentials."""
    try:
        return run(sys.argv[1:], _open(os.environ), Console(emoji=False), time.time_ns() // 1_000_000)
    except ComboioError as error:
        stop_for(error)


if __name__ == "__main__":
    sys.exit(main())
