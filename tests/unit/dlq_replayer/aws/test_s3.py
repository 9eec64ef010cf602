"""Objects of the bucket: whoever put one there does not decide how much memory it takes."""

from typing import Any

import pytest

from dlq_replayer.aws.s3 import MAX_BYTES, S3, TOO_LARGE, ObjectsError


class Body:
    """The content of an object that nobody should read."""

    def read(self) -> bytes:
        """Fail the test."""
        raise AssertionError("it was read")


class LargeObjects(S3):
    """A bucket whose only object is one byte too large."""

    def _client(self) -> Any:
        return self

    def get_object(self, **_asked: str) -> dict[str, Any]:
        """Answer as S3 does, before any content is sent."""
        return {"ContentLength": MAX_BYTES + 1, "Body": Body()}


@pytest.mark.robustness("letters and documents of any shape")
def test_an_object_too_large_is_refused_before_it_is_read() -> None:
    """An object of any size costs no memory: its length is looked at first."""
    with pytest.raises(ObjectsError) as refused:
        LargeObjects({}, 1.0).get("bucket", "dead-letters/x")
    assert refused.value.code == TOO_LARGE
