"""A sample file is counted as the producer would read it, and one that says nothing is one clear line."""

import json
from pathlib import Path

import pytest

from plan.sample.file import read_file
from plan.sample.read import read
from plan.sample.sample import SampleError


def test_messages_give_codes_sizes_and_trucks(tmp_path: Path) -> None:
    """Every message counts once, with the bytes of its line; a field of its own named count is no count."""
    lines = [json.dumps({"codigo": "301", "truck_id": f"T-{n % 2}", "count": 9}) for n in range(4)]
    path = tmp_path / "messages.jsonl"
    path.write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    sample = read_file(path)
    assert sample.codes == {301: 4}
    assert sample.trucks == {"T-0": 2, "T-1": 2}
    assert (sample.sized, sample.payload_bytes) == (4, sum(map(len, lines)))


def test_counts_have_codes_alone(tmp_path: Path) -> None:
    """A CSV of counts, with the mark of a spreadsheet before it, says nothing of sizes and trucks."""
    path = tmp_path / "counts.csv"
    path.write_text("\ufeffcodigo,count\r\n301,3\r\n302,0\r\n", encoding="utf-8")
    sample = read_file(path)
    assert (sample.codes, sample.sized, len(sample.trucks)) == ({301: 3}, 0, 0)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.jsonl", '{"codigo": true, "truck_id": "T"}', "line 1: no JSON object"),
        ("a.jsonl", '{"codigo": -1}', "line 1: no JSON object"),
        ("a.jsonl", '{"codigo": 301, "truck_id": ""}', "line 1: no JSON object"),
        ("a.jsonl", '{"codigo": 301}\n{"codigo": 301, "count": -2}', "line 2: a count of -2"),
        ("a.jsonl", '{"codigo": 301, "count": "many"}', "a count of 'many'"),
        ("a.jsonl", "\n\n", "has no message"),
        ("a.csv", "codigo,count\n-4,1\n", "line 2 is not codigo,count"),
        ("a.csv", "codigo,count\n3.5,1\n", "line 2 is not codigo,count"),
        ("a.csv", "codigo,count\n301\n", "line 2 is not codigo,count"),
        ("a.csv", "codigo,count\n301,1\n\x00", "is no"),
    ],
)
def test_nonsense_is_one_clear_line(tmp_path: Path, name: str, text: str, says: str) -> None:
    """The line names the sample and what is wrong with it."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SampleError) as caught:
        read_file(path)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


FOREIGN = """
version = 2
[message]
code = "kind"
entity = "vehicle.plate"
[default]
to = ["discard"]
"""


def test_counts_may_have_codes_that_are_texts(tmp_path: Path) -> None:
    """A fleet that names its codes is counted as well; a number is one however it is written."""
    path = tmp_path / "counts.csv"
    path.write_text("codigo,count\nPOSITION,3\n 301 ,2\n", encoding="utf-8")
    assert read_file(path).codes == {"POSITION": 3, 301: 2}


def test_messages_of_another_contract_are_read_by_the_table_that_has_it(tmp_path: Path) -> None:
    """Codes and senders stand where the table says; a field named count says nothing there."""
    table, path = tmp_path / "routes.toml", tmp_path / "messages.jsonl"
    table.write_text(FOREIGN, encoding="utf-8")
    lines = [json.dumps({"kind": "POSITION", "count": 7, "vehicle": {"plate": f"AB-{n % 2}"}}) for n in range(4)]
    lines += ['{"kind": 17}']
    path.write_text("\n".join(lines), encoding="utf-8")
    sample = read(str(path), table)
    assert sample.codes == {"POSITION": 4, 17: 1}
    assert sample.trucks == {"AB-0": 2, "AB-1": 2}
    assert sample.sized == 5


@pytest.mark.parametrize(
    ("table", "line", "says"),
    [
        (FOREIGN, '{"codigo": 301}', "line 1: code: the message has no usable value"),
        (FOREIGN, "POSITION", "line 1: "),
        (FOREIGN.replace('"kind"', '"header.kind"'), "{}", "line 1: code: the message has no usable value in"),
        (FOREIGN.replace("version = 2", "version = 3"), "{}", "routes.toml is wrong: routes.toml, version"),
        (FOREIGN.replace("[message]", '[message]\nformat = "avro"\nregistry = "$ROUTE_NONE"'), "{}", "ROUTE_NONE"),
        (None, "{}", "routes.toml cannot be read: No such file"),
    ],
)
def test_a_contract_that_does_not_fit_is_one_clear_line(
    tmp_path: Path, table: str | None, line: str, says: str
) -> None:
    """Whether the table or the line is wrong, it is said before anything is planned."""
    routes, path = tmp_path / "routes.toml", tmp_path / "messages.jsonl"
    if table is not None:
        routes.write_text(table, encoding="utf-8")
    path.write_text(line, encoding="utf-8")
    with pytest.raises(SampleError) as caught:
        read(str(path), routes)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("none.jsonl", "cannot be read: No such file"),
        ("/", "cannot be read: Is a directory"),
        ("kafka://", "names no topic: give SAMPLE=kafka://host:port/topic"),
        ("kafka://host:9092", "names no topic"),
        ("kafka://host:9092/topic/more", "names no topic"),
        ("kafka://host:9092/topic?records=3", "names no topic"),
        ("kafka://user:word@host:9092/topic", "has no password in it"),
    ],
)
def test_an_address_that_is_none_is_one_clear_line(where: str, says: str) -> None:
    """Nothing is asked of a network before the address makes sense."""
    with pytest.raises(SampleError) as caught:
        read(where)
    assert says in str(caught.value)
    assert "word" not in str(caught.value)[:3] + str(caught.value).replace("password", "")
