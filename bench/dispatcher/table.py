"""The figures for people."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from bench.dispatcher.cold_start import medians
from bench.dispatcher.contenders import MODES
from bench.dispatcher.cost import MEMORY_MB, RATE_PER_S
from bench.dispatcher.figures import HEADLINE_MS, DispatcherFigures, Row


def show(figures: DispatcherFigures, console: Console) -> None:
    """Print the figures and what follows from them."""
    console.print(_speeds("HTTP stubbed", (row for row in figures.rows if not row.case.wire)))
    if any(row.case.wire for row in figures.rows):
        console.print(_speeds("HTTP over loopback", (row for row in figures.rows if row.case.wire)))
    console.print(_costs(figures))
    for mode in MODES:
        if ratio := figures.ratio(mode):
            share = figures.idempotency_share(mode) or 0.0
            console.print(
                f"{mode} at {HEADLINE_MS:g} ms: {ratio:,.0f} times Powertools' speed; "
                f"idempotency costs {share:.2%} of Powertools'"
            )
    if figures.starts:
        ours, bare = medians(figures.starts["comboio"]), medians(figures.starts["bare"])
        console.print(
            f"cold start: {ours[0]:.0f} ms (import {ours[1]:.0f}, first invocation {ours[2]:.0f}), "
            f"{ours[0] / bare[0]:.2f} times a bare boto3 handler's {bare[0]:.0f} ms "
            f"(import and clients {bare[1]:.0f}, first invocation {bare[2]:.0f})"
        )
    else:
        console.print("cold start: not read")
    if not figures.pinned:
        console.print("This system does not let a process choose its core: nothing was pinned to one.")


def _speeds(title: str, rows: Iterable[Row]) -> Table:
    table = Table(title=f"Messages through one core, {title}; calls and DynamoDB writes for 1,000 messages")
    table.add_column("", no_wrap=True)
    for heading in ("latency", "msg/s", "from - to", "CPU us/msg", "calls", "writes", "load"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        slowest, fastest = row.spread
        table.add_row(
            f"{row.case.contender} {row.case.mode}",
            f"{row.case.latency_ms:g} ms",
            f"{row.msgs_per_s:,.0f}",
            f"{slowest:,.0f} - {fastest:,.0f}",
            f"{row.cpu_us:,.1f}",
            f"{row.calls_per_1000:,.1f}",
            f"{row.dynamodb_writes_per_1000:,.1f}",
            f"{row.middle.load:.1f}",
        )
    return table


def _costs(figures: DispatcherFigures) -> Table:
    table = Table(
        title=f"USD per million messages at {RATE_PER_S:,}/s, {HEADLINE_MS:g} ms a call, {MEMORY_MB} MB arm64"
    )
    table.add_column("", no_wrap=True)
    for heading in ("compute", "requests", "DynamoDB", "SQS", "pollers", "total"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in figures.rows:
        if row is not figures.row(row.case.contender, row.case.mode):
            continue
        cost = row.cost(figures.record_bytes)
        parts = (cost.lambda_compute, cost.lambda_requests, cost.dynamodb_writes, cost.sqs_requests, cost.event_pollers)
        shown = (f"{usd:.4f}" for usd in (*parts, cost.total))
        table.add_row(f"{row.case.contender} {row.case.mode}", *shown)
    return table
