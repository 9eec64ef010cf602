"""What a host on EC2 may do, how it is locked in, and that its artefact has what it runs."""

import re
from pathlib import Path

import pytest

from ops.install.ec2.artifact import archive, content
from tests.support.ec2 import SERVICE, user_data
from tests.support.template import statements_of, values_of

BOTH = {
    service: SERVICE.under(*conditions) for service, conditions in (("producer", ()), ("consumer", ("IsConsumer",)))
}
WHOLE = SERVICE.under(*SERVICE.conditions)
HOST = WHOLE.of_type("AWS::EC2::LaunchTemplate")["LaunchTemplate"]["LaunchTemplateData"]
WIDE = {
    "Sessions": "Session Manager's channels have no resource",
    "HostMetrics": "PutMetricData has no resource; its namespace is a condition",
}
"""The statements that allow something on every resource, and why AWS allows nothing narrower."""


@pytest.mark.robustness("rights that a host on EC2 must not have")
def test_a_host_may_do_nothing_everywhere_but_where_aws_has_no_other_way() -> None:
    """`Resource: "*"` stands in the listed statements only, and no action is a wildcard."""
    statements = WHOLE.statements("Role")
    assert {name for name, each in statements.items() if each["Resource"] == "*"} == set(WIDE)
    assert "*" not in str([each["Action"] for each in statements.values()])
    assert "Condition" in statements["HostMetrics"]


def test_each_service_reaches_its_topics_and_no_more_of_kafka() -> None:
    """The producer writes, the consumer reads in its group and invokes its function; neither may do the other's."""
    allowed = {
        service: statements_of(each.resources["Role"]["Properties"]["Policies"]) for service, each in BOTH.items()
    }
    for statements in allowed.values():
        assert statements["Topics"]["Resource"] == {"Ref": "TopicArns"}
        assert statements["Cluster"]["Resource"] == {"Ref": "MskClusterArn"}
    assert set(allowed["producer"]["Topics"]["Action"]) == {"kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"}
    assert set(allowed["consumer"]["Topics"]["Action"]) == {"kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"}
    assert allowed["consumer"]["Invoke"]["Resource"] == {"Ref": "FunctionArn"}
    assert not {"Invoke", "Group"} & set(allowed["producer"])


def test_credentials_of_a_host_are_for_its_own_processes() -> None:
    """Metadata answers by token only and one hop far, so that no request that a service is talked into gets them."""
    options = HOST["MetadataOptions"]
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"]) == ("required", 1)


def test_what_a_host_writes_is_encrypted() -> None:
    """Volume and log, by the user's key where there is one."""
    (volume,) = HOST["BlockDeviceMappings"]
    assert (volume["Ebs"]["Encrypted"], volume["Ebs"]["VolumeType"]) == (True, "gp3")
    assert volume["Ebs"]["KmsKeyId"] == WHOLE.resources["Logs"]["Properties"]["KmsKeyId"] == {"Ref": "KmsKeyArn"}


def test_nothing_is_let_in_and_little_out() -> None:
    """No SSH, no public address by default; out go calls of AWS and of the brokers."""
    group = WHOLE.resources["SecurityGroup"]["Properties"]
    assert "SecurityGroupIngress" not in group
    assert {rule["FromPort"] for rule in group["SecurityGroupEgress"]} == {443, 9098}
    assert "KeyName" not in HOST
    assert SERVICE.parameters["PublicIp"]["Default"] == "false"
    assert HOST["NetworkInterfaces"][0]["AssociatePublicIpAddress"] == {"Ref": "PublicIp"}


def test_a_host_counts_once_its_service_is_ready() -> None:
    """One that does not become ready is given up: of an update, the first that is not ends it."""
    group = WHOLE.resources["Group"]
    (hook,) = group["Properties"]["LifecycleHookSpecificationList"]
    assert (hook["LifecycleTransition"], hook["DefaultResult"]) == ("autoscaling:EC2_INSTANCE_LAUNCHING", "ABANDON")
    assert hook["LifecycleHookName"] in user_data("consumer")
    assert group["CreationPolicy"]["ResourceSignal"]["Count"] == {"Ref": "Instances"}
    assert group["UpdatePolicy"]["AutoScalingInstanceRefresh"]["Preferences"]["MinHealthyPercentage"] == 100
    parameters = SERVICE.parameters
    assert parameters["MaximumInstances"]["Default"] > parameters["Instances"]["Default"]


@pytest.mark.parametrize("service", ["producer", "consumer"])
def test_user_data_is_a_script_that_ec2_takes(service: str) -> None:
    """Nothing of the template is left in it, and it is well below the 16 KB of EC2."""
    script = user_data(service)
    assert script.startswith("#!/bin/bash\n")
    assert re.findall(r"\$\{[A-Z]\w+\}", script) == []
    assert len(script) < 8_000


def test_what_user_data_runs_is_in_the_artefact() -> None:
    """Each file that it names, and each that start.sh names beside itself, is among what `make ec2-artifact` packs."""
    packed = set(content())
    (script,) = re.findall(r"^(ops/\S+\.sh) ", user_data("consumer"), re.MULTILINE)
    start = Path(script).read_text(encoding="utf-8")
    named = {script, *(f"ops/install/ec2/{name}" for name in re.findall(r"\$here/(\w[\w.]+)", start))}
    named |= set(re.findall(r"\$artifact/(ops/\S+?)\"", start))
    assert len(named) == 4
    assert named <= packed
    assert {"requirements/services.txt", "consumer/__main__.py", "producer/__main__.py"} <= packed


def test_an_artefact_is_the_same_whoever_builds_it(tmp_path: Path) -> None:
    """The same content has the same digest, so that two builds can be compared."""
    checkout = tmp_path / "checkout"
    for name in content():
        if name.endswith((".sh", "__main__.py", ".txt")):
            path = checkout / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(Path(name).read_bytes())
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    first = archive(wheels, checkout)
    (wheels / "one.whl").write_bytes(b"1")
    assert archive(wheels, checkout) != first
    (wheels / "one.whl").unlink()
    next(checkout.rglob("*.txt")).touch()
    assert archive(wheels, checkout) == first


def test_every_parameter_has_its_place_and_its_reason() -> None:
    """The console groups the parameters, whoever deploys reads what each is for, and ARNs are of any partition."""
    groups = SERVICE.metadata["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(SERVICE.parameters)
    for name, each in SERVICE.parameters.items():
        assert len(each["Description"]) > 20, name
        assert "AllowedPattern" in each or "AllowedValues" in each or "MinValue" in each or "AWS::" in each["Type"], (
            name
        )
        if "AllowedPattern" in each and "Default" in each:
            assert re.fullmatch(each["AllowedPattern"], each["Default"]), name
        assert "arn:" not in each.get("AllowedPattern", "") or "arn:aws[a-z-]*:" in each["AllowedPattern"], name
    assert "arn:aws:" not in str(list(values_of(SERVICE.resources, "Sub")))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BootstrapServers", "b-1.x:9098; reboot"),
        ("ArtifactKey", "a$(reboot)"),
        ("OptionsParameterName", '/a"; reboot #'),
        ("ConsumerGroup", "a b"),
        ("FunctionArn", "arn:aws:lambda:eu-west-1:123456789012:function:f`id`"),
        ("TopicArns", "arn:aws:kafka:eu-west-1:123456789012:topic/c/1/a$(id)"),
    ],
)
def test_no_parameter_can_say_a_command(name: str, value: str) -> None:
    """What stands in the script cannot end its word: a parameter is not a way to run something as root."""
    assert not re.fullmatch(SERVICE.parameters[name]["AllowedPattern"], value)
