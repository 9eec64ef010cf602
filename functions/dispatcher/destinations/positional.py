"""Answers that name the entries by their place in the call: Kinesis, Firehose, EventBridge."""

from collections.abc import Callable, Mapping

from dispatcher.fault import Fault, FaultKind

KindOf = Callable[[str], FaultKind]
"""Tells what an entry's error code means."""


def faults(call: str, sent: int, results: object, proof: str, kind_of: KindOf) -> list[Fault | None]:
    """Return a fault or None for each entry `sent`; only one with `proof`, the field of its new id, is taken."""
    if not isinstance(results, list) or len(results) != sent:
        return [Fault(FaultKind.TRANSIENT, f"{call}: the answer does not name every entry")] * sent
    read = [result if isinstance(result, dict) else {} for result in results]
    return [None if result.get(proof) else _fault(call, result, kind_of) for result in read]


def _fault(call: str, result: Mapping[str, object], kind_of: KindOf) -> Fault:
    code = str(result.get("ErrorCode") or "no error, and no id")
    return Fault(kind_of(code), f"{call}: {code} {result.get('ErrorMessage') or ''}".rstrip())
