"""Simulates a truck on the road: plausible motion, cheap enough to compute for every message."""

import json
from math import cos, radians, sin
from random import Random

_KM_PER_DEGREE = 111.32
"""Kilometres in a degree of latitude (mean, WGS 84)."""
_TOP_SPEED = 110.0
"""The fastest that a truck drives, in km/h: faster would not be plausible."""
_CRUISE = 68.0
"""The speed that it returns to, in km/h: between motorway and town."""
_RANGE_DEGREES = 3.0
"""A truck turns back this far from its depot, about 330 km: a day's drive there and back."""
_FIX_MS = 1_000
"""GPS receivers give a fix a second."""
_MS_PER_HOUR = 3_600_000
"""Speeds are per hour, times are in milliseconds."""


class Truck:
    """Wanders in speed (km/h) around cruise, drifts in heading (degrees), and moves accordingly."""

    __slots__ = (
        "_depot",
        "_moved_ms",
        "_name",
        "fix",
        "heading",
        "lat",
        "lon",
        "sequence",
        "speed",
        "truck_id",
    )

    def __init__(self, truck_id: str, fleet: str, depot: tuple[float, float], random: Random) -> None:
        self.truck_id = truck_id
        self._name = f'"truck_id":{json.dumps(truck_id)},"fleet":{json.dumps(fleet)}'
        self._depot = depot
        self.lat = depot[0] + random.uniform(-0.2, 0.2)
        self.lon = depot[1] + random.uniform(-0.2, 0.2)
        self.heading = random.uniform(0, 360)
        self.speed = random.uniform(40, 90)
        self.sequence = 0
        self._moved_ms = 0
        self.fix = ""

    def report(self, now_ms: int, random: Random) -> str:
        """Return the truck's report at the time `now_ms` as JSON members: identity, position, and a running number.

        The position is renewed once a second, as a GPS receiver does; in between the report repeats the last one.
        """
        since_ms = now_ms - self._moved_ms
        if not 0 <= since_ms < _FIX_MS:  # a clock that is set back is no reason to stand still until it is there again
            self._move(max(0, min(since_ms, _MS_PER_HOUR)) / _MS_PER_HOUR if self._moved_ms else 0.0, random)
            self._moved_ms = now_ms
        self.sequence += 1
        return f'{self.fix},"sequence":{self.sequence}'

    def _move(self, hours: float, random: Random) -> None:
        wander = random.random() - 0.5
        self.speed = min(_TOP_SPEED, max(0.0, self.speed + 0.02 * (_CRUISE - self.speed) + 6 * wander))
        self.heading = (self.heading + 8 * wander) % 360
        if abs(self.lat - self._depot[0]) > _RANGE_DEGREES or abs(self.lon - self._depot[1]) > _RANGE_DEGREES:
            self._turn_back()
        km = self.speed * hours
        course = radians(self.heading)
        self.lat += km * cos(course) / _KM_PER_DEGREE
        self.lon += km * sin(course) / (_KM_PER_DEGREE * cos(radians(self.lat)))
        self.fix = f'{self._name},"lat":{self.lat:.5f},"lon":{self.lon:.5f},"speed_kmh":{self.speed:.0f}'

    def _turn_back(self) -> None:
        north, east = self.lat < self._depot[0], self.lon < self._depot[1]
        self.heading = {
            (True, True): 45.0,
            (False, True): 135.0,
            (False, False): 225.0,
            (True, False): 315.0,
        }[north, east]
