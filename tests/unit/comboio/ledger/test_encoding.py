"""A ledger survives its item's attributes, and fits them whatever its offsets are."""

import base64
import json
import random
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.ledger.duplicate import Admit, admit
from comboio.ledger.encoding import FORMAT, UnreadableLedgerError, from_attributes, to_attributes
from comboio.ledger.ledger import Incomplete, Ledger, RecordResult, RecordState, settle
from comboio.ledger.offsets import difference, ranges, union

ENTRY = st.builds(
    Incomplete,
    attempts=st.integers(0, 3),
    since=st.integers(0, 3).map(lambda hour: 1_795_359_600_000 + hour * 3_600_000),
    served=st.lists(st.sampled_from(["a", "b", "c"]), unique=True).map(tuple),
    token=st.none() | st.integers(0, 2**32 - 1),
    timestamp=st.sampled_from([0, 1_795_359_600_000, -3]),
)
OFFSETS = st.integers(0, 40) | st.integers(10**12, 10**12 + 5)
INCOMPLETE = st.dictionaries(OFFSETS, ENTRY)
SETS = st.sets(st.integers(0, 60)).map(ranges)


@given(
    INCOMPLETE, SETS, SETS, st.dictionaries(OFFSETS, st.integers(0, 2**32 - 1)), st.dictionaries(st.text(), st.text())
)
def test_what_is_written_is_read(
    incomplete: dict[int, Incomplete], deferred: Any, gaps: Any, samples: dict[int, int], diverted: dict[str, str]
) -> None:
    """Every part of a ledger comes back."""
    deferred = difference(deferred, ranges(incomplete))
    gaps = difference(gaps, union(deferred, ranges(incomplete)))
    since = 5 if deferred else 0
    ledger = Ledger(3, 10**12 + 9, 7, incomplete, deferred, since, gaps, samples, diverted)
    assert from_attributes(json.loads(json.dumps(to_attributes(ledger)))) == ledger


def test_the_names_of_the_attributes_are_a_contract() -> None:
    """They stand in the items of everybody who has deployed: another name is another format."""
    ledger = Ledger(1, 2, 3, {1: Incomplete(1)}, ((4, 5),), 6, ((7, 8),), {9: 10}, {"a": "m"})
    attributes = to_attributes(ledger)
    assert {name: next(iter(value)) for name, value in attributes.items()} == {
        "first": "N",
        "next": "N",
        "newest": "N",
        "unfinished": "B",
        "gaps": "B",
        "samples": "B",
        "diverted": "M",
    }
    assert base64.b64decode(attributes["unfinished"]["B"])[:1] == b"\x02"


def test_an_untroubled_ledger_costs_nothing_but_its_numbers() -> None:
    """What there is nothing to say of has no attribute."""
    assert set(to_attributes(Ledger(0, 10, 5))) == {"first", "next", "newest"}
    assert from_attributes({}) == Ledger()


def size(attributes: dict[str, Any]) -> int:
    """Return the bytes of the attributes as DynamoDB counts them: names, and the bytes of binaries."""
    return sum(
        len(name) + sum(len(text) * 3 // 4 if kind == "B" else len(str(text)) for kind, text in value.items())
        for name, value in attributes.items()
    )


@pytest.mark.parametrize("step", [2, 7, None], ids=["markers", "compacted", "irregular"])
def test_gaps_never_cost_a_second_write_unit(step: int | None) -> None:
    """Ten batches of 10,000 records with gaps between them leave an item below 1 KB; the newest are known exactly where
    the gaps are regular, and none passes for done that is not."""
    dice = random.Random(1)
    ledger = Ledger()
    top = 5_000_000_000
    for _ in range(10):
        batch = []
        for _ in range(10_000):
            top += step or dice.randrange(1, 9)
            batch.append(RecordResult(top, 5, RecordState.DONE))
        ledger = from_attributes(to_attributes(settle(ledger, batch, 9)))
    assert size(to_attributes(ledger)) < 800
    assert admit(ledger, top, 10) is Admit.DUPLICATE
    assert admit(ledger, top + 1, 10) is Admit.NEW
    if step:
        assert admit(ledger, top - step + 1, 10) is Admit.NEW
        assert admit(ledger, top - 9_000 * step, 10) is Admit.DUPLICATE


def test_offsets_that_stand_alike_cost_next_to_nothing() -> None:
    """10,000 incomplete offsets in a row that stand alike are one row, which is read as each of them; one that has a
    token or a time where its neighbours have none, or another way round, is a row of its own."""
    alike = Incomplete(1, 1_795_359_600_000, ("a",))
    ledger = Ledger(0, 10_000, 5, dict.fromkeys(range(10_000), alike))
    assert size(to_attributes(ledger)) < 250
    assert from_attributes(to_attributes(ledger)) == ledger
    kinds = [alike, alike._replace(token=7), alike._replace(timestamp=9), alike._replace(token=8, timestamp=10)]
    mixed = dict(enumerate(kind for one in kinds for other in kinds for kind in (one, other)))
    ledger = Ledger(0, len(mixed), 5, mixed)
    assert from_attributes(to_attributes(ledger)) == ledger


def test_what_does_not_fit_is_not_done_and_blocks_nothing() -> None:
    """With more that is unfinished than an item can have, the highest half of it becomes gaps: duplicates at the
    worst."""
    dice = random.Random(7)
    incomplete = {
        offset * 2: Incomplete(
            dice.randrange(1, 10),
            1_795_359_600_000 + dice.randrange(10**8),
            tuple(dice.sample(["telemetry", "events", "alerts"], dice.randrange(3))),
            dice.randrange(2**32),
            dice.randrange(2**40),
        )
        for offset in range(16_000)
    }
    deferred = ((32_001, 32_003), (32_006, 32_006), (32_008, 32_009), (32_011, 32_011))
    attributes = to_attributes(Ledger(0, 32_012, 5, incomplete, deferred, 7))
    assert size(attributes) < 300_000
    left = from_attributes(attributes)
    assert left.incomplete == {offset: incomplete[offset] for offset in range(0, 16_000, 2)}
    assert (left.deferred, left.deferred_since) == (deferred[:2], 7)
    waiting = (*incomplete, *(offset for pair in deferred for offset in pair))
    assert all(admit(left, offset, 10**6) is not Admit.DUPLICATE for offset in waiting)
    assert admit(left, 32_010, 10**6) is Admit.DUPLICATE


def blob(data: bytes) -> dict[str, Any]:
    """Return an item whose `unfinished` is some bytes."""
    return {"unfinished": {"B": base64.b64encode(data).decode()}}


@pytest.mark.robustness("stored state that is damaged, foreign or too large")
@pytest.mark.parametrize(
    "item",
    [
        blob(b"\x01" + zlib.compress(b"{}")),
        blob(FORMAT),
        blob(FORMAT + b"garbage"),
        blob(FORMAT + zlib.compress(b"not json")),
        blob(FORMAT + zlib.compress(b"[]")),
        blob(FORMAT + zlib.compress(b"{}")),
        blob(FORMAT + zlib.compress(b'{"incomplete":[[1,2]],"deferred":[],"since":0}')),
        blob(FORMAT + zlib.compress(b'{"incomplete":[[1,2,0,0,[],[5],null]],"deferred":[],"since":0}')),
        blob(FORMAT + zlib.compress(b'{"incomplete":5,"deferred":[],"since":0}')),
        {"unfinished": {"B": "?"}},
        {"next": {"N": "x"}},
        {"gaps": {"B": "eA=="}},
        {"samples": {"B": "eA=="}},
        {"samples": {"B": base64.b64encode(zlib.compress(b"[1, 2, 3]")).decode()}},
        {"diverted": {"M": {"a": {"N": "1"}}}},
        {"next": []},
    ],
)
def test_what_cannot_be_read_is_said_to_be_unreadable(item: dict[str, Any]) -> None:
    """Another format or damage is an error of its own: nobody goes on with half a ledger."""
    with pytest.raises(UnreadableLedgerError):
        from_attributes(item)


@pytest.mark.robustness("stored state that is damaged, foreign or too large")
@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_unreadable(data: bytes) -> None:
    """No bytes raise anything else."""
    for candidate in (data, FORMAT + data, FORMAT + zlib.compress(data)):
        try:
            from_attributes(blob(candidate))
        except UnreadableLedgerError:
            continue
