"""SQS queues and SNS topics as destinations: they are told of a discarded batch, and do not get its records."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from consumer.on_failure.destination import NotWrittenError
from consumer.on_failure.forms import metadata_only


class QueueDestination:
    """Sends a message to an SQS queue for each discarded batch."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn
        self._url = ""

    def write(self, key: str, document: bytes) -> None:  # noqa: ARG002 a queue has no keys
        """Send the document without its payload."""
        try:
            if not self._url:
                _, _, _, _, account, name = self._arn.split(":")
                self._url = self._client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
            self._client.send_message(QueueUrl=self._url, MessageBody=metadata_only(document).decode())
        except (BotoCoreError, ClientError) as error:
            raise NotWrittenError(f"{self._arn}: {error}") from error


class TopicDestination:
    """Publishes a message to an SNS topic for each discarded batch."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn

    def write(self, key: str, document: bytes) -> None:  # noqa: ARG002 a topic has no keys
        """Publish the document without its payload."""
        try:
            self._client.publish(TopicArn=self._arn, Message=metadata_only(document).decode())
        except (BotoCoreError, ClientError) as error:
            raise NotWrittenError(f"{self._arn}: {error}") from error
