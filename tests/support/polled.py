"""Connections whose every POST is begun and polled for, as the dispatcher does it where a connection is open."""

import select

from comboio.aws.answer_reader import Answer
from comboio.aws.begun import Begun
from comboio.aws.exchange import Request, request_bytes
from comboio.aws.http import KeptConnections


class PolledConnections(KeptConnections):
    """Makes the first POST of a connection in the same way, on one that it opens itself."""

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        """See Http."""
        begun = self.begin(headers, body, timeout_s) or self._begun_anew(headers, body, timeout_s)
        poll = select.poll()
        while not begun.go_on():
            if begun.left_s() <= 0:
                begun.give_up(TimeoutError("the call's time is used up"))
                break
            poll.register(begun.fileno(), begun.events)
            poll.poll(begun.left_s() * 1000)
        return begun.answer()

    def _begun_anew(self, headers: dict[str, str], body: bytes, timeout_s: float | None) -> Begun:
        data = request_bytes(Request(self.host, self._target, headers, body))
        deadline = self._deadline(timeout_s)
        try:
            connection = self._open(deadline)
        except OSError as error:
            raise self._unreachable(error, was_kept=False) from error
        return Begun(connection, data, deadline, self._keep, self._unreachable)
