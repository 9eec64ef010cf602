"""The function of the contract for mappings that AWS runs."""

import json
from typing import Any

import pytest

from consumer.conformance.deployed import FILES, answer, deliveries, events_of, situation_of
from consumer.conformance.situation import positions
from consumer.conformance.situations import SITUATIONS
from tests.support.source_tree import product


class Table:
    """A table of DynamoDB that appends."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}

    def update_item(self, **given: Any) -> dict[str, Any]:
        """Append, and return what was there before."""
        key = given["Key"]["topic"]["S"]
        before = self.items.get(key)
        held = before["deliveries"]["L"] if before else []
        self.items[key] = {"deliveries": {"L": [*held, *given["ExpressionAttributeValues"][":batch"]["L"]]}}
        return {"Attributes": before} if before else {}


def event(name: str, *offsets: int) -> dict[str, Any]:
    """Return an event of a situation's topic."""
    topic = f"comboio-check-open-{name}"
    return {"records": {f"{topic}-0": [{"topic": topic, "partition": 0, "offset": offset} for offset in offsets]}}


def test_it_answers_by_what_came_before() -> None:
    """Each environment of the function knows what the others were given: offset 1 is refused once."""
    table = Table()
    (refused,) = answer(event("partial", 0, 1, 2), table, "seen")["batchItemFailures"]
    assert refused["itemIdentifier"]["offset"] == 1
    assert answer(event("partial", 1), table, "seen") == {"batchItemFailures": []}
    (item,) = table.items.values()
    assert [[offset for _, offset in each.batch] for each in deliveries(item)] == [[0, 1, 2], [1]]
    assert all(each.at_ms > 1_700_000_000_000 for each in deliveries(item))


def test_it_fails_where_the_situation_wants_it_and_has_written_the_batch_down() -> None:
    """A batch that is answered by an error is a delivery, too."""
    table = Table()
    with pytest.raises(RuntimeError, match="on purpose"):
        answer(event("bisect", 0, 1, 2, 3), table, "seen")
    assert len(table.items) == 1


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.name)
def test_a_topic_s_name_says_the_situation(situation: Any) -> None:
    """Whatever the run is called, and though some names end alike."""
    assert situation_of(f"comboio-check-open-{situation.name}") is situation


def test_what_was_seen_is_judged_as_an_event_is() -> None:
    """The positions of each batch come back in their order."""
    batch = [("t-0", 1), ("t-1", 0), ("t-0", 2)]
    assert sorted(positions(events_of([batch])[0])) == sorted(batch)
    assert events_of([[("t-0", 2), ("t-0", 1)]]) == [{"records": {"t-0": [{"offset": 2}, {"offset": 1}]}}]


@pytest.mark.xdist_group("source")  # all sources are read once
def test_its_code_is_whole() -> None:
    """What is deployed imports nothing beside itself but what every function of Lambda has."""
    tree = product()
    modules = {"consumer.conformance" + ("" if name == "__init__" else f".{name}") for name in FILES}
    for module in modules:
        assert tree.imports[module] <= modules | {"consumer"}, module
        own = tree.files[module].imported_names()
        assert {name.partition(".")[0] for name in own} <= {"consumer", "boto3", *_STANDARD}, module


_STANDARD = ("base64", "collections", "enum", "functools", "json", "os", "time", "typing")


def test_a_line_of_the_table_is_small() -> None:
    """A situation is far below the 400 KB of an item."""
    table = Table()
    for _ in range(3):
        answer(event("partial", *range(6)), table, "seen")
    assert len(json.dumps(table.items)) < 2_000
