"""Which reading of AWS's documents a mapping has, where they leave more than one. Pure.

Each tells what was seen, and fails only where what it asks for did not happen.
"""

from collections.abc import Callable, Mapping

from consumer.conformance.judge import Judge, committed
from consumer.conformance.situation import Batch, Finding, Observed, Position, Verdict


def comes_again(observed: Observed) -> Finding:
    """Tell what comes again after a partial response that names offset 1 of its batch."""
    return _again(observed, _readings)


def comes_again_of_a_split(observed: Observed) -> Finding:
    """Tell the same of a mapping that splits batches that fail."""
    return _again(observed, lambda batch, failed: {**_readings(batch, failed), **_half(batch, failed)})


def _readings(batch: Batch, failed: Position) -> dict[str, list[Position]]:
    return {
        "the failed record": [failed],
        "all from the failed record on": list(batch[batch.index(failed) :]),
        "the whole batch": list(batch),
    }


def _half(batch: Batch, failed: Position) -> dict[str, list[Position]]:
    middle = (len(batch) + 1) // 2
    (half,) = (part for part in (batch[:middle], batch[middle:]) if failed in part)
    return {"the half with the failed record": list(half)}


def _again(observed: Observed, readings: Callable[[Batch, Position], Mapping[str, list[Position]]]) -> Finding:
    """Compare the second batch that has offset 1 with the first: batches may be smaller than BatchSize."""
    failed = observed.at(1)[0]
    having = [batch for batch in observed.positions if failed in batch]
    if len(having) > 1:
        again = [place for place in having[1] if place in having[0]]
        told = [reading for reading, places in readings(having[0], failed).items() if places == again]
        if told:
            return Finding(Verdict.OPEN, f"{' or '.join(told)} is delivered again")
    return Finding(Verdict.FAILS, f"events {observed.positions}")


def waits(observed: Observed) -> Finding:
    """Tell whether the records behind the batch whose offset 1 failed come before its retry."""
    having = [number for number, batch in enumerate(observed.positions) if observed.at(1)[0] in batch]
    if len(having) > 1:
        behind = 1 + max(offset for _, offset in observed.positions[having[0]])
        later = [number for number, batch in enumerate(observed.positions) if observed.at(behind)[0] in batch]
        if later:
            told = "go on before" if later[0] < having[1] else "wait for"
            return Finding(Verdict.OPEN, f"later records of the partition {told} the retry")
    return Finding(Verdict.FAILS, f"events {observed.positions}")


def retries_count(limit: int) -> Judge:
    """Tell how retries count where offset 0 fails, and from then on the last record that comes with it."""

    def judge(observed: Observed) -> Finding:
        if observed.positions[:1] != [observed.at(0, 1)]:
            return Finding(Verdict.FAILS, f"events {observed.positions}")
        times = [sum(observed.at(offset)[0] in batch for batch in observed.positions) for offset in (0, 1)]
        together = times[1] > 1
        last = times[together]
        if observed.committed != observed.produced:
            told = "a partial response is no retry" if last > limit + 2 else ""
        elif together:
            told = {limit + 1: "retries count by batch", limit + 2: "retries count by record"}.get(last, "")
        else:
            told = "retries count, of the failed record alone" if last == limit + 1 else ""
        if last < 2:
            return Finding(Verdict.FAILS, f"events {observed.positions}")
        return Finding(
            Verdict.OPEN, told or f"offset {int(together)} came {last} times with a limit of {limit} retries"
        )

    return judge


def splits_cost(offset: int, limit: int) -> Judge:
    """Tell whether the two splits that leave a bad record alone cost it retries."""

    def judge(observed: Observed) -> Finding:
        alone = observed.positions.count(observed.at(offset))
        told = {limit + 1: "a split costs no retry", limit - 1: "each split costs a retry"}
        if not alone:
            return Finding(Verdict.FAILS, f"events {observed.positions}")
        return Finding(Verdict.OPEN, told.get(alone, f"it came alone {alone} times with a limit of {limit} retries"))

    return judge


def comes(offset: int, if_so: str, if_not: str) -> Judge:
    """Tell whether a record of partition 0 comes before all is committed."""

    def judge(observed: Observed) -> Finding:
        if observed.committed != observed.produced:
            return committed(observed)
        seen = any(observed.at(offset)[0] in batch for batch in observed.positions)
        return Finding(Verdict.OPEN, if_so if seen else if_not)

    return judge
