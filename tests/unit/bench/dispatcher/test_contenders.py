"""What is compared does the same work."""

import json
from collections.abc import Iterator

import pytest

from bench.dispatcher.contenders import CONTENDERS, ENVIRONMENT, MODES, Context
from bench.dispatcher.exchange import Exchange, OnWire, Stubbed
from bench.dispatcher.server import served
from bench.dispatcher.workload import Workload

RECORDS = 120
CASES = [("comboio", mode) for mode in MODES] + [("powertools", "unpacked"), ("floor", "unpacked")]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 and Powertools read the process's environment."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Give the loopback server."""
    with served(0.0) as url:
        yield url


@pytest.mark.parametrize("wire", [False, True], ids=["stubbed", "wire"])
@pytest.mark.parametrize(("contender", "mode"), CASES)
def test_each_sends_every_record_once(contender: str, mode: str, wire: bool, endpoint: str) -> None:
    """Over either HTTP, and says that all is done."""
    exchange: Exchange = OnWire() if wire else Stubbed(0.0)
    function = CONTENDERS[contender](mode, exchange, endpoint if wire else None)
    event = json.loads(Workload(records=RECORDS).batch(0))
    assert function(event, Context(1)) == {"batchItemFailures": []}
    counts = exchange.tally.counts()
    assert counts.sent == RECORDS
    assert counts.sqs_messages == (2 if mode == "packed" else RECORDS)


def test_a_partition_costs_two_writes() -> None:
    """However many records it has: a claim and a settlement."""
    exchange = Stubbed(0.0)
    function = CONTENDERS["comboio"]("unpacked", exchange, None)
    function(json.loads(Workload(records=RECORDS, partitions=12).batch(0)), Context(1))
    assert exchange.tally.counts().dynamodb_writes == 24


def test_powertools_writes_twice_a_record() -> None:
    """As its documentation says: it puts the record in progress, then completes it."""
    exchange = Stubbed(0.0)
    function = CONTENDERS["powertools"]("unpacked", exchange, None)
    function(json.loads(Workload(records=RECORDS).batch(0)), Context(1))
    assert exchange.tally.counts().dynamodb_writes == 2 * RECORDS
