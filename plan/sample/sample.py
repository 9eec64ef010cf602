"""What a sample has: messages by code and by truck, and their bytes."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NotRequired

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from comboio.contract.message import Codigo, TruckId
from comboio.errors import ConfigurationError

MOST_MESSAGES = 10_000_000
"""Lines or records that a sample may have: enough for hours of traffic, few enough to read."""


class SampleError(ConfigurationError):
    """The sample cannot be read or says nothing; the text is one line."""


class Fields(TypedDict):
    """What is read of a message; it may have any other field."""

    codigo: Codigo
    truck_id: NotRequired[TruckId]
    count: NotRequired[Any]


_read = TypeAdapter(Fields).validator.validate_json


@dataclass(slots=True)
class Sample:
    """Counts, and where they are from."""

    source: str
    """The file, or the topic and its brokers."""
    codes: Counter[int] = field(default_factory=Counter)
    """Messages by code."""
    trucks: Counter[str] = field(default_factory=Counter)
    """Messages by truck, of those that name one."""
    sized: int = 0
    """Messages whose size is known; a count of messages has none."""
    payload_bytes: int = 0
    """Bytes of those, in sum."""
    left_out: int = 0
    """Records of a topic that are no messages."""

    @property
    def messages(self) -> int:
        """Return how many messages were counted."""
        return self.codes.total()

    def add(self, text: str | bytes) -> None:
        """Count a message; or, without a truck, so many messages of its code as its `count` says.

        Raises:
            ValueError: it is no JSON object with a code, or the count is no whole number from 0 on.
        """
        try:
            fields: Fields = _read(text)
        except ValidationError:
            raise ValueError("no JSON object with a whole number as codigo") from None
        if "truck_id" not in fields and "count" in fields:
            count = fields["count"]
            if not isinstance(count, int) or isinstance(count, bool) or count < 0:
                raise ValueError(f"a count of {count!r:.40}")
            self.codes[fields["codigo"]] += count
            return
        self.codes[fields["codigo"]] += 1
        self.sized += 1
        self.payload_bytes += len(text.encode() if isinstance(text, str) else text)
        if "truck_id" in fields:
            self.trucks[fields["truck_id"]] += 1

    def counted(self) -> "Sample":
        """Return the sample without codes of no message.

        Raises:
            SampleError: nothing is left.
        """
        self.codes = +self.codes
        if not self.codes:
            left_out = f": none of its {self.left_out:,} records is JSON with a codigo" if self.left_out else ""
            raise SampleError(f"the sample {self.source} has no message{left_out}")
        return self
