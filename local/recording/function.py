"""The functions that are invoked while events are recorded: what the mapping does next depends on their answers."""

from collections.abc import Mapping
from typing import Any

_refused: set[tuple[str, int]] = set()


def takes(event: Mapping[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 Lambda's signature
    """Take every record."""
    return {"batchItemFailures": []}


def refuses_once(event: Mapping[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 Lambda's signature
    """Refuse each odd offset the first time."""
    records = [(name, record["offset"]) for name, group in event["records"].items() for record in group]
    failed = [each for each in records if each[1] % 2 and each not in _refused]
    _refused.update(failed)
    return {"batchItemFailures": [{"itemIdentifier": {"partition": name, "offset": n}} for name, n in failed]}


def fails(event: Mapping[str, Any], context: object) -> None:  # noqa: ARG001 Lambda's signature
    """Fail, as a function does that its routing table keeps from starting."""
    raise RuntimeError("on purpose")
