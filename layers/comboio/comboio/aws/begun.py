"""A POST that nobody waits for: whoever has many under way polls their connections and takes in what comes."""

import select
from collections.abc import Callable

from comboio.aws.answer_reader import RECEIVE_BYTES, Answer, BrokenAnswerError, read_answer
from comboio.aws.connection import Connection, Deadline
from comboio.aws.exchange import refusal
from comboio.errors import ServiceError


class Begun:
    """A POST on a connection that was open. One thread's alone; it never blocks, and sends nothing twice.

    `keep` takes the connection back where it can be used again; `failed` is told why no answer came, and returns what
    `answer` raises.
    """

    def __init__(
        self,
        connection: Connection,
        data: bytes,
        deadline: Deadline,
        keep: Callable[[Connection], None],
        failed: Callable[[Exception], ServiceError],
    ) -> None:
        self._connection = connection
        self._rest = memoryview(data)
        self._deadline = deadline
        self._keep = keep
        self.failed = failed
        self._reading = read_answer()
        next(self._reading)
        self._unsent: OSError | None = None
        self._result: Answer | ServiceError | None = None
        self._send()

    def fileno(self) -> int:
        """Return its connection's."""
        return self._connection.fileno()

    @property
    def events(self) -> int:
        """What to poll its connection for: where a part of the request is still to be sent, also that it takes more."""
        return select.POLLIN | select.POLLOUT if self._rest else select.POLLIN

    def left_s(self) -> float:
        """Return the seconds that are left of its time; 0 where it is used up."""
        try:
            return self._deadline.left()
        except TimeoutError:
            return 0.0

    def go_on(self) -> bool:
        """Send and take in what can be without waiting; return whether it is over."""
        if self._rest:
            self._send()
        while self._result is None:
            try:
                received = self._connection.receive_now(RECEIVE_BYTES)
                if received is None:
                    break
                self._reading.send(received)
            except StopIteration as end:
                self._end(*end.value)
            except (OSError, BrokenAnswerError) as error:
                self._fail(error)
        return self._result is not None

    def give_up(self, error: OSError) -> None:
        """End it without an answer: its time is used up, or nobody wants it any more."""
        if self._result is None:
            self._fail(error)

    def answer(self) -> Answer:
        """Return the answer of one that is over.

        Raises:
            ServiceError: none came.
        """
        if isinstance(self._result, Answer):
            return self._result
        raise self._result or ServiceError("the call is not over")

    def _send(self) -> None:
        """Go on sending. Where the other side takes only a part, its answer may still say why."""
        try:
            self._rest = self._rest[self._connection.send_now(self._rest) :]
        except OSError as error:
            self._unsent = error
            self._rest = memoryview(b"")

    def _end(self, answer: Answer, reusable: bool) -> None:  # noqa: FBT001 -- as the reader returns it
        if self._rest or self._unsent is not None:
            unsent = self._unsent or OSError("it answered before it had the whole request")
            try:
                answer, reusable = refusal(answer, unsent), False
            except OSError:
                self._fail(unsent)
                return
        self._result = answer
        if reusable:
            self._keep(self._connection)
        else:
            self._connection.close()

    def _fail(self, error: Exception) -> None:
        self._connection.close()
        self._result = self.failed(self._unsent or error)
