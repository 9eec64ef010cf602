"""Where a message's time goes: the looks of a profile, put down to the part of the way that they were in."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bench.dispatcher.measure import Reading

STAGES: Mapping[str, tuple[str, ...]] = {
    "runtime: parse event, give answer": (
        "dispatcher/runtime_parser",
        "comboio/contract/event_json",
        "awslambdaric/",
        "simplejson/",
    ),
    "TLS and sockets": ("comboio/aws/connection.py", "/ssl.py", "/socket.py", "/urllib3/util/"),
    "sign requests": ("comboio/aws/sigv4.py", "botocore/auth.py", "/hmac.py"),
    "speak HTTP": ("comboio/aws/", "/urllib3/", "/http/client.py", "botocore/httpsession.py", "botocore/awsrequest.py"),
    "boto3": ("/botocore/", "/boto3/"),
    "claim and settle": (
        "comboio/ledger/",
        "comboio/claims/",
        "dispatcher/intake/event_claims",
        "utilities/idempotency/",
    ),
    "read records": ("comboio/contract/", "comboio/message/", "dispatcher/intake/", "data_classes/"),
    "route": ("comboio/routing/", "dispatcher/routes/"),
    "make entries and send": ("dispatcher/send/", "dispatcher/destinations/"),
    "log and measure": ("dispatcher/observe/", "aws_lambda_powertools/metrics/", "aws_lambda_powertools/logging/"),
    "batch processing": ("utilities/batch/", "bench/dispatcher/contenders.py"),
    "threads": ("concurrent/futures/", "/threading.py", "/queue.py"),
    "rest of the dispatcher": ("dispatcher/", "comboio/"),
}
"""By what stands in a file's path. A look belongs to the first stage of the innermost frame that has one; code of
Python's library in no stage (json, base64) belongs to whoever called it."""

REST = "rest"
SYSTEM = "the system (sockets, memory)"
WAITING = "waiting for answers"


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile's collapsed stacks, as py-spy writes them, and the share of the CPU time that the system took."""

    stacks: str
    system_share: float

    def counts(self) -> Counter[str]:
        """Return the looks by stage."""
        counted: Counter[str] = Counter()
        for line in self.stacks.splitlines():
            frames, _, looks = line.rpartition(" ")
            counted[stage(frames.split(";"))] += int(looks)
        return counted


def stage(frames: Iterable[str]) -> str:
    """Return the stage of a stack, outermost frame first."""
    for frame in reversed(list(frames)):
        for name, places in STAGES.items():
            if any(place in frame for place in places):
                return name
    return REST


def spent_us(profile: Profile, reading: Reading) -> dict[str, float]:
    """Return the microseconds of a message by stage, largest first; together they are its share of the wall time.

    The looks say how CPU time is divided, and not how much there is: one that finds the stack changing is lost, and
    that is up to a third of them. So what runs without the interpreter's lock, as encryption does, is divided as they
    are.
    """
    wall_us, cpu_us = (seconds / reading.records * 1e6 for seconds in (reading.wall_s, reading.cpu_s))
    counted = profile.counts()
    system_us = cpu_us * profile.system_share
    by_size = {name: looks / counted.total() * (cpu_us - system_us) for name, looks in counted.most_common()}
    return {**by_size, SYSTEM: system_us, WAITING: max(0.0, wall_us - cpu_us)}
