"""The time of a call, and which address it asks for."""

import threading

import pytest

from comboio.aws.connection import Address, Deadline
from comboio.aws.http import KeptConnections, UnreachableError


def test_a_deadline_gives_what_is_left_and_never_nothing() -> None:
    """At its end it is over: a socket takes no seconds for "do not wait", and less for an error of the program."""
    times = iter((100.0, 100.0, 104.75, 105.0, 106.0))
    deadline = Deadline(5.0, lambda: next(times))
    assert [deadline.left(), deadline.left()] == [5.0, 0.25]
    for _ in range(2):
        with pytest.raises(TimeoutError, match="used up"):
            deadline.left()


@pytest.mark.parametrize(
    ("endpoint", "asked"),
    [
        ("https://name.example/in", ("name.example", 443)),
        ("http://name.example", ("name.example", 80)),
        ("https://name.example:8443", ("name.example", 8443)),
        ("http://name.example:8080/x?y", ("name.example", 8080)),
    ],
)
def test_an_endpoint_has_the_port_of_its_scheme_unless_it_names_one(endpoint: str, asked: tuple[str, int]) -> None:
    """A failure to find it names the host; whoever looks for it is left behind, and ends with the process."""
    seen: list[tuple[str, int]] = []
    daemons: list[bool] = []

    def resolve(host: str, port: int) -> list[Address]:
        seen.append((host, port))
        daemons.append(threading.current_thread().daemon)
        return []

    http = KeptConnections(endpoint, resolve=resolve)
    with pytest.raises(UnreachableError, match=r"name\.example has no address"):
        http.post({}, b"")
    assert (seen, daemons) == ([asked], [True])
