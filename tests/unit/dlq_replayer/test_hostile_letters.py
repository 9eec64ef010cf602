"""Whatever lies in a queue or a bucket, the replayer reports what is no letter and replays the letters beside it."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.aws.sqs import MAX_BYTES
from comboio.contract.dead_letter import DeadLetter, ForeignLetterError
from comboio.contract.dead_letter_schema import RULES
from comboio.contract.letter_pointer import LetterPointer
from comboio.contract.redispatch import event_text, letters_of
from dlq_replayer.aws.sqs import QueueClient
from dlq_replayer.letter import Receipt, ReceivedLetter
from dlq_replayer.observe.histogram import Histogram
from dlq_replayer.observe.run_report import RunReport
from dlq_replayer.rate import LetterRate
from dlq_replayer.request.selection import selector
from dlq_replayer.run import Run, Scope, StopReason
from dlq_replayer.sender import Capacity, LetterSender
from dlq_replayer.sources.envelope import LetterReader
from dlq_replayer.sources.on_failure import OnFailureObjects
from dlq_replayer.sources.queue import LetterQueue
from dlq_replayer.sources.source import Source
from dlq_replayer.targets.parking import Parking
from tests.support.on_failure import document
from tests.support.replayer import NOW, FakeBucket, FakeTarget, FakeTime, letter, pool, request
from tests.unit.dlq_replayer.sources.test_queue import Sqs, api

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**63, -(2**63) - 1, 10**400, 1.5, 0, -1])
    | st.floats()
    | st.text(st.characters(), max_size=5)
    | st.sampled_from(['","x":"', "a/b", "é", "\ud800", "\x00", "AAA", "dispatched"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.sampled_from(sorted(RULES)), inner)
    ),
    max_leaves=6,
)
FIELDS = sorted(RULES)
GOOD = letter(1)


def changed(changes: dict[str, Any], removed: set[str]) -> dict[str, Any]:
    """Return the fields of a good letter with some changed and some removed."""
    return {name: value for name, value in {**GOOD.to_fields(), **changes}.items() if name not in removed}


ENVELOPES = st.one_of(
    st.builds(
        changed,
        st.dictionaries(st.sampled_from([*FIELDS, "comboio_dead_letter", "more"]), JSON, min_size=1, max_size=3),
        st.sets(st.sampled_from(FIELDS), max_size=1),
    ),
    JSON,
)


def replay(source: Source, sqs: Sqs, name: str = "dlq", **asked: Any) -> tuple[Run, StopReason, FakeTarget]:
    """Replay everything of a source: return the run, why it stopped, and the target."""
    target, now = FakeTarget(), FakeTime()
    wanted = request(source=name, **asked)
    sender = LetterSender(
        target,
        pool(),
        Capacity(50, 10, 2),
        LetterRate(None, 0.0),
        now.clocks,
        ordered=True,
        last_start=NOW + 60_000,
    )
    parking = Parking(QueueClient("https://sqs/parking", api(sqs), pool()), FakeBucket(), "b")
    report = RunReport(Histogram(3, bodies=True), {})
    run = Run(wanted, source, parking, sender, Scope(2**62, None), report, window=50, clocks=now.clocks)
    return run, run.go(), target


@pytest.mark.robustness("letters and documents of any shape")
@given(JSON, st.sampled_from(FIELDS))
def test_a_field_of_any_shape_is_read_or_refused(value: Any, field: str) -> None:
    """A letter with any one field changed is the letter that it says, or foreign; it is never another error."""
    try:
        found = DeadLetter.from_fields(changed({field: value}, set()))
    except ForeignLetterError as error:
        assert not isinstance(value, str) or len(value) < 3 or value not in str(error)
        return
    assert found.to_fields() == changed({field: value, "id": found.id}, set())


SHAPES: list[Any] = [None, True, "", "x", -1, 1.5, 2**63, [], [1], ["x"], [["h"]], [["h", 1]], {}, {"a": 1}]
ALLOWED: dict[str, list[Any]] = {
    "id": ["", "x"],
    "cluster": ["", "x"],
    "topic": ["x"],
    "timestamp": [-1],
    "first_failure": [-1],
    "last_failure": [-1],
    "key": [None, ""],
    "value": [None, ""],
    "headers": [[]],
    "error": ["", "x"],
    "route": [None, "", "x"],
    "correlation_id": ["", "x"],
    "served": [[], ["x"]],
    "code": [None, "x"],
}
"""The shapes that are right for a field; none for the fields that are not here."""


@pytest.mark.robustness("letters and documents of any shape")
@pytest.mark.parametrize("field", FIELDS)
def test_a_field_is_of_its_type_or_the_letter_is_foreign(field: str) -> None:
    """Of every shape of JSON, each field takes the right ones and no other."""
    taken = []
    for shape in SHAPES:
        try:
            DeadLetter.from_fields(changed({field: shape}, set()))
        except ForeignLetterError as error:
            assert field in str(error) or "base64" in str(error)
        else:
            taken.append(shape)
    assert list(map(repr, taken)) == [
        repr(shape) for shape in SHAPES if repr(shape) in map(repr, ALLOWED.get(field, ()))
    ]


@pytest.mark.robustness("letters and documents of any shape")
@given(st.lists(ENVELOPES, max_size=8))
def test_good_letters_of_a_queue_are_replayed_whatever_lies_beside_them(hostile: list[Any]) -> None:
    """Each foreign message is reported and parked as it came, and every good letter reaches the target."""
    texts = [json.dumps(each) for each in hostile]
    sqs = Sqs([*texts, letter(7).to_json(), letter(8).to_json()])
    queue = QueueClient("https://sqs/q", api(sqs), pool())
    source = LetterQueue(queue, LetterReader(FakeBucket(), "b"), pool(), lambda: 77, readers=2, wait_s=0)
    run, stopped, target = replay(source, sqs)
    assert stopped is StopReason.FINISHED
    assert {letter(7).id, letter(8).id} <= set(target.taken)
    foreign = [text for text in texts if LetterReader(FakeBucket(), "b").read(text).letter is None]
    sent = [r for action, r in sqs.requests if action == "SendMessageBatch"]
    parked = [entry["MessageBody"] for each in sent for entry in each["Entries"]]
    assert [text for text in parked if text in foreign] == foreign
    assert run.report.counts.by_outcome["foreign"] == len(foreign)
    assert sqs.taken == {}


@pytest.mark.robustness("letters and documents of any shape")
@given(ENVELOPES, st.sampled_from(["codigo", "key", "event_id", "error", "since"]))
def test_every_letter_that_is_read_can_be_selected_counted_and_parked(given: Any, by: str) -> None:
    """No field that a letter may have makes a later step of the run fail."""
    try:
        dead = DeadLetter.from_fields(given)
    except ForeignLetterError:
        return
    filters = {"codigo": 1, "key": "x", "event_id": "x", "error": "x", "since": "2026-01-01T00:00:00Z"}
    selector(request(filter={by: filters[by]}).filter)(dead)
    histogram = Histogram(1, bodies=True)
    histogram.add(dead, NOW)
    json.dumps(histogram.to_fields())
    text = dead.to_json()
    sqs = Sqs([])
    parking = Parking(QueueClient("https://sqs/parking", api(sqs), pool()), FakeBucket(), "b")
    assert parking.park([ReceivedLetter(Receipt("p", "h"), NOW, text, dead)], "asked for") == [True]
    ((_, sent),) = sqs.requests
    assert DeadLetter.from_json(sent["Entries"][0]["MessageBody"]) == dead


@pytest.mark.robustness("letters and documents of any shape")
@given(st.lists(ENVELOPES, max_size=5))
def test_one_bad_letter_in_a_redispatch_event_does_not_fail_the_others(hostile: list[Any]) -> None:
    """The letters of an event are read one by one, and each entry that is none is named by its place."""
    event = {"letters": [letter(7).to_fields(), *hostile, letter(8).to_fields()]}
    letters, foreign = letters_of(json.loads(json.dumps(event)))
    assert {letter(7).id, letter(8).id} <= letters.keys()
    assert {entry["place"] for entry in foreign} <= set(range(1, len(hostile) + 1))
    assert len({*letters} - {letter(7).id, letter(8).id}) + len(foreign) <= len(hostile)


@pytest.mark.robustness("letters and documents of any shape")
@pytest.mark.parametrize("text", ['"error":NaN,', '"error":[[[[1]]]],', '"error":"twice",', '"error":Infinity,'])
def test_a_letter_hides_nothing_from_its_reader(text: str) -> None:
    """A text with a field twice, or with what is no strict JSON, is foreign: it would be passed on as it is."""
    odd = GOOD.to_json().replace('"error":', f'{text}"error":', 1)
    assert LetterReader(FakeBucket(), "b").read(odd).letter is None
    assert LetterReader(FakeBucket(), "b").read(GOOD.to_json().replace('"route":"', '"route":"\ud800')).letter is None
    bare = GOOD.to_json().replace(f'"attempts":{GOOD.attempts}', '"attempts":NaN')
    assert LetterReader(FakeBucket(), "b").read(bare).letter is None


@pytest.mark.robustness("letters and documents of any shape")
@given(ENVELOPES)
def test_what_is_read_as_a_letter_is_read_so_by_the_dispatcher(given: Any) -> None:
    """An envelope that is passed on is the same letter to whoever reads the event, and hinders no other one in it."""
    opened = LetterReader(FakeBucket(), "b").read(json.dumps(given))
    if opened.letter is None:
        return
    event = event_text([GOOD.to_json(), opened.envelope]).encode()
    letters, foreign = letters_of(json.loads(event))
    assert letters == {GOOD.id: GOOD, opened.letter.id: opened.letter} or opened.letter.id == GOOD.id
    assert foreign == []


RAW = st.one_of(
    st.dictionaries(
        st.sampled_from(["topic", "partition", "offset", "timestamp", "headers", "key", "value"]), JSON
    ).map(lambda changes: {**json.loads(json.loads(document([3]))["payload"])["records"]["t-0"][0], **changes}),
    JSON,
)


@pytest.mark.robustness("letters and documents of any shape")
@given(st.lists(RAW, max_size=4), st.dictionaries(st.text(max_size=4) | st.just("t-0"), JSON, max_size=2), JSON, JSON)
def test_good_records_of_a_batch_are_replayed_whatever_stands_beside_them(
    hostile: list[Any], groups: dict[str, Any], context: Any, timestamp: Any
) -> None:
    """A record of a given-up batch that is none is reported, and stays in the object; the others are replayed."""
    good = json.loads(json.loads(document([7]))["payload"])
    good["records"] = {**groups, "t-0": [*hostile, *good["records"]["t-0"]]}
    bucket = FakeBucket({"a/1": document([], payload=json.dumps(good), requestContext=context, timestamp=timestamp)})
    run, stopped, target = replay(OnFailureObjects(bucket, "b", "a/"), Sqs([]), "s3://bucket/a/")
    assert stopped is StopReason.FINISHED
    assert any("/t-0:7@" in each for each in target.taken)
    foreign = run.report.counts.by_outcome["foreign"]
    if "a/1" in bucket.objects:
        kept = json.loads(json.loads(bucket.objects["a/1"])["payload"])["records"]
        assert sum(map(len, kept.values())) == foreign > 0
    else:
        assert foreign == 0


@pytest.mark.robustness("letters and documents of any shape")
@given(JSON | st.binary(max_size=20).map(lambda data: data.decode("latin-1")), JSON)
def test_an_object_of_any_content_hinders_no_other(payload: Any, whole: Any) -> None:
    """Objects that are no batches are reported by their keys, never deleted, and the batches beside them replayed."""
    objects = {
        "a/1": json.dumps(whole).encode(),
        "a/2": document([1], payload=payload if isinstance(payload, str) else json.dumps(payload)),
        "a/3": document([7]),
    }
    bucket = FakeBucket(objects)
    run, stopped, target = replay(OnFailureObjects(bucket, "b", "a/"), Sqs([]), "s3://bucket/a/")
    assert stopped is StopReason.FINISHED
    assert len(target.taken) == 1
    assert bucket.objects.keys() == {"a/1", "a/2"}
    assert [each["place"] for each in run.report.foreign] == ["a/1", "a/2"]


@pytest.mark.robustness("letters and documents of any shape")
def test_an_object_that_cannot_be_read_now_hinders_no_other() -> None:
    """An object that S3 does not give is a failure that is told, and the objects behind it are replayed."""

    class Denying(FakeBucket):
        def get(self, bucket: str, key: str) -> bytes:
            self.refuses = "AccessDenied" if key == "a/1" else ""
            return super().get(bucket, key)

    run, stopped, target = replay(
        OnFailureObjects(Denying({"a/1": document([1]), "a/2": document([2])}), "b", "a/"), Sqs([]), "s3://bucket/a/"
    )
    assert (stopped, len(target.taken)) == (StopReason.FINISHED, 1)
    assert run.report.counts.by_outcome["failed"] == 1
    assert "s3:GetObject" in run.report.problem


@pytest.mark.robustness("pointers and places that are forged")
@pytest.mark.parametrize(
    "pointer",
    [
        LetterPointer("another", "dead-letters/x.json").to_json(),
        LetterPointer("b", "secrets/x.json").to_json(),
        '{"comboio_dead_letter_at":{"bucket":["b"],"key":"dead-letters/x.json"}}',
        '{"comboio_dead_letter_at":{"bucket":"b","key":5}}',
        '{"comboio_dead_letter_at":{"bucket":"b"}}',
        '{"comboio_dead_letter_at":[]}',
        '{"comboio_dead_letter_at"',
    ],
)
def test_a_pointer_leads_nowhere_but_to_large_letters(pointer: str) -> None:
    """Nothing is read from another bucket or another prefix, whatever lies there."""

    class Everywhere(FakeBucket):
        def get(self, bucket: str, key: str) -> bytes:
            raise AssertionError(f"{bucket}/{key} was read")

    opened = LetterReader(Everywhere(), "b").read(pointer)
    assert (opened.letter, opened.unread, bool(opened.flaw)) == (None, False, True)


@pytest.mark.robustness("letters and documents of any shape")
def test_a_large_foreign_message_is_parked_too() -> None:
    """A message as large as SQS allows goes to parking as it came."""
    text = base64.b64encode(b"x" * (MAX_BYTES // 2)).decode()
    sqs = Sqs([text])
    queue = QueueClient("https://sqs/q", api(sqs), pool())
    run, _, _ = replay(
        LetterQueue(queue, LetterReader(FakeBucket(), "b"), pool(), lambda: 77, readers=2, wait_s=0), sqs
    )
    assert run.report.counts.by_outcome["parked"] == 1
