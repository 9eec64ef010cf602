"""The command that makes mappings of a file of topics: what it writes, and what it refuses."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from comboio.errors import ComboioError
from consumer.configuration.declared import declared_mappings
from ops.mappings.command import DispatcherStack, dispatcher_stack, run
from ops.mappings.stack import MOST_CHARACTERS, TooManyMappingsError
from ops.mappings.topics import MappingsError
from tests.support.template import ROOT

MSK = "arn:aws:kafka:eu-west-1:123456789012:cluster/trucks/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f-1"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:AmazonMSK_reader-AbCdEf"  # noqa: S105 - a name
OUTPUTS = {
    "DispatcherFunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:comboio-DispatcherFunction-1",
    "DispatcherRoleName": "comboio-DispatcherRole-1",
    "OnFailureBucketArn": "arn:aws:s3:::comboio-onfailurebucket-1",
}
STACK = DispatcherStack(
    "comboio",
    {
        "MskClusterArn": MSK,
        "MoreMskClusterArns": "",
        "SelfManagedClusters": "b1.example:9096;b2.example:9096",
        "ConsumerGroup": "fleet",
        "BatchSize": "10000",
        "HeavyTopic": "mt-c400",
    },
    OUTPUTS,
)


def made(folder: Path, text: str, stack: DispatcherStack = STACK) -> dict[str, Any]:
    """Run the command on a file, and return the template that it wrote."""
    file, written = folder / "mappings.toml", folder / "build" / "mappings.yaml"
    file.write_text(text)
    assert run([str(file), "--to", str(written)], stack, Console(file=io.StringIO())) == 0
    whole: dict[str, Any] = yaml.safe_load(written.read_text())
    return whole


def nested(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of each mapping by its topic."""
    stacks = [each for each in template["Resources"].values() if each["Type"] == "AWS::CloudFormation::Stack"]
    return {each["Properties"]["Parameters"]["Topic"]: each["Properties"]["Parameters"] for each in stacks}


def granted(template: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the resources of all policies by the statements' names."""
    found: dict[str, list[str]] = {}
    for each in template["Resources"].values():
        if each["Type"] == "AWS::IAM::ManagedPolicy":
            for statement in each["Properties"]["PolicyDocument"]["Statement"]:
                found.setdefault(statement["Sid"], []).extend(statement["Resource"])
    return found


def test_each_topic_has_its_own_batches_and_pollers(tmp_path: Path) -> None:
    """What a topic says holds for it, what is common for all, and the stack's parameters for the rest."""
    template = made(
        tmp_path,
        '[common]\nBatchingWindowSeconds = 5\n[topics."vehicle.events"]\nBatchSize = 500\nMaximumPollers = 8\n'
        '[topics."plc.alarms"]\nBatchingWindowSeconds = 0\n',
    )
    events, alarms = nested(template)["vehicle.events"], nested(template)["plc.alarms"]
    assert (events["BatchSize"], events["BatchingWindowSeconds"], events["MaximumPollers"]) == (500, 5, 8)
    assert (alarms["BatchSize"], alarms["BatchingWindowSeconds"]) == ("10000", 0)
    assert all(each["ConsumerGroup"] == "fleet" and each["MskClusterArn"] == MSK for each in (events, alarms))
    assert all(each["GrantReading"] == "false" and OUTPUTS.items() <= each.items() for each in (events, alarms))


def test_what_is_written_is_what_the_consumer_reads_too(tmp_path: Path) -> None:
    """The template nests mapping.yaml by a path that holds from where it stands."""
    made(tmp_path, '[topics."vehicle.events"]\nBatchSize = 500\n')
    (found,) = declared_mappings(tmp_path / "build" / "mappings.yaml", {})
    assert (found.properties["Topics"], found.properties["BatchSize"]) == (["vehicle.events"], 500)
    assert found.properties["AmazonManagedKafkaEventSourceConfig"] == {"ConsumerGroupId": "fleet-vehicle.events"}


def test_rights_are_for_the_topics_and_groups_of_the_file_alone(tmp_path: Path) -> None:
    """Each topic is read in its own group; nothing is granted for a name that is not in the file."""
    found = granted(made(tmp_path, "[topics.a]\n[topics.b]\n"))
    kafka = MSK.partition(":cluster/")[0]
    assert found["Topic"] == [f"{kafka}:topic/trucks/{MSK.rpartition('/')[2]}/{topic}" for topic in "ab"]
    assert found["Group"] == [f"{kafka}:group/trucks/{MSK.rpartition('/')[2]}/fleet-{topic}" for topic in "ab"]
    assert found.keys() == {"Topic", "Group"}


def test_a_self_managed_cluster_brings_its_secrets_and_network(tmp_path: Path) -> None:
    """SCRAM, a CA of its own, subnets and groups reach the mapping, and the role may read the secrets and their key."""
    key = "arn:aws:kms:eu-west-1:123456789012:key/0a1b"
    template = made(
        tmp_path,
        f'[common]\nBootstrapServers = "b2.example:9096,b1.example:9096"\nAuthentication = "SASL_SCRAM_256_AUTH"\n'
        f'SecretArn = "{SECRET}"\nSecretKeyArn = "{key}"\nServerRootCaSecretArn = "{SECRET}-ca"\n'
        'SubnetId1 = "subnet-0000000a"\nSubnetId2 = "subnet-0000000b"\nSecurityGroupId = "sg-0000000c"\n'
        "[topics.a]\n[topics.b]\n",
    )
    assert granted(template) == {"Secrets": [SECRET, f"{SECRET}-ca"], "SecretKey": [key]}
    found = declared_mappings(tmp_path / "build" / "mappings.yaml", {})[0].properties
    assert "EventSourceArn" not in found and "AmazonManagedKafkaEventSourceConfig" not in found
    servers = found["SelfManagedEventSource"]["Endpoints"]["KafkaBootstrapServers"]
    assert servers == ["b2.example:9096", "b1.example:9096"]
    assert found["SourceAccessConfigurations"] == [
        {"Type": "SASL_SCRAM_256_AUTH", "URI": SECRET},
        {"Type": "SERVER_ROOT_CA_CERTIFICATE", "URI": f"{SECRET}-ca"},
        {"Type": "VPC_SUBNET", "URI": "subnet:subnet-0000000a"},
        {"Type": "VPC_SUBNET", "URI": "subnet:subnet-0000000b"},
        {"Type": "VPC_SECURITY_GROUP", "URI": "security_group:sg-0000000c"},
    ]


@pytest.mark.parametrize("authentication", ["SASL_SCRAM_512_AUTH", "CLIENT_CERTIFICATE_TLS_AUTH"])
def test_msk_takes_scram_and_mtls(tmp_path: Path, authentication: str) -> None:
    """The mapping names the secret, which is all that the role may read then: Kafka itself decides on the topic."""
    template = made(tmp_path, f'[topics.a]\nAuthentication = "{authentication}"\nSecretArn = "{SECRET}"\n')
    assert granted(template) == {"Secrets": [SECRET]}
    (found,) = declared_mappings(tmp_path / "build" / "mappings.yaml", {})
    assert found.properties["SourceAccessConfigurations"] == [{"Type": authentication, "URI": SECRET}]
    assert found.properties["EventSourceArn"] == MSK


def test_a_glue_registry_may_be_read_and_a_confluent_one_has_its_secret(tmp_path: Path) -> None:
    """Each topic has the registry that it names, in the format that it asks for, and the role the rights for it."""
    glue = "arn:aws:glue:eu-west-1:123456789012:registry/fleet"
    template = made(
        tmp_path,
        f'[topics.a]\nGlueRegistryArn = "{glue}"\nEventRecordFormat = "SOURCE"\n'
        f'[topics.b]\nSchemaRegistryUrl = "https://registry.example:8081"\nRegistrySecretArn = "{SECRET}"\n'
        'SchemaValidation = "KEY,VALUE"\n',
    )
    rights = granted(template)
    assert rights["Schemas"] == [glue, "arn:aws:glue:eu-west-1:123456789012:schema/fleet/*"]
    assert rights["Secrets"] == [SECRET]
    a, b = (
        each.properties["AmazonManagedKafkaEventSourceConfig"]["SchemaRegistryConfig"]
        for each in declared_mappings(tmp_path / "build" / "mappings.yaml", {})
    )
    assert (a["SchemaRegistryURI"], a["EventRecordFormat"], a["SchemaValidationConfigs"]) == (
        glue,
        "SOURCE",
        [{"Attribute": "VALUE"}],
    )
    assert "AccessConfigs" not in a
    assert b["SchemaValidationConfigs"] == [{"Attribute": "KEY"}, {"Attribute": "VALUE"}]
    assert (b["EventRecordFormat"], b["AccessConfigs"]) == ("JSON", [{"Type": "BASIC_AUTH", "URI": SECRET}])


def test_rights_of_hundreds_of_topics_fit_into_policies_that_iam_takes(tmp_path: Path) -> None:
    """200 topics are shared out to policies of the size that IAM allows, each topic once; 2,000 are refused."""
    text = "".join(f'[topics."vehicle.events.of.depot.{number:04}"]\n' for number in range(200))
    template = made(tmp_path, text)
    policies = [each for each in template["Resources"].values() if each["Type"] == "AWS::IAM::ManagedPolicy"]
    assert 1 < len(policies) <= 9
    for each in policies:
        assert len("".join(str(each["Properties"]["PolicyDocument"]).split())) <= MOST_CHARACTERS + 144
    assert len(set(granted(template)["Topic"])) == len(granted(template)["Topic"]) == 200
    with pytest.raises(TooManyMappingsError, match="second dispatcher"):
        made(tmp_path, "".join(f'[topics."vehicle.events.of.depot.{number:04}"]\n' for number in range(600)))


def test_a_mapping_keeps_its_name_when_another_topic_is_added(tmp_path: Path) -> None:
    """CloudFormation would make a renamed mapping anew, and its group would begin at the oldest record."""
    before = made(tmp_path, "[topics.b]\n")["Resources"]
    after = made(tmp_path, "[topics.a]\n[topics.b]\nBatchSize = 7\n")["Resources"]
    assert {name for name in before if name.startswith("B")} == {name for name in after if name.startswith("B")}


WRONG = {
    "[topics.a]\nBatchSise = 7\n": r"topics\.a\.BatchSise: mapping\.yaml has no parameter BatchSise\. It has ",
    "[topics.a]\nBatchSize = 0\n": r"topics\.a\.BatchSize: BatchSize = 0 is not from 1 to 10000",
    '[topics.a]\nBatchSize = "7"\n': r"BatchSize is a whole number, not '7'",
    "[topics.a]\nBatchSize = true\n": "BatchSize is a whole number, not True",
    '[topics.a]\nSecretArn = "mine"\n': "SecretArn must be the ARN of a secret",
    '[topics.a]\nGrantReading = "true"\n': r"topics\.a\.GrantReading: the stack says it",
    '[topics."a b"]\n': "Topic must be",
    '[topics.a]\nConsumptionMode = "Queue"\n': "must be Stream. Queue is refused, because .* in no order",
    '[topics.a]\nAuthentication = "SASL_SCRAM_512_AUTH"\n': r"topics\.a: SecretArn is needed for every Authentication",
    f'[topics.a]\nAuthentication = "BASIC_AUTH"\nSecretArn = "{SECRET}"\n': "MSK takes the Authentication IAM",
    '[topics.a]\nBootstrapServers = "b1.example:9096"\n': "A self-managed cluster knows no IAM",
    '[topics.a]\nBootstrapServers = "b1.example:9096"\nAuthentication = "NONE"\n': "within a VPC only",
    '[topics.a]\nSubnetId1 = "subnet-0000000a"\n': "MSK brings its own network",
    f'[topics.a]\nMskClusterArn = "{MSK}"\nBootstrapServers = "b:9092"\n': "A mapping reads one cluster",
    f'[topics.a]\nRegistrySecretArn = "{SECRET}"\n': "Give its SchemaRegistryUrl",
    '[topics.a]\n[topics.b]\nTopic = "a"\n': "a is read twice",
    "[common]\n": "there is none",
    "[topic.a]\n": "topic: there is no such section",
    "topics = 3\n": "there is none",
    "[topics]\na = 3\n": r"topics\.a: it is not a section",
    "[[topics]]\n": "there is none",
    "common = []\n[topics.a]\n": "common: it is not a section",
    "[topics.a": "is not TOML",
    f'[topics.a]\nMskClusterArn = "{MSK}9"\n': "does not serve the cluster .* MoreMskClusterArns",
    f'[topics.a]\nBootstrapServers = "b9.example:9096"\nAuthentication = "BASIC_AUTH"\nSecretArn = "{SECRET}"\n': (
        "does not serve the cluster b9.example:9096. Deploy it first with the cluster in SelfManagedClusters"
    ),
}


@pytest.mark.robustness("wrong options")
@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_file_says_where_and_what_to_do(tmp_path: Path, text: str) -> None:
    """Each fault is a line with its place, before anything is deployed or written."""
    with pytest.raises(MappingsError, match=WRONG[text]):
        made(tmp_path, text)
    assert not (tmp_path / "build").exists()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A misspelt name is a sentence."""
    with pytest.raises(MappingsError, match=r"none\.toml cannot be read: No such file"):
        run([str(tmp_path / "none.toml")], STACK, Console(file=io.StringIO()))


def test_the_file_of_the_docs_is_right(tmp_path: Path) -> None:
    """Whoever copies the example deploys what the page says of it."""
    page = (ROOT / "docs" / "how-to" / "deploy.md").read_text(encoding="utf-8")
    text = page.split("```toml\n[common]")[1].partition("```")[0]
    known = {**STACK.parameters, "SelfManagedClusters": "b1.example:9096;b2.example:9096"}
    template = made(tmp_path, f"[common]{text}", STACK._replace(parameters=known))
    assert nested(template).keys() == {"vehicle.events", "plc.alarms", "erp.orders"}


def test_without_a_stack_the_command_says_what_to_start(tmp_path: Path) -> None:
    """Where no stack runs here and STACK names none, the command ends with what to do, and no traceback."""
    with pytest.raises(ComboioError, match="make stack"):
        dispatcher_stack({}, tmp_path / "stack.json")


def test_the_makefile_knows_the_command() -> None:
    """`make mappings` is how people run it."""
    assert "-m ops.mappings" in (ROOT / "Makefile").read_text()
