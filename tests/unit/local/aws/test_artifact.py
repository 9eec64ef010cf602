"""A template is given what `sam package` would upload."""

import io
import zipfile
from typing import Any

import yaml

from local.aws.artifact import nested_templates, placeholder, with_code_at, with_nested_at, without_metric_math
from tests.support.template import ROOT, CloudFormationLoader


def parsed(template: str) -> Any:
    """Read a template, short tags and all."""
    return yaml.load(template, CloudFormationLoader)  # noqa: S506 - a safe loader, with CloudFormation's tags


TEMPLATE = """\
Resources:
  Layer:
    Properties:
      ContentUri: layers/comboio  # built by its Makefile
  Function:
    Properties:
      CodeUri: functions
      Handler: !Sub "${Package}.CodeUri"
  Packaged:
    Properties:
      CodeUri: s3://elsewhere/code.zip
"""


def test_local_code_is_replaced_and_nothing_else() -> None:
    """Local code becomes the uploaded placeholder; what is uploaded, and all the rest, stays."""
    assert with_code_at(TEMPLATE, "bucket", "code.zip").splitlines() == [
        "Resources:",
        "  Layer:",
        "    Properties:",
        "      ContentUri: s3://bucket/code.zip",
        "  Function:",
        "    Properties:",
        "      CodeUri: s3://bucket/code.zip",
        '      Handler: !Sub "${Package}.CodeUri"',
        "  Packaged:",
        "    Properties:",
        "      CodeUri: s3://elsewhere/code.zip",
    ]


NESTED = """\
Resources:
  One:
    Properties:
      TemplateURL: mapping.yaml
  Two:
    Properties:
      TemplateURL: mapping.yaml  # again
  Elsewhere:
    Properties:
      TemplateURL: https://s3.amazonaws.com/bucket/other.yaml
"""


def test_nested_templates_are_found_once_and_pointed_at_their_upload() -> None:
    """A local template is uploaded once however often it is deployed; one that is uploaded already stays."""
    assert nested_templates(NESTED) == ["mapping.yaml"]
    moved = with_nested_at(NESTED, "http://127.0.0.1:1/bucket")
    assert moved.count("TemplateURL: http://127.0.0.1:1/bucket/mapping.yaml\n") == 2
    assert "TemplateURL: https://s3.amazonaws.com/bucket/other.yaml\n" in moved


def test_the_alarms_that_the_emulator_refuses_are_left_out_and_nothing_else() -> None:
    """Of the real template only composite alarms and alarms of metric math go, and their names are told."""
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    kept, refused = without_metric_math(template)
    before, after = parsed(template), parsed(kept)
    kinds = {name: each["Type"] for name, each in before["Resources"].items()}
    math = {name for name, each in before["Resources"].items() if "Metrics" in each.get("Properties", {})}
    composite = {name for name, kind in kinds.items() if kind == "AWS::CloudWatch::CompositeAlarm"}
    assert set(refused) == math | composite
    assert refused
    for name in refused:
        del before["Resources"][name]
    assert after == before


def test_placeholder_is_a_zip_with_something_in_it() -> None:
    """Lambda refuses an empty archive."""
    with zipfile.ZipFile(io.BytesIO(placeholder())) as archive:
        assert archive.namelist() == ["README"]
