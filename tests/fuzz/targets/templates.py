"""A template of CloudFormation and its samconfig.toml: the mapping's options, or an error that says what is wrong."""

import json

from comboio.errors import ConfigurationError
from consumer.configuration.which import configured
from consumer.settings import ConsumerSettings
from tests.fuzz.target import Target, only, promised
from tests.fuzz.targets.places import folder

BETWEEN = b"\n--- samconfig.toml\n"
"""What stands between the two files in an input."""

FUNCTION = b"""
Globals: { Function: { Timeout: 30 } }
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      Events:
        K:
          Type: SelfManagedKafka
          Properties: { KafkaBootstrapServers: [a:1], Topics: [t], ConsumerGroupId: g, BatchSize: 10 }
"""
MAPPING = b"""
Parameters:
  Topic: { Type: String, Default: t }
  Servers: { Type: CommaDelimitedList, Default: "a:1,b:2" }
Conditions:
  Has: !Not [!Equals [!Ref Topic, ""]]
Mappings: { M: { a: { b: c } } }
Resources:
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Condition: Has
    Properties:
      FunctionName: !GetAtt F.Arn
      Topics: [!If [Has, !Sub "${Topic}-x", !Ref AWS::NoValue], !Select [0, !Split [",", "x,y"]]]
      SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: !Ref Servers } }
      FilterCriteria: { Filters: [{ Pattern: '{"value":{"a":[1]}}' }] }
"""
MORE = b"""
Resources:
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      Topics: [t]
      EventSourceArn: !Sub "arn:${AWS::Partition}:kafka:us-east-1:1:cluster/c/1"
      DestinationConfig: { OnFailure: { Destination: !Join [":", [arn, aws, sqs, us-east-1, "1", q]] } }
      ProvisionedPollerConfig: { MinimumPollers: 1 }
      MaximumRetryAttempts: 3
      StartingPosition: AT_TIMESTAMP
      StartingPositionTimestamp: 1795359600
  Nested: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: ./none.yaml, Parameters: { A: 1 } } }
"""
AS_JSON = json.dumps(
    {
        "Parameters": {"Topic": {"Type": "String", "Default": "t"}},
        "Conditions": {"Has": {"Fn::Equals": [{"Ref": "Topic"}, "t"]}},
        "Globals": {"Function": {"Timeout": 30}},
        "Resources": {
            "F": {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "Handler": "a.b",
                    "Events": {"K": {"Type": "MSK", "Properties": {"Stream": "arn:aws:kafka:x", "Topics": ["t"]}}},
                },
            },
            "N": {"Type": "AWS::Serverless::Application", "Properties": {"Location": {"Ref": "Topic"}}},
            "Mapping": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Condition": "Has",
                "Properties": {
                    "Topics": ["t"],
                    "EventSourceArn": "arn:aws:kafka:x",
                    "FunctionName": {"Ref": "F"},
                    "FilterCriteria": {"Filters": [{"Pattern": "{}"}]},
                    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:1:q"}},
                    "SelfManagedEventSource": {"Endpoints": {"KafkaBootstrapServers": ["a:1"]}},
                },
            },
        },
    }
).encode()
SAMCONFIG = b'[default.deploy.parameters]\nparameter_overrides = "Topic=other Servers=\\"c:1,d:2\\""\n'


def check(data: bytes) -> None:
    """Take each mapping of a template as the consumer's options."""
    template, between, samconfig = data.partition(BETWEEN)
    place = folder() / "template"
    place.mkdir(exist_ok=True)
    (place / "template.yaml").write_bytes(template)
    (place / "samconfig.toml").write_bytes(samconfig if between else b"")
    name = "Mapping" if b"Mapping:" in template else ""
    environ = {"CONSUMER_TEMPLATE": str(place / "template.yaml"), "CONSUMER_MAPPING": name}
    with only(ConfigurationError):
        found = configured(environ)
        promised(all(isinstance(value, str) for value in found.environ.values()), "options are text")
        ConsumerSettings.from_environment({"CONSUMER_FUNCTION": "f", **found.environ})


TARGET = Target(
    check,
    [
        FUNCTION,
        MAPPING + BETWEEN + SAMCONFIG,
        MORE.partition(b"  Nested")[0],
        AS_JSON,
        MORE,
    ],
    [
        b"!Ref ", b"!Sub ", b"!GetAtt ", b"!If ", b"!Select ", b"!Join ", b"!FindInMap ", b"!Split ",
        b"!Contains ", b"!Cidr ",
        b"Fn::If", b"[a, b]", b"{a: b}", b"&a ", b"*a", b"<<: ", b"Properties: ", b"Type: ", b"Events: ",
        b"Topics: ",
        b"Resources: ", b"Globals: ", b"Parameters: ", b"Conditions: ", b"AWS::Lambda::EventSourceMapping", b"MSK",
        b"- ", b"~", b"? ",
        b"!!binary ", b"!!timestamp ", b"2026-11-22", b"!!set ", b"0x10", b".inf", b"[default]\n",
        b"[default.deploy]\n",
        b"parameter_overrides = ", b"default = 1\n",
    ],
    most_bytes=2_048,
)  # fmt: skip
