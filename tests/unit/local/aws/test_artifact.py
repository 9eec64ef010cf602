"""A template is given what `sam package` would upload."""

import io
import zipfile

from local.aws.artifact import nested_templates, placeholder, with_code_at, with_nested_at

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


def test_placeholder_is_a_zip_with_something_in_it() -> None:
    """Lambda refuses an empty archive."""
    with zipfile.ZipFile(io.BytesIO(placeholder())) as archive:
        assert archive.namelist() == ["README"]
