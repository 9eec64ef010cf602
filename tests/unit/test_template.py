"""What a user's messages and money depend on in template.yaml."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from dispatcher.observe.metrics import batch_metrics
from dispatcher.observe.report import BatchReport
from dispatcher.settings import DispatcherSettings
from dispatcher.stage_reporter import ReloadResult
from dlq_replayer.settings import ReplayerSettings

ROOT = Path(__file__).parents[2]
Node = dict[str, Any]


class CloudFormationLoader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags; `!Ref X` reads as {"Ref": "X"}, `!GetAtt A.B` as {"GetAtt": "A.B"}."""


def _read_tag(loader: CloudFormationLoader, suffix: str, node: yaml.Node) -> Node:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    raise yaml.constructor.ConstructorError(None, None, f"!{suffix} takes no mapping", node.start_mark)


CloudFormationLoader.add_multi_constructor("!", _read_tag)

TEMPLATE: Node = yaml.load((ROOT / "template.yaml").read_text(), Loader=CloudFormationLoader)  # noqa: S506 - a SafeLoader
RESOURCES: Node = TEMPLATE["Resources"]
PARAMETERS: Node = TEMPLATE["Parameters"]


def of_type(kind: str) -> dict[str, Node]:
    """Every resource of a type: its properties by its logical name."""
    return {name: each.get("Properties", {}) for name, each in RESOURCES.items() if each["Type"] == kind}


MAPPINGS: dict[str, Node] = {
    f"{function}{name}": event["Properties"]
    for function, properties in of_type("AWS::Serverless::Function").items()
    for name, event in properties.get("Events", {}).items()
    if event["Type"] in ("MSK", "SelfManagedKafka")
}
each_mapping = pytest.mark.parametrize("mapping", MAPPINGS.values(), ids=MAPPINGS.keys())
each_queue = pytest.mark.parametrize(
    "queue", of_type("AWS::SQS::Queue").values(), ids=of_type("AWS::SQS::Queue").keys()
)


def parameter(value: object) -> Node:
    """The parameter that a property takes its value from."""
    assert isinstance(value, dict) and list(value) == ["Ref"], f"{value} is not a parameter"
    found: Node = PARAMETERS[value["Ref"]]
    return found


def values_of(node: object, tag: str) -> Iterator[str]:
    """Every text under a tag, wherever it is below the node."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == tag and isinstance(value, str):
                yield value
            yield from values_of(value, tag)
    elif isinstance(node, list):
        for item in node:
            yield from values_of(item, tag)


def test_there_is_a_mapping_for_each_topic() -> None:
    """Each topic parameter is read by exactly one mapping, as one mapping takes exactly one topic."""
    topics = [mapping["Topics"] for mapping in MAPPINGS.values()]
    assert sorted(topic["Ref"] for (topic,) in topics) == sorted(n for n in PARAMETERS if n.endswith("Topic"))


@each_mapping
def test_mapping_reads_partial_failures(mapping: Node) -> None:
    """Without ReportBatchItemFailures the response is ignored, and a batch with failures counts as done."""
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@each_mapping
def test_mapping_is_provisioned(mapping: Node) -> None:
    """Partial failures and bounds on retries are documented for provisioned mode only; pollers share their units."""
    pollers = mapping["ProvisionedPollerConfig"]
    assert set(pollers) == {"MinimumPollers", "MaximumPollers", "PollerGroupName"}


def test_mappings_share_one_group_of_pollers() -> None:
    """One group of pollers is billed for its units once; three would be billed three times."""
    assert len({str(mapping["ProvisionedPollerConfig"]["PollerGroupName"]) for mapping in MAPPINGS.values()}) == 1


@each_mapping
def test_retries_are_explicit_and_finite(mapping: Node) -> None:
    """Infinite retries with an on-failure destination silently become 10, so -1 cannot be chosen."""
    retries = parameter(mapping["MaximumRetryAttempts"])
    assert 0 <= retries["MinValue"] <= retries["Default"] <= retries["MaxValue"] <= 10000
    age = parameter(mapping["MaximumRecordAgeInSeconds"])
    assert 60 <= age["MinValue"] <= age["Default"] <= age["MaxValue"] <= 604800


@each_mapping
def test_dispatcher_forgets_nothing_that_the_mapping_still_retries(mapping: Node) -> None:
    """A record abandoned before the mapping gives it up would be taken for done when it is brought again."""
    variables = RESOURCES["DispatcherFunction"]["Properties"]["Environment"]["Variables"]
    longest = parameter(mapping["MaximumRecordAgeInSeconds"])["MaxValue"]
    assert int(variables["DISPATCHER_ABANDON_AFTER_S"]) > longest


@each_mapping
def test_what_a_mapping_gives_up_goes_whole_to_a_bucket(mapping: Node) -> None:
    """Only S3 gets the payload; `Type` stays out, as the linter rejects what the translator wants."""
    assert set(mapping["DestinationConfig"]["OnFailure"]) == {"Destination"}
    bucket, attribute = mapping["DestinationConfig"]["OnFailure"]["Destination"]["GetAtt"].split(".")
    assert attribute == "Arn"
    assert RESOURCES[bucket]["Type"] == "AWS::S3::Bucket"
    assert RESOURCES[bucket]["DeletionPolicy"] == "Retain"


@each_mapping
def test_role_may_write_what_a_mapping_gives_up(mapping: Node) -> None:
    """SAM adds no policy for the destination, so the role itself must allow it."""
    bucket = mapping["DestinationConfig"]["OnFailure"]["Destination"]["GetAtt"].split(".")[0]
    allowed = [
        statement["Resource"]
        for role in of_type("AWS::IAM::Role").values()
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if "s3:PutObject" in statement["Action"]
    ]
    assert f"${{{bucket}.Arn}}/aws/lambda/*" in set(values_of(allowed, "Sub"))


@each_mapping
def test_mapping_starts_at_the_oldest_record(mapping: Node) -> None:
    """LATEST can lose records while a mapping is made or changed."""
    assert mapping["StartingPosition"] == "TRIM_HORIZON"


@each_mapping
def test_batch_size_and_window_stay_within_the_service(mapping: Node) -> None:
    """A batch has 1 to 10,000 records and waits 300 s at most."""
    size = parameter(mapping["BatchSize"])
    assert 1 <= size["MinValue"] <= size["Default"] <= size["MaxValue"] <= 10000
    window = mapping["MaximumBatchingWindowInSeconds"]
    longest = window if isinstance(window, int) else parameter(window)["MaxValue"]
    assert 0 <= longest <= 300


@each_mapping
def test_mapping_filters_nothing(mapping: Node) -> None:
    """What a filter leaves out is gone without a dead letter."""
    assert "FilterCriteria" not in mapping


@pytest.mark.parametrize("name", MAPPINGS)
@pytest.mark.parametrize("metric", ["DroppedEventCount", "OnFailureDestinationDeliveredEventCount", "SumOffsetLag"])
def test_mapping_has_its_alarms(name: str, metric: str) -> None:
    """What is dropped, given up or late raises an alarm for each mapping, and the mapping publishes those metrics."""
    watched = [
        alarm["Dimensions"] for alarm in of_type("AWS::CloudWatch::Alarm").values() if alarm["MetricName"] == metric
    ]
    assert [{"Name": "EventSourceMappingUUID", "Value": {"Ref": name}}] in watched
    assert {"EventCount", "KafkaMetrics"} <= set(MAPPINGS[name]["MetricsConfig"]["Metrics"])


@pytest.mark.parametrize("name", of_type("AWS::Serverless::Function"))
def test_function_timeout_fits_a_kafka_mapping(name: str) -> None:
    """Kafka mappings refuse functions that may run for more than 14 minutes; too short a run leaves no time to send."""
    timeout = parameter(RESOURCES[name]["Properties"]["Timeout"])
    assert 15 <= timeout["MinValue"] <= timeout["Default"] <= timeout["MaxValue"] <= 14 * 60


@pytest.mark.parametrize("name", of_type("AWS::Serverless::Function"))
def test_function_handler_exists_and_its_build_needs_no_container(name: str) -> None:
    """The handler's module is in the function's folder, and a makefile target of its name builds it."""
    properties = RESOURCES[name]["Properties"]
    source = ROOT / properties["CodeUri"]
    assert (source / properties["Handler"].split(".")[0]).is_dir()
    assert RESOURCES[name]["Metadata"]["BuildMethod"] == "makefile"
    assert f"build-{name}:" in (source / "Makefile").read_text()


@each_queue
def test_queue_is_encrypted(queue: Node) -> None:
    """No queue keeps messages in the clear."""
    assert queue["SqsManagedSseEnabled"] is True


@each_queue
def test_fifo_queue_trusts_only_the_deduplication_id(queue: Node) -> None:
    """Deduplication by content would merge two equal readings of a truck."""
    if queue.get("FifoQueue"):
        assert queue["ContentBasedDeduplication"] is False
        assert (queue["DeduplicationScope"], queue["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")


def test_dead_letters_live_as_long_as_sqs_allows_and_survive_the_stack() -> None:
    """A dead letter has 14 days, and the last copy of anything is not deleted along with the stack."""
    assert RESOURCES["DeadLetterQueue"]["Properties"]["MessageRetentionPeriod"] == 14 * 86400
    assert RESOURCES["ParkingQueue"]["Properties"]["MessageRetentionPeriod"] == 14 * 86400
    for name in ("DeadLetterQueue", "ParkingQueue", "LedgerTable", "OnFailureBucket"):
        assert (RESOURCES[name]["DeletionPolicy"], RESOURCES[name]["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_a_large_dead_letter_outlives_the_pointer_to_it() -> None:
    """The bucket forgets nothing that a letter in the queue may still point to."""
    rules = RESOURCES["OnFailureBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    queue = RESOURCES["DeadLetterQueue"]["Properties"]["MessageRetentionPeriod"]
    assert all(rule["ExpirationInDays"] * 86400 > 2 * queue for rule in rules)


def test_bucket_is_private_and_encrypted() -> None:
    """Nobody outside gets at payloads."""
    bucket = RESOURCES["OnFailureBucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]


def test_ledger_forgets_by_its_own_attribute_and_can_be_restored() -> None:
    """The ledger's key and expiry are what the ledger store writes; a mistake can be undone for 35 days."""
    ledger = RESOURCES["LedgerTable"]["Properties"]
    assert ledger["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
    assert ledger["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert ledger["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert ledger["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize("function", of_type("AWS::Serverless::Function").values())
def test_environment_names_resources_that_exist(function: Node) -> None:
    """A variable that refers to something refers to a resource or a parameter of this template."""
    referred = set(values_of(function["Environment"], "Ref"))
    assert referred
    assert referred <= set(RESOURCES) | set(PARAMETERS)


def test_environment_satisfies_the_dispatcher() -> None:
    """What the template sets is what the dispatcher's options allow, and no DISPATCHER_ name is misspelt."""
    variables = RESOURCES["DispatcherFunction"]["Properties"]["Environment"]["Variables"]
    known = {DispatcherSettings.environment_name(name) for name in DispatcherSettings.model_fields}
    resolved = {name: value if isinstance(value, str) else "made-by-the-stack" for name, value in variables.items()}
    DispatcherSettings.from_environment(resolved)
    assert {name for name in variables if name.startswith("DISPATCHER_")} <= known
    assert {"LEDGER_TABLE", "DEAD_LETTER_QUEUE_URL", "DEAD_LETTER_BUCKET"} <= known & set(variables)


def test_environment_has_every_target_of_the_routing_table() -> None:
    """Every `$NAME` that the delivered routes.toml asks for is set, and the role may send to it."""
    routes = tomllib.loads((ROOT / "layers/comboio/comboio/routing/routes.toml").read_text())
    variables = RESOURCES["DispatcherFunction"]["Properties"]["Environment"]["Variables"]
    may_send = set(values_of(RESOURCES["DispatcherRole"]["Properties"]["Policies"], "GetAtt"))
    targets = {destination["target"].removeprefix("$") for destination in routes["destinations"].values()}
    assert targets
    for name in {*targets, "DEAD_LETTER_QUEUE_URL"}:
        assert f"{variables[name]['Ref']}.Arn" in may_send


def test_role_may_be_given_the_rights_of_other_destinations() -> None:
    """Whoever routes to something of their own names a policy, and need not edit the role; by default there is none."""
    assert PARAMETERS["DestinationsPolicyArn"]["Default"] == ""
    assert TEMPLATE["Conditions"]["HasDestinationsPolicy"]
    policies = RESOURCES["DispatcherRole"]["Properties"]["ManagedPolicyArns"]["If"]
    assert policies == ["HasDestinationsPolicy", [{"Ref": "DestinationsPolicyArn"}], {"Ref": "AWS::NoValue"}]


@pytest.mark.parametrize("name", ["DeadLetterQueue", "ParkingQueue"])
def test_looking_at_dead_letters_never_loses_them(name: str) -> None:
    """A redrive policy would move a letter, or drop it, after it had been received so often by inspects and filters."""
    assert "RedrivePolicy" not in RESOURCES[name]["Properties"]
    targets = [queue.get("RedrivePolicy") for queue in of_type("AWS::SQS::Queue").values()]
    assert not any(name in str(target) for target in targets)


def test_environment_satisfies_the_replayer() -> None:
    """What the template sets is what the replayer's options allow, and no REPLAYER_ name is misspelt."""
    variables = RESOURCES["DlqReplayerFunction"]["Properties"]["Environment"]["Variables"]
    known = {ReplayerSettings.environment_name(name) for name in ReplayerSettings.model_fields}
    resolved = {name: value if isinstance(value, str) else "30" for name, value in variables.items()}
    ReplayerSettings.from_environment(resolved)
    assert {name for name in variables if name.startswith("REPLAYER_")} <= known
    for name in ("DEAD_LETTER_QUEUE_URL", "DEAD_LETTER_BUCKET", "LEDGER_TABLE"):
        assert variables[name] == RESOURCES["DispatcherFunction"]["Properties"]["Environment"]["Variables"][name]


def test_replayer_may_do_what_it_does_and_send_nowhere_but_to_parking() -> None:
    """It takes letters out of both queues, invokes the dispatcher, and goes on by itself under its own name."""
    statements = {
        statement["Sid"]: statement
        for policy in RESOURCES["ReplayerRole"]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    }
    assert set(values_of(statements["Letters"], "GetAtt")) == {"DeadLetterQueue.Arn", "ParkingQueue.Arn"}
    sending = [each["Resource"] for each in statements.values() if "sqs:SendMessage" in each["Action"]]
    assert sending == [{"GetAtt": "ParkingQueue.Arn"}]
    invoked = statements["DispatchAndGoOn"]["Resource"]
    name = RESOURCES["DlqReplayerFunction"]["Properties"]["FunctionName"]["Sub"]
    assert invoked[0] == {"GetAtt": "DispatcherFunction.Arn"}
    assert invoked[1]["Sub"].endswith(f":function:{name}")


def test_replayer_s_invocations_are_not_repeated_by_lambda() -> None:
    """One that failed is for people to look at; the function goes on by itself only as often as it was asked to."""
    assert RESOURCES["DlqReplayerFunction"]["Properties"]["EventInvokeConfig"] == {"MaximumRetryAttempts": 0}


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameter_is_described_and_constrained(name: str) -> None:
    """Whoever deploys reads what a parameter is for, and a wrong value stops before anything is made."""
    each = PARAMETERS[name]
    assert len(each["Description"]) > 20
    assert {"AllowedPattern", "AllowedValues", "MinValue"} & set(each)


@pytest.mark.parametrize("name", [name for name, each in PARAMETERS.items() if "AllowedPattern" in each])
def test_default_keeps_its_own_pattern(name: str) -> None:
    """A default is a value that the parameter itself allows."""
    if "Default" in PARAMETERS[name]:
        assert re.fullmatch(PARAMETERS[name]["AllowedPattern"], PARAMETERS[name]["Default"])


def test_wide_permissions_are_the_two_that_cannot_be_narrowed() -> None:
    """Only X-Ray and the pollers' network interfaces are allowed on every resource; no action is a wildcard."""
    wide = set()
    for role in of_type("AWS::IAM::Role").values():
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                assert "*" not in str(statement["Action"])
                if statement["Resource"] == "*":
                    wide.add(statement["Sid"])
    assert wide == {"Network", "Trace"}


def test_only_the_named_routing_table_may_be_read() -> None:
    """The right to read an override is for that parameter alone, and is not there without one."""
    policy = RESOURCES["ReadRoutes"]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert policy["Condition"] == "HasRoutesParameter" and PARAMETERS["RoutesParameterName"]["Default"] == ""
    assert statement["Action"] == "ssm:GetParameter"
    assert statement["Resource"]["Sub"].endswith(":parameter${RoutesParameterName}")


@pytest.mark.parametrize(
    "name", [n for n, a in of_type("AWS::CloudWatch::Alarm").items() if a["Namespace"] == "Comboio"]
)
def test_alarms_watch_metrics_that_the_dispatcher_writes(name: str) -> None:
    """An alarm on a metric of the dispatcher's own names it as the dispatcher does, service included."""
    alarm = RESOURCES[name]["Properties"]
    variables = RESOURCES["DispatcherFunction"]["Properties"]["Environment"]["Variables"]
    assert alarm["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
    assert alarm["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]
    written = {f"RoutingTable{news.value}" for news in ReloadResult}
    written |= {metric for found in batch_metrics(BatchReport()) for metric in found.metrics}
    assert alarm["MetricName"] in written
