"""Gives a SAM template the uploaded code and nested templates that CloudFormation asks for, as `sam package` does."""

import io
import re
import zipfile

_LOCAL_CODE = re.compile(r"^(?P<property>\s*(?:CodeUri|ContentUri): *)(?!s3://)\S.*$", re.MULTILINE)
"""A line with a local path to code. Lines, so that no YAML reader has to know CloudFormation's tags."""

_LOCAL_TEMPLATE = re.compile(r"^(?P<property>\s*TemplateURL: *)(?!https?://)(?P<path>\S+).*$", re.MULTILINE)
"""A line with a local path to a nested template."""

RESOURCE = re.compile(r"^  (?P<name>\w+):\n(?P<body>(?:(?:    .*)?\n)*)", re.MULTILINE)
"""A resource, or whatever else stands on its level."""

_OF_METRICS = re.compile(r"^ +Type: AWS::CloudWatch::(CompositeAlarm$|Alarm$[\s\S]*^      Metrics:)", re.MULTILINE)
"""What the emulator's CloudFormation refuses: an alarm of other alarms, and one of metric math."""


def with_code_at(template: str, bucket: str, key: str) -> str:
    """Return the template with every local `CodeUri` and `ContentUri` pointing at `s3://bucket/key`."""
    return _LOCAL_CODE.sub(rf"\g<property>s3://{bucket}/{key}", template)


def nested_templates(template: str) -> list[str]:
    """Return the path of each local nested template once, as the template writes it."""
    return list(dict.fromkeys(found["path"] for found in _LOCAL_TEMPLATE.finditer(template)))


def with_nested_at(template: str, url: str) -> str:
    """Return the template with every local `TemplateURL` pointing below `url`."""
    return _LOCAL_TEMPLATE.sub(rf"\g<property>{url}/\g<path>", template)


def without_metric_math(template: str) -> tuple[str, list[str]]:
    """Return the template without the alarms that the emulator's CloudFormation refuses, and their names."""
    refused = [found["name"] for found in RESOURCE.finditer(template) if _OF_METRICS.search(found["body"])]
    kept = RESOURCE.sub(lambda found: "" if found["name"] in refused else found[0], template)
    return kept, refused


def placeholder() -> bytes:
    """Return a zip in place of the code: locally, functions run in the process of whoever invokes them."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("README", "Stands for code that runs elsewhere.\n")
    return content.getvalue()
