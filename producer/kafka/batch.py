"""A batch on its way: sent together, and settled when every message of it is safe."""

from collections.abc import Callable

from producer.message.message import MessageBatch


class SentBatch:
    """`messages` of which `left` are neither acknowledged, nor spooled, nor refused; sent at `began` (monotonic s).

    `number` counts the batches of a run. `settled` is called once this batch, and every one before it, has none left:
    a source may forget it then. Whoever counts `left` down does so while no other thread handles delivery reports.
    """

    __slots__ = ("_places", "began", "left", "messages", "number", "settled")

    def __init__(
        self, number: int, messages: MessageBatch, began: float, settled: Callable[[], None] | None = None
    ) -> None:
        self.number = number
        self.messages = messages
        self.left = len(messages)
        self.began = began
        self.settled = settled
        self._places: dict[tuple[bytes | None, bytes | None], int] = {}

    def place(self, key: bytes | None, value: bytes | None) -> int:
        """Return the place of the message with this key and value; several with the same ones are the same message.

        Raises:
            KeyError: nowhere.
        """
        if not self._places:
            pairs = zip(self.messages.keys, self.messages.values, strict=True)
            self._places = {pair: place for place, pair in enumerate(pairs)}
        return self._places[key, value]
