"""Cells that two releases write, with a judge: the older one destroys nothing of the newer one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from shared.adapters.memory.cells import Cell, Cells
from shared.adapters.serialization import StoredText
from shared.ports import Version
from tests.simulation.monitoring.tolerances import InvariantViolated
from tests.simulation.releases.unknown_parts import (
    Novelty,
    as_next,
    is_beyond_this_release,
    lost_members,
    read_by_next,
)


class JudgedCells(Cells):
    """A table as both releases see it."""

    def __init__(self, novelty: Novelty) -> None:
        super().__init__()
        self._novelty = novelty
        self._is_next = False

    @contextmanager
    def as_next(self) -> Iterator[None]:
        """What is read and written meanwhile is read and written by the newer release.

        No other task runs meanwhile: a fake never waits.
        """
        before, self._is_next = self._is_next, True
        try:
            yield
        finally:
            self._is_next = before

    def get(self, key: str) -> Cell | None:
        """The cell as stored now."""
        cell = super().get(key)
        if cell is None or not self._is_next:
            return cell
        return replace(cell, text=read_by_next(cell.text))

    def texts(self) -> Iterator[StoredText]:
        """The texts of all cells with their keys."""
        for each in super().texts():
            yield replace(each, text=read_by_next(each.text)) if self._is_next else each

    def put(self, key: str, text: str) -> Version:
        """Store the text and replace any other."""
        if self._is_next:
            return super().put(key, as_next(text, self._novelty))
        before = super().get(key)
        if before is not None and before.text != text:
            _judge(key, before.text, text)
        return super().put(key, text)


def _judge(key: str, before: str, after: str) -> None:
    if is_beyond_this_release(before):
        raise InvariantViolated(f"releases: {key} cannot be read, and was replaced")
    lost = lost_members(before, after)
    if lost:
        raise InvariantViolated(f"releases: {key} lost what it had in {', '.join(lost)}")
