"""Objects of S3: large letters, and the batches that the mapping gave up on."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from comboio.errors import ServiceError


class ObjectsError(ServiceError):
    """S3 did not do it; `code` is its own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"S3: {code} {message}")
        self.code = code


class Listed(NamedTuple):
    """An object of a listing; `modified_at` in ms since 1970 (S3 tells seconds)."""

    key: str
    modified_at: int


class Objects(Protocol):
    """All raise ObjectsError."""

    def list(self, bucket: str, prefix: str, after: str) -> Iterator[Listed]:
        """Those under a prefix, by key, behind the key `after`."""
        ...

    def get(self, bucket: str, key: str) -> bytes:
        """An object's content."""
        ...

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """Writes an object."""
        ...

    def delete(self, bucket: str, key: str) -> None:
        """Deletes an object."""
        ...


class S3:
    """Through boto3, made when first needed: most runs need none, and it is 0.4 s of import."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
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
        content: bytes = self._call("get_object", Bucket=bucket, Key=key)["Body"].read()
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

            environ = self._environ
            session = boto3.Session(
                aws_access_key_id=environ.get("AWS_ACCESS_KEY_ID"),
                aws_secret_access_key=environ.get("AWS_SECRET_ACCESS_KEY"),
                aws_session_token=environ.get("AWS_SESSION_TOKEN"),
                region_name=environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION"),
            )
            endpoint = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")
            self._made = session.client("s3", endpoint_url=endpoint)
        return self._made
