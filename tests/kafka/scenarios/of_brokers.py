"""Faults of brokers: they restart, die, freeze, lose their network or their disk."""

import signal
import time

from tests.kafka.run import Run

FROZEN_S = 15.0
"""Seconds that a broker is frozen or cut off: longer than its session, its replicas' lag and a consumer's session."""


def rolling(run: Run) -> None:
    """Restart one broker after the other, each once all replicas are in sync again."""
    for broker in run.cluster.brokers:
        broker.stop()
        run.goes_on()
        run.cluster.start(broker.number)
        run.goes_on()


def kill_leader(run: Run) -> None:
    """Kill the leader of a partition; start it again while the load goes on."""
    number = run.leader()
    run.cluster.broker(number).kill()
    run.goes_on(600)
    run.cluster.start(number)


def freeze_leader(run: Run) -> None:
    """Freeze the leader of a partition for longer than anybody waits for it, and let it go on as if nothing were."""
    frozen = run.cluster.broker(run.leader())
    frozen.signal(signal.SIGSTOP)
    time.sleep(FROZEN_S)
    frozen.signal(signal.SIGCONT)
    run.goes_on(600)


def kill_coordinator(run: Run) -> None:
    """Kill the broker that coordinates the group, which then has another one; and that one too, later."""
    for _ in range(2):
        number = run.coordinator()
        run.cluster.broker(number).kill()
        run.has_another_coordinator(number)
        run.works(600)
        run.cluster.start(number)


def full_disk(run: Run) -> None:
    """Fill the disk of a broker until it gives up; make room and start it again."""
    broker = run.cluster.brokers[-1]
    run.enclosure.fill_disk()
    run.until(lambda: not broker.runs, "the broker with a full disk has ended")
    run.goes_on(600)
    run.enclosure.heal()
    run.cluster.start(broker.number)


def cut_network(run: Run) -> None:
    """Cut the leader of a partition off from the other brokers, while clients reach all three."""
    run.enclosure.cut(run.leader())
    time.sleep(FROZEN_S)
    run.goes_on(300)
    run.enclosure.heal()
    run.goes_on(300)
