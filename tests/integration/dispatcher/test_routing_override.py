"""The routing table in a real Parameter Store: read at start, changed under a running dispatcher, broken, and gone."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from comboio.aws.credentials import credential_source
from comboio.aws.json_api import JsonApi, Service, connect
from comboio.routing.table import RoutingError
from dispatcher.routes.reload import LiveRoutes
from dispatcher.routes.source import TableUnreachableError, table_source
from dispatcher.settings import DispatcherSettings
from dispatcher.stage_reporter import ReloadResult
from local.aws import Aws
from tests.support.dispatcher import MemoryReporter

TABLE = 'version = 1\n[destinations.{name}]\ntype = "sqs"\ntarget = "https://sqs/{name}"\n[default]\nto = ["{name}"]\n'
MAX_AGE_S = 60.0


@dataclass
class Override:
    """A parameter, and a dispatcher's table that it overrides."""

    aws: Aws
    name: str = field(default_factory=lambda: f"/comboio/{uuid.uuid4().hex[:8]}")
    now: float = 0.0
    reporter: MemoryReporter = field(default_factory=MemoryReporter)

    @property
    def results(self) -> list[ReloadResult]:
        """What was reported of the table."""
        return [result for result, _ in self.reporter.tables]

    def put(self, text: str) -> None:
        """Change the parameter, as an operator would."""
        self.aws.client("ssm").put_parameter(Name=self.name, Value=text, Type="String", Overwrite=True)

    def delete(self) -> None:
        """Take the parameter away."""
        self.aws.client("ssm").delete_parameter(Name=self.name)

    def start(self) -> LiveRoutes:
        """Return the table of an execution environment that starts now."""
        environ = {
            **self.aws.environment,
            "LEDGER_TABLE": "t",
            "DEAD_LETTER_QUEUE_URL": "q",
            "DISPATCHER_ROUTES_PARAMETER": self.name,
        }

        def clients(service: Service) -> JsonApi:
            return connect(service, environ, credential_source(environ))

        return LiveRoutes(
            table_source(DispatcherSettings.from_environment(environ), environ),
            environ,
            clients,
            max_age_s=MAX_AGE_S,
            clock=lambda: self.now,
            reporter=self.reporter,
        )

    def later(self, table: LiveRoutes) -> set[str]:
        """Give the destinations for a batch after the age."""
        self.now += MAX_AGE_S
        return set(table().states)


@pytest.fixture
def override(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Override]:
    """Give an override in the local AWS, where boto3 finds it as it finds AWS in Lambda: by the environment."""
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    yield Override(aws)


@pytest.mark.robustness("a routing table that is broken or out of reach")
def test_a_table_changes_without_a_deploy(override: Override) -> None:
    """A new table is in force after the age; one that is broken or gone changes nothing."""
    override.put(TABLE.format(name="a"))
    table = override.start()
    assert set(table().states) == {"a"}
    override.put(TABLE.format(name="b"))
    assert set(table().states) == {"a"}
    assert override.later(table) == {"b"}
    override.put("version = 2")
    assert override.later(table) == {"b"}
    override.delete()
    assert override.later(table) == {"b"}
    override.put(TABLE.format(name="c"))
    assert override.later(table) == {"c"}
    assert override.results == [
        ReloadResult.CHANGED,
        ReloadResult.BROKEN,
        ReloadResult.UNREACHABLE,
        ReloadResult.CHANGED,
    ]


@pytest.mark.robustness("a routing table that is broken or out of reach")
def test_nothing_starts_without_a_right_table(override: Override) -> None:
    """A start with no parameter, or a wrong one, fails and is told: the records stay in Kafka."""
    error: Any
    for error, text in ((TableUnreachableError, None), (RoutingError, "version = 2")):
        if text:
            override.put(text)
        with pytest.raises(error):
            override.start()
    assert override.results == [ReloadResult.UNREACHABLE, ReloadResult.BROKEN]


def test_appconfig_is_another_place(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """A configuration of AppConfig is read by its names, and a new deployment of it is seen."""
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    config, name = aws.client("appconfig"), f"a-{uuid.uuid4().hex[:8]}"
    application = config.create_application(Name=name)["Id"]
    environment = config.create_environment(ApplicationId=application, Name="live")["Id"]
    profile = config.create_configuration_profile(ApplicationId=application, Name="routes", LocationUri="hosted")["Id"]
    at_once = {"DeploymentDurationInMinutes": 0, "GrowthFactor": 100, "ReplicateTo": "NONE"}
    strategy = config.create_deployment_strategy(Name=name, **at_once)["Id"]

    def deploy(text: str) -> None:
        where = {"ApplicationId": application, "ConfigurationProfileId": profile}
        version = config.create_hosted_configuration_version(**where, Content=text.encode(), ContentType="text/plain")
        config.start_deployment(
            **where,
            EnvironmentId=environment,
            DeploymentStrategyId=strategy,
            ConfigurationVersion=str(version["VersionNumber"]),
        )

    deploy("version = 1")
    place = {"LEDGER_TABLE": "t", "DEAD_LETTER_QUEUE_URL": "q", "DISPATCHER_ROUTES_APPCONFIG": f"{name}/live/routes"}
    source = table_source(DispatcherSettings.from_environment(place), aws.environment)
    assert source.read() == source.read() == "version = 1"
    deploy("version = 2")
    assert source.read() == "version = 2"
