"""Where a check runs: an account of AWS, or the emulator with a consumer for each mapping."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.account.account import bootstrap_servers, the_account
from local.account.made import Made
from local.account.settings import CheckSettings
from local.account.topics import RunTopic, Topics, msk
from local.account.traffic import stand_in
from local.aws.deployment import PARAMETERS
from local.aws.emulator import REGION, Aws, emulator
from local.demo.processes import Processes
from local.demo.proof.paths import Paths
from local.deploy import sam
from local.deploy.mappings import TopicMapping
from local.kafka import broker
from local.tool import ROOT

FOLDER = ROOT / "build" / "account"
"""Where the artefacts, the logs and the report are."""

_LISTS = ROOT / ".aws-check"
"""Where the lists are of what runs made in an account; `make clean` leaves them."""

_EMULATED = "000000000000"
"""The emulator's account."""

_READINGS = ("CONSUMER_RETRY", "CONSUMER_FILTER_MISMATCH")
"""Options of the consumer that have a value for each reading of AWS's documents; the answers follow them."""

_STAND_INS = {
    "Amazon MSK": "{kafka}, which has the topics from the start",
    "the mappings of the topics": "a consumer each (consumer/), with the parameters of the deployed mapping",
    "the account": "the emulator: it enforces no policy, so that a denied destination is none, and holds nothing",
    "the alarms of burn rates": "none: the emulator's CloudFormation refuses them",
}
"""What of AWS is not there with ENDPOINT=local, and what is in its place."""


@dataclass(frozen=True, slots=True)
class CheckPlace:
    """What a check needs of the place."""

    aws: Aws
    account: str
    region: str
    cluster: str
    """The cluster's ARN."""
    kafka: str
    """What Kafka it is, for the report."""
    list: Path
    """Where what is made is listed."""
    topics: Topics
    make_topics: Callable[[Sequence[RunTopic], Made], None]
    """Makes the run's topics, where they are not there from the start."""
    connection: Mapping[str, str]
    """The producer's variables for Kafka and AWS."""
    build: Mapping[str, str]
    """The variables of `sam build` and `sam deploy`."""
    stand_in: Callable[[Sequence[TopicMapping], str, Processes], None]
    """Starts what stands in for the mappings of a stack, where nobody polls."""
    stand_ins: Mapping[str, str]
    refuses_metric_math: bool


def list_of(settings: CheckSettings) -> Path:
    """Return where the list of a name's run in an account is."""
    return _LISTS / f"{settings.name}.jsonl"


def in_account(settings: CheckSettings, environ: Mapping[str, str]) -> CheckPlace:
    """Return the account that the settings mean.

    Raises:
        LocalError: it is another one, or its cluster does not let anybody in by IAM.
    """
    account = the_account(settings, environ)
    bootstrap = bootstrap_servers(account, settings.cluster)
    topics = Topics(msk(bootstrap, settings.region))
    return CheckPlace(
        aws=account,
        account=settings.account,
        region=settings.region,
        cluster=settings.cluster,
        kafka=bootstrap,
        list=list_of(settings),
        topics=topics,
        make_topics=topics.make,
        connection={**account.environment, "KAFKA_BOOTSTRAP_SERVERS": bootstrap, "PRODUCER_SECURITY": "msk-iam"},
        build={"PYTHON": sys.executable, "SAM_CLI_TELEMETRY": "0", **account.environment},
        stand_in=lambda *_: None,
        stand_ins={},
        refuses_metric_math=False,
    )


@contextmanager
def here(settings: CheckSettings, topics: Sequence[RunTopic], environ: Mapping[str, str]) -> Iterator[CheckPlace]:
    """Run an emulator and a broker with these topics for the length of the block."""
    partitions = {each.name: each.partitions for each in topics}
    readings = {name: environ[name] for name in _READINGS if name in environ}
    with broker("embedded", partitions) as kafka, emulator(settings.aws_port) as aws:

        def consumers(mappings: Sequence[TopicMapping], stack: str, processes: Processes) -> None:
            for mapping in mappings:
                stand_in(mapping, stack, kafka, {**aws.environment, **readings}, Paths(FOLDER), processes)

        yield CheckPlace(
            aws=aws,
            account=_EMULATED,
            region=REGION,
            cluster=PARAMETERS["MskClusterArn"],
            kafka=kafka.description,
            list=FOLDER / "made.jsonl",
            topics=Topics({"bootstrap.servers": kafka.bootstrap}),
            make_topics=lambda *_: None,
            connection={"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap},
            build=sam.environment(sys.executable, aws.environment),
            stand_in=consumers,
            stand_ins={what: by.format(kafka=kafka.description) for what, by in _STAND_INS.items()},
            refuses_metric_math=True,
        )
