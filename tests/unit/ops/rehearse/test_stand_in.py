"""A rehearsal's table has the user's routes and contracts, and queues for destinations."""

import tomllib

from comboio.routing.table import load
from ops.rehearse.stand_in import with_queues

TABLE = """
version = 2

[message]                       # what the fleet writes
code = "data.type"

[topics."plc.readings".message]
format = "raw"

[destinations.partner]
type = "webhook"
target = "https://partner.example/in"
authorization_secret = "partner"
max_per_s = 3
mask = ["data.driver"]
mask_key = "$ROUTE_KEY"
rename = { "data.a" = "b\\u007f\\n é" }

[destinations]
lake = { type = "s3", target = "lake", compression = "gzip", envelope = "cloudevents" }

[[routes]]
name = "fast"
when = { "value.speed" = ">120", "header.t" = [{ anything-but = ["x"] }] }
to = ["partner", "lake"]
pack = 5
sample = 0.5

[default]
to = ["dead_letter"]
"""


def test_only_the_services_are_others() -> None:
    """What a section says of messages holds for the queue, and all else of the table is what it was."""
    text = with_queues(TABLE, {"partner": "http://local/1", "lake": "http://local/2"})
    before, after = tomllib.loads(TABLE), tomllib.loads(text)
    assert after.pop("destinations") == {
        "partner": {
            "type": "sqs",
            "target": "http://local/1",
            **{name: before["destinations"]["partner"][name] for name in ("mask", "mask_key", "rename")},
        },
        "lake": {"type": "sqs", "target": "http://local/2", "envelope": "cloudevents"},
    }
    del before["destinations"]
    assert after == before
    assert load(text, {"ROUTE_KEY": "k"}).routes[0].pack == 5
