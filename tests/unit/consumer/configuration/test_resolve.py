"""The functions of a template are what CloudFormation makes of them, and unknown where only a deployment knows."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.configuration.resolve import Scope, Unknown, parameter_values
from consumer.configuration.template import TemplateError
from tests.support.examples import examples

TEMPLATE: dict[str, Any] = {
    "Parameters": {"Topic": {"Type": "String", "Default": "t"}, "Arn": {"Type": "String"}},
    "Conditions": {
        "IsT": {"Fn::Equals": [{"Ref": "Topic"}, "t"]},
        "NotT": {"Fn::Not": [{"Condition": "IsT"}]},
        "Depends": {"Fn::Equals": [{"Ref": "Arn"}, ""]},
        "Round": {"Condition": "Round"},
    },
    "Mappings": {"Sizes": {"eu": {"n": 7}}},
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
}


def resolve(node: Any, **parameters: str) -> Any:
    return Scope(TEMPLATE, parameter_values(TEMPLATE, parameters)).resolve(node)


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"Ref": "Topic"}, "t"),
        ({"Fn::Sub": "g-${Topic}"}, "g-t"),
        ({"Fn::Sub": "${!Topic}-${ Topic }"}, "${Topic}-t"),
        ({"Fn::Sub": ["${A}-${Topic}", {"A": {"Ref": "Topic"}}]}, "t-t"),
        ({"Fn::Join": ["/", ["a", {"Ref": "Topic"}, 3]]}, "a/t/3"),
        ({"Fn::Select": ["1", {"Fn::Split": ["|", "x|y"]}]}, "y"),
        ({"Fn::If": ["IsT", 1, 2]}, 1),
        ({"Fn::If": ["NotT", 1, {"Ref": "AWS::NoValue"}]}, None),
        ({"A": {"Ref": "AWS::NoValue"}, "B": [1, {"Ref": "AWS::NoValue"}]}, {"B": [1]}),
        ({"Fn::FindInMap": ["Sizes", "eu", "n"]}, 7),
        ({"Fn::And": [{"Condition": "IsT"}, {"Condition": "NotT"}]}, False),
        ({"Fn::Or": [{"Condition": "IsT"}, {"Condition": "NotT"}]}, True),
        ({"Ref": "AWS::Partition"}, "aws"),
        ([{"Type": "VPC_SUBNET"}], [{"Type": "VPC_SUBNET"}]),
    ],
)
def test_a_function_has_its_value(node: Any, value: Any) -> None:
    """Each function whose arguments are known is evaluated, AWS::NoValue leaves a property out."""
    assert resolve(node) == value


@pytest.mark.parametrize(
    "node",
    [
        {"Ref": "Arn"},
        {"Ref": "Queue"},
        {"Fn::GetAtt": ["Queue", "Arn"]},
        {"Fn::GetAtt": "Queue.Arn"},
        {"Fn::Sub": "x-${Queue.Arn}"},
        {"Fn::Sub": "x-${Arn}"},
        {"Fn::Join": ["", ["a", {"Ref": "Arn"}]]},
        {"Fn::If": ["Depends", 1, 2]},
        {"Ref": "AWS::Region"},
        {"Fn::ImportValue": "there"},
    ],
)
def test_what_a_deployment_decides_is_unknown(node: Any) -> None:
    """Nothing is guessed: an attribute, a parameter without a value, and all that is made of them."""
    assert isinstance(resolve(node), Unknown)


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize(
    "node",
    [
        {"Ref": "Missing"},
        {"Ref": ["Topic"]},
        {"Fn::Select": ["9", ["a"]]},
        {"Fn::Select": "a"},
        {"Fn::If": ["IsT", 1]},
        {"Fn::If": ["Missing", 1, 2]},
        {"Fn::GetAtt": "Queue"},
        {"Fn::FindInMap": ["No", "such", "map"]},
        {"Condition": "Round"},
        {"Fn::Sub": {"a": 1}},
    ],
)
def test_a_wrong_function_is_an_error_of_the_template(node: Any) -> None:
    """It ends in one error, whatever is wrong with it; a circle too."""
    with pytest.raises(TemplateError):
        resolve(node)


def test_a_parameter_that_the_template_lacks_is_refused() -> None:
    """A misspelt name must not silently leave the default in place."""
    with pytest.raises(TemplateError, match="Topik"):
        resolve({}, Topik="x")


def test_lists_and_parameter_store() -> None:
    """A list parameter is a list; a parameter whose value is in Parameter Store is not known."""
    template = {
        "Parameters": {"L": {"Type": "CommaDelimitedList"}, "S": {"Type": "AWS::SSM::Parameter::Value<String>"}}
    }
    values = parameter_values(template, {"L": "a, b", "S": "/name"})
    assert values["L"] == ["a", "b"]
    assert isinstance(values["S"], Unknown)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Ref", "Condition", "Fn::If", "Fn::Sub", "Fn::Join", "Fn::Select", "a"]), inner
        )
    ),
    max_leaves=8,
)


@pytest.mark.robustness("bad input to a command or a template")
@given(JSON)
@settings(max_examples=examples(50))
def test_no_node_ends_in_anything_but_a_value_or_an_error_of_the_template(node: Any) -> None:
    """Whatever stands in a template, the consumer's start ends in one sentence."""
    try:
        resolve(node)
    except TemplateError:
        return
