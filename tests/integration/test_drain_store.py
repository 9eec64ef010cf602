"""What the drainer writes and people read of the hold queue is the same in the deployed table and its index."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import pytest

from comboio.aws.credentials import credential_source
from comboio.aws.json_api import DYNAMODB, JsonApi, connect
from comboio.drain.dynamodb import DynamoDrainStore
from comboio.drain.give_up import GiveUp
from comboio.drain.give_up_store import DynamoGiveUpOrders
from comboio.drain.progress import Progress
from comboio.drain.waiting import Waiting
from comboio.drain.waiting_index import WaitingIndex
from local.aws import Aws, Deployment

NOW = 1_795_359_600_000
_numbers = count()


@pytest.fixture(scope="module")
def dynamodb(aws: Aws) -> JsonApi:
    """DynamoDB of the local AWS."""
    return connect(DYNAMODB, aws.environment, credential_source(aws.environment))


@pytest.fixture
def table(deployment: Deployment) -> str:
    """Give the table as template.yaml has it, with its index."""
    return deployment.environment("DispatcherFunction")["LEDGER_TABLE"]


def group(name: str) -> Waiting:
    """Return a group that waits for a destination."""
    return Waiting(name, "mt-c400", 3, 7, {"300": 5, "": 2}, NOW, 4, "500", NOW + 1, NOW + 90_000, ("r1", "r2"))


def test_a_group_is_in_the_index_for_as_long_as_it_waits(dynamodb: JsonApi, table: str) -> None:
    """From the look that drained it in part to the one that drained it whole; its progress is there both times."""
    store, index, name = DynamoDrainStore(dynamodb, table), WaitingIndex(dynamodb, table), f"g{next(_numbers)}"
    waiting = group(name)
    partly = Progress("t1", ("m0", "m1"), "t2", frozenset({0, 2}), {1: 3}, NOW)
    store.write(name, partly, NOW, within_s=9.0, waiting=waiting)
    assert store.read([name], within_s=9.0)[name] == partly
    assert waiting in list(index.read())
    whole = Progress("t2", ("m1", "m2"), counted_at=NOW)
    store.write(name, whole, NOW, within_s=9.0)
    assert store.read([name], within_s=9.0)[name] == whole
    assert waiting not in list(index.read())


def test_orders_of_several_people_at_once_are_all_in_force(dynamodb: JsonApi, table: str) -> None:
    """Each order that was answered is read; one that was refused for the others is told, and not in force."""
    orders, name, together = DynamoGiveUpOrders(dynamodb, table), f"d{next(_numbers)}", Barrier(4)

    def give(number: int) -> GiveUp:
        order = GiveUp(NOW, NOW + 1, codes=(str(number),))
        together.wait()
        orders.add(name, order)
        return order

    assert orders.read([name], within_s=9.0) == {}
    with ThreadPoolExecutor(4) as pool:
        given = set(pool.map(give, range(4)))
    assert set(orders.read([name, "nobody"], within_s=9.0)[name]) == given
