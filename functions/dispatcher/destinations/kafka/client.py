"""The Kafka client of a destination: made when it is first needed, and made anew after a failure or a freeze."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any, Protocol

from dispatcher.destinations.kafka.connection import NEEDS_LAYER

IDLE_MS = 240_000
"""A client that Kafka has not answered for as long is not used again: an environment may have been frozen, and NAT and
load balancers forget a connection after 350 s without a word, so that what is sent on it is lost in silence."""


SETUP_MS = 3_000
"""Milliseconds that a new client has to connect, to log in and to get its producer's id, for which it asks every half
second. Were it made anew after each call that ends before, calls with less time would never reach Kafka again."""


class ClientError(Protocol):
    """See confluent_kafka.KafkaError."""

    def name(self) -> str:
        """Return the name of its code."""
        ...

    def str(self) -> str:
        """Return what it says; it never quotes a message."""
        ...

    def fatal(self) -> bool:
        """Return whether the client is of no use any more."""
        ...


class Client(Protocol):
    """What is used of confluent_kafka.Producer."""

    @property
    def produce(self) -> Callable[..., None]:
        """Take a message: topic, value, key, and by name its headers, timestamp and `on_delivery`, the report."""
        ...

    def flush(self, timeout: float) -> int:
        """Send everything and call the reports that come within `timeout` seconds; return how many are missing."""
        ...

    def purge(self, *, in_queue: bool, in_flight: bool, blocking: bool) -> None:
        """Give up all messages; each gets its report."""
        ...

    def close(self) -> Any:
        """End the client's threads, and wait for them."""
        ...


Connect = Callable[[Mapping[str, Any]], Client]
"""Makes a client of its configuration."""


class KeptClient:
    """A client that is kept from call to call.

    It is made and closed in threads of its own, as both may take long: the one waits for a token of MSK, the other for
    a thread that may hang in the name server.
    """

    def __init__(
        self, config: Mapping[str, Any], connect: Connect, now: Callable[[], int], threads: Executor | None = None
    ) -> None:
        """`now` is epoch ms: the monotonic clock may stand still in a freeze."""
        self._config = {**config, "error_cb": self._in_trouble}
        self._connect = connect
        self._now = now
        self._threads = threads or ThreadPoolExecutor(2, thread_name_prefix="kafka-client")
        self._making: Future[Client] | None = None
        self._client: Client | None = None
        self._heard_at = 0
        self._proven = False
        """Whether Kafka ever took something by this client."""
        self.trouble = ""
        """What the client last said of the cluster, until Kafka took something."""

    def get(self, within_s: float) -> Client:
        """Return the client.

        Raises:
            TimeoutError: it is not made in time; the next call finds it.
            Exception: the client refuses its options, or has no token.
        """
        if self._client is not None and not 0 <= self._now() - self._heard_at < IDLE_MS:
            self.drop()
        if self._client is None:
            self._client = self._made(within_s)
        return self._client

    def _made(self, within_s: float) -> Client:
        if self._making is None:
            self._heard_at, self._proven = self._now(), False
            self._making = self._threads.submit(self._connect, self._config)
        if not wait([self._making], within_s).done:
            raise TimeoutError
        making, self._making = self._making, None
        return making.result()

    def heard(self) -> None:
        """Note that Kafka took something."""
        self._heard_at, self._proven = self._now(), True
        self.trouble = ""

    def failed(self) -> None:
        """Note that a call got nothing through, or not all: the next one has a new client, unless this one is new."""
        if self._proven or not 0 <= self._now() - self._heard_at < SETUP_MS:
            self.drop()

    def drop(self) -> None:
        """Make a new client for the next call: connections, names and the order of batches begin anew."""
        if self._client is not None:
            self._threads.submit(_close, self._client)
            self._client = None

    def _in_trouble(self, error: ClientError) -> None:
        if not self.trouble or error.name() != "_ALL_BROKERS_DOWN":  # which says less than the reason before it
            self.trouble = error.str()


def _close(client: Client) -> None:
    with suppress(Exception):
        client.purge(in_queue=True, in_flight=True, blocking=True)  # or closing would wait for what is left
        client.close()


def connector() -> Connect:
    """Return what makes clients.

    Raises:
        ValueError: confluent-kafka is not there, which has a layer of its own.
    """
    try:
        from confluent_kafka import Producer
    except ImportError as error:
        raise ValueError(NEEDS_LAYER.format(package=error.name or "confluent-kafka")) from None
    return lambda config: Producer(dict(config))  # it empties what it is given
