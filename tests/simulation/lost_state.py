"""Stored state that is lost: tables are emptied, or set back to an earlier instant.

With the messages in the queues, or without. Azure and the audit trail keep all.
"""

from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

from shared.adapters.memory.cells import Cells
from shared.adapters.serialization import from_text
from shared.domain.generation import Mark, MarkPlace, newest
from shared.usecases.app import App
from tests.simulation.simulation import Simulation

_SNAPSHOT_EVERY = 300.0
#: a younger state shows only in what messages and processes carry, and these may be lost as well
_SHOWS_BY_ITSELF = 75 * 60.0
_LOOK_EVERY = 1500.0

#: which tables are lost together; the scans' places go with the inventory
_KINDS: tuple[tuple[str, tuple[MarkPlace, ...]], ...] = (
    ("all tables", tuple(MarkPlace)),
    ("all tables", tuple(MarkPlace)),
    ("jobs", (MarkPlace.JOBS,)),
    ("semaphores", (MarkPlace.SEMAPHORES,)),
    ("pauses", (MarkPlace.PAUSES,)),
    ("inventory", (MarkPlace.INVENTORY,)),
)

type _Content = dict[str, Any]


def starts_are_held(simulation: Simulation[Any]) -> bool:
    """Whether a loss of stored state holds every start now."""
    mark = _newest_mark(simulation)
    return mark is not None and mark.holds(simulation.clock.now())


def _newest_mark(simulation: Simulation[Any]) -> Mark | None:
    async def stored(app: App) -> Mark | None:
        marks = await app.marks.load()
        return newest(
            {place: None if each is None else each.value for place, each in marks.items()}
        )

    mark: Mark | None = simulation.query(stored)
    return mark


class LostState:
    """Draws whether this run loses state, how and when, and lets the operator decide after it."""

    def __init__(
        self, simulation: Simulation, go_on: Callable[[Mark, bool], None], chance: float = 0.3
    ) -> None:
        self._simulation = simulation
        self._go_on = go_on
        #: of its own, so that the other draws of a seed stay as they were
        self._random = Random(simulation.scenario.seed + 6_000_003)  # noqa: S311 - repeatable
        self._chance = chance
        self._snapshots: list[tuple[float, dict[MarkPlace, _Content], dict[MarkPlace, Any]]] = []

    def schedule(self) -> None:
        """Put the loss, if any, and the operator's looks into the run."""
        simulation = self._simulation
        seconds = simulation.scenario.fault_period.total_seconds()
        if self._random.random() < self._chance:
            simulation.loop.at(0.0, self._snapshot)
            simulation.loop.at(self._random.uniform(1000.0, seconds), self._lose)
        simulation.loop.at(_LOOK_EVERY, self._look)

    def _lose(self) -> None:
        simulation, random = self._simulation, self._random
        name, places = random.choice(_KINDS)
        purged = random.random() < 0.5
        least = _SHOWS_BY_ITSELF if len(places) == len(MarkPlace) else 0.0
        old = [
            each
            for each in self._snapshots
            if self._is_seen(places, each[2]) and simulation.now - each[0] >= least
        ]
        is_older = bool(old) and random.random() < 0.5
        _, content, marks = random.choice(old) if is_older else (0.0, {}, {})
        what = f"{'sets back' if is_older else 'empties'} {name}"
        simulation.log.disturbance("storage", what, "queues purged" if purged else "queues kept")
        simulation.log.disturbances["loses state"] += 1
        for place in places:
            self._put(place, content.get(place, {}), marks.get(place))
        if purged:
            simulation.broker.purge()
        simulation.scans_since_faults_ended = 0
        if places != (MarkPlace.INVENTORY,):
            # A loss of the inventory alone counts from when recovery finds it. Before a call the
            # app sees that its own machine is missing there.
            simulation.monitor.on_state_lost(jobs=MarkPlace.JOBS in places)

    def _is_seen(self, places: tuple[MarkPlace, ...], marks: dict[MarkPlace, Any]) -> bool:
        """Whether the marks were counted twice since: less is not promised (docs/guarantees.md)."""
        cells = self._simulation.marks.cells
        others = [each for each in MarkPlace if each not in places] or list(MarkPlace)
        now = [from_text(cell.text, Mark).number for each in others if (cell := cells.get(each))]
        before = [from_text(marks[each].text, Mark).number for each in places if marks[each]]
        return bool(now) and bool(before) and min(now) - max(before) >= 2

    def _snapshot(self) -> None:
        content = {place: self._content(place) for place in MarkPlace}
        marks = {place: self._simulation.marks.cells.get(place) for place in MarkPlace}
        self._snapshots.append((self._simulation.now, content, marks))
        self._simulation.loop.at(self._simulation.now + _SNAPSHOT_EVERY, self._snapshot)

    def _content(self, place: MarkPlace) -> _Content:
        if place is MarkPlace.INVENTORY:
            return {"subscriptions": deepcopy(self._simulation.inventory._subscriptions)}
        return {each.key: each.text for each in self._cells(place).texts()}

    def _put(self, place: MarkPlace, content: _Content, mark: Any) -> None:
        marks = self._simulation.marks.cells
        marks.remove(place)
        if mark is not None:
            marks.put(place, mark.text)
        if place is MarkPlace.INVENTORY:
            self._simulation.inventory._subscriptions = deepcopy(content.get("subscriptions", {}))
            for each in list(self._simulation.scans._cells.texts()):
                self._simulation.scans._cells.remove(each.key)
            return
        cells = self._cells(place)
        for each in list(cells.texts()):
            cells.remove(each.key)
        for key, text in content.items():
            cells.put(key, text)

    def _cells(self, place: MarkPlace) -> Cells:
        simulation = self._simulation
        return {
            MarkPlace.JOBS: simulation.jobs._cells,
            MarkPlace.SEMAPHORES: simulation.semaphores._cells,
            MarkPlace.PAUSES: simulation.pauses._cells,
        }[place]

    def _look(self) -> None:
        """The operator looks at the health of the app, and decides after a loss."""
        simulation = self._simulation
        mark = _newest_mark(simulation)
        if mark is not None and not mark.is_lifted:
            self._go_on(mark, self._random.random() < 0.3)
        simulation.loop.at(simulation.now + _LOOK_EVERY, self._look)
