"""What a user's messages and money depend on in mapping.yaml, and how template.yaml deploys it."""

from typing import Any

import pytest

from tests.support.template import MAPPING, ROOT, TEMPLATE, Node, statements_of, values_of

NESTED: dict[str, Node] = TEMPLATE.of_type("AWS::CloudFormation::Stack")
SOURCE: Node = MAPPING.resources["Mapping"]["Properties"]
each_nested = pytest.mark.parametrize("nested", NESTED.values(), ids=NESTED.keys())


WAYS_IN = frozenset(
    {
        *("BootstrapServers", "Authentication", "SecretArn", "SecretKeyArn", "ServerRootCaSecretArn"),
        *("SubnetId1", "SubnetId2", "SubnetId3", "SecurityGroupId", "GrantReading", "ConsumptionMode"),
        *("SchemaRegistryUrl", "GlueRegistryArn", "EventRecordFormat", "SchemaValidation"),
        *("RegistryAuthentication", "RegistrySecretArn", "RegistryCaSecretArn"),
    }
)
"""Parameters that the stack's own topics, which are on MSK, leave at their default; `make mappings` gives them."""


def longest(name: str) -> int:
    """Return the largest value that a parameter of mapping.yaml allows."""
    found: int = MAPPING.parameters[name]["MaxValue"]
    return found


def test_there_is_a_mapping_for_each_topic() -> None:
    """Each topic parameter of the stack is read by exactly one mapping."""
    topics = [nested["Parameters"]["Topic"]["Ref"] for nested in NESTED.values()]
    assert sorted(topics) == sorted(name for name in TEMPLATE.parameters if name.endswith("Topic"))


@each_nested
def test_the_stack_says_everything_that_a_mapping_asks(nested: Node) -> None:
    """No parameter of mapping.yaml is left to its default behind the back of whoever deploys the stack."""
    assert nested["TemplateURL"] == MAPPING.path.name
    assert set(nested["Parameters"]) == set(MAPPING.parameters) - WAYS_IN


@each_nested
def test_a_mapping_allows_what_the_stack_allows(nested: Node) -> None:
    """A value that the stack's parameter takes is not refused by the mapping's, half-way through a deploy."""
    for name, value in nested["Parameters"].items():
        if isinstance(value, dict) and value.get("Ref") in TEMPLATE.parameters:
            outer, inner = TEMPLATE.parameters[value["Ref"]], MAPPING.parameters[name]
            for rule in ("Type", "AllowedPattern", "MinValue", "MaxValue"):
                allowed = inner.get(rule)
                if name == "Topic" and rule == "AllowedPattern":  # without a name, the stack has no such mapping
                    allowed = str(allowed).replace("{1,", "{0,")
                assert outer.get(rule) == allowed, f"{name}: {rule}"


def test_mappings_share_one_group_of_pollers() -> None:
    """A group of pollers is billed for its units once; three groups would be billed three times."""
    assert len({str(nested["Parameters"]["ConsumerGroup"]) for nested in NESTED.values()}) == 1
    assert SOURCE["ProvisionedPollerConfig"]["PollerGroupName"] == {"Ref": "ConsumerGroup"}


def test_two_topics_never_share_a_consumer_group() -> None:
    """Mappings of the same prefix read in groups of their own, as the topic's name is part of the group's."""
    for kind, place in (("AmazonManagedKafkaEventSourceConfig", 1), ("SelfManagedKafkaEventSourceConfig", 2)):
        configuration = SOURCE[kind]["If"]
        assert configuration[0] == "IsMsk"
        assert configuration[place]["ConsumerGroupId"] == {"Sub": "${ConsumerGroup}-${Topic}"}
    assert SOURCE["Topics"] == [{"Ref": "Topic"}]


def test_mapping_reads_partial_failures() -> None:
    """Without ReportBatchItemFailures the response is ignored, and a batch with failures counts as done."""
    assert SOURCE["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_mapping_is_provisioned() -> None:
    """Partial failures and limits of retries are documented for provisioned mode only."""
    assert set(SOURCE["ProvisionedPollerConfig"]) == {"MinimumPollers", "MaximumPollers", "PollerGroupName"}


def test_retries_are_explicit_and_finite() -> None:
    """Infinite retries with an on-failure destination silently become 10, so -1 cannot be chosen."""
    retries = MAPPING.parameter(SOURCE["MaximumRetryAttempts"])
    assert 0 <= retries["MinValue"] <= retries["Default"] <= retries["MaxValue"] <= 10000
    age = MAPPING.parameter(SOURCE["MaximumRecordAgeInSeconds"])
    assert 60 <= age["MinValue"] <= age["Default"] <= age["MaxValue"] <= 604800


def test_dispatcher_forgets_nothing_that_the_mapping_still_retries() -> None:
    """A record abandoned before the mapping stops retrying it would count as done when it is redelivered."""
    variables = TEMPLATE.variables("DispatcherFunction")
    assert int(variables["DISPATCHER_ABANDON_AFTER_S"]) > longest("MaximumRecordAgeSeconds")


@each_nested
def test_abandoned_batches_go_whole_to_the_bucket_of_the_stack(nested: Node) -> None:
    """Only S3 gets the payload, and the bucket outlives the stack; `Type` stays out, as the linter rejects it."""
    assert SOURCE["DestinationConfig"] == {"OnFailure": {"Destination": {"Ref": "OnFailureBucketArn"}}}
    bucket, attribute = nested["Parameters"]["OnFailureBucketArn"]["GetAtt"].split(".")
    assert attribute == "Arn"
    assert TEMPLATE.resources[bucket]["Type"] == "AWS::S3::Bucket"
    assert TEMPLATE.resources[bucket]["DeletionPolicy"] == "Retain"


@each_nested
def test_the_role_may_write_abandoned_batches(nested: Node) -> None:
    """Nothing adds a permission for the on-failure destination, so the function's role itself must have it."""
    bucket = nested["Parameters"]["OnFailureBucketArn"]["GetAtt"].split(".")[0]
    whole = TEMPLATE.under(*TEMPLATE.conditions)
    for role in values_of(nested["Parameters"]["DispatcherRoleName"], "Ref"):
        writes = [each["Resource"] for each in whole.statements(role).values() if "s3:PutObject" in each["Action"]]
        assert f"${{{bucket}.Arn}}/aws/lambda/*" in set(values_of(writes, "Sub"))


def test_mapping_starts_at_the_oldest_record() -> None:
    """LATEST can lose records while a mapping is made or changed."""
    assert SOURCE["StartingPosition"] == "TRIM_HORIZON"


def test_batch_size_and_window_stay_within_the_service() -> None:
    """A batch has 1 to 10,000 records and waits at most 300 s."""
    size = MAPPING.parameter(SOURCE["BatchSize"])
    assert 1 <= size["MinValue"] <= size["Default"] <= size["MaxValue"] <= 10000
    assert MAPPING.parameter(SOURCE["MaximumBatchingWindowInSeconds"])["MaxValue"] <= 300


def test_mapping_filters_nothing() -> None:
    """A record that a filter leaves out is gone without a dead letter."""
    assert "FilterCriteria" not in SOURCE


@pytest.mark.parametrize("metric", ["DroppedEventCount", "OnFailureDestinationDeliveredEventCount", "SumOffsetLag"])
def test_mapping_has_its_alarms(metric: str) -> None:
    """Records that are dropped, abandoned or late raise an alarm, and the mapping publishes those metrics."""
    watched = [a["Dimensions"] for a in MAPPING.of_type("AWS::CloudWatch::Alarm").values() if a["MetricName"] == metric]
    assert watched == [[{"Name": "EventSourceMappingUUID", "Value": {"Ref": "Mapping"}}]]
    assert {"EventCount", "KafkaMetrics"} <= set(SOURCE["MetricsConfig"]["Metrics"])


def test_a_topic_brings_its_own_permission_and_no_other() -> None:
    """The role may read this topic in this group, and nothing else is granted; the mapping waits for it."""
    policy = MAPPING.resources["ReadTopic"]["Properties"]
    granted: dict[str, Any] = statements_of([policy])
    assert set(granted) == {"Topic", "Group", "Secrets", "SecretKey", "Schemas"}
    conditions = {each["If"][1]["Sid"]: each["If"][0] for each in policy["PolicyDocument"]["Statement"]}
    assert conditions == {
        "Topic": "ByIam",
        "Group": "ByIam",
        "Secrets": "HasAnySecret",
        "SecretKey": "HasSecretKey",
        "Schemas": "HasGlueRegistry",
    }
    assert granted["Topic"]["Resource"]["Sub"][0] == "${Cluster}:topic/${Id}/${Topic}"
    assert granted["Group"]["Resource"]["Sub"][0] == "${Cluster}:group/${Id}/${ConsumerGroup}-${Topic}"
    assert policy["Roles"] == [{"Ref": "DispatcherRoleName"}]
    assert MAPPING.resources["Mapping"]["Metadata"]["After"] == {"If": ["Grants", {"Ref": "ReadTopic"}, ""]}


def test_the_stack_tells_what_one_topic_more_needs() -> None:
    """Whoever deploys mapping.yaml by hand finds in the stack's outputs all that its description sends them for."""
    asked = {name for name, each in MAPPING.parameters.items() if "of its stack" in each["Description"]}
    asked |= {name for name, each in MAPPING.parameters.items() if "dispatcher's stack" in each["Description"]}
    clusters = {"MskClusterArn", "BootstrapServers"}
    assert asked - clusters == {"DispatcherFunctionArn", "DispatcherRoleName", "OnFailureBucketArn"}
    assert asked - clusters <= set(TEMPLATE.outputs)


def test_building_and_checking_know_the_nested_template() -> None:
    """`make check` lints mapping.yaml too, and a deploy acknowledges what a nested stack needs."""
    assert "--template mapping.yaml" in (ROOT / "Makefile").read_text()
    assert "CAPABILITY_AUTO_EXPAND" in (ROOT / "samconfig.toml").read_text()
