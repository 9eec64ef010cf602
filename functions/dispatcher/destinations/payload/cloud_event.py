"""The CloudEvents envelope (version 1.0.2, JSON format): what a message says of itself, by names that others know."""

import json
from datetime import UTC, datetime

from comboio.contract.cluster import cluster_id
from comboio.contract.record import Record
from comboio.message.event_time import SECONDS_BELOW
from dispatcher.destinations.payload.text import json_text, moment_of
from dispatcher.parcel import Parcel


def cloud_event(parcel: Parcel, payload: str | None = None, *, names_entity: bool = True) -> str:
    """Return a message as a CloudEvent; `payload` is its JSON where it was changed.

    Where its entity must not be named, as the payload no longer says it, neither `subject` nor a key with it is there.

    `source` and `id` together are unique, as the specification asks: the record's topic, and the event's id or the
    record's own. `partitionkey` and `traceparent` are registered extensions.
    """
    record, content = parcel.record, parcel.content
    fields: dict[str, object] = {
        "specversion": "1.0",
        "id": (content.event_id if content else "") or record.id,
        "source": f"/kafka/{cluster_id(record.cluster)}/{record.topic}",
        "type": record.topic if content is None or content.code is None else str(content.code),
        "time": _time(content.time if content else None, record),
        "correlationid": parcel.correlation_id,
    }
    entity = content.entity if content is not None else None
    if entity and names_entity:
        fields["subject"] = entity
    if parcel.traceparent:
        fields["traceparent"] = parcel.traceparent
    key = (record.key or b"").decode("utf-8", "backslashreplace")
    if key and (names_entity or not entity or entity not in key):
        fields["partitionkey"] = key
    head = json.dumps(fields, separators=(",", ":"))[:-1]
    if content is not None and content.binary and payload is None:
        return f'{head},"data_base64":"{content.text}"}}'
    kind = "text/plain" if content is not None and content.json is not None and payload is None else "application/json"
    return f'{head},"datacontenttype":"{kind}","data":{json_text(parcel) if payload is None else payload}}}'


def _time(written: datetime | str | float | None, record: Record) -> str:
    """Return when it happened, in RFC 3339: as the message says it, else as Kafka does."""
    if isinstance(written, (datetime, str)):
        moment = datetime.fromisoformat(written) if isinstance(written, str) else written
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
    milliseconds: float = record.timestamp
    if written is not None:
        milliseconds = written * 1000 if written < SECONDS_BELOW else written
    return moment_of(milliseconds).isoformat(timespec="milliseconds")
