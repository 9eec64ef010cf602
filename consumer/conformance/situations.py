"""The contract: the situations to see a mapping in, and what AWS documents of it there."""

from consumer.conformance import judge
from consumer.conformance.situation import REPORTS, Batch, Batches, Position, ProducedMessage, Reply, Row, Situation

EVENT = "with-msk"
_BATCHING = "invocation-eventsourcemapping"
_RETRIES = "kafka-retry-configurations"
TOPIC = "kafka-on-failure-destination"
FILTERS = "kafka-filtering"

ODD = (
    ProducedMessage(0, b"k", b"v", (("bytes", bytes(range(256))), ("twice", b"1"), ("twice", b"2"))),
    ProducedMessage(1, None, b"no key"),
    ProducedMessage(0, b"no value", None),
    ProducedMessage(1, b"", b""),
    ProducedMessage(0, b"\xff", bytes(range(256))),
)

PLAIN = tuple(ProducedMessage(0, b"%d" % n, b'{"kind": "a"}') for n in range(6))


def takes(_: Batches, __: Batch) -> Reply:
    """Take all."""
    return Reply({"batchItemFailures": []})


def names(*places: Position) -> Reply:
    """Return a partial response."""
    failed = [{"itemIdentifier": {"partition": name, "offset": offset}} for name, offset in places]
    return Reply({"batchItemFailures": failed})


RAISES = Reply({"errorMessage": "on purpose", "errorType": "RuntimeError"}, failed=True)


def refuses_second(earlier: Batches, batch: Batch) -> Reply:
    """Refuse offset 1 the first time."""
    known = {place for each in earlier for place in each}
    return names(*(place for place in batch if place[1] == 1 and place not in known))


def raises_first(earlier: Batches, batch: Batch) -> Reply:
    """Fail the first event."""
    return takes(earlier, batch) if earlier else RAISES


def says_nonsense(earlier: Batches, _: Batch) -> Reply:
    """Name a record that nobody sent, answer a text, name by a text, and at last nothing, which is a success."""
    flat = {"batchItemFailures": [{"itemIdentifier": "nobody-0-7"}]}
    return [names(("nobody-0", 7)), Reply("done"), Reply(flat), Reply(None)][min(len(earlier), 3)]


def names_all(_: Batches, batch: Batch) -> Reply:
    """Name every record as failed."""
    return names(*batch)


def fails_with_third(earlier: Batches, batch: Batch) -> Reply:
    """Fail each event that has offset 2."""
    return RAISES if any(offset == 2 for _, offset in batch) else takes(earlier, batch)


def throttles_first(earlier: Batches, batch: Batch) -> Reply:
    """Throttle the first invocation."""
    return takes(earlier, batch) if earlier else Reply({"Type": "User", "message": "Rate exceeded"}, 429)


SITUATIONS = (
    Situation(
        "event",
        {**REPORTS, "BatchSize": 3},
        ODD,
        takes,
        (
            Row("The event names its source and has records by topic and partition.", EVENT, judge.event_form),
            Row("Keys and values are in base64; what Kafka has not is null.", EVENT, judge.contents(ODD)),
            Row("Headers keep their order, and their bytes are signed.", EVENT, judge.headers(ODD)),
            Row("No batch has more records than BatchSize.", _BATCHING, judge.at_most(3)),
            Row("A partition's records come in their order, each of them.", _BATCHING, judge.in_order),
            Row("What is done is committed.", EVENT, judge.committed),
        ),
    ),
    Situation(
        "partial",
        {**REPORTS, "BatchSize": 3},
        PLAIN,
        refuses_second,
        (
            Row("A record that a partial response names comes again.", _RETRIES, judge.comes_again(1)),
            Row("What else comes again with it.", _RETRIES, judge.redelivered),
            Row("Whether later records wait for a retry.", _RETRIES, judge.waits),
            Row("After the retry all is committed.", _RETRIES, judge.committed),
        ),
    ),
    Situation(
        "error",
        {**REPORTS, "BatchSize": 2},
        PLAIN[:2],
        raises_first,
        (
            Row("A function that fails gets its whole batch again.", _RETRIES, judge.events_are((0, 1), (0, 1))),
            Row("A failed batch is committed after its success.", _RETRIES, judge.committed),
        ),
    ),
    Situation(
        "nonsense",
        {**REPORTS, "BatchSize": 2},
        PLAIN[:2],
        says_nonsense,
        (
            Row(
                "An answer that cannot be read, or names a foreign record, fails the whole batch; null does not.",
                _RETRIES,
                judge.events_are((0, 1), (0, 1), (0, 1), (0, 1)),
            ),
            Row("Null is a success, and is committed.", _RETRIES, judge.committed),
        ),
    ),
    Situation(
        "unread",
        {"BatchSize": 2},
        PLAIN[:2],
        names_all,
        (
            Row("Without ReportBatchItemFailures the answer is not read.", _RETRIES, judge.events_are((0, 1))),
            Row("Whatever it says, the batch is committed.", _RETRIES, judge.committed),
        ),
    ),
    Situation(
        "bisect",
        {"BatchSize": 4, "BisectBatchOnFunctionError": True, "MaximumRetryAttempts": 4},
        PLAIN[:4],
        fails_with_third,
        (
            Row("A failed batch is split in two until the bad record is alone.", _RETRIES, judge.halves),
            Row("The topic for failures gets that record alone, with its key.", TOPIC, judge.given_up(2, b"2")),
            Row("What is given up is committed.", _RETRIES, judge.committed),
        ),
        gives_up=True,
    ),
    Situation(
        "filter",
        {**REPORTS, "BatchSize": 4, "FilterCriteria": {"Filters": [{"Pattern": '{"value": {"kind": ["a"]}}'}]}},
        (PLAIN[0], ProducedMessage(0, None, b'{"kind": "b"}'), PLAIN[2], ProducedMessage(0, None, b"no JSON")),
        takes,
        (
            Row(
                "The function gets what a filter takes, and nothing else of its format.",
                FILTERS,
                judge.only(0, 2, either=3),
            ),
            Row("A value that is not of the pattern's format.", FILTERS, judge.comes(3, "it")),
            Row("What is filtered out is committed.", FILTERS, judge.committed),
        ),
    ),
    Situation(
        "throttled",
        {**REPORTS, "BatchSize": 2, "MaximumRetryAttempts": 0},
        PLAIN[:2],
        throttles_first,
        (
            Row("A throttled batch comes again.", _BATCHING, judge.events_are((0, 1), (0, 1))),
            Row("Throttling costs no attempt.", _BATCHING, judge.nothing_given_up),
        ),
        gives_up=True,
    ),
)
