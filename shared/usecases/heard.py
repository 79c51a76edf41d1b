"""The newest point of the stored state's generation that this process knows of.

It comes from messages and from the marks. The messages that the process sends carry it.
"""

from datetime import datetime, timedelta

from shared.domain.generation import Mark, Point, point_of


class Heard:
    """What one process knows; lost with the process. Another place than the tables."""

    def __init__(self) -> None:
        self.point: Point | None = None
        #: when the newest of the marks that were read was written
        self._marked_at: datetime | None = None
        self._looked_at_clocks: datetime | None = None

    def message(self, text: str) -> None:
        """A message carried this point, or none."""
        self._raise(point_of(text))

    def mark(self, mark: Mark) -> None:
        """A mark was just read or stored."""
        self._raise(mark.point)
        self._marked_at = max(mark.at, self._marked_at or mark.at)

    def stamp(self) -> str:
        """What a message carries; empty while nothing is known."""
        return "" if self.point is None else str(self.point)

    def may_look_at_clocks(self, now: datetime, late: timedelta, every: timedelta) -> bool:
        """Whether the row of the clocks may be read now, which counts as a look.

        Not while a mark shows that recovery ran less than `late` ago, and once in `every` at most.
        """
        if self._marked_at is not None and now - self._marked_at < late:
            return False
        if self._looked_at_clocks is not None and now - self._looked_at_clocks < every:
            return False
        self._looked_at_clocks = now
        return True

    def _raise(self, point: Point | None) -> None:
        if point is not None and (self.point is None or point > self.point):
            self.point = point
