"""What a scenario is."""

from collections.abc import Callable
from typing import NamedTuple

from tests.kafka.run import Run


class Scenario(NamedTuple):
    """A fault, or a kind of topic."""

    what: str
    """A sentence for the report."""
    act: Callable[[Run], None]
    """What happens, while the load and the consumers go on."""
    enclosed: bool = False
    """Whether it needs the namespaces."""
    produced: bool = True
    """Whether the producer makes the load; otherwise the scenario makes the topic and the records itself."""
    session_s: int = 6
    """The consumers' session timeout: Kafka's smallest by default, as faults are short."""
