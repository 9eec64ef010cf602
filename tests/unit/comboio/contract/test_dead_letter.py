"""The envelope keeps a record byte for byte."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from comboio.contract.cluster import cluster_id
from comboio.contract.dead_letter import DeadLetter, ForeignLetterError
from comboio.contract.kafka_types import TOPIC

LETTERS = st.builds(
    DeadLetter,
    cluster=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    topic=st.from_regex(TOPIC, fullmatch=True),
    partition=st.integers(0, 100),
    offset=st.integers(0, 2**63 - 1),
    timestamp=st.integers(-1, 2**43),
    key=st.none() | st.binary(max_size=50),
    value=st.none() | st.binary(max_size=200),
    headers=st.lists(st.tuples(st.text(st.characters(), max_size=5), st.binary(max_size=10)), max_size=4).map(tuple),
    reason=st.sampled_from(["malformed", "tombstone", "unroutable", "permanent", "attempts_exhausted"]),
    error=st.text(st.characters(), max_size=40),
    attempts=st.integers(0, 9),
    first_failure=st.integers(0, 2**43),
    last_failure=st.integers(0, 2**43),
    correlation_id=st.text(max_size=10),
    replay_count=st.integers(0, 9),
    route=st.none() | st.text(max_size=10),
    served=st.lists(st.text(max_size=10), max_size=3).map(tuple),
    code=st.none() | st.integers(0, 2**63 - 1) | st.text(min_size=1, max_size=256),
)


@given(LETTERS)
def test_a_letter_comes_back_as_it_was(letter: DeadLetter) -> None:
    """Key, value and headers come back byte for byte, repeats, empties and absences too; the text is plain ASCII."""
    text = letter.to_json()
    assert text.isascii()
    assert DeadLetter.from_json(text) == letter


def test_the_id_tells_replays_apart() -> None:
    """A letter's id names the record, its cluster, and the replay, and is the same each time the letter is written."""
    fields = json.loads(SAMPLE.to_json())
    assert SAMPLE.id == fields["id"] == f"{cluster_id('c1')}/a-b-3:7@1:2"


def test_the_id_tells_letters_of_one_record_apart() -> None:
    """Letters of a record that are owed to different destinations are different letters, in whatever order they name
    those that have it."""
    a, b, both, turned = (replace(SAMPLE, served=served) for served in (("a",), ("b",), ("a", "b"), ("b", "a")))
    assert len({SAMPLE.id, a.id, b.id, both.id}) == 4 and both.id == turned.id


SAMPLE = DeadLetter(
    "c1", "a-b", 3, 7, 1, b"k", b"v", (("h", b"1"),), "malformed", "e", None, 0, 1, 1, "c", replay_count=2
)


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "5",
        '"text"',
        "[" * 100_000,
        '{"comboio_dead_letter":1}',
        '{"comboio_dead_letter_at":{"bucket":"b","key":"k"}}',
        SAMPLE.to_json()[:-1],
        SAMPLE.to_json().replace('"key":"aw=="', '"key":"a"'),
        SAMPLE.to_json().replace('"key":"aw=="', '"key":5'),
        SAMPLE.to_json().replace('"headers":[["h","MQ=="]]', '"headers":[["h"]]'),
        SAMPLE.to_json().replace('"headers":[["h","MQ=="]]', '"headers":5'),
        SAMPLE.to_json().replace('"topic":"a-b",', ""),
        SAMPLE.to_json().replace('"topic"', '"more":1,"topic"'),
    ],
    ids=range(16),
)
def test_what_is_no_letter_is_foreign(text: str) -> None:
    """Anything else that lies in the queue is told apart by one error, however odd it is."""
    with pytest.raises(ForeignLetterError):
        DeadLetter.from_json(text)


def test_a_letter_of_another_version_names_it() -> None:
    """An envelope of a newer version is refused by its number, and never half understood."""
    with pytest.raises(ForeignLetterError, match="version 4"):
        DeadLetter.from_json(SAMPLE.to_json().replace('"comboio_dead_letter":3', '"comboio_dead_letter":4'))


def test_a_letter_of_version_1_is_read_without_a_cluster() -> None:
    """A letter written before clusters counted is read whole, with an empty cluster."""
    fields = SAMPLE.to_fields()
    del fields["cluster"], fields["code"]
    first = {**fields, "comboio_dead_letter": 1, "id": "a-b-3:7:2"}
    assert DeadLetter.from_json(json.dumps(first)) == replace(SAMPLE, cluster="")


def test_a_letter_of_version_2_is_read_without_a_code() -> None:
    """A letter written before codes were kept is read whole."""
    fields = replace(SAMPLE, code=300).to_fields()
    del fields["code"]
    assert DeadLetter.from_json(json.dumps({**fields, "comboio_dead_letter": 2})) == SAMPLE


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("code", [-1, 2**63, True, 1.5, "", "x" * 257, ["x"]])
def test_what_is_no_code_is_foreign(code: object) -> None:
    """A code is a number that contracts know, a short text, or none."""
    with pytest.raises(ForeignLetterError, match="code"):
        DeadLetter.from_json(json.dumps({**SAMPLE.to_fields(), "code": code}))
