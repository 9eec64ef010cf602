"""The producer's config file: it starts, or each line of the error names an option."""

from comboio.settings import SettingsError
from producer.options.config_file import parse
from producer.options.settings import ProducerSettings
from tests.fuzz.target import Target, only
from tests.fuzz.targets.options import hidden, words
from tests.fuzz.targets.places import folder

ENVIRON = {"KAFKA_BOOTSTRAP_SERVERS": "broker:9092"}


def check(data: bytes) -> None:
    """Read the options of a config file."""
    path = folder() / "producer.env"
    path.write_bytes(data)
    secret = hidden(ProducerSettings, dict(parse(data.decode("utf-8", "replace"))))
    with only(SettingsError, secret=secret):
        read = ProducerSettings.read({**ENVIRON, "PRODUCER_CONFIG_FILE": str(path)})
        read.security_options(lambda region: lambda config: None)


TARGET = Target(
    check,
    [
        b"PRODUCER_RATE=100\nPRODUCER_RAMP='1:30s,5:60s'\nPRODUCER_INSTANCE=0/2\n",
        b'# a comment\nPRODUCER_SECURITY=scram\nPRODUCER_SCRAM_USER="u"\nPRODUCER_SCRAM_PASSWORD="p\\"w"\n',
        b"PRODUCER_SOURCE=directory\nPRODUCER_SOURCE_PATH=/tmp\nPRODUCER_STATE_DIR=/tmp\nPRODUCER_SOURCE_NAMES=*.jsonl,a*\n",
        b"PRODUCER_FAULTS=malformed=20,tombstone=5\nPRODUCER_EMF_AGENT=127.0.0.1:25888\nPRODUCER_KEY_HEAVY_CODES=1,2\n",
    ],
    [
        *words(ProducerSettings), b"1000/s:2m", b"1/2", b"scram", b"tls", b"file", b"directory", b"stdin", b"\\\n",
        b"\xef\xbb\xbf",
    ],
    most_bytes=2_048,
)  # fmt: skip
