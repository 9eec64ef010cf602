"""The template of services on EC2, and its user data with values in it."""

import re

from tests.support.template import read

SERVICE = read("ops/install/ec2/service.yaml")
"""The template."""

TOPICS = "arn:aws:kafka:eu-west-1:123456789012:topic/k/1"

VALUES = {
    "AWS::Region": "eu-west-1",
    "AWS::StackName": "comboio-hosts",
    "ArtifactBucket": "artifacts",
    "ArtifactKey": "comboio.tar.gz",
    "ArtifactSha256": "0" * 64,
    "BootstrapServers": "b-1.k:9098,b-2.k:9098",
    "ConsumerGroup": "comboio-consumer",
    "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:dispatcher",
    "Logs": "/comboio/comboio-hosts",
    "MskClusterArn": "arn:aws:kafka:eu-west-1:123456789012:cluster/k/1",
    "OptionsParameterName": "",
    "Processes": "2",
    "TopicArns": f"{TOPICS}/mt-c300,{TOPICS}/mt-c400",
}
"""What the variables of the script stand for."""


def user_data(service: str, **changed: str) -> str:
    """Return the script of a host of a service, as EC2 gets it."""
    template = SERVICE.under(*(["IsConsumer"] if service == "consumer" else []))
    host = template.of_type("AWS::EC2::LaunchTemplate")["LaunchTemplate"]["LaunchTemplateData"]
    script, local = host["UserData"]["Fn::Base64"]["Sub"]
    values = VALUES | {"Service": service} | changed
    return _substituted(_substituted(script, {**values, "Options": "${Options}"}), {"Options": _options(local, values)})


def _options(local: dict[str, dict[str, str]], values: dict[str, str]) -> str:
    return _substituted(local["Options"]["Sub"], values)


def _substituted(text: str, values: dict[str, str]) -> str:
    """Replace variables as Fn::Sub does; `${!X}` stays as ${X} at the end, which only the shell knows."""
    return re.sub(
        r"\$\{(!?)([\w:.]+[^}]*)\}",
        lambda found: "${" + found[2] + "}" if found[1] else values.get(found[2], found[0]),
        text,
    )
