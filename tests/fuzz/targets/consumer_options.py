"""The consumer's options: it starts, or each line of the error names an option."""

import json

from comboio.settings import SettingsError
from consumer.filtering.criteria import read_criteria
from consumer.settings import ConsumerSettings
from producer.options.config_file import parse
from tests.fuzz.target import CANARY, Target, only
from tests.fuzz.targets.options import hidden, words
from tests.support.kafka_records import record

NEEDED = {"KAFKA_BOOTSTRAP_SERVERS": "broker:9092", "CONSUMER_TOPICS": "t", "CONSUMER_FUNCTION": "f"}
PATTERN = {"value": {"speed": [{"numeric": [">", 120]}], "tenant": ["acme", {"prefix": "BR-"}, None]}}
CRITERIA = json.dumps({"Filters": [{"Pattern": json.dumps(PATTERN)}]})
RECORDS = [
    record("t-0", 1)._replace(value=value) for value in (None, b"x", b'{"speed":121,"tenant":null}', b"[[1]]", b"\xff")
]


def check(data: bytes) -> None:
    """Read the options of lines as a unit's environment file has them, and use them."""
    given = dict(parse(data.decode("utf-8", "replace")))
    with only(SettingsError, secret=hidden(ConsumerSettings, given)):
        read = ConsumerSettings.from_environment({**NEEDED, **given})
        read.librdkafka()
        read.security_options(lambda region: lambda config: None)
        keep = read_criteria(read.filter_criteria, read.filter_mismatch)
        for each in RECORDS:
            if keep is not None:
                keep(each)


TARGET = Target(
    check,
    [
        b"CONSUMER_TOPICS=a,b\nCONSUMER_BATCH_SIZE=500\nCONSUMER_RETRY=failed\nCONSUMER_FAULTS=redeliver=3\n",
        b"CONSUMER_FILTER_CRITERIA='%b'\nCONSUMER_FILTER_MISMATCH=drop\n" % CRITERIA.encode(),
        b"CONSUMER_ON_FAILURE=s3://bucket/prefix\nCONSUMER_MAXIMUM_RETRY_ATTEMPTS=3\nCONSUMER_MAXIMUM_RECORD_AGE_S=60\n",
        b'CONSUMER_SECURITY=scram\nCONSUMER_SCRAM_USER=u\nCONSUMER_SCRAM_PASSWORD=p\nCONSUMER_CLIENT_OPTIONS=\'a=1,b="x,y"\'\n',
        b"CONSUMER_EVENT_SOURCE_ARN=arn:aws:kafka:us-east-1:1:cluster/c/1\nCONSUMER_STARTING_POSITION=LATEST\n",
    ],
    [
        *words(ConsumerSettings), b"kafka://t", b"arn:aws:sqs:us-east-1:1:q", b"s3://",
        b'{"Filters": [{"Pattern": "', b'[{"numeric":',
        b'{"exists": false}', b'{"anything-but": ["x"]}', b'"$or"', b"redeliver=",
        b"sasl.password=%b" % CANARY.encode(),
    ],
    most_bytes=2_048,
)  # fmt: skip
