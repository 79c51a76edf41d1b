"""Breadth first through every reachable state, and back again from those where all is done.

What is safe, and what is stuck.
"""

from collections import deque
from dataclasses import dataclass

from tests.simulation.model.states import Bounds, ModelState, normalized
from tests.simulation.model.steps import ModelViolation, is_finished, transitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored:
    """What an exploration came to.

    `path` leads to the first violation or to a state from which nothing leads to the end.
    """

    states: int
    transitions: int
    finished: int
    violation: str | None = None
    stuck: int = 0
    path: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """No reachable state violates the lock, and from each everything can still be finished."""
        return self.violation is None and not self.stuck and self.finished > 0


class _Map:
    """The states found so far, by number, and how each was reached."""

    def __init__(self, start: ModelState) -> None:
        self.numbers = {start: 0}
        self.states = [start]
        self.came_from: list[tuple[int, str]] = [(0, "")]
        self.before: list[list[int]] = [[]]
        self.moves = 0

    def add(self, state: ModelState, parent: int, name: str) -> bool:
        """Whether it is new."""
        self.moves += 1
        number = self.numbers.setdefault(state, len(self.states))
        is_new = number == len(self.states)
        if is_new:
            self.states.append(state)
            self.came_from.append((parent, name))
            self.before.append([])
        self.before[number].append(parent)
        return is_new

    def path(self, number: int) -> tuple[str, ...]:
        """The moves that led to a state."""
        names = []
        while number:
            number, name = self.came_from[number]
            names.append(name)
        return tuple(reversed(names))


def explore(bounds: Bounds, *, at_most: int = 5_000_000) -> Explored:
    """Every state that can be reached; raises ValueError if there are more than `at_most`."""
    found = _Map(normalized(bounds.start()))
    waiting = deque([0])
    while waiting:
        number = waiting.popleft()
        try:
            for name, state in transitions(found.states[number], bounds):
                if found.add(normalized(state), number, name):
                    waiting.append(len(found.states) - 1)
        except ModelViolation as violated:
            return _result(found, violation=str(violated), path=found.path(number))
        if len(found.states) > at_most:
            raise ValueError(f"more than {at_most} states: choose smaller bounds")
    stuck = _stuck(found)
    return _result(found, stuck=len(stuck), path=found.path(stuck[0]) if stuck else ())


def _result(
    found: _Map, *, violation: str | None = None, stuck: int = 0, path: tuple[str, ...] = ()
) -> Explored:
    finished = sum(is_finished(state) for state in found.states)
    return Explored(
        states=len(found.states),
        transitions=found.moves,
        finished=finished,
        violation=violation,
        stuck=stuck,
        path=path,
    )


def _stuck(found: _Map) -> list[int]:
    """The states from which no path leads to one where all is done, found backwards from those."""
    waiting = [number for number, state in enumerate(found.states) if is_finished(state)]
    alive = set(waiting)
    while waiting:
        for number in found.before[waiting.pop()]:
            if number not in alive:
                alive.add(number)
                waiting.append(number)
    return [number for number in range(len(found.states)) if number not in alive]
