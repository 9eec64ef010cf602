"""Answers that speak of the entries by their place in the call: Kinesis, Firehose, EventBridge."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dispatcher.fault import Fault, FaultKind

KindOf = Callable[[str], FaultKind]
"""What an entry's error code means."""


def faults(
    call: str, sent: int, results: Sequence[Mapping[str, Any]] | None, proof: str, kind_of: KindOf
) -> list[Fault | None]:
    """A fault or None for each of the `sent` entries; taken is only what has `proof` (the field of its new id)."""
    if results is None or len(results) != sent:
        return [Fault(FaultKind.TRANSIENT, f"{call}: the answer does not speak of every entry")] * sent
    return [None if result.get(proof) else _fault(call, result, kind_of) for result in results]


def _fault(call: str, result: Mapping[str, Any], kind_of: KindOf) -> Fault:
    code = str(result.get("ErrorCode") or "no error, and no id")
    return Fault(kind_of(code), f"{call}: {code} {result.get('ErrorMessage') or ''}".rstrip())
