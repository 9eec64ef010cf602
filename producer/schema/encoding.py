"""The stage that encodes: what the stages before it make goes on as its topic's schema says."""

from collections.abc import Callable, Mapping

from comboio.errors import InvalidDataError
from producer.message.message import MessageBatch
from producer.message.stages import Stages
from producer.schema.encode import Encode, NoMatchError
from producer.source.reading import Reading, Readings


class Encoding:
    """Stands around the other stages. A message that is not what its schema says is refused, and the others go on."""

    def __init__(self, stages: Stages, encoders: Mapping[str, Encode]) -> None:
        """Take what encodes each topic's messages."""
        self._stages = stages
        self._encoders = encoders

    def messages(
        self, readings: Readings, now_ms: int, refuse: Callable[[Reading, InvalidDataError], None]
    ) -> MessageBatch:
        """Make messages of readings at the time `now_ms` (epoch ms); `refuse` gets those that cannot be encoded."""
        batch = self._stages.messages(readings, now_ms, refuse)
        kept = []
        for place, (topic, value) in enumerate(zip(batch.topics, batch.values, strict=True)):
            try:
                batch.values[place] = self._encoders[topic](value or b"")
            except NoMatchError as error:
                refuse(Reading(0, topic, "", payload=value or b""), error)
            else:
                kept.append(place)
        return batch if len(kept) == len(batch) else batch.only(kept)
