"""What a destination of discarded records is, and the two that keep whole documents: a directory, an S3 bucket."""

from pathlib import Path
from typing import Any, Protocol

from comboio.errors import ServiceError
from comboio.host.disk import Disk


class NotWrittenError(ServiceError):
    """The on-failure destination did not accept a document; its records are kept."""


class OnFailure(Protocol):
    """An on-failure destination."""

    def write(self, key: str, document: bytes) -> None:
        """Write the document under its key, durably.

        Raises:
            NotWrittenError: it could not be written.
        """
        ...


class DirectoryDestination:
    """Writes documents as files, below a directory, by their keys."""

    def __init__(self, root: Path, disk: Disk) -> None:
        self._root = root
        self._disk = disk

    def write(self, key: str, document: bytes) -> None:
        """Write the document; it is on disk, whole, before it has its name, and what is not whole leaves nothing."""
        path = self._root / key
        try:
            self._disk.replace(path, [document])
        except OSError as error:
            raise NotWrittenError(f"{path}: {error}") from error


class S3Destination:
    """Writes documents as objects of a bucket, below a prefix."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def write(self, key: str, document: bytes) -> None:
        """Write the document as one object."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client.put_object(
                Bucket=self._bucket, Key=self._prefix + key, Body=document, ContentType="application/json"
            )
        except (BotoCoreError, ClientError) as error:
            raise NotWrittenError(f"s3://{self._bucket}/{self._prefix}{key}: {error}") from error
