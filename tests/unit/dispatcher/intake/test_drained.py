"""Whether records that keep order may go straight to a destination that some were diverted from."""

from collections.abc import Iterable, Mapping

import pytest

from comboio.aws.json_api import AwsError
from comboio.contract.hold import hold_group
from comboio.drain.memory import MemoryDrainStore
from comboio.drain.progress import Progress
from comboio.ledger.ledger import Ledger
from dispatcher.intake.drained import behind_hold_queue
from tests.support.dispatcher import MemoryReporter


class Store(MemoryDrainStore):
    """Remembers what is read, and may be away."""

    def __init__(self, drained: Mapping[tuple[str, str], str]) -> None:
        super().__init__()
        self.reads: list[set[str]] = []
        self.away = False
        for (partition, destination), token in drained.items():
            self.items[hold_group(partition, destination, ordered=True)] = Progress(last=token)

    def read(self, groups: Iterable[str], *, within_s: float) -> Mapping[str, Progress]:
        asked = set(groups)
        self.reads.append(asked)
        if self.away:
            raise AwsError("dynamodb", "BatchGetItem", "Unreachable", "cut off", 0)
        return super().read(asked, within_s=within_s)


def ledgers() -> dict[str, Ledger]:
    """Return two partitions of which some records were diverted."""
    return {"c/t-0": Ledger(0, 9, diverted={"a": "m1", "b": "m2"}), "c/t-1": Ledger(0, 9, diverted={"a": "m3"})}


def test_only_what_is_drained_may_be_overtaken() -> None:
    """A destination whose last diverted message is drained is free, and its marker goes; all others stay behind."""
    found, reporter = ledgers(), MemoryReporter()
    store = Store({("c/t-0", "a"): "m1", ("c/t-1", "a"): "m1"})
    assert behind_hold_queue(found, store, reporter, 9.0) == {("c/t-0", "b"): "m2", ("c/t-1", "a"): "m3"}
    assert [ledger.diverted for ledger in found.values()] == [{"b": "m2"}, {"a": "m3"}]
    assert not reporter.warnings


@pytest.mark.robustness("a ledger, DLQ or reporter that does not answer, and defects")
def test_what_cannot_be_read_is_not_drained() -> None:
    """While nobody knows how far the hold queue is drained, nothing goes past it, and an operator is told."""
    found, reporter = ledgers(), MemoryReporter()
    store = Store({("c/t-0", "a"): "m1"})
    store.away = True
    behind = behind_hold_queue(found, store, reporter, 9.0)
    assert behind == {("c/t-0", "a"): "m1", ("c/t-0", "b"): "m2", ("c/t-1", "a"): "m3"}
    assert found == ledgers() and reporter.warnings


def test_where_nothing_is_diverted_nothing_is_read() -> None:
    """A batch of untroubled partitions costs no read."""
    store = Store({})
    assert behind_hold_queue({"c/t-0": Ledger(0, 9)}, store, MemoryReporter(), 9.0) == {}
    assert store.reads == []
