"""`python -m producer topics plan|apply`: the topics file against the cluster."""

from collections.abc import Callable

from producer.kafka.config import connection
from producer.options.settings import ProducerSettings
from producer.topics.admin import TopicAdmin
from producer.topics.file import Topics
from producer.topics.plan import Leave, plan


def topics(settings: ProducerSettings, say: Callable[[str], None], *, apply: bool) -> None:
    """Say what differs for the topics of the chosen strategy, and with `apply` change it.

    Raises:
        TopicsError: the topics file is wrong.
        NoAnswerError: no broker answers.
        TopicAdminError: the cluster refuses, or cannot say what its topics are like.
    """
    file = Topics.load(settings.topics_file)
    wanted = {name: file.topics[name] for name in file.strategy(settings.topic_strategy).topics()}
    admin = TopicAdmin(connection(settings), settings.connect_timeout)
    changes = plan(wanted, admin.existing(list(wanted)))
    for change in changes:
        say(str(change))
    open_changes = [change for change in changes if not isinstance(change, Leave)]
    if not open_changes:
        say(f"The cluster has the {len(wanted)} topics of strategy {settings.topic_strategy!r} as the file says.")
    elif apply:
        admin.apply(open_changes)
        say(f"{len(open_changes)} changes applied.")
    else:
        say(f"{len(open_changes)} changes. `python -m producer topics apply` makes them.")
