"""The Lambda entry of those that the dispatcher is compared with; only the runtime client imports this module."""

import os
from typing import Any

from bench.dispatcher.contenders import CONTENDERS
from bench.dispatcher.tally import Tally
from comboio.aws.http import Http, KeptConnections


class Untouched:
    """The HTTP that a contender has anyway; the server counts."""

    def __init__(self) -> None:
        self.tally = Tally()

    def http(self, endpoint: str) -> Http:
        """See Exchange."""
        return KeptConnections(endpoint)

    def boto3(self, client: Any) -> None:
        """See Exchange."""


handler = CONTENDERS[os.environ["BENCH_CONTENDER"]]("unpacked", Untouched(), os.environ["AWS_ENDPOINT_URL"])
