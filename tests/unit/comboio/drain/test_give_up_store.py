"""Orders to give up are written beside those of others, and read of as many destinations as there are."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from comboio.aws.http import Answer
from comboio.aws.json_api import DYNAMODB, AwsError, JsonApi
from comboio.drain.give_up import GiveUp, to_json
from comboio.drain.give_up_store import WRITE_TRIES, DynamoGiveUpOrders
from tests.support.aws_wire import Wire

MINE, THEIRS = GiveUp(2_000, 2_001, codes=("301",)), GiveUp(1_000, 1_001, codes=("300",))
REFUSED = Answer(400, json.dumps({"__type": "ConditionalCheckFailedException"}).encode())


def orders(reply: Callable[[Mapping[str, Any]], Answer]) -> tuple[DynamoGiveUpOrders, Wire]:
    """Return the orders in a table that answers a request so."""
    wire = Wire(lambda body: reply(json.loads(body)))
    return DynamoGiveUpOrders(wire.clients(DYNAMODB), "t"), wire


def answer(**fields: Any) -> Answer:
    """Return what DynamoDB answers."""
    return Answer(200, json.dumps(fields).encode())


def test_an_order_is_added_to_what_somebody_else_writes_at_the_same_moment() -> None:
    """A write that was overtaken reads again, and keeps the other's order."""
    overtaken = iter([REFUSED, answer()])
    stored = iter([{}, {"Item": {"orders": {"S": to_json([THEIRS])}, "version": {"N": "7"}}}])
    written: list[Mapping[str, Any]] = []

    def reply(request: Mapping[str, Any]) -> Answer:
        if "UpdateExpression" not in request:
            return answer(**next(stored))
        written.append(request)
        return next(overtaken)

    orders(reply)[0].add("partner", MINE)
    first, second = (each["ExpressionAttributeValues"] for each in written)
    assert first[":orders"]["S"] == to_json([MINE])
    assert second[":orders"]["S"] == to_json([THEIRS, MINE])
    assert written[0]["ConditionExpression"] == "attribute_not_exists(version)"
    assert (second[":before"]["N"], second[":version"]["N"]) == ("7", "8")


def test_an_order_that_is_overtaken_each_time_is_an_error() -> None:
    """It is not written over what others wrote, and the caller hears that it is not in force."""
    gave_up, wire = orders(lambda request: REFUSED if "UpdateExpression" in request else answer())
    with pytest.raises(AwsError, match="ConditionalCheckFailed"):
        gave_up.add("partner", MINE)
    assert len(wire.posted) == 2 * WRITE_TRIES


def test_all_destinations_are_asked_for_and_those_without_orders_left_out() -> None:
    """However many there are: by a hundred, as DynamoDB takes them, each once."""

    def reply(request: Mapping[str, Any]) -> Answer:
        keys = request["RequestItems"]["t"]["Keys"]
        assert len(keys) <= 100
        odd = [key for key in keys if int(key["pk"]["S"][-1]) % 2]
        return answer(Responses={"t": [{**key, "orders": {"S": to_json([MINE])}} for key in odd]})

    names = [f"d{number}" for number in range(250)]
    found = orders(reply)[0].read([*names, *names], within_s=9.0)
    assert found == {name: (MINE,) for name in names if int(name[-1]) % 2}


def test_a_destination_that_was_not_read_is_no_destination_without_orders() -> None:
    """What DynamoDB leaves unprocessed is an error: the drainer must not send what was given up."""
    gave_up, _ = orders(lambda _: answer(Responses={"t": []}, UnprocessedKeys={"t": {"Keys": [{}]}}))
    with pytest.raises(AwsError, match="not processed"):
        gave_up.read(["partner"], within_s=9.0)


def test_the_time_that_is_left_is_kept() -> None:
    """No call begins when the caller's time is over."""
    wire = Wire(lambda _: answer())
    api = JsonApi(DYNAMODB, "us-east-1", lambda: pytest.fail("the call was begun"), wire, sleep=lambda _: None)
    with pytest.raises(AwsError):
        DynamoGiveUpOrders(api, "t").read(["partner"], within_s=-1.0)
    assert not wire.posted
