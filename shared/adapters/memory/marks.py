"""The marks of the generation in memory. They outlive no process."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from shared.adapters.memory.cells import Cells
from shared.adapters.memory.stores import MemoryPauses
from shared.adapters.serialization import from_text, to_text
from shared.domain.generation import Mark, MarkPlace, first_mark
from shared.domain.schema import Contents, contents_of
from shared.ports import Clock, Stored, Version


class MemoryMarks:
    """Fake of the port Marks.

    `counts_by_itself` stands in for the runs of recovery: each read mark is of this instant, so
    that time may jump in a test. Without it a mark is as old as it is. `pauses` gets the mark of
    its table from here. `rows` gives the texts of rows in the tables.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        pauses: MemoryPauses | None = None,
        rows: Callable[[], Iterable[str]] = tuple,
        started: bool = True,
        counts_by_itself: bool = True,
    ) -> None:
        self._clock = clock
        self._rows = rows
        self._counts_by_itself = counts_by_itself
        self.cells = Cells()
        if started:
            for place in MarkPlace:
                self.cells.put(place, to_text(first_mark(clock.now()).counted(clock.now())))
        if pauses is not None:
            pauses.mark = lambda: self._read(MarkPlace.PAUSES)

    async def load(
        self, places: Collection[MarkPlace] = tuple(MarkPlace)
    ) -> Mapping[MarkPlace, Stored[Mark] | None]:
        """The marks of these tables as stored now."""
        return {place: self._load(place) for place in places}

    async def store(self, place: MarkPlace, mark: Mark, version: Version) -> Version | None:
        """Store the mark of a table if nobody else did since it was read."""
        return self.cells.save(place, mark, version)

    async def contents(self) -> Contents:
        """What rows the tables have beside their marks."""
        return contents_of(self._rows())

    def _load(self, place: MarkPlace) -> Stored[Mark] | None:
        stored, mark = self.cells.stored(place, Mark), self._read(place)
        return None if stored is None or mark is None else replace(stored, value=mark)

    def _read(self, place: MarkPlace) -> Mark | None:
        cell = self.cells.get(place)
        if cell is None:
            return None
        mark = from_text(cell.text, Mark)
        return replace(mark, at=self._clock.now()) if self._counts_by_itself else mark
