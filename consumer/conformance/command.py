"""The command: brings a mapping into every situation, and says of each documented behaviour what it does."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from consumer.conformance.function import Functions, serve
from consumer.conformance.kafka import ContractError
from consumer.conformance.run import WITHIN_S, Surroundings
from consumer.conformance.situation import Finding, Observed, Row, Situation, Verdict
from consumer.conformance.situations import SITUATIONS

NOT_RUN = 2
INTERRUPTED = 130
OWN = f"{sys.executable} -m consumer.conformance.own"
GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/"
ADDRESS = "127.0.0.1:0"
_LINE_CHARACTERS = 300
"""Of a line of a mapping's output: some write whole batches."""

_ABOUT = """Hold an event source mapping for Kafka to what AWS documents of its own. For each situation the command
--start runs the mapping until it gets SIGTERM, with these variables: KAFKA_BOOTSTRAP_SERVERS; MAPPING_TEMPLATE, a
CloudFormation template (JSON) with one AWS::Lambda::EventSourceMapping; FUNCTION_ENDPOINT, where Lambda's Invoke is
answered; and FUNCTION_NAME. Exit status: 0 no row fails, 1 some do, 2 it could not be run."""


class Judged(NamedTuple):
    """A row, and what it came to."""

    situation: str
    row: Row
    finding: Finding


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    options = _options(arguments)
    host, _, port = options.endpoint.rpartition(":")
    chosen = [each for each in SITUATIONS if not options.situation or each.name in options.situation]
    functions = Functions(chosen)
    try:
        with (
            serve(functions, host, int(port)) as endpoint,
            tempfile.TemporaryDirectory(prefix="conformance-") as scratch,
            ThreadPoolExecutor(options.at_a_time) as pool,
        ):
            run = Surroundings(options.kafka, endpoint, options.start, Path(scratch), options.prefix, options.within)
            observed = _all(pool, lambda each: run.observe(each, functions), chosen)
            judged = [entry for each, seen in zip(chosen, observed, strict=True) for entry in judge(each, seen)]
            for line in lines(judged, run.folder):
                sys.stdout.write(f"{line}\n")
    except (ContractError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return NOT_RUN
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; no mapping keeps running.\n")
        return INTERRUPTED
    if options.report:
        options.report.write_text(json.dumps([_plain(each) for each in judged], indent=1) + "\n", encoding="utf-8")
    return int(any(each.finding.verdict is Verdict.FAILS for each in judged))


def _all(
    pool: ThreadPoolExecutor, observe: Callable[[Situation], Observed], chosen: Sequence[Situation]
) -> list[Observed]:
    """Observe all; the first error, or Ctrl-C, leaves out those that have not begun."""
    under_way = [pool.submit(observe, each) for each in chosen]
    try:
        return [each.result() for each in under_way]
    except BaseException:
        for each in under_way:
            each.cancel()
        raise


def judge(situation: Situation, observed: Observed) -> list[Judged]:
    """Judge each row of a situation; an event that cannot be read fails the row that looks at it."""
    return [Judged(situation.name, row, _finding(row, observed)) for row in situation.rows]


def _finding(row: Row, observed: Observed) -> Finding:
    try:
        return row.judge(observed)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        return Finding(Verdict.FAILS, f"it has not the form of AWS's: {type(error).__name__}: {error}")


def lines(judged: Sequence[Judged], folder: Path) -> list[str]:
    """Return the result in words; the log's end of each situation that fails."""
    said = [
        f"{each.finding.verdict:6}  {each.row.what}{'  [' + each.finding.seen + ']' if each.finding.seen else ''}"
        for each in judged
    ]
    for name in dict.fromkeys(each.situation for each in judged if each.finding.verdict is Verdict.FAILS):
        log = (folder / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        said += [
            f"The end of the mapping's output in the situation {name!r}:",
            *(f"  {line[:_LINE_CHARACTERS]}" for line in log),
        ]
    counts = [f"{sum(each.finding.verdict is verdict for each in judged)} {verdict}" for verdict in Verdict]
    return [*said, ", ".join(counts)]


def _plain(each: Judged) -> dict[str, str]:
    return {
        "situation": each.situation,
        "behaviour": each.row.what,
        "page": f"{GUIDE}{each.row.page}.html",
        "verdict": each.finding.verdict,
        "seen": each.finding.seen,
    }


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m consumer.conformance", description=_ABOUT)
    parser.add_argument("--kafka", required=True, help="bootstrap servers of a cluster without authentication")
    parser.add_argument(
        "--endpoint", default=ADDRESS, help="host:port to answer Invoke at; port 0 is any (%(default)s)"
    )
    parser.add_argument("--start", default=OWN, help="command that runs a mapping; this consumer unless given")
    parser.add_argument(
        "--situation", action="append", choices=[each.name for each in SITUATIONS], help="only this one"
    )
    parser.add_argument("--at-a-time", type=int, default=1, choices=range(1, 17), metavar="1..16", help="situations")
    parser.add_argument(
        "--prefix", default=f"conformance-{uuid4().hex[:6]}", help="begins the names of topics and groups"
    )
    parser.add_argument(
        "--within", type=float, default=WITHIN_S, metavar="SECONDS", help="that a mapping has to commit (%(default)g)"
    )
    parser.add_argument("--report", type=Path, help="file for the result as JSON")
    options = parser.parse_args(arguments)
    if not options.endpoint.rpartition(":")[2].isdecimal():
        parser.error(f"--endpoint is host:port, not {options.endpoint!r}")
    return options
