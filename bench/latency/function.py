"""The dispatcher as it is deployed, which notes when a batch came, when it was claimed and when it was done."""

import os
import time
from collections.abc import Mapping
from typing import Any

from bench.latency.marks import Invocation, Marks
from comboio.invocation import LambdaContext, invocation_of
from comboio.ledger.ledger import Ledger
from comboio.ledger.offsets import Ranges
from comboio.ledger.store import LeaseInfo, LedgerFault, LedgerStore, WaitForClaims, WaitForSettlements
from dispatcher.garbage_collection import spare_the_collector
from dispatcher.response import Response
from dispatcher.wiring import build

MARKS = Marks()


class Noting:
    """A ledger store that notes when it last gave a lease."""

    def __init__(self, store: LedgerStore) -> None:
        self._store = store
        self.claimed = 0.0

    def claim(
        self, partition: str, owner: str, now: int, until: int, offsets: Ranges, *, within_s: float = 10.0
    ) -> Ledger | None:
        """See LedgerStore."""
        ledger = self._store.claim(partition, owner, now, until, offsets, within_s=within_s)
        self.claimed = time.time()
        return ledger

    def settle(self, partition: str, owner: str, ledger: Ledger, lease_until: int, *, within_s: float = 10.0) -> bool:
        """See LedgerStore."""
        return self._store.settle(partition, owner, ledger, lease_until, within_s=within_s)

    def release(self, partition: str, owner: str, *, within_s: float = 10.0) -> None:
        """See LedgerStore."""
        self._store.release(partition, owner, within_s=within_s)

    def begin_claims(
        self, deliveries: Mapping[str, Ranges], owner: str, now: int, until: int, *, within_s: float = 10.0
    ) -> WaitForClaims:
        """See LedgerStore."""
        wait = self._store.begin_claims(deliveries, owner, now, until, within_s=within_s)

        def claimed() -> dict[str, Ledger | LedgerFault | None]:
            found = wait()
            self.claimed = time.time()
            return found

        return claimed

    def begin_settlements(
        self, ledgers: Mapping[str, Ledger], owner: str, lease_until: int, *, within_s: float = 10.0
    ) -> WaitForSettlements:
        """See LedgerStore."""
        return self._store.begin_settlements(ledgers, owner, lease_until, within_s=within_s)

    def peek(self, partition: str, now: int) -> LeaseInfo | None:
        """See LedgerStore."""
        return self._store.peek(partition, now)


class NotingFunction:
    """The function and its store."""

    def __init__(self) -> None:
        self._stores: list[Noting] = []
        self._function = build(os.environ, wrap_store=self._keep)
        spare_the_collector()  # as the Lambda entry does

    def _keep(self, store: LedgerStore) -> LedgerStore:
        self._stores.append(Noting(store))
        return self._stores[-1]

    def dispatch(self, event: Mapping[str, Any], context: LambdaContext) -> Response:
        """Dispatch one batch."""
        began = time.time()
        ends = {name: records[-1]["offset"] for name, records in event["records"].items()}
        invocation = invocation_of(context, int(began * 1000))
        self._function.reporter.invocation(invocation)
        response = self._function.dispatcher.dispatch(event, invocation)
        MARKS.invocations.append(Invocation(began, self._stores[0].claimed, time.time(), ends))
        return response


FUNCTION = NotingFunction()


def handler(event: Mapping[str, Any], context: LambdaContext) -> Response:
    """Dispatch a batch."""
    return FUNCTION.dispatch(event, context)
