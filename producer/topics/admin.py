"""Describes the topics of a cluster and changes them as planned, by Kafka's admin protocol."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined] # the package does not mark its exports
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
)
from confluent_kafka.cimpl import NewPartitions, NewTopic

from comboio.errors import ServiceError
from comboio.host.new_topics import create_topics
from producer.topics.plan import MIN_INSYNC, RETENTION, Change, Configure, Create, Existing, Grow

_BROKERS_DEFAULT = -1
"""A replication factor of -1 asks for the cluster's own default (KIP-464)."""


_NO_CONTROLLER = (
    "This Kafka has no controller, so nobody can say or change what its topics are like. The embedded Kafka of `make "
    "stack` never has one: run KAFKA=apache make stack. Any other cluster elects one: try again in a minute."
)


class TopicAdminError(ServiceError):
    """The cluster does not answer or refuses a change; the text says which, and why."""


class NoAnswerError(TopicAdminError):
    """No broker answers; the text is the client's reason."""


class TopicAdmin:
    """Describes and changes topics. Every method may raise TopicAdminError."""

    def __init__(self, config: dict[str, Any], timeout_s: float) -> None:
        self._trouble: list[str] = []
        every: dict[str, Any] = {
            **config,
            "log_level": 0,
            "error_cb": lambda error: self._trouble.append(error.str()),
        }
        self._client = AdminClient(every)
        self._timeout_s = timeout_s

    def existing(self, names: Sequence[str]) -> dict[str, Existing]:
        """Return those of `names` that the cluster has, as it has them."""
        try:
            metadata = self._client.list_topics(timeout=self._timeout_s)
        except KafkaException as error:
            self._client.poll(0)
            raise NoAnswerError(next(iter(self._trouble), error.args[0].str())) from None
        if metadata.controller_id not in metadata.brokers:
            raise TopicAdminError(_NO_CONTROLLER)
        topics = metadata.topics
        here = [name for name in names if name in topics]
        resources = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in here]
        described = self._client.describe_configs(resources) if resources else {}
        options = {resource.name: self._result(f"describe {resource.name}", f) for resource, f in described.items()}
        return {
            name: Existing(
                len(topics[name].partitions),
                {option: options[name][option].value for option in (RETENTION, MIN_INSYNC) if option in options[name]},
            )
            for name in here
        }

    def apply(self, changes: Iterable[Change]) -> None:
        """Make the changes one after the other, except those that only report a difference."""
        for change in changes:
            self._apply(change)

    def _apply(self, change: Change) -> None:
        match change:
            case Create(name, partitions, replication, options):
                topic = NewTopic(name, partitions, replication or _BROKERS_DEFAULT, config=dict(options))
                try:
                    create_topics(self._client, [topic], self._timeout_s)
                except KafkaException as error:
                    raise TopicAdminError(f"{change}: {error.args[0].str()}") from None
            case Grow(name, _, want):
                self._results(str(change), self._client.create_partitions([NewPartitions(name, want)]))
            case Configure(name, _, want):
                entries = [
                    ConfigEntry(option, value, incremental_operation=AlterConfigOpType.SET)
                    for option, value in want.items()
                ]
                resource = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=entries)
                self._results(str(change), self._client.incremental_alter_configs([resource]))

    def _results(self, what: str, futures: dict[Any, "Future[Any]"]) -> None:
        for future in futures.values():
            self._result(what, future)

    def _result(self, what: str, future: "Future[Any]") -> Any:
        try:
            return future.result(self._timeout_s + 5)
        except KafkaException as error:
            raise TopicAdminError(
                f"{what}: Kafka refused it: {error.args[0].str()}. Correct the topics file, or give this client the "
                "permission."
            ) from None
        except TimeoutError:
            raise TopicAdminError(
                f"{what}: Kafka did not answer within {self._timeout_s + 5:g} s. Check that it has a controller."
            ) from None
