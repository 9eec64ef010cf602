"""The topics file: a strategy that resolves each code, or an error that names the file and the place in it."""

from producer.message.topic_resolver import TopicResolver, UnknownCodigoError
from producer.topics.file import SHIPPED, Topics, TopicsError
from tests.fuzz.target import Target, only, promised
from tests.fuzz.targets.places import folder


def check(data: bytes) -> None:
    """Load a topics file, and resolve codes by each of its strategies."""
    path = folder() / "topics.toml"
    path.write_bytes(data)
    with only(TopicsError):
        topics = Topics.load(path)
        for name in topics.strategies:
            resolver = TopicResolver(topics.strategy(name), topics.known)
            for codigo in (0, 300, 2**31 - 1):
                with only(UnknownCodigoError):
                    promised(resolver.resolve(codigo) in topics.topics, "a code leads to a topic of the file")


TARGET = Target(
    check,
    [
        SHIPPED.read_bytes()[:4_096],
        b'known = [300, "301-309"]\n[strategies.s]\ndefault = "t"\nrules = [{ codes = [300], topic = "u" }]\n'
        b"[topics.t]\npartitions = 3\nretention_hours = 1.5\n[topics.u]\npartitions = 1\nreplication = 3\n",
    ],
    [
        b'"300-399"', b'"t"', b"codes = ", b"known = ", b"rules = ", b"[topics.x]\n", b'"0-2147483647"',
        b'"0-99999999999"',
    ],
    most_bytes=2_048,
)  # fmt: skip
