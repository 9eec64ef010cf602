"""What a user's messages and money depend on in template.yaml."""

import re
import tomllib
from typing import Any

import pytest

from comboio.contract.redispatch import claim_name
from comboio.otlp.settings import OtlpSettings
from dispatcher.settings import DispatcherSettings
from dlq_replayer.settings import ReplayerSettings
from tests.support.template import (
    DEFAULTS,
    EVERYTHING,
    MAPPING,
    PLAIN,
    ROOT,
    TEMPLATE,
    Node,
    Template,
    statements_of,
    values_of,
)

RESOURCES = EVERYTHING.resources
PARAMETERS = TEMPLATE.parameters
FUNCTIONS = EVERYTHING.of_type("AWS::Serverless::Function")
QUEUES = TEMPLATE.of_type("AWS::SQS::Queue")
each_queue = pytest.mark.parametrize("queue", QUEUES.values(), ids=QUEUES.keys())
each_function = pytest.mark.parametrize("name", FUNCTIONS)


@each_function
def test_function_timeout_fits_a_kafka_mapping(name: str) -> None:
    """Kafka mappings refuse functions that may run for more than 14 minutes; too short a run leaves no time to send."""
    value = FUNCTIONS[name]["Timeout"]
    fixed: Node = dict.fromkeys(("MinValue", "Default", "MaxValue"), value)
    timeout = TEMPLATE.parameter(value) if isinstance(value, dict) else fixed
    assert 15 <= timeout["MinValue"] <= timeout["Default"] <= timeout["MaxValue"] <= 14 * 60


@each_function
def test_function_handler_exists_and_its_build_needs_no_container(name: str) -> None:
    """The handler's module is in the function's folder, and a makefile target of its name builds it."""
    properties = FUNCTIONS[name]
    source = ROOT / properties["CodeUri"]
    assert (source / properties["Handler"].split(".")[0]).is_dir()
    assert RESOURCES[name]["Metadata"]["BuildMethod"] == "makefile"
    assert f"build-{name}: PACKAGE := {properties['Handler'].split('.')[0]}\n" in (source / "Makefile").read_text()


@pytest.mark.parametrize("name", QUEUES)
def test_queue_is_encrypted(name: str) -> None:
    """No queue keeps messages in the clear; with a key of the user's it uses that and no other."""
    plain, own = (template.of_type("AWS::SQS::Queue")[name] for template in (PLAIN, EVERYTHING))
    assert (plain.get("SqsManagedSseEnabled"), plain.get("KmsMasterKeyId")) == (True, None)
    assert (own.get("SqsManagedSseEnabled"), own.get("KmsMasterKeyId")) == (None, {"Ref": "KmsKeyArn"})


def test_all_that_is_kept_is_encrypted_by_the_user_s_key() -> None:
    """With KmsKeyArn, whoever may not use the key reads no item, object, line of a log or variable of the stack."""
    key = {"Ref": "KmsKeyArn"}
    assert EVERYTHING.resources["LedgerTable"]["Properties"]["SSESpecification"]["KMSMasterKeyId"] == key
    (rule,) = EVERYTHING.resources["OnFailureBucket"]["Properties"]["BucketEncryption"][
        "ServerSideEncryptionConfiguration"
    ]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    logs = EVERYTHING.of_type("AWS::Logs::LogGroup").values()
    assert logs and all(group["KmsKeyId"] == key for group in logs)
    assert all(each["KmsKeyArn"] == key for each in EVERYTHING.of_type("AWS::Serverless::Function").values())
    assert not set(values_of(PLAIN.resources, "Ref")) & {"KmsKeyArn"}


@each_function
def test_a_function_may_use_the_key_of_what_it_reads_and_writes(name: str) -> None:
    """A role without the key could not read a message that it may receive; none may do more with the key."""
    role = FUNCTIONS[name]["Role"]["GetAtt"].split(".")[0]
    key = EVERYTHING.statements(role)["Key"]
    assert key["Resource"] == {"Ref": "KmsKeyArn"}
    assert set(key["Action"]) == {"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"}
    assert "Key" not in PLAIN.statements(role) if role in PLAIN.resources else True


@each_function
def test_what_a_former_key_encrypted_can_still_be_read(name: str) -> None:
    """After a change of the key, letters and held messages of before are read by the former one; nothing is written."""
    role = FUNCTIONS[name]["Role"]["GetAtt"].split(".")[0]
    former = EVERYTHING.statements(role)["FormerKey"]
    assert (former["Action"], former["Resource"]) == ("kms:Decrypt", {"Ref": "FormerKmsKeyArn"})
    assert not set(values_of(PLAIN.resources, "Ref")) & {"FormerKmsKeyArn"}


def test_the_ledger_is_not_deleted_by_mistake() -> None:
    """Without its ledgers, a dispatcher sends every record within the topics' retention again."""
    table = RESOURCES["LedgerTable"]["Properties"]
    assert table["DeletionProtectionEnabled"] is True


@each_queue
def test_fifo_queue_trusts_only_the_deduplication_id(queue: Node) -> None:
    """Deduplication by content would merge two equal readings of a truck."""
    if queue.get("FifoQueue"):
        assert queue["ContentBasedDeduplication"] is False
        assert (queue["DeduplicationScope"], queue["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")


def test_the_last_copy_lives_as_long_as_sqs_allows_and_survives_the_stack() -> None:
    """A dead letter and a held record have 14 days, and the last copy of anything outlives the stack."""
    for name in ("DeadLetterQueue", "ParkingQueue", "HoldQueue"):
        assert QUEUES[name]["MessageRetentionPeriod"] == 14 * 86400
    for name in ("DeadLetterQueue", "ParkingQueue", "HoldQueue", "LedgerTable", "OnFailureBucket"):
        assert (RESOURCES[name]["DeletionPolicy"], RESOURCES[name]["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_a_held_record_stays_hidden_while_its_batch_may_still_run() -> None:
    """AWS recommends a visibility timeout of six function timeouts; below one, a record would be sent twice at once."""
    assert QUEUES["HoldQueue"]["VisibilityTimeout"] >= 6 * FUNCTIONS["DrainerFunction"]["Timeout"]


def test_the_drainer_is_fed_in_order_and_within_bounds() -> None:
    """It reads the hold queue alone, reports what it did not send, and its concurrency has a maximum."""
    (event,) = FUNCTIONS["DrainerFunction"]["Events"].values()
    assert (event["Type"], event["Properties"]["Queue"]) == ("SQS", {"GetAtt": "HoldQueue.Arn"})
    assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 1 <= event["Properties"]["BatchSize"] <= 10
    bound = TEMPLATE.parameter(event["Properties"]["ScalingConfig"]["MaximumConcurrency"])
    assert 2 <= bound["MinValue"] <= bound["Default"] <= bound["MaxValue"] <= 1000
    assert "MaximumBatchingWindowInSeconds" not in event["Properties"], "FIFO queues have no batching window"


def test_the_drainer_finishes_what_the_dispatcher_began() -> None:
    """It has the dispatcher's routes, destinations, ledger and permissions, so whatever was held can be sent."""
    dispatcher, drainer = TEMPLATE.variables("DispatcherFunction"), TEMPLATE.variables("DrainerFunction")
    own = {"POWERTOOLS_SERVICE_NAME"}
    only_for_batches = {"DISPATCHER_ABANDON_AFTER_S", "DISPATCHER_CLUSTERS", "DISPATCHER_LATE_AFTER_S"}
    assert dispatcher.keys() - only_for_batches == drainer.keys()
    assert all(drainer[name] == dispatcher[name] for name in drainer.keys() - own)
    begun, finished = EVERYTHING.statements("DispatcherRole"), EVERYTHING.statements("DrainerRole")
    assert {"Ledger", "Queues", "LargeDeadLetters", "Routes"} <= begun.keys() & finished.keys()
    roles = [RESOURCES[name]["Properties"]["ManagedPolicyArns"] for name in ("DispatcherRole", "DrainerRole")]
    assert roles[0] == roles[1]
    held = set(finished["HeldRecords"]["Action"])
    assert {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"} <= held
    assert finished["HeldRecords"]["Resource"] == {"GetAtt": "HoldQueue.Arn"}


def test_people_reach_the_hold_queue_and_take_nothing_from_its_drainer() -> None:
    """The replayer ends waits, reads what waits and orders to give up; it receives, deletes and sends nothing there."""
    statements = TEMPLATE.statements("ReplayerRole")
    (hold,) = (each for each in statements.values() if each["Resource"] == {"GetAtt": "HoldQueue.Arn"})
    assert set(hold["Action"]) == {"sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"}
    assert statements["WaitingGroups"]["Action"] == "dynamodb:Scan"
    assert str(statements["WaitingGroups"]["Resource"]).endswith("/index/waiting'}")
    orders = statements["GiveUpOrders"]
    assert set(orders["Action"]) == {"dynamodb:GetItem", "dynamodb:UpdateItem"}
    assert orders["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "give_up#*"}}


def test_what_is_retained_has_no_name_that_a_second_stack_would_ask_for() -> None:
    """A stack that is deleted and created again is not stopped by the name of what the first one left behind."""
    for each in RESOURCES.values():
        if each.get("DeletionPolicy") == "Retain":
            assert not {"QueueName", "TableName", "BucketName"} & set(each["Properties"])


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


@each_function
def test_environment_names_resources_that_exist(name: str) -> None:
    """A variable that refers to something refers to a resource or a parameter of this template."""
    referred = {each.partition(".")[0] for each in values_of(TEMPLATE.variables(name), "Ref")}
    assert referred
    assert referred <= set(RESOURCES) | set(PARAMETERS) | {"AWS::NoValue"}


@each_function
def test_a_log_level_means_the_same_to_lambda_and_to_the_code(name: str) -> None:
    """Lambda discards what is below its own level, and metrics are lines that it counts as INFO."""
    assert FUNCTIONS[name]["LoggingConfig"]["ApplicationLogLevel"] == {"Ref": "LogLevel"}
    assert TEMPLATE.variables(name)["LOG_LEVEL"] == {"Ref": "LogLevel"}
    assert set(PARAMETERS["LogLevel"]["AllowedValues"]) <= {"DEBUG", "INFO"}


@each_function
def test_a_function_logs_where_its_role_may_write(name: str) -> None:
    """Each function has a log group of its own, kept as long as the parameter says, and its role may write to it."""
    group, role = FUNCTIONS[name]["LoggingConfig"]["LogGroup"]["Ref"], FUNCTIONS[name]["Role"]["GetAtt"].split(".")[0]
    assert RESOURCES[group]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert EVERYTHING.statements(role)["Log"]["Resource"] == {"GetAtt": f"{group}.Arn"}
    assert [each["Role"] for each in FUNCTIONS.values()].count(FUNCTIONS[name]["Role"]) == 1


def test_environment_satisfies_the_dispatcher() -> None:
    """What the template sets is what the dispatcher's options allow, and no DISPATCHER_ name is misspelt."""
    variables = TEMPLATE.variables("DispatcherFunction")
    known = {DispatcherSettings.environment_name(name) for name in DispatcherSettings.model_fields}
    numbers = {name: each["Default"] for name, each in PARAMETERS.items() if each["Type"] == "Number"}
    resolved = {
        name: value if isinstance(value, str) else str(numbers.get(value.get("Ref"), "made-by-the-stack"))
        for name, value in variables.items()
    }
    DispatcherSettings.from_environment(resolved)
    assert {name for name in variables if name.startswith("DISPATCHER_")} <= known
    assert {"LEDGER_TABLE", "DEAD_LETTER_QUEUE_URL", "DEAD_LETTER_BUCKET"} <= known & set(variables)
    for bound in ("MinValue", "MaxValue"):
        DispatcherSettings.from_environment(
            resolved | {"DISPATCHER_LATE_AFTER_S": str(PARAMETERS["LateAfterSeconds"][bound])}
        )


def test_environment_satisfies_the_traces() -> None:
    """What the template sets is what their options allow, no name is misspelt, and by default there are no traces."""
    known = {OtlpSettings.environment_name(name) for name in OtlpSettings.model_fields}
    for template, url in (
        (PLAIN, ""),
        (TEMPLATE.under(*DEFAULTS, "TracesToCloudWatch"), "https://xray.${AWS::Region}.${AWS::URLSuffix}/v1/traces"),
    ):
        variables = template.variables("DispatcherFunction")
        given = {name: value for name, value in variables.items() if name.startswith("OTEL_")}
        assert given.keys() <= known
        resolved = {name: _resolved(value) for name, value in given.items()}
        settings = OtlpSettings.from_environment(resolved)
        assert settings.traces_url == url
        assert settings.traces_sampler == "parentbased_traceidratio"
        assert settings.propagators == ("xray-lambda" if url else "")


def _resolved(value: Any) -> str:
    """Return the value that a variable has where every parameter has its default."""
    if isinstance(value, dict):
        return str(value.get("Sub") or PARAMETERS[value["Ref"]]["Default"])
    return str(value)


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        ("", True),
        ("cloudwatch", True),
        ("http://localhost:4318", True),
        ("localhost:4318", False),
        ("https://a b", False),
    ],
)
def test_an_endpoint_of_traces_is_a_url_or_cloudwatch(value: str, allowed: bool) -> None:
    """What the dispatcher would refuse is refused before the deployment."""
    assert bool(re.fullmatch(PARAMETERS["TracesEndpoint"]["AllowedPattern"], value)) is allowed


def test_spans_are_allowed_where_they_go_to_cloudwatch_alone() -> None:
    """By default nobody may write them; where it is asked for, dispatchers and drainer may, and have the layer."""
    assert "Spans" not in PLAIN.statements("DispatcherRole").keys() | PLAIN.statements("DrainerRole").keys()
    for role in ("DispatcherRole", "PriorityRole", "DrainerRole"):
        assert EVERYTHING.statements(role)["Spans"]["Action"] == ["xray:PutSpans", "xray:PutSpansForIndexing"]
    layer = {"Ref": "TracesLayerArn"}
    having = [name for name, each in EVERYTHING.of_type("AWS::Serverless::Function").items() if layer in each["Layers"]]
    assert having == ["DispatcherFunction", "PriorityFunction", "DrainerFunction"]
    assert layer not in PLAIN.function("DispatcherFunction")["Layers"]


def test_environment_has_every_target_of_the_routing_table() -> None:
    """Every `$NAME` that the delivered routes.toml asks for is set, and the role may send to it."""
    routes = tomllib.loads((ROOT / "layers/comboio/comboio/routing/routes.toml").read_text())
    variables = TEMPLATE.variables("DispatcherFunction")
    may_send = set(values_of(EVERYTHING.statements("DispatcherRole")["Queues"]["Resource"], "GetAtt"))
    targets = {destination["target"].removeprefix("$") for destination in routes["destinations"].values()}
    assert targets
    for name in {*targets, "DEAD_LETTER_QUEUE_URL"}:
        assert f"{variables[name]['Ref']}.Arn" in may_send


def test_role_may_be_given_the_rights_of_other_destinations() -> None:
    """Whoever routes to something of their own names a policy, and need not edit the role; by default there is none."""
    assert PARAMETERS["DestinationsPolicyArn"]["Default"] == ""
    assert TEMPLATE.conditions["HasDestinationsPolicy"]
    for role in ("DispatcherRole", "DrainerRole", "PriorityRole"):
        assert RESOURCES[role]["Properties"]["ManagedPolicyArns"] == [{"Ref": "DestinationsPolicyArn"}]
    assert "ManagedPolicyArns" not in PLAIN.resources["DispatcherRole"]["Properties"]


@pytest.mark.parametrize("name", ["DeadLetterQueue", "ParkingQueue"])
def test_looking_at_dead_letters_never_loses_them(name: str) -> None:
    """A redrive policy would move a letter, or drop it, after it had been received so often by inspects and filters."""
    assert "RedrivePolicy" not in RESOURCES[name]["Properties"]
    targets = [queue.get("RedrivePolicy") for queue in QUEUES.values()]
    assert not any(name in str(target) for target in targets)


def test_environment_satisfies_the_replayer() -> None:
    """What the template sets is what the replayer's options allow, and no REPLAYER_ name is misspelt."""
    variables = TEMPLATE.variables("DlqReplayerFunction")
    known = {ReplayerSettings.environment_name(name) for name in ReplayerSettings.model_fields}
    resolved = {name: value if isinstance(value, str) else "30" for name, value in variables.items()}
    ReplayerSettings.from_environment(resolved)
    assert {name for name in variables if name.startswith("REPLAYER_")} <= known
    for name in ("DEAD_LETTER_QUEUE_URL", "DEAD_LETTER_BUCKET", "LEDGER_TABLE"):
        assert variables[name] == TEMPLATE.variables("DispatcherFunction")[name]


def test_replayer_may_do_what_it_does_and_send_nowhere_but_to_parking() -> None:
    """It takes letters out of both queues, invokes the dispatcher, and continues by itself under its own name."""
    statements = EVERYTHING.statements("ReplayerRole")
    assert set(values_of(statements["Letters"], "GetAtt")) == {"DeadLetterQueue.Arn", "ParkingQueue.Arn"}
    sending = [each["Resource"] for each in statements.values() if "sqs:SendMessage" in each["Action"]]
    assert sending == [{"GetAtt": "ParkingQueue.Arn"}]
    invoked = statements["DispatchAndContinue"]["Resource"]
    name = RESOURCES["DlqReplayerFunction"]["Properties"]["FunctionName"]["Sub"]
    assert (
        invoked[0]
        == {"Ref": "DispatcherFunction.Alias"}
        == TEMPLATE.under(*DEFAULTS, "IsGradual").variables("DlqReplayerFunction")["DISPATCHER_FUNCTION"]
    )
    plain = PLAIN.statements("ReplayerRole")["DispatchAndContinue"]["Resource"]
    assert plain[0] == {"GetAtt": "DispatcherFunction.Arn"}
    assert invoked[1]["Sub"].endswith(f":function:{name}")


def test_replayer_s_invocations_are_not_repeated_by_lambda() -> None:
    """One that failed is for people to look at; the function goes on by itself only as often as it was asked to."""
    assert RESOURCES["DlqReplayerFunction"]["Properties"]["EventInvokeConfig"] == {"MaximumRetryAttempts": 0}


EVERY_PARAMETER = [(template, name) for template in (TEMPLATE, MAPPING) for name in template.parameters]
each_parameter = pytest.mark.parametrize(
    ("template", "name"), EVERY_PARAMETER, ids=[f"{template.path.name} {name}" for template, name in EVERY_PARAMETER]
)


@each_parameter
def test_parameter_is_described_and_constrained(template: Template, name: str) -> None:
    """Whoever deploys reads what a parameter is for, and a wrong value stops before anything is made."""
    each = template.parameters[name]
    assert len(each["Description"]) > 20
    assert {"AllowedPattern", "AllowedValues", "MinValue"} & set(each)


@each_parameter
def test_default_keeps_its_own_pattern(template: Template, name: str) -> None:
    """A default is a value that the parameter itself allows."""
    each = template.parameters[name]
    if "AllowedPattern" in each and "Default" in each:
        assert re.fullmatch(each["AllowedPattern"], each["Default"])


@pytest.mark.parametrize("template", [TEMPLATE, MAPPING], ids=["template.yaml", "mapping.yaml"])
def test_every_parameter_has_its_place_in_the_form(template: Template) -> None:
    """The console groups the parameters by what they are about, and leaves none of them in a rest."""
    groups = template.metadata["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(template.parameters)


CLUSTER = "arn:aws:kafka:eu-west-1:123456789012:cluster/trucks/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f-1"


@pytest.mark.parametrize(
    ("value", "allowed"),
    [("", True), (CLUSTER, True), (f"{CLUSTER},{CLUSTER}", True), (f"{CLUSTER},", False), (f"{CLUSTER} ", False)],
)
def test_more_clusters_are_a_list_of_arns(value: str, allowed: bool) -> None:
    """A list that ends in a comma or has a space would become a resource that no policy may name."""
    assert bool(re.fullmatch(PARAMETERS["MoreMskClusterArns"]["AllowedPattern"], value)) is allowed


def test_the_role_may_connect_to_every_cluster_that_is_served() -> None:
    """With more clusters named, the permission is for each of them; it is never for all clusters."""
    more = {"Sub": "${MskClusterArn},${MoreMskClusterArns}"}
    for role in ("DispatcherRole", "PriorityRole"):
        assert EVERYTHING.statements(role)["Clusters"]["Resource"] == {"Split": [",", more]}
    assert PLAIN.statements("DispatcherRole")["Clusters"]["Resource"] == {"Ref": "MskClusterArn"}
    separator, served = TEMPLATE.variables("DispatcherFunction")["DISPATCHER_CLUSTERS"]["Join"]
    assert (separator, [each["If"][1]["Ref"] for each in served]) == (
        ",",
        ["MskClusterArn", "MoreMskClusterArns", "SelfManagedClusters"],
    )


@pytest.mark.parametrize(
    ("value", "allowed"),
    [("", True), ("b1:9096;b2:9096,other:9093", True), ("b1:9096;", False), ("b1", False), ("b1:9096 ", False)],
)
def test_self_managed_clusters_are_lists_of_servers(value: str, allowed: bool) -> None:
    """A broken list would make the dispatcher reject every batch of the cluster."""
    assert bool(re.fullmatch(PARAMETERS["SelfManagedClusters"]["AllowedPattern"], value)) is allowed


WIDE = {
    "Trace": "X-Ray's two actions take no resource",
    "Spans": "nor do its two for spans, which are allowed where TracesEndpoint is cloudwatch",
    "Network": "a mapping's network interfaces: EC2 takes no resource for Describe*, and knows none before it",
    "JoinNetwork": "the same of a function in a VPC, in the words of AWS's own policy",
}
"""The statements that allow something on every resource, and why AWS allows nothing narrower."""


def test_nothing_is_allowed_on_every_resource_but_where_aws_has_no_other_way() -> None:
    """`Resource: "*"` stands in the listed statements only, and no action is a wildcard."""
    wide = set()
    for template in (EVERYTHING, MAPPING):
        policies = list(template.of_type("AWS::IAM::Policy").values())
        policies += [policy for role in template.of_type("AWS::IAM::Role").values() for policy in role["Policies"]]
        for statement in (each for policy in policies for each in statements_of([policy]).values()):
            assert "*" not in str(statement["Action"])
            if statement["Resource"] == "*" and statement["Effect"] == "Allow":
                wide.add(statement["Sid"])
    assert wide == set(WIDE)


def test_code_makes_no_network_interface() -> None:
    """The wide permissions for interfaces are Lambda's: whatever runs within a function is denied each of them."""
    for role in ("DispatcherRole", "DrainerRole", "PriorityRole"):
        statements = EVERYTHING.statements(role)
        denial = statements["NoNetwork"]
        changing = {
            action for each in ("Network", "JoinNetwork") for action in statements.get(each, {"Action": []})["Action"]
        }
        changing = {action for action in changing if "NetworkInterface" in action or "IpAddresses" in action}
        assert denial["Effect"] == "Deny" and changing <= set(denial["Action"])
        functions = denial["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"]
        (own,) = [name for name, each in FUNCTIONS.items() if each["Role"] == {"GetAtt": f"{role}.Arn"}]
        assert {"GetAtt": f"{own}.Arn"} in functions


@pytest.mark.parametrize("template", [TEMPLATE, MAPPING], ids=lambda each: each.path.name)
def test_a_template_deploys_in_every_partition(template: Template) -> None:
    """China, GovCloud and the European Sovereign Cloud have ARNs that begin in other ways than `arn:aws:`."""
    assert "arn:aws:" not in str(template.resources)
    assert all(
        "arn:aws[a-z-]*:" in each["AllowedPattern"]
        for name, each in template.parameters.items()
        if name.endswith(("Arn", "Arns"))
    )


SENDERS = ("DispatcherFunction", "PriorityFunction", "DrainerFunction")


def test_functions_that_send_can_stand_in_a_vpc() -> None:
    """With subnets named, all that send are in them, with the right to join; without, none is in a VPC."""
    for name in SENDERS:
        network = FUNCTIONS[name]["VpcConfig"]
        assert network == {"SubnetIds": {"Ref": "SubnetIds"}, "SecurityGroupIds": {"Ref": "SecurityGroupIds"}}
        assert "JoinNetwork" in EVERYTHING.statements(FUNCTIONS[name]["Role"]["GetAtt"].split(".")[0])
    plain = PLAIN.of_type("AWS::Serverless::Function")
    assert not any("VpcConfig" in each for each in plain.values())
    assert "JoinNetwork" not in PLAIN.statements("DispatcherRole")


def test_a_dedicated_priority_function_is_the_dispatcher_once_more() -> None:
    """It does to a batch what the dispatcher does; only its role, log, concurrency and alarms are its own."""
    own = {"Role", "LoggingConfig", "Description", "ReservedConcurrentExecutions", "DeploymentPreference"}
    dispatcher, priority = FUNCTIONS["DispatcherFunction"], FUNCTIONS["PriorityFunction"]
    assert dispatcher.keys() == priority.keys()
    assert {name for name in dispatcher if dispatcher[name] != priority[name]} == own
    allowed = [set(EVERYTHING.statements(each["Role"]["GetAtt"].split(".")[0])) for each in (dispatcher, priority)]
    assert allowed[0] == allowed[1]
    assert not [name for name in PLAIN.resources if name.startswith("Priority") and name != "PriorityMapping"]


def test_the_priority_topic_has_its_function_and_that_function_s_role() -> None:
    """A mapping uses the role of the function that it invokes, whichever of the two that is."""
    for template, function in ((PLAIN, "Dispatcher"), (TEMPLATE.under(*DEFAULTS, "IsDedicated"), "Priority")):
        given = template.resources["PriorityMapping"]["Properties"]["Parameters"]
        assert given["DispatcherFunctionArn"] == {"GetAtt": f"{function}Function.Arn"}
        assert given["DispatcherRoleName"] == {"Ref": f"{function}Role"}
        for other in ("HeavyMapping", "LightMapping"):
            given = template.resources[other]["Properties"]["Parameters"]
            assert given["DispatcherFunctionArn"] == {"GetAtt": "DispatcherFunction.Arn"}


def test_reserved_concurrency_is_a_choice() -> None:
    """0 reserves nothing, for it would otherwise stop the function."""
    for parameter in ("DispatcherReservedConcurrency", "PriorityReservedConcurrency"):
        assert PARAMETERS[parameter]["Default"] == 0
    plain = TEMPLATE.under(*DEFAULTS, "IsDedicated").of_type("AWS::Serverless::Function")
    assert not any("ReservedConcurrentExecutions" in each for each in plain.values())
    assert FUNCTIONS["DispatcherFunction"]["ReservedConcurrentExecutions"] == {"Ref": "DispatcherReservedConcurrency"}


def test_traffic_moves_gradually_and_back_on_an_alarm() -> None:
    """With a gradual deployment the mappings invoke the alias that CodeDeploy moves, and errors move it back."""
    gradual = TEMPLATE.under(*DEFAULTS, "IsGradual", "IsDedicated")
    for mapping in gradual.of_type("AWS::CloudFormation::Stack").values():
        assert mapping["Parameters"].get("DispatcherFunctionArn", {"Ref": ".Alias"})["Ref"].endswith(".Alias")
    for name in ("DispatcherFunction", "PriorityFunction"):
        preference = gradual.function(name)["DeploymentPreference"]
        expected = {"DispatcherErrors", "DrainerErrors"} | ({"PriorityErrors"} if name == "PriorityFunction" else set())
        assert set(values_of(preference["Alarms"], "Ref")) == expected
        assert preference["Role"] == {"GetAtt": "DeploymentRole.Arn"}
    assert "DeploymentRole" not in PLAIN.resources
    choices = PARAMETERS["GradualDeployment"]
    table = TEMPLATE.mappings["Deployment"]
    assert set(table) == set(choices["AllowedValues"])
    assert {name for name, each in table.items() if each["Gradual"] == "false"} == {choices["Default"]} == {"None"}


def test_a_changed_parameter_is_a_new_version() -> None:
    """SAM hashes a function's properties with its parameters unresolved, so its description names their values.

    Without that, an alias would go on with the memory, the log level or the routing table that it had.
    """
    known = re.compile(r"\$\{(\w+)\}")
    for name in ("DispatcherFunction", "PriorityFunction"):
        function = TEMPLATE.function(name)
        described = set(known.findall(function["VersionDescription"]["Sub"]))
        fits = {"PythonRuntime", "FunctionMemoryMegabytes", "FunctionTimeoutSeconds", "LogLevel", "RoutesParameterName"}
        fits |= {"LateAfterSeconds"}
        assert described == fits | {"Release"}
        assert "${Release}" in function["Description"]["Sub"], "a version of an unchanged function is refused"
        longest = sum(PARAMETERS[each].get("MaxLength", 10) for each in described) + len(" MB  s    late:")
        assert longest <= 256


@pytest.mark.robustness("permissions that the template must not give")
def test_a_policy_that_is_a_resource_can_be_updated_in_place() -> None:
    """AWS::IAM::RolePolicy does the same, but the emulator of the local stack does not know it."""
    assert not TEMPLATE.of_type("AWS::IAM::RolePolicy")
    assert not MAPPING.of_type("AWS::IAM::RolePolicy")


def denied(kind: str, name: str) -> dict[str, Node]:
    """Return what the policy of a queue or a bucket forbids, by its Sid."""
    attribute = "Queues" if kind == "AWS::SQS::QueuePolicy" else "Bucket"
    (policy,) = [p for p in EVERYTHING.of_type(kind).values() if {"Ref": name} in (p[attribute], *p[attribute])]
    statements = policy["PolicyDocument"]["Statement"]
    assert all((each["Effect"], each["Principal"]) == ("Deny", "*") for each in statements)
    return {each["Sid"]: each for each in statements}


@pytest.mark.robustness("permissions that the template must not give")
@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_is_reached_over_tls_only(name: str) -> None:
    """Nobody, whatever their permissions, reads or writes a message in the clear."""
    over_tls = denied("AWS::SQS::QueuePolicy", name)["OnlyOverTls"]
    assert over_tls["Action"] == "sqs:*"
    assert over_tls["Resource"] in ("*", {"GetAtt": f"{name}.Arn"})
    assert over_tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


WRITERS = {
    "DeadLetterQueue": ["DispatcherRole", "DrainerRole", "PriorityRole"],
    "HoldQueue": ["DispatcherRole", "DrainerRole", "PriorityRole"],
    "ParkingQueue": ["ReplayerRole"],
}
"""The roles that may send to a queue whose messages are trusted when they come back."""


@pytest.mark.parametrize("name", WRITERS)
def test_only_a_function_writes_what_is_trusted_later(name: str) -> None:
    """What a letter says is dispatched, so a permission elsewhere in the account is not enough to send one."""
    (statement,) = [s for s in denied("AWS::SQS::QueuePolicy", name).values() if s["Action"] == "sqs:SendMessage"]
    assert statement["Resource"] == {"GetAtt": f"{name}.Arn"}
    roles = statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    assert roles == [{"GetAtt": f"{role}.Arn"} for role in WRITERS[name]]
    for role in (each["Role"]["GetAtt"].split(".")[0] for each in FUNCTIONS.values()):
        sends = [
            each["Resource"] for each in EVERYTHING.statements(role).values() if "sqs:SendMessage" in each["Action"]
        ]
        assert (f"{name}.Arn" in set(values_of(sends, "GetAtt"))) is (role in WRITERS[name])


def test_only_the_functions_write_to_the_bucket() -> None:
    """A mapping writes with its function's role, so no principal but these roles can put an object to be replayed."""
    statements = denied("AWS::S3::BucketPolicy", "OnFailureBucket")
    assert statements["OnlyOverTls"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    writes = statements["OnlyTheFunctionsWrite"]
    assert (writes["Action"], writes["Resource"]) == ("s3:PutObject", {"Sub": "${OnFailureBucket.Arn}/*"})
    allowed = {role["GetAtt"].split(".")[0] for role in writes["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]}
    assert allowed == {
        name
        for name in TEMPLATE.of_type("AWS::IAM::Role")
        if any("s3:PutObject" in each["Action"] for each in EVERYTHING.statements(name).values())
    }


def test_only_the_named_routing_table_may_be_read() -> None:
    """The right to read an override is for that parameter alone, and is not there without one."""
    policy = RESOURCES["ReadRoutes"]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert policy["Condition"] == "HasRoutesParameter" and PARAMETERS["RoutesParameterName"]["Default"] == ""
    assert statement["Action"] == "ssm:GetParameter"
    assert statement["Resource"]["Sub"].endswith(":parameter${RoutesParameterName}")


def test_the_replayer_claims_letters_and_touches_no_ledger() -> None:
    """Of the table it writes the claims of letters and the orders to give up, and no ledger, lease or state."""
    writes = [
        each for each in EVERYTHING.statements("ReplayerRole").values() if "dynamodb:UpdateItem" in each["Action"]
    ]
    keys = {each["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] for each in writes}
    assert keys == {claim_name("*"), "give_up#*"}
