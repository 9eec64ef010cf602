"""Drains hold messages: group by group in order, all groups side by side, until time runs out or nothing more goes.

What a message still needs is known at each step: its records are done one by one, how far the first message of a
group is stands in the table before anything else happens, and a message leaves the queue only when nothing remains of
it. So a crash repeats at most what was sent since the last step, and loses nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import random
from typing import Any

from comboio.aws.json_api import AwsError
from comboio.clocks import Clocks
from comboio.contract.hold import ALONE, ForeignHoldMessageError, HoldMessage
from comboio.drain.give_up import GiveUp
from comboio.drain.give_up_store import GiveUpOrders
from comboio.drain.progress import Progress
from comboio.drain.store import DrainStore
from comboio.drain.waiting import Waiting
from comboio.invocation import Invocation
from dispatcher.deadline import Budget
from dispatcher.drain import backoff
from dispatcher.drain.group import Group, Received, failed, most_attempts
from dispatcher.drain.hold_source import HoldSource
from dispatcher.fault import FaultKind
from dispatcher.observe.drain_report import DrainReport
from dispatcher.observe.reporter import Reporter
from dispatcher.observe.tracing import Phase, Sent, unseen, untraced
from dispatcher.parcel import Outcome, Parcel
from dispatcher.response import DrainAnswer
from dispatcher.routes.outlets import Outlets
from dispatcher.send.deliver import Delivered, Delivery
from dispatcher.send.divert import PAUSED

_SHORTEST_ROUND_S = 1.0
"""With less time than this left for sending, no further message is begun."""


@dataclass(slots=True)
class Batch:
    """The messages of one invocation."""

    groups: dict[str, list[Received]] = field(default_factory=dict)
    foreign: list[tuple[str, str]] = field(default_factory=list)
    """Id and body of messages that are none of the hold queue's."""


class Drainer:
    """Drains batches of hold messages, one at a time; built once per execution environment."""

    def __init__(
        self,
        source: HoldSource,
        store: DrainStore,
        orders: GiveUpOrders,
        outlets: Callable[[], Outlets],
        delivery: Delivery,
        margin_s: float,
        *,
        reporter: Reporter,
        clocks: Clocks,
        jitter: Callable[[], float] = random,
        phase: Phase = untraced,
        sent: Sent = unseen,
    ) -> None:
        self._source = source
        self._store = store
        self._orders = orders
        self._outlets = outlets
        self._delivery = delivery
        self._margin_s = margin_s
        self._reporter = reporter
        self._clocks = clocks
        self._jitter = jitter
        self._phase = phase
        self._sent = sent

    def drain(self, event: Mapping[str, Any], invocation: Invocation) -> DrainAnswer:
        """Drain the messages of an SQS event, and return those that stay in the queue."""
        self._reporter.invocation(invocation)
        budget = Budget.of(invocation, self._clocks, self._margin_s)
        batch = read(event)
        report = DrainReport(messages=sum(map(len, batch.groups.values())) + len(batch.foreign))
        staying = [name for name, body in batch.foreign if not self._set_aside(body, budget)]
        report.foreign = len(batch.foreign)
        try:
            progress = self._store.read(batch.groups, within_s=budget.left_s(budget.sends_end))
        except AwsError as error:
            self._reporter.warning(
                "Could not read how far the hold queue is drained; its messages stay.", {"error": str(error)}
            )
            for messages in batch.groups.values():
                self._leave(messages, backoff.while_table_away(self._jitter), budget)
            return answer([*staying, *(one.id for group in batch.groups.values() for one in group)])
        groups = [Group(name, messages, progress[name]) for name, messages in batch.groups.items()]
        given_up = self._given_up(groups, budget)
        while groups and budget.left_s(budget.sends_end) > _SHORTEST_ROUND_S:
            stopped = self._round(groups, given_up, budget, report)
            staying += [one.id for group in stopped for one in group.messages]
            groups = [group for group in groups if group not in stopped and group.messages]
        for group in groups:  # time ran out before their turn
            staying += [one.id for one in group.messages]
            self._leave(group.messages, 0.0, budget)
        self._reporter.drained(report)
        return answer(staying)

    def _given_up(self, groups: Sequence[Group], budget: Budget) -> Mapping[str, Sequence[GiveUp]]:
        """Return what operators gave up, by destination; what cannot be read now is read at the next look."""
        names = {one.message.destination for group in groups for one in group.messages}
        try:
            return self._orders.read(names, within_s=budget.left_s(budget.sends_end)) if names else {}
        except AwsError as error:
            self._reporter.warning("Could not read what operators gave up on; nothing is.", {"error": str(error)})
            return {}

    def _round(
        self, groups: Sequence[Group], given_up: Mapping[str, Sequence[GiveUp]], budget: Budget, report: DrainReport
    ) -> list[Group]:
        """Send the first message of each group; return the groups that go no further in this invocation."""
        now, outlets = self._clocks.now(), self._outlets()
        for group in groups:
            group.load(outlets.router, now, given_up.get(group.head.message.destination, ()))
        parcels = [parcel for group in groups for parcel in group.parcels.values()]
        report.outlets = outlets
        report.received(parcels, now)
        with self._phase("send"):
            delivered = self._delivery.deliver(parcels, outlets.states, budget)
        self._sent(parcels, delivered, outlets)
        report.add(parcels, delivered)
        return [group for group in groups if not self._conclude(group, delivered, outlets, budget, report)]

    def _conclude(
        self, group: Group, delivered: Delivered, outlets: Outlets, budget: Budget, report: DrainReport
    ) -> bool:
        """Write how far a group is; return whether its next message may go."""
        name = group.head.message.destination
        state = outlets.states.get(name)
        closed = delivered.permissions.closed(name) or (state is not None and state.circuit.open)
        parcels = list(group.parcels.values())
        if group.complete:
            return self._finish(group, budget)
        loose = not group.head.message.ordered and not group.name.startswith(ALONE)
        excused = [parcel for parcel in parcels if _excused(parcel)]
        if loose and not closed and (failed(parcels) or excused) and self._split_off(group, budget):
            report.split += 1
            return self._finish(group, budget)
        now, counted_at = self._clocks.now(), group.progress.counted_at
        if excused and backoff.counts(now, counted_at):
            counted_at = now
            for parcel in excused:
                self._count_attempt(parcel, budget)
            if group.complete:
                return self._finish(group, budget)
        if any(parcel.fault is PAUSED for parcel in parcels):
            wait_s = backoff.while_closed(backoff.LONGEST_CLOSED_S, self._jitter)
        elif closed:
            wait_s = backoff.while_closed(delivered.permissions.opens_in_s.get(name, 0.0), self._jitter)
        elif excused and delivered.permissions.doubts.get(name) is False:  # nobody vouched for it
            wait_s = backoff.while_closed(backoff.LONGEST_CLOSED_S, self._jitter)
        elif excused or failed(parcels):
            wait_s = backoff.after_attempts(most_attempts(parcels), self._jitter)
        else:
            wait_s = backoff.SHORTEST_S
        asked_s = max((p.fault.retry_after_s or 0.0 for p in parcels if p.fault is not None), default=0.0)
        wait_s = max(wait_s, asked_s)
        waiting = group.waiting(now, wait_s, wakes=wait_s > backoff.LONGEST_CLOSED_S)
        self._write(group.name, group.stopped(counted_at=counted_at), budget, waiting)
        self._leave(group.messages, wait_s, budget)
        return False

    def _leave(self, messages: Sequence[Received], seconds: float, budget: Budget) -> None:
        """Let all messages of a group come again together: while one of them is in flight, SQS withholds the others."""
        receipts = [one.receipt for one in messages]
        if not self._source.retry_after(receipts, seconds, within_s=budget.left_s(budget.end)):
            self._reporter.warning(
                "Could not tell SQS when to deliver a group of the hold queue again; it waits for the queue's "
                "visibility timeout. Check the permission sqs:ChangeMessageVisibility.",
                {"messages": len(messages), "seconds": round(seconds, 1)},
            )

    def _finish(self, group: Group, budget: Budget) -> bool:
        """Note that the head is done before it leaves the queue; where that fails, it stays and is drained again."""
        head = group.head
        before = group.progress
        group.drained()
        if self._write(group.name, group.progress, budget):
            return True
        group.messages.insert(0, head)
        group.progress = before
        self._leave(group.messages, backoff.while_table_away(self._jitter), budget)
        return False

    def _split_off(self, group: Group, budget: Budget) -> bool:
        """Put what failed of a message without order into a message of its own, so that nothing waits for it."""
        left = [
            held._replace(attempts=parcel.attempts, since=parcel.since or held.since) for held, parcel in group.left()
        ]
        rest = HoldMessage(group.head.message.destination, False, tuple(left))
        return self._source.put_aside(rest, within_s=budget.left_s(budget.end))

    def _count_attempt(self, parcel: Parcel, budget: Budget) -> None:
        if parcel.route is None or parcel.fault is None:
            return
        parcel.use_attempt(parcel.fault, parcel.route.max_attempts)
        if parcel.outcome is Outcome.DEAD:
            self._delivery.dead_letter([parcel], budget)

    def _set_aside(self, body: str, budget: Budget) -> bool:
        """Put what is no hold message into the DLQ as it is, where the replayer reports and parks it."""
        self._reporter.warning(
            "The hold queue had a message that is not Comboio's; it is in the DLQ. Check who may write to the queue.",
            {},
        )
        return self._source.set_aside(body, within_s=budget.left_s(budget.writes_end))

    def _write(self, group: str, progress: Progress, budget: Budget, waiting: Waiting | None = None) -> bool:
        within_s = budget.left_s(budget.end)
        try:
            self._store.write(group, progress, self._clocks.now(), within_s=within_s, waiting=waiting)
        except AwsError as error:
            self._reporter.warning(
                "Could not write how far the hold queue is drained; records of its group may be sent twice.",
                {"group": group, "error": str(error)},
            )
            return False
        return True


def _excused(parcel: Parcel) -> bool:
    """Return whether a call was made for it that failed: that the destination was not asked is no attempt."""
    return not parcel.done and parcel.fault is not None and parcel.fault.kind is FaultKind.EXCUSED


def read(event: Mapping[str, Any]) -> Batch:
    """Return the messages of an SQS event by their order group, in the order they came."""
    batch = Batch()
    for record in event["Records"]:
        try:
            message = HoldMessage.from_body(record["body"])
        except ForeignHoldMessageError:
            batch.foreign.append((record["messageId"], record["body"]))
            continue
        attributes = record.get("attributes", {})
        group = str(attributes.get("MessageGroupId") or message.group)
        received = Received(
            record["messageId"], record["receiptHandle"], message, int(attributes.get("SentTimestamp", 0))
        )
        batch.groups.setdefault(group, []).append(received)
    return batch


def answer(staying: Sequence[str]) -> DrainAnswer:
    """Return the answer that keeps some messages in the queue."""
    return {"batchItemFailures": [{"itemIdentifier": name} for name in staying]}
