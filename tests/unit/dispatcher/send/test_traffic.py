"""What went to a destination in one batch."""

from dispatcher.send.traffic import MOST_TIMES, Traffic
from tests.support.dispatcher import PERMANENT, THROTTLED, TRANSIENT


def test_calls_are_judged_by_their_faults() -> None:
    """A throttled call is not a failed one, unless something else went wrong with it too."""
    traffic = Traffic()
    for faults in ([None, None], [THROTTLED, None], [THROTTLED, TRANSIENT], [None, PERMANENT], [TRANSIENT, TRANSIENT]):
        traffic.answered(faults, 0.25)
    assert (traffic.throttled, traffic.failed) == (2, 3)
    assert traffic.seconds == [0.25] * 5


def test_times_are_bounded() -> None:
    """A batch of any number of calls keeps so many times, and no more."""
    traffic = Traffic()
    for _ in range(MOST_TIMES + 10):
        traffic.answered([None], 0.0)
    assert len(traffic.seconds) == MOST_TIMES
