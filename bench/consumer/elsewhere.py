"""The built dispatcher under the Runtime Interface Emulator, which also answers Lambda's own API: a function elsewhere.

Its calls go over HTTP to a server of ours, at the latency that the dispatcher in the consumer's process has without.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.consumer.answers import answer
from bench.consumer.function import LATENCY_S
from bench.dispatcher.contenders import ENVIRONMENT, routing_table
from bench.dispatcher.latency import Constant
from bench.dispatcher.server import Answers, serving_as
from bench.dispatcher.tally import Tally
from local.errors import LocalError
from local.rie import BUILT, rie
from local.tool import ROOT

TIMEOUT_S = 60
"""Of the function."""

WAYS = ("rie", "endpoint")
"""How the consumer invokes it: at the emulator's URL, or as a function's name at a Lambda endpoint."""


@contextmanager
def function(way: str, counting: Mapping[str, str], count: int) -> Iterator[dict[str, str]]:
    """Run the function for the length of the block; give the consumer's variables for it.

    Raises:
        MissingError: the emulator or the build is not there.
        LocalError: it did not send each record once.
    """
    with tempfile.TemporaryDirectory() as folder, serving_as(Answers(Constant(LATENCY_S), Tally, answer)) as aws:
        routes = Path(folder) / "routes.toml"
        routes.write_text(routing_table("unpacked"), encoding="utf-8")
        environment = {
            **ENVIRONMENT,
            **counting,
            "AWS_ENDPOINT_URL": aws.endpoint,
            "DISPATCHER_ROUTES_FILE": str(routes),
        }
        with rie("bench.consumer.built.dispatch", environment, TIMEOUT_S, 1769, (*BUILT, ROOT)) as url:
            yield {"CONSUMER_FUNCTION": url} if way == "rie" else _at_endpoint(url)
        if (sent := aws.counts().sent) != count:
            raise LocalError(f"the function behind {way} was given {count} records and sent {sent}")


def _at_endpoint(url: str) -> dict[str, str]:
    return {"CONSUMER_FUNCTION": "function", "AWS_ENDPOINT_URL": url}
