import io
import zipfile

from local.aws.artifact import placeholder, with_code_at

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


def test_placeholder_is_a_zip_with_something_in_it() -> None:
    """Lambda refuses an empty archive."""
    with zipfile.ZipFile(io.BytesIO(placeholder())) as archive:
        assert archive.namelist() == ["README"]
