"""The index of what waits is read page by page, up to its maximum."""

import json

import pytest

from comboio.aws.http import Answer
from comboio.aws.json_api import DYNAMODB
from comboio.drain import waiting_index
from comboio.drain.waiting import Waiting
from comboio.drain.waiting_index import WaitingIndex
from tests.support.aws_wire import Wire

PAGES = ((0, 1, 2), (), (3, 4))


def group(number: int) -> Waiting:
    """Return a group that waits."""
    return Waiting("b", "t", number, 7, {}, 1_000, 4, "500", 2_000, 92_000)


def index() -> tuple[WaitingIndex, Wire]:
    """Return an index of three pages, one of them empty, as a filtered or deleted page is."""

    def reply(body: bytes) -> Answer:
        page = json.loads(body).get("ExclusiveStartKey", {"n": 0})["n"]
        items = [{"waiting": {"S": group(number).to_json()}} for number in PAGES[page]]
        more = {"LastEvaluatedKey": {"n": page + 1}} if page + 1 < len(PAGES) else {}
        return Answer(200, json.dumps({"Items": items, **more}).encode())

    wire = Wire(reply)
    return WaitingIndex(wire.clients(DYNAMODB), "t"), wire


def test_all_pages_are_read() -> None:
    """A page without items is not the end; DynamoDB says what is."""
    found, wire = index()
    assert [each.partition for each in found.read()] == [0, 1, 2, 3, 4]
    assert {json.loads(body)["IndexName"] for _, body in wire.posted} == {"waiting"}


def test_no_more_is_read_than_the_maximum(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index of any size is no invocation of any length."""
    monkeypatch.setattr(waiting_index, "MOST_GROUPS", 2)
    found, wire = index()
    assert len(list(found.read())) == 2 and len(wire.posted) == 1
