"""A table that sends records back to their own topic is refused where that can be known before one comes."""

from collections.abc import Collection

import pytest

from comboio.contract.cluster import clusters_named
from comboio.routing.table import RoutingError, load
from dispatcher.routes.circle import refuse_circles
from dispatcher.routes.reload import LiveRoutes
from dispatcher.stage_reporter import ReloadResult
from tests.support.aws_wire import Wire
from tests.support.dispatcher import MemoryReporter

ARN = "arn:aws:kafka:eu-west-1:123456789012:cluster/fleet/a-1"
OTHER = "arn:aws:kafka:eu-west-1:123456789012:cluster/fleet/b-2"


def table(topics: str = '"events"', option: str = "", kind: str = "kafka") -> str:
    """Return a table that sends records of some topics to the topic `events` of a cluster."""
    target = "https://sqs/events" if kind == "sqs" else "events"
    servers = "" if kind == "sqs" else 'bootstrap_servers = "b1:9092,b2:9092"\n'
    return (
        f'version = 1\n[destinations.mirror]\ntype = "{kind}"\ntarget = "{target}"\n{servers}{option}\n'
        f'[[routes]]\nname = "all"\ntopics = [{topics}]\nto = ["mirror"]\n[default]\nto = ["mirror"]\n'
    )


@pytest.mark.parametrize(
    ("text", "served", "refused"),
    [
        (table(), "b3:9092;b2:9092", True),
        (table('"other", "events"'), "b1:9092", True),
        (table(option=f'cluster = "{ARN}"'), ARN, True),
        (table(), "b3:9092", False),
        (table(), ARN, False),
        (table(option=f'cluster = "{OTHER}"'), ARN, False),
        (table('"other"'), "b1:9092", False),
        (table(""), "b1:9092", False),
        (table(), "", False),
        (table(), f"b1:9092,{ARN}", False),
        (table(kind="sqs"), "b1:9092", False),
    ],
)
def test_only_a_certain_circle_is_refused(text: str, served: str, refused: bool) -> None:
    """The same topic of the same cluster is one; the topic's name on another cluster is a mirror."""
    found = load(text, {})
    if not refused:
        return refuse_circles(found, clusters_named(served))
    with pytest.raises(RoutingError, match=r"routes\.toml, route all: destinations\.mirror") as caught:
        refuse_circles(found, clusters_named(served))
    assert "\n" not in str(caught.value)
    return None


class Text:
    """A source of one text, which a test changes."""

    where = "the test"
    changes = True

    def __init__(self, text: str) -> None:
        self.text = text

    def read(self) -> str:
        return self.text


def live(source: Text, served: Collection[str], reporter: MemoryReporter, times: list[float]) -> LiveRoutes:
    """Return the table in force of a source; `times` is its clock's moment."""
    return LiveRoutes(
        source, {}, Wire().clients, max_age_s=60, clock=lambda: times[-1], reporter=reporter, served=served
    )


@pytest.mark.robustness("a routing table that is broken or out of reach")
def test_a_circle_stops_the_start_and_never_a_table_in_force() -> None:
    """A function does not begin with one, and goes on with the table that it has where one comes later."""
    reporter, times = MemoryReporter(), [0.0]
    with pytest.raises(RoutingError):
        live(Text(table()), clusters_named("b1:9092"), reporter, times)
    source = Text(table('"other"'))
    routes = live(source, clusters_named("b1:9092"), reporter, times)
    before = routes()
    source.text = table()
    times.append(100.0)
    assert routes() is before
    assert [result for result, _ in reporter.tables] == [ReloadResult.BROKEN] * 2
