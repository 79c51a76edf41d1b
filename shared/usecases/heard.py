"""The newest point of the stored state's generation that this process knows of.

It comes from messages and from the marks. The messages that the process sends carry it.
"""

from shared.domain.generation import Mark, Point, point_of


class Heard:
    """What one process knows; lost with the process. Another place than the tables."""

    def __init__(self) -> None:
        self.point: Point | None = None

    def message(self, text: str) -> None:
        """A message carried this point, or none."""
        self._raise(point_of(text))

    def mark(self, mark: Mark) -> None:
        """A mark was just read or stored."""
        self._raise(mark.point)

    def stamp(self) -> str:
        """What a message carries; empty while nothing is known."""
        return "" if self.point is None else str(self.point)

    def _raise(self, point: Point | None) -> None:
        if point is not None and (self.point is None or point > self.point):
            self.point = point
