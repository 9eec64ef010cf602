"""Amazon SQS in batches: one writer of its calls, and one reader of their partial answers, for all that use a queue."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, NamedTuple, TypeVar

from comboio.aws.begun import Begun
from comboio.aws.json_api import JsonApi, json_bytes

MAX_ENTRIES = 10
"""Of a batch call (Amazon SQS quotas)."""

MAX_BYTES = 1_048_576
"""Of a message, and of all messages of a batch call together (Amazon SQS quotas)."""

_SEND = "SendMessageBatch"

T = TypeVar("T")


class EntryFailure(NamedTuple):
    """Why the queue did not do what an entry asks for."""

    code: str
    message: str
    senders_fault: bool
    """SQS says of each failed entry whose fault it is (SQS API, BatchResultErrorEntry)."""


UNANSWERED = EntryFailure("Unanswered", "the answer does not name this entry", senders_fault=False)


class QueueCalls:
    """The batch calls of one queue. Threads may share it.

    An entry is the JSON of its fields without braces: the call adds them, and its Id.
    """

    def __init__(self, url: str, api: JsonApi) -> None:
        self.url = url
        self._api = api
        self._start = f'{{"QueueUrl":{json.dumps(url)},"Entries":['

    def send(
        self,
        entries: Sequence[str],
        tries: int | None = None,
        timeout_s: float | None = None,
        until: float | None = None,
    ) -> list[EntryFailure | None]:
        """Send messages (see `message_text`); return for each None, or why the queue does not have it.

        `tries`, `timeout_s` and `until` are those of `JsonApi.call`.

        Raises:
            AwsError: the whole call failed, or no answer came.
        """
        return self._call(_SEND, entries, tries, timeout_s, until)

    def begin(self, entries: Sequence[str], timeout_s: float | None = None) -> Begun | None:
        """Begin what `send` does once, without waiting for the answer; None where it would have to wait."""
        return self._api.begin(_SEND, self._body(entries), timeout_s)

    def finish(self, begun: Begun, entries: int) -> list[EntryFailure | None]:
        """Return what `send` would have returned, of a call that was begun and is over.

        Raises:
            AwsError: the whole call failed, or no answer came.
        """
        return failures(self._api.finish(_SEND, begun), entries)

    def delete(self, handles: Sequence[str], *, until: float | None = None) -> list[EntryFailure | None]:
        """Delete received messages by their receipt handles; see `send`."""
        entries = [f'"ReceiptHandle":{quoted(handle)}' for handle in handles]
        return self._call("DeleteMessageBatch", entries, until=until)

    def make_visible(
        self, handles: Sequence[str], in_s: int = 0, *, until: float | None = None
    ) -> list[EntryFailure | None]:
        """Make received messages visible to every receiver again in some seconds; see `send`."""
        entries = [f'"ReceiptHandle":{quoted(handle)},"VisibilityTimeout":{in_s}' for handle in handles]
        return self._call("ChangeMessageVisibilityBatch", entries, until=until)

    def _call(
        self,
        action: str,
        entries: Sequence[str],
        tries: int | None = None,
        timeout_s: float | None = None,
        until: float | None = None,
    ) -> list[EntryFailure | None]:
        answer = self._api.call(action, self._body(entries), tries=tries, timeout_s=timeout_s, until=until)
        return failures(answer, len(entries))

    def _body(self, entries: Sequence[str]) -> bytes:
        listed = ",".join([f'{{"Id":"{number}",{entry}}}' for number, entry in enumerate(entries)])
        return f"{self._start}{listed}]}}".encode()


def failures(answer: Mapping[str, Any], entries: int) -> list[EntryFailure | None]:
    """Read the answer of a batch call; an entry counts as done only where the answer says so and nothing else."""
    places = _places(entries)
    successful = _objects(answer.get("Successful"))
    if not answer.get("Failed") and [done.get("Id") for done in successful] == list(places):
        return [None] * entries  # as nearly always
    found: list[EntryFailure | None] = [UNANSWERED] * entries
    for done in successful:
        if (place := places.get(str(done.get("Id")))) is not None:
            found[place] = None
    for failed in _objects(answer.get("Failed")):
        if (place := places.get(str(failed.get("Id")))) is not None:
            senders_fault = bool(failed.get("SenderFault"))
            found[place] = EntryFailure(str(failed.get("Code")), str(failed.get("Message") or ""), senders_fault)
    return found


@cache
def _places(entries: int) -> dict[str, int]:
    """Return the places of a call's entries by the Ids that the call gave them; a call has ten at most."""
    return {str(number): number for number in range(entries)}


def received(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the messages of an answer of ReceiveMessage, each as SQS writes it, with its id, handle and body."""
    texts = ("MessageId", "ReceiptHandle", "Body")
    messages = _objects(answer.get("Messages"))
    return [each for each in messages if all(isinstance(each.get(name), str) for name in texts)]


def message_text(body: str, attributes: Iterable[tuple[str, str]]) -> str:
    """Return a message as an entry of `send`; each attribute is a name and a text."""
    return sized_message(body, attributes)[0]


def sized_message(body: str, attributes: Iterable[tuple[str, str]]) -> tuple[str, int]:
    """Return a message as an entry of `send`, and its bytes as SQS counts them."""
    listed = []
    size = utf8_size(body)
    for name, text in attributes:
        start, named = _start(name)
        listed.append(f"{start}{quoted(text)}}}")
        size += named + utf8_size(text)
    return f'"MessageBody":{json_bytes(body).decode()},"MessageAttributes":{{{",".join(listed)}}}', size


@cache
def _start(name: str) -> tuple[str, int]:
    """Return an attribute up to its text, and its bytes; the names are ours and few, and a batch has thousands."""
    return f'{quoted(name)}:{{"DataType":"String","StringValue":', utf8_size(name) + len("String")


def attributes_size(attributes: Iterable[tuple[str, str]]) -> int:
    """Return the bytes of a message's attributes as SQS counts them: name, type and value."""
    return sum(_start(name)[1] + utf8_size(text) for name, text in attributes)


def utf8_size(text: str) -> int:
    """Return the bytes of a text in UTF-8; what is no character counts too."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def batches(sized: Iterable[tuple[T, int]]) -> Iterator[list[T]]:
    """Cut entries, given with their sizes in bytes, into calls that SQS takes."""
    batch: list[T] = []
    total = 0
    for entry, size in sized:
        if batch and (len(batch) == MAX_ENTRIES or total + size > MAX_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(entry)
        total += size
    if batch:
        yield batch


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
