"""The stages between a source and Kafka, as one function: build, resolve the topic, resolve the key."""

from comboio.partition_key import PartitionKey
from producer.message import Message
from producer.message_builder import MessageBuilder
from producer.reading import Reading
from producer.topic import TopicResolver


class Pipeline:
    """Makes messages of readings. Belongs to one worker thread."""

    def __init__(self, builder: MessageBuilder, topics: TopicResolver, key: PartitionKey) -> None:
        self._builder = builder
        self._topics = topics
        self._key = key

    def message(self, reading: Reading, now_ms: int) -> Message:
        """The message of a reading at the time `now_ms` (ms since 1970).

        Raises:
            UnknownCodigoError: the reading's code is not known.
        """
        topic = self._topics.resolve(reading.codigo)
        event_id, value, headers = self._builder.build(reading, now_ms)
        return Message(topic, self._key(reading.codigo, reading.truck_id), value, headers, event_id)
