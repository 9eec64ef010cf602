"""Every Kafka mapping of a template is found under the name that the deployed stack gives it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from consumer.configuration.declared import declared_mappings
from consumer.configuration.resolve import Unknown
from consumer.configuration.template import TemplateError
from tests.support.template import MAPPING, ROOT


def write(folder: Path, resources: dict[str, Any], name: str = "template.yaml", **sections: Any) -> Path:
    path = folder / name
    path.write_text(yaml.safe_dump({"Resources": resources, **sections}))
    return path


def test_the_stack_has_a_mapping_for_each_topic() -> None:
    """The nested mappings get their parent's parameters, and the dispatcher's handler and timeout."""
    found = {
        each.name: each for each in declared_mappings(ROOT / "template.yaml", {"HeavyTopic": "h", "BatchSize": "7"})
    }
    topics = {name: each.topics for name, each in found.items()}
    assert topics == {
        "HeavyMapping/Mapping": "h",
        "LightMapping/Mapping": "mt-c300",
        "PriorityMapping/Mapping": "high_priority_events",
    }
    heavy = found["HeavyMapping/Mapping"]
    self_managed = {"SelfManagedEventSource", "SelfManagedKafkaEventSourceConfig", "SourceAccessConfigurations"}
    assert heavy.properties.keys() == MAPPING.resources["Mapping"]["Properties"].keys() - self_managed
    assert heavy.properties["BatchSize"] == "7"
    assert heavy.function["Handler"] == "dispatcher.handler.handler"
    assert found["PriorityMapping/Mapping"].properties["MaximumBatchingWindowInSeconds"] == 0


def test_events_of_a_sam_function_are_mappings(tmp_path: Path) -> None:
    """MSK and SelfManagedKafka events read as the mappings that SAM makes of them, with Globals for the function."""
    resources = {
        "F": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Handler": "a.b",
                "Events": {
                    "M": {
                        "Type": "MSK",
                        "Properties": {"Stream": "arn:aws:kafka:x", "Topics": ["t"], "ConsumerGroupId": "g"},
                    },
                    "S": {
                        "Type": "SelfManagedKafka",
                        "Properties": {
                            "KafkaBootstrapServers": ["a:1", "b:2"],
                            "Topics": ["u"],
                            "ConsumerGroupId": "h",
                        },
                    },
                    "Q": {"Type": "SQS", "Properties": {"Queue": "arn"}},
                },
            },
        }
    }
    path = write(tmp_path, resources, Globals={"Function": {"Timeout": 9, "Handler": "not.this"}})
    msk, own = declared_mappings(path, {})
    assert (msk.name, own.name) == ("FM", "FS")
    assert msk.properties == {
        "EventSourceArn": "arn:aws:kafka:x",
        "Topics": ["t"],
        "AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": "g"},
    }
    assert own.properties["SelfManagedEventSource"] == {"Endpoints": {"KafkaBootstrapServers": ["a:1", "b:2"]}}
    assert own.properties["SelfManagedKafkaEventSourceConfig"] == {"ConsumerGroupId": "h"}
    assert msk.function == {"Handler": "a.b", "Timeout": 9}


def test_conditions_and_other_sources_are_left_out(tmp_path: Path) -> None:
    """A mapping of a queue, or one whose condition is false, is not there; one that a deployment decides about is."""
    mapping = {"Type": "AWS::Lambda::EventSourceMapping"}
    resources = {
        "Queue": {**mapping, "Properties": {"EventSourceArn": "arn:aws:sqs:eu-west-1:1:q"}},
        "Never": {**mapping, "Condition": "No", "Properties": {"Topics": ["n"]}},
        "Perhaps": {**mapping, "Condition": "Open", "Properties": {"Topics": ["p"]}},
    }
    conditions = {"No": {"Fn::Equals": ["a", "b"]}, "Open": {"Fn::Equals": [{"Ref": "AWS::Region"}, "b"]}}
    assert [each.name for each in declared_mappings(write(tmp_path, resources, Conditions=conditions), {})] == [
        "Perhaps"
    ]


def test_a_topic_that_is_not_known_is_still_a_mapping(tmp_path: Path) -> None:
    """A parameter without a value leaves the mapping in place."""
    resources = {"M": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"Topics": [{"Ref": "T"}]}}}
    (found,) = declared_mappings(write(tmp_path, resources, Parameters={"T": {"Type": "String"}}), {})
    assert found.topics == "?"
    assert isinstance(found.properties["Topics"][0], Unknown)


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize("wrong", [[1], "text", 1, True, {"Ref": "P"}, {"a": 1}], ids=repr)
@pytest.mark.parametrize(
    "path",
    [
        ("Globals",),
        ("Globals", "Function"),
        ("Parameters",),
        ("Parameters", "P"),
        ("Conditions",),
        ("Resources", "F"),
        ("Resources", "F", "Type"),
        ("Resources", "F", "Properties"),
        ("Resources", "F", "Properties", "Events"),
        ("Resources", "F", "Properties", "Events", "K"),
        ("Resources", "F", "Properties", "Events", "K", "Properties"),
        ("Resources", "M", "Condition"),
        ("Resources", "M", "Properties"),
        ("Resources", "M", "Properties", "Topics"),
        ("Resources", "N", "Type"),
        ("Resources", "N", "Properties"),
        ("Resources", "N", "Properties", "Parameters"),
    ],
    ids=".".join,
)
def test_a_part_of_another_shape_is_an_error_of_the_template(tmp_path: Path, path: tuple[str, ...], wrong: Any) -> None:
    """Whatever stands where CloudFormation has an object, the operator reads where it is, and no traceback."""
    write(tmp_path, {}, "inner.yaml")
    event = {"Type": "MSK", "Properties": {"Stream": "arn:aws:kafka:x", "Topics": ["t"]}}
    template: dict[str, Any] = {
        "Globals": {"Function": {"Timeout": 3}},
        "Parameters": {"P": {"Type": "String", "Default": "x"}},
        "Conditions": {"Yes": {"Fn::Equals": ["a", "a"]}},
        "Resources": {
            "F": {"Type": "AWS::Serverless::Function", "Properties": {"Handler": "a.b", "Events": {"K": event}}},
            "M": {"Type": "AWS::Lambda::EventSourceMapping", "Condition": "Yes", "Properties": {"Topics": ["t"]}},
            "N": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "inner.yaml", "Parameters": {}}},
        },
    }
    holder = template
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = wrong
    try:
        found = declared_mappings(write(tmp_path, template.pop("Resources"), **template), {})
    except TemplateError as error:
        assert path[-1] in str(error) or "no condition" in str(error) or "no parameter" in str(error)
    else:
        assert all(isinstance(each.topics, str) for each in found)


def test_templates_that_nest_each_other_end_in_an_error(tmp_path: Path) -> None:
    """A circle is said to be one."""
    path = write(
        tmp_path, {"N": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "template.yaml"}}}
    )
    with pytest.raises(TemplateError, match="circle"):
        declared_mappings(path, {})
