"""Gives a SAM template the uploaded code that CloudFormation asks for, as `sam package` does."""

import io
import re
import zipfile

# Whole lines, so that the template needs no YAML reader that knows CloudFormation's tags, and keeps its comments.
_LOCAL_CODE = re.compile(r"^(?P<property>\s*(?:CodeUri|ContentUri): *)(?!s3://)\S.*$", re.MULTILINE)


def with_code_at(template: str, bucket: str, key: str) -> str:
    """The template with every local `CodeUri` and `ContentUri` pointing at `s3://bucket/key`."""
    return _LOCAL_CODE.sub(rf"\g<property>s3://{bucket}/{key}", template)


def placeholder() -> bytes:
    """A zip that stands for the code: locally, functions run in the process of whoever invokes them."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("README", "Stands for code that runs elsewhere.\n")
    return content.getvalue()
