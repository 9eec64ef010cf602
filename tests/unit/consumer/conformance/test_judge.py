"""Each row of the contract takes what AWS documents, and fails for a mapping that does it otherwise."""

import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import pytest

from consumer.conformance.command import judge
from consumer.conformance.situation import Finding, Observed, Position, ProducedMessage, Situation, Verdict
from consumer.conformance.situations import SITUATIONS
from docs.generate.conformance import table

BY_NAME = {each.name: each for each in SITUATIONS}
TOPIC = "t"


def event(situation: Situation, batch: Sequence[Position]) -> dict[str, Any]:
    """Return the event of these records, as AWS writes it."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for name, offset in batch:
        partition = int(name.rpartition("-")[2])
        message: ProducedMessage = [each for each in situation.messages if each.partition == partition][offset]
        groups.setdefault(name, []).append(
            {
                "topic": TOPIC,
                "partition": partition,
                "offset": offset,
                "timestamp": 1,
                "timestampType": "CREATE_TIME",
                "key": None if message.key is None else b64encode(message.key).decode(),
                "value": None if message.value is None else b64encode(message.value).decode(),
                "headers": [{key: list(memoryview(value).cast("b"))} for key, value in message.headers],
            }
        )
    return {"eventSource": "SelfManagedKafka", "bootstrapServers": "b:9092", "records": groups}


def observed(name: str, *batches: Sequence[int | Position], done: bool = True, **changed: Any) -> Observed:
    """Return what is seen of a mapping that delivers these batches; a number is an offset of partition 0."""
    situation = BY_NAME[name]
    placed = [[(f"{TOPIC}-0", each) if isinstance(each, int) else each for each in batch] for batch in batches]
    produced = {f"{TOPIC}-{number}": 0 for number in range(situation.partitions)}
    for message in situation.messages:
        produced[f"{TOPIC}-{message.partition}"] += 1
    seen = Observed(
        [event(situation, batch) for batch in placed],
        produced,
        dict(produced) if done else dict.fromkeys(produced, 0),
        [],
        TOPIC,
    )
    return seen._replace(**changed)


def findings(name: str, seen: Observed) -> list[Finding]:
    """Return the verdicts on the rows of a situation."""
    return [each.finding for each in judge(BY_NAME[name], seen)]


def failures(name: str, seen: Observed) -> list[int]:
    """Return the numbers of the rows that fail."""
    return [number for number, each in enumerate(findings(name, seen)) if each.verdict is Verdict.FAILS]


LETTER = {
    "requestContext": {},
    "responseContext": {},
    "version": "1.0",
    "timestamp": "2026-11-22T15:00:00.000Z",
    "KafkaBatchInfo": {},
}

ONE: list[tuple[str, int]] = [("t-1", 0), ("t-1", 1)]
SPLIT: list[list[int]] = [[0, 1, 2, 3], [0, 1], [2, 3], [2], [3], [2]]


def letter(key: bytes = b"2", offset: int = 2) -> tuple[bytes, bytes]:
    """Return a message of the on-failure topic."""
    payload = event(BY_NAME["bisect"], [(f"{TOPIC}-0", offset)])
    return key, json.dumps({**LETTER, "payload": payload}).encode()


LATER = Observed([event(BY_NAME["partial"], [("t-0", offset)]) for offset in (4, 5)], {"t-0": 6}, {"t-0": 6}, [], TOPIC)
"""Of a topic with three records before the mapping ran, and three after; the first of them came too early."""


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.name)
def test_a_mapping_that_does_nothing_passes_no_row(situation: Situation) -> None:
    """No row is passed by what does not happen, and none is left open."""
    assert {each.verdict for each in findings(situation.name, observed(situation.name, done=False))} == {Verdict.FAILS}


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("event", observed("event", [0, 1, ONE[0]], [ONE[1], 2])),
        ("partial", observed("partial", [0, 1, 2], [3, 4, 5], [1])),
        ("partial", observed("partial", [0, 1, 2], [1, 2], [3, 4, 5])),
        ("partial", observed("partial", [0, 1, 2], [0, 1, 2], [3, 4, 5])),
        ("error", observed("error", [0, 1], [0, 1])),
        ("nonsense", observed("nonsense", *[[0, 1]] * 4)),
        ("unread", observed("unread", [0, 1])),
        ("bisect", observed("bisect", *SPLIT, destination=[letter()])),
        ("split", observed("split", [0, 1, 2, 3], [0, 1], [2, 3])),
        ("counted", observed("counted", [0, 1], [0], [0])),
        ("filter", observed("filter", [0, 2, 3])),
        ("filter", observed("filter", [0], [2])),
        ("throttled", observed("throttled", [0, 1], [0, 1])),
        ("timeout", observed("timeout", [0], [0], destination=[letter(b"0", 0)])),
        ("age", observed("age", [0, 1], destination=[letter(b"0", 0)])),
        ("age", observed("age", [1], destination=[letter(b"0", 0)])),
        ("size", observed("size", [0, 1, 2, 3, 4, 5], [6])),
        ("latest", LATER),
        ("latest", LATER._replace(events=LATER.events[1:])),
        ("time", observed("time", [3, 4], [5])),
    ],
)
def test_what_aws_documents_fails_no_row(name: str, seen: Observed) -> None:
    """Each reading that AWS's documents allow is taken."""
    assert failures(name, seen) == []


def changed(record: int, **fields: Any) -> Observed:
    """Return the events of the first situation with other fields in one record of partition 0."""
    seen = observed("event", [0, 1, ONE[0]], [ONE[1], 2])
    seen.events[0]["records"]["t-0"][record].update(fields)
    return seen


@pytest.mark.parametrize(
    ("name", "seen", "rows"),
    [
        ("event", changed(0, topic="u"), [0]),
        ("event", changed(0, key="aw"), [1]),
        ("event", changed(1, value=""), [1]),
        ("event", changed(0, headers=[{"bytes": list(range(256))}]), [2]),
        ("event", changed(0, headers=[]), [2]),
        ("event", observed("event", [0, 1, 2, *ONE]), [3]),
        ("event", observed("event", [1, 0, ONE[0]], [ONE[1], 2]), [4]),
        ("event", observed("event", [0, 1, ONE[0]], [ONE[1], 2], done=False), [5]),
        ("partial", observed("partial", [0, 1, 2], [3, 4, 5]), [0, 1, 2]),
        ("partial", observed("partial", [0, 1, 2], [0, 1], [3, 4, 5]), [1]),
        ("error", observed("error", [0, 1]), [0]),
        ("error", observed("error", [0, 1], [1]), [0]),
        ("nonsense", observed("nonsense", [0, 1]), [0]),
        ("unread", observed("unread", [0, 1], [0, 1]), [0]),
        ("unread", observed("unread", [0, 1], done=False), [1]),
        ("bisect", observed("bisect", *[[0, 1, 2, 3]] * 5, destination=[letter()]), [0, 3]),
        ("split", observed("split", [0, 1, 2, 3], [0, 2, 3]), [0]),
        ("counted", observed("counted", [0], [1], [0], [0]), [0]),
        ("counted", observed("counted", [0, 1]), [0]),
        ("bisect", observed("bisect", *SPLIT), [1]),
        ("bisect", observed("bisect", *SPLIT, destination=[letter(key=b"3")]), [1]),
        ("bisect", observed("bisect", *SPLIT, destination=[letter(offset=3)]), [1]),
        ("bisect", observed("bisect", *SPLIT, destination=[letter(), letter()]), [1]),
        ("bisect", observed("bisect", *SPLIT, destination=[(b"2", b"no JSON")]), [1]),
        ("filter", observed("filter", [0, 1, 2, 3]), [0]),
        ("filter", observed("filter", [0, 3]), [0]),
        ("throttled", observed("throttled", [0, 1], destination=[letter()]), [0, 1]),
        ("timeout", observed("timeout", [0], [0], [0], destination=[letter(b"0", 0)]), [0]),
        ("timeout", observed("timeout", [0], [0], done=False), [1, 2]),
        ("age", observed("age", [0, 1], destination=[letter(b"0", 0), letter(b"1", 1)]), [0]),
        ("age", observed("age", [0, 1], [0], done=False), [0, 1, 2]),
        ("size", observed("size", [0, 1, 2, 3, 4, 5, 6]), [0]),
        ("size", observed("size", [0, 1, 2, 3, 4], [6]), [1]),
        ("latest", LATER._replace(events=[event(BY_NAME["error"], [("t-0", 1)]), *LATER.events]), [0]),
        ("latest", LATER._replace(events=LATER.events[:1]), [0]),
        ("latest", LATER._replace(committed={"t-0": 0}), [1]),
        ("time", observed("time", [2, 3, 4], [5]), [0]),
        ("time", observed("time", [4, 5]), [0]),
        ("time", observed("time", [3, 4, 5], done=False), [1]),
    ],
)
def test_a_mapping_that_does_it_wrong_fails_its_row(name: str, seen: Observed, rows: list[int]) -> None:
    """Exactly the rows that are broken fail, so that the result says what to mend."""
    assert failures(name, seen) == rows


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("record", [{"offset": 0}, {"offset": 0, "topic": "t", "partition": 0, "key": 7, "value": "%"}])
def test_a_record_of_another_form_is_a_failure_and_no_crash(record: dict[str, Any]) -> None:
    """Whatever a mapping invokes with, the contract comes to its end."""
    seen = observed("event")._replace(events=[{"eventSource": "SelfManagedKafka", "records": {"t-0": [record]}}])
    assert {0, 1, 2, 4} <= set(failures("event", seen))


def test_every_row_names_a_page_that_the_reference_has() -> None:
    """The contract stands on the pages of mapping-conformance.md."""
    pages, _ = table()
    assert {row.page for each in SITUATIONS for row in each.rows} <= set(pages.values())


@pytest.mark.parametrize(
    ("name", "batches", "says"),
    [
        ("partial", [[0, 1, 2], [1], [3, 4, 5]], ["the failed record is delivered", "wait for the retry"]),
        ("partial", [[0, 1, 2], [3, 4, 5], [1]], ["the failed record is delivered", "go on before the retry"]),
        ("partial", [[0, 1, 2], [1, 2], [3, 4, 5]], ["all from the failed record on", "wait for the retry"]),
        ("partial", [[0, 1, 2], [0, 1, 2], [3, 4, 5]], ["the whole batch", "wait for the retry"]),
        ("partial", [[0, 1, 2], [1, 3], [4, 5]], ["the failed record is", "wait for the retry"]),
        ("partial", [[0], [1, 2], [3], [1]], ["the failed record", "go on before the retry"]),
        (
            "partial",
            [[0], [1, 2, 3], [1, 2, 3], [4]],
            ["all from the failed record on or the whole batch", "wait for the retry"],
        ),
        ("split", [[0, 1, 2, 3], [1]], ["the failed record"]),
        ("split", [[0, 1, 2, 3], [1, 2, 3]], ["all from the failed record on"]),
        ("split", [[0, 1, 2, 3], [0, 1, 2, 3]], ["the whole batch"]),
        ("split", [[0, 1, 2, 3], [2, 3], [0, 1]], ["the half with the failed record"]),
        ("counted", [[0, 1], [0], [0]], ["count, of the failed record alone"]),
        ("counted", [[0, 1], [0, 1], [1]], ["by batch"]),
        ("counted", [[0, 1], [0, 1], [1], [1]], ["by record"]),
        ("counted", [[0, 1], *[[0]] * 8], ["offset 0 came 9 times"]),
        ("bisect", [*SPLIT, [2], [2], [2]], ["costs no retry"]),
        ("bisect", [*SPLIT, [2]], ["each split costs a retry"]),
        ("bisect", SPLIT, ["it came alone 2 times"]),
        ("filter", [[0, 2, 3]], ["it passes"]),
        ("filter", [[0, 2]], ["it is dropped"]),
        ("age", [[0, 1]], ["delivered once"]),
        ("age", [[1]], ["never delivered"]),
    ],
)
def test_an_open_row_says_which_reading_it_is(name: str, batches: Sequence[Sequence[int]], says: list[str]) -> None:
    """What the documents leave open is told, since a function has to be right under it."""
    told = [each.finding for each in judge(BY_NAME[name], observed(name, *batches)) if each.row.is_open]
    assert {each.verdict for each in told} == {Verdict.OPEN}
    assert [text in each.seen for each, text in zip(told, says, strict=True)] == [True] * len(says), told


def test_a_retry_that_never_ends_is_told() -> None:
    """A mapping for which a partial response is no retry commits nothing, and that is an answer."""
    told = findings("counted", observed("counted", [0, 1], *[[0]] * 8, done=False))
    assert told[0].seen == "a partial response is no retry"


def test_only_open_rows_are_left_open() -> None:
    """A row that AWS's documents settle passes or fails, and a question never passes."""
    for situation in SITUATIONS:
        first = range(min(4, sum(not each.partition for each in situation.messages)))
        for each in judge(situation, observed(situation.name, list(first))):
            assert each.finding.verdict is not (Verdict.PASSES if each.row.is_open else Verdict.OPEN)
