"""Trucks: they move as trucks do."""

from math import cos, hypot, radians
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from producer.source.truck import Truck


@given(st.integers(0, 2**32), st.lists(st.integers(1_000, 600_000), min_size=1, max_size=100))
def test_motion_is_plausible(seed: int, pauses: list[int]) -> None:
    """Never faster than the top speed over ground, never off the map, always one step further in sequence."""
    random = Random(seed)
    truck = Truck("T-000001", "F-01", (-23.5, -46.6), random)
    now = 1_795_359_600_000
    truck.report(now, random)
    for number, pause in enumerate(pauses, start=2):
        lat, lon = truck.lat, truck.lon
        now += pause
        truck.report(now, random)
        km = 111.32 * hypot(truck.lat - lat, (truck.lon - lon) * cos(radians(lat)))
        assert km <= 110.0 * pause / 3_600_000 * 1.05 + 1e-6
        assert 0 <= truck.speed <= 110
        assert truck.sequence == number


def test_a_truck_comes_back() -> None:
    """After a year on the road it is still in its region."""
    random = Random(7)
    truck = Truck("T-000001", "F-01", (-23.5, -46.6), random)
    for hour in range(24 * 365):
        truck.report(1_795_359_600_000 + hour * 3_600_000, random)
        assert abs(truck.lat + 23.5) < 6
        assert abs(truck.lon + 46.6) < 6


def test_between_two_fixes_it_says_the_last_one() -> None:
    """A receiver has one a second; what is said in between differs in its sequence only."""
    random = Random(7)
    truck = Truck("T-000001", "F-01", (-23.5, -46.6), random)
    truck.report(1_795_359_600_000, random)
    fix = truck.fix
    truck.report(1_795_359_600_999, random)
    assert (truck.fix, truck.sequence) == (fix, 2)
    truck.report(1_795_359_601_000, random)
    assert truck.fix != fix


def test_a_clock_that_is_set_back_does_not_stop_it() -> None:
    """It goes on from there, and not only when the old time has come again."""
    random = Random(7)
    truck = Truck("T-000001", "F-01", (-23.5, -46.6), random)
    truck.report(1_795_359_600_000, random)
    truck.report(1_795_356_000_000, random)
    lat, fix = truck.lat, truck.fix
    truck.report(1_795_356_060_000, random)
    assert (truck.lat, truck.fix) != (lat, fix)
