"""The mended table of the demo's ending."""

from comboio.routing.router import Router
from comboio.routing.table import DEFAULT_TABLE, load
from local.demo.replay import mended

ENVIRON = dict.fromkeys(("ROUTE_TELEMETRY_QUEUE_URL", "ROUTE_EVENTS_QUEUE_URL"), "https://sqs/q")
ENVIRON["ROUTE_ALERTS_QUEUE_URL"] = "https://sqs/q.fifo"


def test_only_the_unknown_codigo_goes_elsewhere() -> None:
    """In every topic whose route does not take it anyway; all else goes as before."""
    text = DEFAULT_TABLE.read_text()
    before, after = Router(load(text, ENVIRON)), Router(load(mended(text), ENVIRON))
    assert before.route("mt-c400", 999999).dead
    assert after.route("mt-c400", 999999).to == ("events",)
    for topic in ("mt-c400", "mt-c300", "high_priority_events", "other"):
        for codigo in (300, 301, 399, 400):
            assert after.route(topic, codigo) == before.route(topic, codigo)
