"""The reservations of one scope, and the earliest time at which one more fits. Times are integers.

A reservation lasts from its start to its release. What blocks a lane is kept as merged runs of
time: the runs in which its slots are taken, and those of other lanes with a cool-down around them.
So a search jumps over whole runs, and its time does not grow with the number of reservations.
"""

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field

from shared.domain.machine.placement import Lane

FAR = 1 << 62


@dataclass(slots=True)
class Runs:
    """Disjoint periods in order of time, joined where they touch."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def add(self, start: int, end: int) -> None:
        """Add a period."""
        first = bisect_left(self.ends, start)
        last = bisect_right(self.starts, end)
        if first < last:
            start = min(start, self.starts[first])
            end = max(end, self.ends[last - 1])
        self.starts[first:last] = [start]
        self.ends[first:last] = [end]

    def next_free(self, start: int, length: int, around: int = 0) -> int:
        """The first time from `start` on from which a length is free of runs.

        `around`: how far away from each run it has to be.
        """
        n = bisect_right(self.ends, start - around)
        while n < len(self.starts) and self.starts[n] - around < start + length:
            start = max(start, self.ends[n] + around)
            n += 1
        return start


@dataclass(slots=True, kw_only=True)
class Timeline:
    """One scope."""

    slots: int
    cool_down: int = 0
    spacing: int = 0
    ramp: bool = False
    #: machines that came back before all of these reservations
    came_back: int = 0
    #: the first instants of periods with a constant number of holders, and that number
    _times: list[int] = field(default_factory=list)
    _counts: list[int] = field(default_factory=list)
    _full: Runs = field(default_factory=Runs)
    _busy: dict[Lane | None, Runs] = field(default_factory=dict)
    _starts: list[int] = field(default_factory=list)
    _releases: list[int] = field(default_factory=list)

    def earliest(self, start: int, length: int, lane: Lane | None) -> int:
        """The first time from `start` on at which a machine of a lane may start."""
        while True:
            before = start
            start = self._full.next_free(start, length)
            for other, runs in self._busy.items():
                if other != lane:
                    start = runs.next_free(start, length, self.cool_down)
            if self.spacing:
                start = self._after_spacing(start)
            if self.ramp:
                start = self._within_ramp(start, length)
            if start == before:
                return start

    def reserve(self, start: int, length: int, lane: Lane | None) -> None:
        """Hold a slot. The caller has asked `earliest`; nothing is checked here."""
        end = start + length
        first, last = self._split(start), self._split(end)
        for n in range(first, last):
            self._counts[n] += 1
            if self._counts[n] >= self.slots:
                self._full.add(self._times[n], self._times[n + 1])
        self._busy.setdefault(lane, Runs()).add(start, end)
        if self.spacing:
            insort(self._starts, start)
        if self.ramp:
            insort(self._releases, end)

    def was_released(self, lane: Lane | None, at: int) -> None:
        """A lane was left at a time before all reservations; other lanes wait for the cool-down."""
        self._busy.setdefault(lane, Runs()).add(at - 1, at)

    def was_started(self, at: int) -> None:
        """A machine started at a time before all reservations; the next keeps its distance."""
        insort(self._starts, at)

    def _split(self, time: int) -> int:
        """The index of the period that starts at a time; it is made if there is none."""
        n = bisect_left(self._times, time)
        if n == len(self._times) or self._times[n] != time:
            self._times.insert(n, time)
            self._counts.insert(n, self._counts[n - 1] if n else 0)
        return n

    def _after_spacing(self, start: int) -> int:
        while True:
            n = bisect_right(self._starts, start - self.spacing)
            if n == len(self._starts) or self._starts[n] >= start + self.spacing:
                return start
            start = self._starts[n] + self.spacing

    def _within_ramp(self, start: int, length: int) -> int:
        """The holders of each period have to be no more than the ramp allows at its start."""
        n = max(0, bisect_right(self._times, start) - 1)
        while n < len(self._times) and self._times[n] < start + length:
            begins = max(self._times[n], start)
            if begins < self._end(n) and self._counts[n] + 1 > self._allowed(begins):
                start = self._end(n)
            n += 1
        return start

    def _end(self, n: int) -> int:
        return self._times[n + 1] if n + 1 < len(self._times) else FAR

    def _allowed(self, time: int) -> int:
        came_back = self.came_back + bisect_right(self._releases, time)
        return 1 << ((came_back + 1).bit_length() - 1)
