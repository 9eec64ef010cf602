"""Objects of S3: large letters, and batches that the mapping stopped retrying."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from comboio.errors import ServiceError


class ObjectsError(ServiceError):
    """A call of S3 failed; `code` is its own, or TOO_LARGE."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"S3: {code} {message}")
        self.code = code


TOO_LARGE = "TooLarge"

FOR_GOOD = frozenset({"NoSuchKey", "NoSuchBucket", "404", TOO_LARGE})
"""Codes of errors that will be the same tomorrow; any other may pass."""

MAX_BYTES = 64 * 1_048_576
"""Of an object that is read into memory. A batch has 6 MB of event, which may be escaped twice; a letter has less."""


class Listed(NamedTuple):
    """An object of a listing."""

    key: str
    modified_at: int
    """Epoch ms; S3 tells seconds."""


class Objects(Protocol):
    """Objects in buckets. Every method raises ObjectsError."""

    def list(self, bucket: str, prefix: str, after: str) -> Iterator[Listed]:
        """List the objects under a prefix by key, those after the key `after`."""
        ...

    def get(self, bucket: str, key: str) -> bytes:
        """Return an object's content, which may have MAX_BYTES."""
        ...

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """Write an object."""
        ...

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object."""
        ...


class S3:
    """Objects through boto3, which is imported when first needed: most runs need none, and it takes 0.4 s."""

    def __init__(self, environ: Mapping[str, str], timeout_s: float) -> None:
        """Give the two tries of a call `timeout_s` to connect, and as much to read."""
        self._environ = environ
        self._try_s = timeout_s / 2
        self._made: Any = None

    def list(self, bucket: str, prefix: str, after: str) -> Iterator[Listed]:
        """See Objects."""
        asked: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix, "StartAfter": after}
        while True:
            page = self._call("list_objects_v2", **asked)
            for found in page.get("Contents", ()):
                yield Listed(found["Key"], int(found["LastModified"].timestamp() * 1000))
            if not page.get("IsTruncated"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def get(self, bucket: str, key: str) -> bytes:
        """See Objects."""
        from botocore.exceptions import BotoCoreError, HTTPClientError

        found = self._call("get_object", Bucket=bucket, Key=key)
        if found["ContentLength"] > MAX_BYTES:
            raise ObjectsError(TOO_LARGE, f"the object has {found['ContentLength']} bytes, and {MAX_BYTES} are allowed")
        try:
            content: bytes = found["Body"].read()
        except (BotoCoreError, HTTPClientError) as error:
            raise ObjectsError(type(error).__name__, str(error)) from None
        return content

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """See Objects."""
        self._call("put_object", Bucket=bucket, Key=key, Body=content, ContentType="application/json")

    def delete(self, bucket: str, key: str) -> None:
        """See Objects."""
        self._call("delete_object", Bucket=bucket, Key=key)

    def _call(self, action: str, **asked: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self._client(), action)(**asked)
        except ClientError as error:
            raise ObjectsError(error.response["Error"]["Code"], error.response["Error"]["Message"]) from None
        except BotoCoreError as error:
            raise ObjectsError(type(error).__name__, str(error)) from None

    def _client(self) -> Any:
        if self._made is None:
            import boto3
            from botocore.config import Config

            environ = self._environ
            session = boto3.Session(
                aws_access_key_id=environ.get("AWS_ACCESS_KEY_ID"),
                aws_secret_access_key=environ.get("AWS_SECRET_ACCESS_KEY"),
                aws_session_token=environ.get("AWS_SESSION_TOKEN"),
                region_name=environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION"),
            )
            endpoint = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")
            config = Config(connect_timeout=self._try_s, read_timeout=self._try_s, retries={"total_max_attempts": 2})
            self._made = session.client("s3", endpoint_url=endpoint, config=config)
        return self._made
