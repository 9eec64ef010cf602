"""Kafka: the original topic, key, value and headers. Kafka chooses the partition, and sets a new offset and time.

confluent-kafka is not in the layer: few replays go this way, and it has 14 MB (docs/how-to/replay.md, "To Kafka").
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from comboio.claims.claims import Claim, ClaimResult, Claims
from comboio.contract.dead_letter import REPLAY_COUNT_HEADER, DeadLetter
from comboio.contract.kafka_types import is_header_name
from comboio.contract.redispatch import OrderKey, RedispatchOutcome, claim_name
from comboio.msk_iam import msk_token
from dlq_replayer.letter import ReceivedLetter
from dlq_replayer.ordering import key_of
from dlq_replayer.targets.kafka_producer import KeptProducer, is_fatal
from dlq_replayer.targets.target import TargetError

_TIMESTAMP_HEADER = "original_timestamp"
"""When the record was first produced (epoch ms, as text); a second replay keeps it."""

_DELIVERY_TIMEOUT_S = 30.0

_FLUSH_S = 6.0
"""Seconds beyond it until what was not delivered is purged."""

_CLAIMS_S = 3.0
"""Maximum seconds of taking, of keeping, and of freeing the claims of a batch."""

NOT_OURS = {
    ClaimResult.TAKEN: RedispatchOutcome.DUPLICATE,
    ClaimResult.BUSY: RedispatchOutcome.BUSY,
    ClaimResult.UNKNOWN: RedispatchOutcome.FAILED,
}
"""What a claim that was not taken says of its letter."""


class KafkaTarget:
    """See Target. Letters are claimed as the dispatcher claims them, so that a letter is replayed one way only.

    Limits: a run that is killed after Kafka's acknowledgement, and before the claim is kept, produces its letters
    again; a record with two letters, each owed to another destination, is produced twice, to all of them; and if
    `ordered`, a letter that Kafka itself refuses is passed by those of its key that were produced with it.
    """

    longest_ms = int((_DELIVERY_TIMEOUT_S + _FLUSH_S) * 1000 + 3 * _CLAIMS_S * 1000)
    workers = 1
    """A batch is produced and flushed alone: what Kafka did not take of it in time is purged, and nothing else."""

    def __init__(
        self, producer: KeptProducer, claims: Claims, owner: str, now: Callable[[], int], *, ordered: bool = True
    ) -> None:
        self._ordered = ordered
        self._producer = producer
        self._claims = claims
        self._owner = owner
        self._now = now

    def take(self, letters: Sequence[ReceivedLetter]) -> Mapping[str, RedispatchOutcome]:
        """See Target."""
        by_id = {received.dead.id: received.dead for received in letters}
        claims = {name: Claim(claim_name(name), self._owner) for name in by_id}
        now = self._now()
        until = now + 2 * self.longest_ms
        results = self._claims.take(list(claims.values()), now, until, within_s=_CLAIMS_S)
        outcomes = {name: NOT_OURS[result] for name, result in zip(by_id, results, strict=True) if result in NOT_OURS}
        ours = {name: letter for name, letter in by_id.items() if name not in outcomes}
        waits = [name for name, outcome in outcomes.items() if outcome is not RedispatchOutcome.DUPLICATE]
        delivered = self._produce(by_id, ours.keys(), waits)
        if delivered:
            self._claims.keep([claims[name] for name in delivered], self._now(), within_s=_CLAIMS_S)
        if undelivered := ours.keys() - delivered:
            self._claims.free([claims[name] for name in undelivered], within_s=_CLAIMS_S)
        for name in ours:
            outcomes[name] = RedispatchOutcome.DISPATCHED if name in delivered else RedispatchOutcome.FAILED
        return outcomes

    def _produce(self, letters: Mapping[str, DeadLetter], ours: Collection[str], waits: Collection[str]) -> set[str]:
        """Produce those of the letters that are ours; return the ids of those that Kafka acknowledged.

        Where order is kept none goes past one of its key that waits, or that the client does not take.
        """
        delivered: set[str] = set()
        ended = False

        def report(name: str) -> Callable[[Any, Any], None]:
            def note(error: Any, _: Any) -> None:
                nonlocal ended
                if error is None:
                    delivered.add(name)
                else:
                    ended = ended or is_fatal(error)

            return note

        try:
            producer = self._producer.get()
        except Exception:  # it was dropped, and cannot be made anew just now: all of them stay, as "failed"
            return delivered
        held: set[OrderKey] = set()
        for name, letter in letters.items():
            key = key_of(letter) if self._ordered else None
            if name in waits or not all(is_header_name(header) for header, _ in letter.headers):
                held |= {key} if key else set()  # a header at which the client would end the process: it stays "failed"
                continue
            if name not in ours or key in held:
                continue
            try:
                producer.produce(
                    letter.topic,
                    key=letter.key,
                    value=letter.value,
                    headers=headers(letter),
                    on_delivery=report(name),
                )
            except Exception as error:  # a full queue, too large: this one stays, as "failed"
                held |= {key} if key else set()
                ended = ended or is_fatal(next(iter(error.args), None))
        producer.flush(_DELIVERY_TIMEOUT_S + _FLUSH_S - 1)
        if len(producer):
            producer.purge(in_queue=True, in_flight=True, blocking=False)  # or a broker's thread could hold up the run
            producer.flush(1)
            ended = True  # its batches have gaps, at which Kafka ends an idempotent producer
        if ended:
            self._producer.drop()
        return delivered


def headers(letter: DeadLetter) -> list[tuple[str, bytes]]:
    """Return the letter's headers, with when it was first produced and how often it was replayed."""
    kept = [(name, value) for name, value in letter.headers if name != REPLAY_COUNT_HEADER]
    if all(name != _TIMESTAMP_HEADER for name, _ in kept):
        kept.append((_TIMESTAMP_HEADER, str(letter.timestamp).encode()))
    return [*kept, (REPLAY_COUNT_HEADER, str(letter.replay_count + 1).encode())]


def config(bootstrap: str, auth: str, oauth: Callable[[str], tuple[str, float]] | None = None) -> dict[str, Any]:
    """Return librdkafka's configuration: no acknowledged record is lost or repeated, and keys are placed as by Java."""
    common: dict[str, Any] = {
        "bootstrap.servers": bootstrap,
        "client.id": "comboio-replayer",
        "acks": "all",
        "enable.idempotence": True,
        "partitioner": "murmur2_random",
        "linger.ms": 20,
        "compression.type": "lz4",
        "message.max.bytes": 100_000_000,  # the topic's own limit decides: it had the record before
        "delivery.timeout.ms": int(_DELIVERY_TIMEOUT_S * 1000),
    }
    if auth == "iam":
        common |= {"security.protocol": "SASL_SSL", "sasl.mechanisms": "OAUTHBEARER", "oauth_cb": oauth}
    return common


def connect(bootstrap: str, auth: str, region: str) -> Any:
    """Return a producer.

    Raises:
        TargetError: no brokers are named, or a package is missing.
    """
    if not bootstrap:
        raise TargetError("KAFKA_BOOTSTRAP_SERVERS is not set on the function: name the brokers, host:port by comma.")
    try:
        from confluent_kafka import Producer

        return Producer(config(bootstrap, auth, msk_token(region) if auth == "iam" else None))
    except ImportError as error:
        raise TargetError(
            f"The package {error.name} is not installed. Add a layer with it (docs/how-to/replay.md), or replay to the "
            "target dispatcher."
        ) from None
