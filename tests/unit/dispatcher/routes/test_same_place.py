"""A route that leads twice to a place which keeps one copy of a message is refused, as one would be lost."""

from io import BytesIO
from typing import Any

import pytest

from comboio.routing.router import Router
from comboio.routing.table import RoutingError, load
from dispatcher.destinations.s3 import Bucket, S3Options
from dispatcher.intake.admission import parcel_of
from dispatcher.routes.reload import LiveRoutes
from dispatcher.routes.same_place import refuse_same_place
from tests.support.aws_wire import Wire, entries
from tests.support.dispatcher import MemoryReporter, payload, record

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:m"
BY_KEY = 'key = { k = "key" }'


def table(kind: str, one: str, other: str, to: str = '["a", "b"]') -> str:
    """Return a table with two destinations of a kind, and a route that has the second only, before the default."""
    return (
        f'version = 1\n[destinations.a]\ntype = "{kind}"\n{one}\n[destinations.b]\ntype = "{kind}"\n{other}\n'
        f'[[routes]]\nname = "alone"\ncodigos = [1]\nto = ["b"]\n[default]\nto = {to}\n'
    )


@pytest.mark.parametrize(
    ("kind", "one", "other", "refused"),
    [
        ("s3", 'target = "lake"', 'target = "lake"\npick = ["codigo"]', True),
        ("s3", 'target = "lake"\nprefix = "raw/"', 'target = "lake"\nprefix = "/raw"', True),
        ("s3", 'target = "lake"', 'target = "lake"\nprefix = "raw"', False),
        ("s3", 'target = "lake"', 'target = "pond"', False),
        ("sqs_fifo", 'target = "https://sqs/q.fifo"', 'target = "https://sqs/q.fifo"', True),
        ("sqs", 'target = "https://sqs/q"', 'target = "https://sqs/q"', False),
        ("step_functions", f'target = "{MACHINE}"', f'target = "{MACHINE}"', True),
        ("dynamodb", f'target = "t"\n{BY_KEY}', f'target = "t"\n{BY_KEY}', True),
        ("dynamodb", f'target = "t"\n{BY_KEY}', f'target = "u"\n{BY_KEY}', False),
        ("dynamodb", f'target = "t"\n{BY_KEY}', 'target = "t"\nkey = { k = "value.fleet" }', False),
        ("dynamodb", f'target = "t"\n{BY_KEY}\nwrite = "update"', f'target = "t"\n{BY_KEY}\nwrite = "update"', False),
    ],
)
def test_only_a_place_that_keeps_one_copy_is_refused(kind: str, one: str, other: str, refused: bool) -> None:
    """A bucket's folder, a FIFO queue, a state machine, an item; not where each copy stays, or where fields add up."""
    refuse_same_place(load(table(kind, one, other, '["a"]'), {}))
    both = load(table(kind, one, other), {})
    if not refused:
        return refuse_same_place(both)
    with pytest.raises(RoutingError, match=r"routes\.toml, route default: destinations\.a and destinations\.b") as told:
        refuse_same_place(both)
    assert "\n" not in str(told.value)
    return None


def test_two_destinations_of_one_folder_would_write_one_object() -> None:
    """Why it is refused: the object's name is made of the messages' ids, whatever was picked of them."""
    objects: dict[str, Any] = {}

    def put(Key: str, Body: bytes, **_: Any) -> None:  # noqa: N803  (boto3's own names)
        objects[Key] = BytesIO(Body)

    router = Router(load(table("s3", 'target = "lake"', 'target = "lake"', '["a"]'), {}))
    parcels = [parcel_of(record(number, payload()), router) for number in range(3)]
    for name in ("a", "b"):
        bucket = Bucket(name, "lake", put, S3Options.model_validate({}))
        assert bucket.send(entries(bucket, parcels)) == [None]
    assert len(objects) == 1


def test_a_table_that_would_lose_a_copy_does_not_come_into_force() -> None:
    """At the start and at a reload alike; the table before it stays in use."""

    class Text:
        where, changes = "the test", True
        text = table("s3", 'target = "lake"', 'target = "lake"', '["a"]')

        def read(self) -> str:
            return self.text

    source, times = Text(), [0.0]
    live = LiveRoutes(source, {}, Wire().clients, max_age_s=1, clock=lambda: times[0], reporter=MemoryReporter())
    before = live()
    source.text, times[0] = table("s3", 'target = "lake"', 'target = "lake"'), 2.0
    assert live() is before
