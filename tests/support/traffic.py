"""A traffic profile for tests, to be changed where a test needs it."""

from dataclasses import replace
from datetime import date
from typing import Any

from plan.measured.measured import Measured, Work
from plan.profile.profile import CodeShare, Destination, Kind, Order, Profile, TopicTraffic, Trucks
from producer.source.pareto import pareto_weights
from producer.source.synthetic import ranked_codes

MEASURED = Measured(
    date=date(2026, 11, 22),
    command="make plan-measure",
    machine="one core of two, quiet",
    load=1.2,
    latency_s=0.005,
    packed=Work(0.02, 1.65e-05, 1.1e-05, 0.0024, 0.006),
    unpacked=Work(0.02, 3.58e-05, 1.1e-05, 0.0024, 0.1),
    event=Work(0.02, 1.3e-04, 1.1e-05, 1.0024, 0.1),
    powertools=Work(0.0, 0.0182, 1.1e-05, 2.0, 1.0),
)
"""Figures that stay when somebody measures again: sentences in tests are about the plan, not about a machine."""


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
        trucks=Trucks(100),
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
