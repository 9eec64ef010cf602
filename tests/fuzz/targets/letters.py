"""What lies in a DLQ or a bucket: a letter that every later step can use, or foreign, for a reason without content."""

import json

from comboio.contract.dead_letter import DeadLetter, ForeignLetterError
from comboio.contract.dead_letter_schema import RULES
from comboio.contract.letter_pointer import PREFIX, LetterPointer
from comboio.contract.record import MalformedRecordError
from dlq_replayer.observe.histogram import Histogram
from dlq_replayer.request.selection import selector
from dlq_replayer.sources.envelope import LetterReader
from dlq_replayer.sources.on_failure_document import NoBatchError, OnFailureDocument, with_only
from tests.fuzz.target import CANARY, Target, keep_secret, only, promised
from tests.support.on_failure import document
from tests.support.replayer import NOW, FakeBucket, letter, request

GOOD = letter(7)
FILTERS = ("codigo", "key", "event_id", "error", "since", "topic")
WANTED = {"codigo": 1, "key": "x", "event_id": "x", "error": "x", "since": "2026-01-01T00:00:00Z", "topic": ["t"]}
SELECT = [selector(request(filter={name: WANTED[name]}).filter) for name in FILTERS]


class _Bucket(FakeBucket):
    """Has the same letter under each name."""

    def get(self, bucket: str, key: str) -> bytes:
        return GOOD.to_json().encode()


READER = LetterReader(_Bucket(), "b")
LETTERS = [letter(1, value=json.dumps({"codigo": 300, "note": CANARY}).encode()), letter(2, served=("a",), key=None)]
WORDS = [
    f'"{CANARY}"'.encode(),
    *(f'"{name}"'.encode() for name in RULES),
    b'"comboio_dead_letter"', b'"records"', b'"payload"', b'"permanent"', b'"dispatched"',
]  # fmt: skip


def check(data: bytes) -> None:
    """Read a text as a letter, as a pointer to one, and as a batch that a mapping gave up."""
    text = data.decode("utf-8", "surrogateescape")
    opened = READER.read(text)
    keep_secret([opened.flaw])
    promised(opened.letter is not None or opened.flaw, "what is no letter has a flaw")
    if opened.letter is not None:
        _use(opened.letter)
    with only(ForeignLetterError):
        LetterPointer.from_json(text)
    with only(NoBatchError):
        _given_up(OnFailureDocument.parse(text))


def _use(found: DeadLetter) -> None:
    promised(DeadLetter.from_json(found.to_json()) == found, "a letter is written as it was read")
    for select in SELECT:
        select(found)
    histogram = Histogram(1, bodies=False)
    histogram.add(found, NOW)
    json.dumps(histogram.to_fields())


def _given_up(batch: OnFailureDocument) -> None:
    places = []
    for place, raw in batch.records():
        places.append(place)
        with only(MalformedRecordError, ForeignLetterError):
            _use(batch.letter(place, raw, NOW))
    with_only(batch.content, frozenset(places[:1]))


TARGET = Target(
    check,
    [
        *(each.to_json().encode() for each in LETTERS),
        LetterPointer("b", f"{PREFIX}x.json").to_json().encode(),
        document([3]),
    ],
    WORDS,
)
