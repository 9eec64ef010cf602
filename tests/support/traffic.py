"""A traffic profile for tests, to be changed where a test needs it."""

from dataclasses import replace
from typing import Any

from plan.profile.profile import CodeShare, Destination, Kind, Order, Profile, TopicTraffic
from producer.source.pareto import pareto_weights
from producer.source.synthetic import ranked_codes


def pareto(count: int = 50) -> list[CodeShare]:
    """Return codes of which 20% make 80% of the traffic."""
    return [CodeShare(code, weight) for code, weight in zip(ranked_codes(count), pareto_weights(count), strict=True)]


def destination(**changes: Any) -> Destination:
    """Return an SQS queue that answers in 5 ms."""
    return replace(Destination("telemetry", Kind.SQS, 1.0, 5.0, None, 10, 32), **changes)


def profile(**changes: Any) -> Profile:
    """Return a fleet of 13,000 messages a second and few trucks, so that tests are quick."""
    usual = Profile(
        name="a fleet",
        rate=13_000,
        payload_bytes=200,
        trucks=100,
        topics=[TopicTraffic("mt-c400", pareto())],
        order=Order.TRUCK_AND_CODE,
        burst=1.0,
        burst_s=300,
        outage_s=3600,
        catch_up_s=3600,
        latency_s=3.0,
        retention_h=48,
        growth=1.5,
        packed=True,
        event_idempotency=0.0,
        destinations=[destination()],
    )
    return replace(usual, **changes)
