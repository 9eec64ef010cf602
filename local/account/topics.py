"""The topics of a run: those that Comboio ships with, under names of the run's own."""

import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from comboio.msk_iam import msk_token
from comboio.routing.table import DEFAULT_TABLE
from local.account.made import Made, Thing
from local.errors import LocalError
from local.kafka import TOPICS
from producer.topics.admin import TopicAdmin, TopicAdminError
from producer.topics.file import SHIPPED
from producer.topics.plan import Create

_ANSWER_WITHIN_S = 20.0
"""Seconds that Kafka may take for an answer."""

PARTITIONS = 3
"""Partitions of each."""

_ROLES = {"HeavyTopic": "mt-c400", "LightTopic": "mt-c300", "PriorityTopic": "high_priority_events"}
"""The parameters of the stack that name a topic, and the shipped topic that they name."""

_EMPTY_WITHIN_S = 120.0
"""Seconds for the pollers of a mapping that is deleted to leave their group."""

_ASK_EVERY_S = 5.0
"""Seconds between two tries to delete a group."""

_NOT_THERE = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.GROUP_ID_NOT_FOUND)
"""What Kafka says of something that was never made, or is gone already."""


class RunTopic(NamedTuple):
    """A topic of a run."""

    name: str
    partitions: int
    group: str
    """The group of its mapping."""
    options: Mapping[str, str] = MappingProxyType({})


class RunNames:
    """The run's names of the shipped topics, and the files that name them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.by_shipped = {topic: f"{name}-{topic}" for topic in TOPICS}

    def topics(self) -> list[RunTopic]:
        """Return the topics."""
        return [RunTopic(topic, PARTITIONS, f"{self._name}-{topic}") for topic in self.by_shipped.values()]

    def parameters(self) -> dict[str, str]:
        """Return the parameters of the stack that name them."""
        return {role: self.by_shipped[topic] for role, topic in _ROLES.items()}

    def topics_file(self) -> str:
        """Return the topics file of the run's producer."""
        return self._renamed(SHIPPED.read_text(encoding="utf-8"))

    def routing_table(self) -> str:
        """Return the routing table of the run."""
        return self._renamed(DEFAULT_TABLE.read_text(encoding="utf-8"))

    def _renamed(self, text: str) -> str:
        for topic, name in self.by_shipped.items():
            text = text.replace(f'"{topic}"', f'"{name}"').replace(f"[topics.{topic}]", f"[topics.{name}]")
        return text


def msk(bootstrap: str, region: str) -> dict[str, Any]:
    """Return a client's options for an MSK cluster, by IAM."""
    return {
        "bootstrap.servers": bootstrap,
        "security.protocol": "SASL_SSL",
        "sasl.mechanisms": "OAUTHBEARER",
        "oauth_cb": msk_token(region),
    }


class Topics:
    """Makes and removes the topics of a run."""

    def __init__(self, options: Mapping[str, Any], sleep: Callable[[float], None] = time.sleep) -> None:
        self.options = dict(options)
        """A client's options for the cluster."""
        self._sleep = sleep

    def make(self, topics: Sequence[RunTopic], made: Made) -> None:
        """Make those of a run.

        Raises:
            LocalError: Kafka does not answer, refuses, or has a topic of such a name.
        """
        try:
            admin = TopicAdmin(self.options, _ANSWER_WITHIN_S)
            if taken := sorted(admin.existing([each.name for each in topics])):
                raise LocalError(f"{', '.join(taken)} is there, and this run did not make it. Choose another NAME.")
            for each in topics:
                made.about_to_make("topic", each.name)
                made.about_to_make("group", each.group)
                admin.apply([Create(each.name, each.partitions, None, dict(each.options))])
        except TopicAdminError as error:
            reason = str(error).rstrip(".")
            raise LocalError(
                f"Kafka did not make the topics: {reason}. This machine must reach the brokers (such as a host in the "
                "cluster's VPC), and its credentials need kafka-cluster:CreateTopic."
            ) from None

    def remove(self, thing: Thing) -> bool:
        """Delete a topic; Kafka has no tags, so the run's list and the name are what tells it."""
        admin = self._admin()
        return deleted(lambda: admin.delete_topics([thing.name]), self._sleep)

    def remove_group(self, thing: Thing) -> bool:
        """Delete a group."""
        admin = self._admin()
        return deleted(lambda: admin.delete_consumer_groups([thing.name]), self._sleep)

    def _admin(self) -> AdminClient:
        """Return a client, which has to live until it has answered."""
        return AdminClient({**self.options, "log_level": 0})


def deleted(delete: Callable[[], Mapping[str, Any]], sleep: Callable[[float], None]) -> bool:
    """Delete something, once the pollers of a deleted mapping have left it; return whether it was there.

    Raises:
        LocalError: Kafka refuses, or does not answer.
    """
    for waited in range(int(_EMPTY_WITHIN_S / _ASK_EVERY_S) + 1):
        if waited:
            sleep(_ASK_EVERY_S)
        (future,) = delete().values()
        try:
            future.result(_ANSWER_WITHIN_S)
        except KafkaException as error:
            refused = error.args[0]
            if refused.code() in _NOT_THERE:
                return False
            if refused.code() != KafkaError.NON_EMPTY_GROUP:
                raise LocalError(f"Kafka did not delete it: {refused.str()}.") from None
        except TimeoutError:
            raise LocalError(f"Kafka did not say within {_ANSWER_WITHIN_S:.0f} s that it is deleted.") from None
        else:
            return True
    raise LocalError(f"Its members have not left it for {_EMPTY_WITHIN_S:.0f} s.")
