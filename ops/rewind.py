"""`python -m ops.rewind`: makes records of a partition new again, on purpose.

The ledger is one half of it; the other is the consumer group, which must bring the records again.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from rich.console import Console
from rich.table import Table

from comboio.aws.credentials import NoCredentialsError, credential_source
from comboio.aws.json_api import DYNAMODB, AwsError, connect
from comboio.contract.cluster import cluster_id
from comboio.errors import ComboioError
from comboio.ledger.dynamodb import DynamoLedgerStore
from comboio.ledger.encoding import UnreadableLedgerError
from comboio.ledger.ledger import Ledger, rewind
from comboio.ledger.offsets import count, intersection
from comboio.ledger.store import LeaseInfo, LedgerStore
from ops.stop import stop_for

LEASE_MS = 30_000
"""How long a rewind leases the partition; it takes two writes."""

HINT = "Stop its event source mapping or its consumers, wait for the lease to end, and try again."

NEXT = """What else it takes (docs/how-to/operate.md, "Dispatch records again"):
  1. Before the rewind, stop what brings records of {topic}: disable its event source mapping, or stop the consumers.
  2. Afterwards set their group back, while nobody is in it:
     kafka-consumer-groups.sh --bootstrap-server <brokers> --command-config <client.properties> \\
       --group <group> --topic {topic}:{partitions} --reset-offsets --to-offset {offset} --execute
     The group is ConsumerGroup-{topic} for a mapping (comboio-dispatcher-{topic}), CONSUMER_GROUP_ID for our consumer.
  3. Start them again, and look that the first batch begins at {offset}.
Routes with idempotency = "event" know a record by its position, and dispatch it again. FIFO queues and topics drop what
they had within 5 minutes, and a STANDARD state machine starts no execution twice in 90 days."""


class RewindRefusedError(ComboioError):
    """The partition cannot be rewound now; the message says why, and what to do."""


def rewind_partition(store: LedgerStore, partition: str, offset: int, now: int) -> tuple[Ledger, Ledger]:
    """Rewinds; returns the ledger before and after.

    It claims the partition as an invocation would, and settles it: whoever had it before cannot settle any more, and a
    crash in between changes nothing.

    Raises:
        RewindRefusedError: somebody has the partition, or took it meanwhile.
        AwsError, UnreadableLedgerError: nothing was changed, or, if the last answer was lost, all of it was.
    """
    owner = f"rewind-{now}"
    before = store.claim(partition, owner, now, now + LEASE_MS, ())
    if before is None:
        raise RewindRefusedError(f"{partition} was taken by an invocation just now. {HINT}")
    after = rewind(before, offset)
    if not store.settle(partition, owner, after, 0):
        raise RewindRefusedError(f"{partition} was taken by somebody else meanwhile, and is not rewound. {HINT}")
    return before, after


def run(arguments: Sequence[str], open_store: Callable[[str], LedgerStore], console: Console, now: int) -> int:
    """The command; `open_store` opens a table. Returns its status: 0, or 1 where a partition was refused."""
    asked = _parser().parse_args(arguments)
    if not asked.table:
        _parser().error(
            "--table: the ledger's table is not known; set LEDGER_TABLE or name it (stack output LedgerTableName)"
        )
    topics = {name.rpartition("-")[0] for name in asked.partition}
    if len(topics) > 1:
        _parser().error(f"--partition: one topic at a time, and these are of {', '.join(sorted(topics))}")
    ledgers = open_store(asked.table)
    prefix = cluster_id(asked.cluster)
    held = {f"{prefix}/{name}": ledgers.peek(f"{prefix}/{name}", now) for name in asked.partition}
    refused = [reason for name, holding in held.items() if (reason := _refusal(name, holding, asked.to, now))]
    for reason in refused:
        console.print(reason, style="red", markup=False, soft_wrap=True)
    if refused:
        return 1
    stands = Table("partition", "", "next", "undone below", "undone from there", title=f"Rewind to {asked.to}")
    try:
        for partition, holding in held.items():
            if holding is None:
                continue
            before, after = holding.ledger, rewind(holding.ledger, asked.to)
            if asked.yes:
                before, after = rewind_partition(ledgers, partition, asked.to, now)
            for label, ledger in (("before", before), ("after", after)):
                stands.add_row(partition, label, *_figures(ledger, asked.to))
    finally:
        console.print(stands)  # also those that were rewound before one that could not be
    numbers = ",".join(name.rpartition("-")[2] for name in asked.partition)
    console.print(NEXT.format(topic=topics.pop(), partitions=numbers, offset=asked.to), markup=False, soft_wrap=True)
    if not asked.yes:
        console.print("Nothing was changed: this was a look. Say --yes to rewind.", style="bold", soft_wrap=True)
    return 0


def _refusal(partition: str, holding: LeaseInfo | None, offset: int, now: int) -> str | None:
    if holding is None:
        return f"{partition} has no ledger in this table: check its name (<topic>-<number>), the table and the region."
    if holding.lease_until > now:
        left_s = (holding.lease_until - now + 999) // 1000
        return f"{partition} is being dispatched by {holding.owner}, for {left_s} s more at the most. {HINT}"
    if offset >= holding.ledger.next:
        return f"{partition} has nothing to rewind: all from {holding.ledger.next} on is new already."
    return None


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
        "python -m ops.rewind", description="Makes all records of a partition from an offset on new again."
    )
    parser.add_argument(
        "--cluster",
        default=os.environ.get("MSK_CLUSTER_ARN", ""),
        metavar="ARN",
        help="the cluster's ARN (MSK_CLUSTER_ARN); a self-managed one's bootstrap servers, sorted, with semicolons",
    )
    parser.add_argument("--partition", action="append", required=True, type=_partition, metavar="TOPIC-N",
                        help="such as mt-c400-3; say it again for another one of the same topic")  # fmt: skip
    parser.add_argument(
        "--to", required=True, type=_offset, metavar="OFFSET", help="the first offset to dispatch again"
    )
    parser.add_argument("--table", default=os.environ.get("LEDGER_TABLE", ""), help="the ledger's table (LEDGER_TABLE)")
    parser.add_argument("--yes", action="store_true", help="do it; without, it only shows what would change")
    return parser


def _open(environ: Mapping[str, str]) -> Callable[[str], LedgerStore]:
    def open_store(table: str) -> LedgerStore:
        if not (environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")):
            _stop("AWS_REGION is not set, and a table of the same name may be in any region.")
        return DynamoLedgerStore(connect(DYNAMODB, environ, credential_source(environ)), table)

    return open_store


def _stop(sentence: str) -> NoReturn:
    stop_for(RuntimeError(sentence))


def main() -> int:
    """The command, on this machine's own credentials."""
    try:
        return run(sys.argv[1:], _open(os.environ), Console(), time.time_ns() // 1_000_000)
    except (AwsError, NoCredentialsError, UnreadableLedgerError, RewindRefusedError) as error:
        stop_for(error)


if __name__ == "__main__":
    sys.exit(main())
