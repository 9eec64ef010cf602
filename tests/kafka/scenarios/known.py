"""The scenarios by name, in the order in which they run."""

from collections.abc import Mapping
from functools import partial

from tests.kafka.scenarios import of_brokers, of_topics
from tests.kafka.scenarios.scenario import Scenario

SCENARIOS: Mapping[str, Scenario] = {
    "rolling": Scenario("one broker after the other is restarted", of_brokers.rolling),
    "kill-leader": Scenario("the leader of a partition is killed", of_brokers.kill_leader),
    "freeze-leader": Scenario("the leader of a partition is frozen for 15 s", of_brokers.freeze_leader),
    "coordinator": Scenario("the group's coordinator is killed, twice", of_brokers.kill_coordinator),
    "partitions": Scenario("the topic's partitions are doubled", of_topics.add_partitions),
    "made-again": Scenario("the consumed topic is deleted and made again at once", of_topics.topic_made_again),
    "made-again-later": Scenario("the same, with 15 s in between", partial(of_topics.topic_made_again, pause_s=15.0)),
    "made-again-unseen": Scenario(
        "the same, and it is longer than the old one before the consumers look",
        of_topics.topic_made_again_unseen,
        session_s=120,
    ),
    "retention": Scenario("unread records are deleted", of_topics.delete_records),
    "transactions": Scenario("transactions, a third of them aborted", of_topics.transactions, produced=False),
    "compacted": Scenario("a compacted topic, with its gaps", of_topics.compacted, produced=False),
    "disk": Scenario("a broker's disk is full", of_brokers.full_disk, enclosed=True),
    "network": Scenario("a leader is cut off from the other brokers", of_brokers.cut_network, enclosed=True),
}
