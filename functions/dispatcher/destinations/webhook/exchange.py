"""HTTP/1.1 as any receiver may speak it: h11, the engine of httpx, on connections whose calls are bounded in total.

No client that could be had whole does what a webhook needs; docs/adr/0026-webhook-client.md has what was measured.
"""

import h11

from comboio.aws.answer_reader import MAX_HEAD_BYTES, MAX_INTERIM, RECEIVE_BYTES, Answer, BrokenAnswerError
from comboio.aws.connection import Connection, Deadline
from comboio.aws.exchange import Request, refusal, send

MAX_BODY_BYTES = 16_777_216
"""Maximum size of an answer's body, which is read to its end and thrown away; a receiver may quote its request."""


def webhook_exchange(connection: Connection, request: Request, deadline: Deadline) -> tuple[Answer, bool]:
    """See Exchange; the answer has no body, as only its status and headers count."""
    state = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
    unsent = send(connection, _request_bytes(state, request), deadline)
    try:
        answer = _read(state, connection, deadline)
    except (OSError, h11.RemoteProtocolError, BrokenAnswerError) as error:
        if unsent is not None:
            raise unsent from None
        if isinstance(error, h11.RemoteProtocolError):
            raise BrokenAnswerError(str(error)) from None
        raise
    if unsent is not None:
        return refusal(answer, unsent), False
    done = state.our_state is h11.DONE and state.their_state is h11.DONE
    return answer, done and not state.trailing_data[0]


def _request_bytes(state: h11.Connection, request: Request) -> bytes:
    headers = {"host": request.host, **request.headers, "content-length": str(len(request.body))}
    try:
        head = state.send(h11.Request(method=request.method, target=request.target, headers=list(headers.items())))
        body = state.send(h11.Data(request.body))
        end = state.send(h11.EndOfMessage())
    except (h11.LocalProtocolError, UnicodeError):
        raise ValueError("a header has a line break or another character that no header may have") from None
    return b"".join(part for part in (head, body, end) if part)


def _read(state: h11.Connection, connection: Connection, deadline: Deadline) -> Answer:
    response: h11.Response | None = None
    interim = size = 0
    while True:
        event = state.next_event()
        if event is h11.NEED_DATA:
            state.receive_data(connection.receive(RECEIVE_BYTES, deadline))
        elif isinstance(event, h11.InformationalResponse):
            interim += 1
            if event.status_code == 101 or interim > MAX_INTERIM:
                raise BrokenAnswerError(f"interim answer {interim} of status {event.status_code}")
        elif isinstance(event, h11.Response):
            response = event
            if {b"transfer-encoding", b"content-length"} <= {name for name, _ in response.headers}:
                raise BrokenAnswerError("the end of the body is given twice")
        elif isinstance(event, h11.Data):
            size += len(event.data)
            if size > MAX_BODY_BYTES:
                raise BrokenAnswerError(f"the body has more than {MAX_BODY_BYTES} bytes")
        elif isinstance(event, h11.EndOfMessage) and response is not None:
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
            return Answer(response.status_code, b"", headers)
        else:
            raise BrokenAnswerError("the connection ended before the answer")
