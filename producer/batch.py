"""A batch on its way: sent together, and settled when every message of it is safe."""

from collections.abc import Callable


class Batch:
    """`left` messages are neither acknowledged, nor spooled, nor refused; `began` is when they were sent (monotonic s).

    `settled` is called once the batch, and every batch before it, has none left: a source may forget it then.
    Whoever counts `left` down does so while no other thread handles delivery reports.
    """

    __slots__ = ("began", "left", "settled")

    def __init__(self, messages: int, began: float, settled: Callable[[], None] | None = None) -> None:
        self.left = messages
        self.began = began
        self.settled = settled
