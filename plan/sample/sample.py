"""What a sample has: messages by code and by truck, and their bytes."""

from collections import Counter
from dataclasses import dataclass, field

from comboio.errors import ConfigurationError
from comboio.message.content import Code

MOST_MESSAGES = 10_000_000
"""Lines or records that a sample may have: enough for hours of traffic, few enough to read."""


class SampleError(ConfigurationError):
    """The sample cannot be read or says nothing; the text is one line."""


@dataclass(slots=True)
class Sample:
    """Counts, and where they are from."""

    source: str
    """The file, or the topic and its brokers."""
    codes: Counter[Code] = field(default_factory=Counter)
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

    def add(self, code: Code, truck: str | None, size: int) -> None:
        """Count a message, of so many bytes."""
        self.codes[code] += 1
        self.sized += 1
        self.payload_bytes += size
        if truck is not None:
            self.trucks[truck] += 1

    def counted(self) -> "Sample":
        """Return the sample without codes of no message.

        Raises:
            SampleError: nothing is left.
        """
        self.codes = +self.codes
        if not self.codes:
            left_out = f": none of its {self.left_out:,} records has a code" if self.left_out else ""
            raise SampleError(f"the sample {self.source} has no message{left_out}")
        return self
