"""The contract: the situations to see a mapping in, and what AWS documents of it there."""

from consumer.conformance import judge, readings, replies
from consumer.conformance.situation import REPORTS, ProducedMessage, Row, Situation

EVENT = "with-msk"
_READING = "with-msk-configure"
_BATCHING = "invocation-eventsourcemapping"
_RETRIES = "kafka-retry-configurations"
TOPIC = "kafka-on-failure-destination"
FILTERS = "kafka-filtering"
_POSITIONS = "kafka-starting-positions"

_OLD_MS = 1_600_000_000_000
"""A timestamp of years ago."""

_BEGIN_S = 1_700_000_000
"""A time after it."""

MOST_BYTES = 6 * 1024 * 1024
"""Lambda's limit of an event."""

ODD = (
    ProducedMessage(0, b"k", b"v", (("bytes", bytes(range(256))), ("twice", b"1"), ("twice", b"2"))),
    ProducedMessage(1, None, b"no key"),
    ProducedMessage(0, b"no value", None),
    ProducedMessage(1, b"", b""),
    ProducedMessage(0, b"\xff", bytes(range(256))),
)

PLAIN = tuple(ProducedMessage(0, b"%d" % n, b'{"kind": "a"}') for n in range(6))


_AGED = (PLAIN[0]._replace(timestamp=_OLD_MS), PLAIN[1])

_TIMED = tuple(PLAIN[n]._replace(timestamp=_OLD_MS if n < 3 else _BEGIN_S * 1000) for n in range(6))

LARGE = tuple(ProducedMessage(0, None, b"x" * 700_000) for _ in range(7))
"""Each fits Kafka's own limit of a message, 1 MB; together they are above Lambda's, and below the 5 MB that the
embedded broker keeps of a partition."""


_BISECT_RETRIES = 4
"""More than the two splits that leave a record of four alone."""

_COUNTED_RETRIES = 2

SITUATIONS = (
    Situation(
        "event",
        {**REPORTS, "BatchSize": 3},
        ODD,
        replies.takes,
        (
            Row("The event names its source and has records by topic and partition.", EVENT, judge.event_form),
            Row("Keys and values are in base64; what Kafka has not is null.", EVENT, judge.contents(ODD)),
            Row("Headers keep their order, and their bytes are signed.", EVENT, judge.headers(ODD)),
            Row("No batch has more records than BatchSize.", _BATCHING, judge.at_most(3)),
            Row("A partition's records come in their order, each of them.", _READING, judge.in_order),
            Row("What is done is committed.", _READING, judge.committed),
        ),
    ),
    Situation(
        "partial",
        {**REPORTS, "BatchSize": 3},
        PLAIN,
        replies.refuses_second,
        (
            Row("A record that a partial response names comes again.", _RETRIES, judge.comes_again(1)),
            Row("What else comes again with it.", _RETRIES, readings.comes_again, is_open=True),
            Row("Whether later records wait for a retry.", _RETRIES, readings.waits, is_open=True),
            Row("After the retry all is committed.", _RETRIES, judge.committed),
        ),
    ),
    Situation(
        "error",
        {**REPORTS, "BatchSize": 2},
        PLAIN[:2],
        replies.raises_first,
        (
            Row("A function that fails gets its whole batch again.", _RETRIES, judge.events_are((0, 1), (0, 1))),
            Row("A failed batch is committed after its success.", _RETRIES, judge.committed),
        ),
    ),
    Situation(
        "nonsense",
        {**REPORTS, "BatchSize": 2},
        PLAIN[:2],
        replies.says_nonsense,
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
        replies.names_all,
        (
            Row("Without ReportBatchItemFailures the answer is not read.", _RETRIES, judge.events_are((0, 1))),
            Row("Whatever it says, the batch is committed.", _RETRIES, judge.committed),
        ),
    ),
    Situation(
        "bisect",
        {"BatchSize": 4, "BisectBatchOnFunctionError": True, "MaximumRetryAttempts": _BISECT_RETRIES},
        PLAIN[:4],
        replies.fails_with_third,
        (
            Row("A failed batch is split in two until the bad record is alone.", _RETRIES, judge.halves),
            Row("The topic for failures gets that record alone, with its key.", TOPIC, judge.given_up(2, b"2")),
            Row("What is given up is committed.", _RETRIES, judge.committed),
            Row("Whether a split costs a retry.", _RETRIES, readings.splits_cost(2, _BISECT_RETRIES), is_open=True),
        ),
        gives_up=True,
    ),
    Situation(
        "split",
        {**REPORTS, "BatchSize": 4, "BisectBatchOnFunctionError": True},
        PLAIN[:4],
        replies.refuses_second,
        (
            Row(
                "What comes again after a partial response where failed batches are split.",
                _RETRIES,
                readings.comes_again_of_a_split,
                is_open=True,
            ),
        ),
    ),
    Situation(
        "counted",
        {**REPORTS, "BatchSize": 2, "MaximumRetryAttempts": _COUNTED_RETRIES},
        PLAIN[:2],
        replies.refuses_in_turn,
        (Row("How retries count.", _RETRIES, readings.retries_count(_COUNTED_RETRIES), is_open=True),),
        gives_up=True,
    ),
    Situation(
        "filter",
        {**REPORTS, "BatchSize": 4, "FilterCriteria": {"Filters": [{"Pattern": '{"value": {"kind": ["a"]}}'}]}},
        (PLAIN[0], ProducedMessage(0, None, b'{"kind": "b"}'), PLAIN[2], ProducedMessage(0, None, b"no JSON")),
        replies.takes,
        (
            Row(
                "The function gets what a filter takes, and nothing else of its format.",
                FILTERS,
                judge.only(0, 2, either=3),
            ),
            Row(
                "A value that is not of the pattern's format.",
                FILTERS,
                readings.comes(3, "it passes", "it is dropped"),
                is_open=True,
            ),
            Row("What is filtered out is committed.", FILTERS, judge.committed),
        ),
    ),
    Situation(
        "throttled",
        {**REPORTS, "BatchSize": 2, "MaximumRetryAttempts": 0},
        PLAIN[:2],
        replies.throttles_first,
        (
            Row("A throttled batch comes again.", _BATCHING, judge.events_are((0, 1), (0, 1))),
            Row("Throttling costs no attempt.", _BATCHING, judge.nothing_given_up),
        ),
        gives_up=True,
    ),
    Situation(
        "timeout",
        {**REPORTS, "MaximumRetryAttempts": 1},
        PLAIN[:1],
        replies.times_out,
        (
            Row(
                "A function that was stopped at its timeout gets its batch again.",
                _RETRIES,
                judge.events_are((0,), (0,)),
            ),
            Row(
                "That is a retry, and after the last one the topic for failures has it.", TOPIC, judge.given_up(0, b"0")
            ),
            Row("What is given up for its timeouts is committed.", _RETRIES, judge.committed),
        ),
        gives_up=True,
    ),
    Situation(
        "age",
        {**REPORTS, "MaximumRecordAgeInSeconds": 60},
        _AGED,
        replies.refuses_first_record,
        (
            Row("The topic for failures gets a record that is too old, alone.", TOPIC, judge.given_up(0, b"0")),
            Row(
                "Whether a record that is too old comes once.",
                _RETRIES,
                readings.comes(0, "it is delivered once, and not again", "it is never delivered"),
                is_open=True,
            ),
            Row("What is given up for its age is committed.", _RETRIES, judge.committed),
        ),
        gives_up=True,
    ),
    Situation(
        "size",
        {**REPORTS, "BatchSize": 100},
        LARGE,
        replies.takes,
        (
            Row("No event is above 6 MB, however large BatchSize is.", _BATCHING, judge.at_most_bytes(MOST_BYTES)),
            Row("What does not fit comes in the next event.", _BATCHING, judge.in_order),
        ),
    ),
    Situation(
        "latest",
        {**REPORTS, "StartingPosition": "LATEST"},
        PLAIN[:3],
        replies.takes,
        (
            Row("LATEST begins with what comes once the mapping runs.", _POSITIONS, judge.begins_after(3)),
            Row("From there on all is committed.", _POSITIONS, judge.committed),
        ),
        later=PLAIN[3],
    ),
    Situation(
        "time",
        {**REPORTS, "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": _BEGIN_S},
        _TIMED,
        replies.takes,
        (
            Row("AT_TIMESTAMP begins with the first record of that time or later.", _POSITIONS, judge.begins_at(3)),
            Row("What is before that time counts as done.", _POSITIONS, judge.committed),
        ),
    ),
)
