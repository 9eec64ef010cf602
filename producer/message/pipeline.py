"""The stages between a source and Kafka as one call: resolve the topic, build the payload, make the key."""

from collections.abc import Callable

from comboio.contract.partition_key import PartitionKey
from producer.message.builder import MessageBuilder
from producer.message.message import MessageBatch
from producer.message.topic_resolver import TopicResolver, UnknownCodigoError
from producer.message.trace_sampling import UNSAMPLED, TraceSampling
from producer.source.reading import Reading, Readings


class Pipeline:
    """Makes messages of readings, a batch at a time. One worker thread owns it."""

    def __init__(
        self, builder: MessageBuilder, topics: TopicResolver, key: PartitionKey, sampling: TraceSampling = UNSAMPLED
    ) -> None:
        self._builder = builder
        self._topics = topics
        self._key = key
        self._sampling = sampling

    def messages(
        self, readings: Readings, now_ms: int, refuse: Callable[[Reading, UnknownCodigoError], None]
    ) -> MessageBatch:
        """Make messages of readings at the time `now_ms` (epoch ms); `refuse` gets readings of an unknown code."""
        try:
            topics = self._topics.resolve_all(readings.codigos)
        except UnknownCodigoError:
            readings = readings.only(place for place in range(len(readings)) if self._known(readings[place], refuse))
            topics = self._topics.resolve_all(readings.codigos)
        built = self._builder.build(readings, now_ms)
        return MessageBatch(
            topics=topics,
            keys=list(map(self._key, readings.codigos, readings.truck_ids)),
            values=[*built.values],
            event_ids=built.event_ids,
            correlation_ids=built.correlation_ids,
            traceparents=built.traceparents,
            faults={},
            followed=self._sampling.mark(built.traceparents),
        )

    def _known(self, reading: Reading, refuse: Callable[[Reading, UnknownCodigoError], None]) -> bool:
        try:
            self._topics.resolve(reading.codigo)
        except UnknownCodigoError as error:
            refuse(reading, error)
            return False
        return True
