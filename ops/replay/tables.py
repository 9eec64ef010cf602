"""Shows an answer as tables."""

from collections.abc import Iterable
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from dlq_replayer.hold.tally import COUNTS
from dlq_replayer.observe.counts import OUTCOMES
from dlq_replayer.request.request import HOLD
from ops.safe_text import safe


def shown(answer: dict[str, Any]) -> RenderableType:
    """Return everything that a person wants to see of an answer."""
    if "faults" in answer:
        return _table(
            answer["error"], ("field", "what is wrong", "allowed"), (fault.values() for fault in answer["faults"])
        )
    parts: list[RenderableType] = [_counts(answer)]
    for kind, counts in answer.get("histogram", {}).items():
        if not counts:
            continue
        parts.append(_table(f"by {kind}", (kind, "records" if answer["source"] == HOLD else "letters"), counts.items()))
    if answer.get("samples"):
        parts.append(_samples(answer["samples"]))
    if answer.get("groups"):
        parts.append(_table("oldest order groups", answer["groups"][0], (each.values() for each in answer["groups"])))
    if answer["foreign"]:
        parts.append(_table("not dead letters", ("place", "flaw"), (each.values() for each in answer["foreign"])))
    parts += [f"{name}: {escape(safe(str(answer[name])))}" for name in ("problem", "confirmation") if name in answer]
    return Group(*parts)


def _counts(answer: dict[str, Any]) -> Table:
    title = f"{answer['action']} of {answer['source']}{' (dry run)' if answer['dry_run'] else ''}: {answer['stopped']}"
    meanings = COUNTS if answer["source"] == HOLD else OUTCOMES
    rows: list[tuple[Any, ...]] = [
        (name, count, meanings[name]) for name, count in answer["counts"].items() if count or name == "matched"
    ]
    for name, meaning in (
        ("remaining", "messages in the source now, approximately"),
        ("oldest_age_s", "age in seconds of the oldest message that stays"),
    ):
        if answer[name] is not None:
            rows.append((name, answer[name], meaning))
    return _table(title, ("", "", ""), rows)


def _samples(samples: list[dict[str, Any]]) -> Table:
    rows = []
    for sample in samples:
        more = [f"{name} {sample[name]}" for name in ("key", "value", "left_out") if sample.get(name) is not None]
        error = "\n".join([str(sample["error"]), *more])
        rows.append((sample["id"], sample["reason"], sample["event_id"] or "", error))
    return _table("samples", ("id", "reason", "event_id", "error"), rows)


def _table(title: str, headings: Iterable[str], rows: Iterable[Iterable[Any]]) -> Table:
    table = Table(title=title, title_justify="left", show_header=any(headings), expand=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(escape(f"{cell:,}" if isinstance(cell, int) else safe(str(cell))) for cell in row))
    return table
