"""The report of a run: report.json for machines, report.md for people."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a run."""

    kafka: str
    function: str
    """Where it ran."""
    produced: int
    acked: int
    dispatched: int
    """Distinct messages found in the destination queues."""
    duplicates: int
    """Extra copies found there or in the DLQ."""
    duplicates_explained: int
    """Those of batches that were in flight in a crash."""
    dead_lettered: int
    """Distinct letters that the run wrote."""
    in_dlq: int
    """Those that are left at the end."""
    replayed: int
    """Messages that were dead letters and are in a destination queue now."""
    parked: int
    """Distinct letters in the parking queue."""
    pending: int
    lost: int
    misplaced: int
    """Messages found where they do not belong."""
    rate_target: int
    rate_achieved: float
    """Distinct messages in a queue at the last acknowledgement, per second of producing."""
    drain_s: float
    """Seconds from the last acknowledgement to lag 0."""
    latency_ms: dict[str, float]
    """From the moment a message occurred (the record's timestamp) until the queue has it; without replayed ones."""
    skipped_as_duplicate: int
    crashes: int
    """Invocations that ended between their sends and their settlement."""
    dynamodb_writes: int
    dynamodb_writes_per_1000: float
    destination_calls: int
    by_queue: dict[str, int]
    partner_late: int
    """Messages that the partner got after it recovered."""
    partner_out_of_order: int
    """Messages that reached it after a later one of their key."""
    others_ms: dict[str, float]
    """Median time of the other destinations' messages, while the partner was down and else."""
    dead_by_reason: dict[str, int]
    faults: list[str]
    unexplained: list[str]
    lost_examples: list[str]

    @property
    def sound(self) -> bool:
        """Return whether the run proves what it should."""
        wrong = self.lost or self.pending or self.misplaced or self.partner_out_of_order
        return not wrong and self.duplicates <= self.duplicates_explained

    def write(self, directory: Path) -> None:
        """Write report.json and report.md."""
        (directory / "report.json").write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        (directory / "report.md").write_text(self.markdown(), encoding="utf-8")

    def verdict(self) -> str:
        """Return the result in a sentence."""
        if self.sound:
            return (
                f"Nothing lost: all {self.acked:,} messages that Kafka acknowledged are accounted for, "
                f"{self.dispatched:,} in their destination ({self.replayed:,} of them replayed from the DLQ), "
                f"{self.parked:,} parked and {self.in_dlq:,} in the DLQ."
            )
        faults = {
            "lost": self.lost,
            "still pending": self.pending,
            "misplaced": self.misplaced,
            "out of order at the partner": self.partner_out_of_order,
            "duplicates that nothing explains": max(self.duplicates - self.duplicates_explained, 0),
        }
        return "NOT SOUND: " + ", ".join(f"{count:,} {what}" for what, count in faults.items() if count) + "."

    def rows(self) -> list[tuple[str, str]]:
        """Return the figures in words, for tables."""
        latency = ", ".join(f"{name} {ms:,.0f} ms" for name, ms in self.latency_ms.items())
        share = self.rate_achieved / self.rate_target
        return [
            ("Kafka", self.kafka),
            ("function", self.function),
            ("produced / acknowledged", f"{self.produced:,} / {self.acked:,}"),
            ("dispatched (distinct, read from the queues)", f"{self.dispatched:,}"),
            ("by queue", ", ".join(f"{name} {count:,}" for name, count in self.by_queue.items())),
            (
                "dead letters before the replay",
                ", ".join(f"{name} {count:,}" for name, count in self.dead_by_reason.items()) or "nothing",
            ),
            ("replayed / parked / still in the DLQ", f"{self.replayed:,} / {self.parked:,} / {self.in_dlq:,}"),
            ("lost / pending / misplaced", f"{self.lost:,} / {self.pending:,} / {self.misplaced:,}"),
            (
                "extra copies / explained by a crash or a missing answer",
                f"{self.duplicates:,} / {self.duplicates_explained:,}",
            ),
            (
                "median latency of the other destinations",
                ", ".join(f"{name} {ms:,.0f} ms" for name, ms in self.others_ms.items()),
            ),
            (
                "messages to the partner after its recovery / out of order",
                f"{self.partner_late:,} / {self.partner_out_of_order:,}",
            ),
            ("dispatcher crashes", f"{self.crashes}"),
            ("redeliveries skipped", f"{self.skipped_as_duplicate:,}"),
            ("rate while producing", f"{self.rate_achieved:,.0f}/s of {self.rate_target:,}/s ({share:.0%})"),
            ("drained after the last acknowledgement", f"{self.drain_s:.1f} s"),
            ("latency, from occurred to in the queue", latency),
            ("DynamoDB writes", f"{self.dynamodb_writes:,} ({self.dynamodb_writes_per_1000} per 1,000 messages)"),
            ("calls to destinations", f"{self.destination_calls:,}"),
        ]

    def markdown(self) -> str:
        """Return the report for people."""
        lines = ["# Comboio: a run of the demo", "", self.verdict(), "", "| | |", "| --- | --- |"]
        lines += [f"| {what} | {value} |" for what, value in self.rows()]
        lines += ["", "What was done to it on purpose:", ""]
        lines += [f"- {fault}" for fault in self.faults]
        for title, examples in (("Lost", self.lost_examples), ("Copies that nothing explains", self.unexplained)):
            if examples:
                lines += ["", f"{title} (the first ones):", "", *(f"- {example}" for example in examples)]
        return "\n".join(lines) + "\n"
