"""Makes messages of foreign lines: as they came, to one topic."""

from collections.abc import Callable

from producer.message.event_id import EventIds, traceparent
from producer.message.message import MessageBatch
from producer.message.topic_resolver import UnknownCodigoError
from producer.message.trace_sampling import UNSAMPLED, TraceSampling
from producer.source.reading import Reading, Readings


class Forwarding:
    """Stands where a Pipeline does. The key is the entity; a message that names none goes to any partition."""

    def __init__(self, event_ids: EventIds, topic: str, sampling: TraceSampling = UNSAMPLED) -> None:
        self._event_ids = event_ids
        self._topic = topic
        self._sampling = sampling

    def messages(
        self,
        readings: Readings,
        now_ms: int,
        refuse: Callable[[Reading, UnknownCodigoError], None],  # noqa: ARG002 - there is no unknown code
    ) -> MessageBatch:
        """Make messages of readings at the time `now_ms` (epoch ms); one without an id of its own is told by a new one.

        That id stands in headers, in the spool and in the journal, and never in the payload.
        """
        fresh, _ = self._event_ids.make(len(readings), now_ms)
        event_ids = [own or new for own, new in zip(readings.event_ids, fresh, strict=True)]
        traceparents = list(map(traceparent, event_ids))
        return MessageBatch(
            topics=[self._topic] * len(readings),
            keys=[entity.encode() or None for entity in readings.truck_ids],
            values=[*readings.payloads],
            event_ids=event_ids,
            correlation_ids=event_ids,
            traceparents=traceparents,
            faults={},
            followed=self._sampling.mark(traceparents),
        )
