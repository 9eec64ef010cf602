"""The parameters of template.yaml that a plan sets, each with its reason; as a section of samconfig.toml too."""

import math
from dataclasses import dataclass

from plan.cost.bill import MEMORY_MB
from plan.plan import Plan

LEAST_TIMEOUT_S, MOST_TIMEOUT_S = 30, 840
"""The template's default, and what a Kafka mapping allows."""

_TIMEOUT_TIMES = 5
"""How many times a full batch the timeout is: room for retries within a batch and for a cold start."""

_LAG_ALARM_S = 8
"""Seconds of the busiest topic's traffic that raise the alarm."""

_LEAST_LAG_ALARM = 1_000
"""Records that raise it at least."""

_AGE_SHARE = 0.75
"""The share of the retention after which the mapping gives a record to the on-failure bucket."""

LEAST_AGE_S, LONGEST_AGE_S = 60, 86_400
"""What the template takes at least, and a day, its default, where the retention allows it."""

_PRODUCER_HOT = 20_000
"""Messages a second from which a drainer should have more than the template's four batches at a time."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter."""

    name: str
    """As the template has it; settings that are no parameter have a name in words."""
    value: str
    """Its value."""
    why: str
    """The reason."""
    in_template: bool = True
    """Whether `sam deploy` takes it."""


def parameters(plan: Plan) -> list[Parameter]:
    """Return them all, in the template's order."""
    topic, service = plan.busiest, plan.service
    full = service.seconds(service.most_records)
    timeout = min(max(LEAST_TIMEOUT_S, math.ceil(_TIMEOUT_TIMES * full)), MOST_TIMEOUT_S)
    age = max(LEAST_AGE_S, int(min(_AGE_SHARE * plan.profile.retention_h * 3600, LONGEST_AGE_S)))
    drainer = 4 if plan.profile.rate < _PRODUCER_HOT else 16
    claims = plan.profile.event_idempotency * plan.profile.rate
    table = "on demand; two writes a partition and batch"
    return [
        Parameter("HeavyTopic", topic.topic.name, "the topic with most traffic"),
        Parameter("BatchSize", str(service.most_records), "what 6 MB of an event hold, 10,000 at most"),
        Parameter("BatchingWindowSeconds", str(plan.window_s), f"99 of 100 within {topic.batches.p99_s:.1f} s"),
        Parameter(
            "MinimumPollers", str(topic.pollers.minimum), "what the usual rate takes, by bytes and by invocations"
        ),
        Parameter("MaximumPollers", str(topic.pollers.maximum), "what a peak and catching up take"),
        Parameter("MaximumRecordAgeSeconds", str(age), "below the retention, so that nothing is deleted unseen"),
        Parameter("FunctionTimeoutSeconds", str(timeout), f"a full batch takes {full:.2f} s"),
        Parameter("FunctionMemoryMegabytes", str(MEMORY_MB), "one vCPU, the most that one Python process uses"),
        Parameter("DrainerMaximumConcurrency", str(drainer), "batches that leave the hold queue at a time"),
        Parameter(
            "LagAlarmRecords",
            str(max(_LEAST_LAG_ALARM, math.ceil(topic.rate * _LAG_ALARM_S))),
            f"{_LAG_ALARM_S} s of {topic.topic.name}",
        ),
        Parameter(
            "the ledger table",
            table,
            f"and {claims:,.0f} claims a second" if claims else "an item of one write unit for each partition",
            in_template=False,
        ),
        Parameter(
            "the queues",
            "standard, 4 days; the hold queue FIFO, 14 days",
            "a FIFO destination takes 300 calls a second without high throughput mode",
            in_template=False,
        ),
    ]


def samconfig(plan: Plan) -> str:
    """Return a section of samconfig.toml: `sam deploy --config-env plan` uses it."""
    given = [f'    "{each.name}={each.value}",' for each in parameters(plan) if each.in_template]
    others = [topic.topic.name for topic in plan.topics if topic is not plan.busiest]
    light = [f'    "LightTopic={others[0]}",'] if others else []
    more = "".join(f"\n# {name}: deploy mapping.yaml once more for it (docs/how-to/deploy.md)." for name in others[1:])
    overrides = "\n".join([given[0], *light, *given[1:]])
    return (
        "# Made by `make plan`. Append it to samconfig.toml, then: sam deploy --config-env plan --parameter-overrides\n"
        "# MskClusterArn=... is still yours to give.\n"
        f"[plan.deploy.parameters]\nparameter_overrides = [\n{overrides}\n]{more}\n"
    )
