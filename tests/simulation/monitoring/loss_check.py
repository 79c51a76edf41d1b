"""After a loss of stored state: no call before an operator allows it."""

from datetime import datetime, timedelta

from shared.domain.generation import Mark, Point
from shared.domain.machine.machine import MachineId
from tests.simulation.monitoring.tolerances import TOLERANCE, InvariantViolated, name_of


class LossCheck:
    """Raises InvariantViolated at a call that should have been held."""

    def __init__(self) -> None:
        self.lost_at: datetime | None = None
        self._starts_at: datetime | None = None
        self._decided_at: datetime | None = None
        self._newest: Point | None = None

    def on_lost(self, now: datetime) -> None:
        """State was lost."""
        self.lost_at, self._starts_at, self._newest = now, None, None

    def on_mark(self, mark: Mark) -> bool:
        """A mark was stored. Whether it is an operator's new decision.

        An older one that a slower worker stores in another place counts for nothing.
        """
        if self._newest is not None and mark.point < self._newest:
            return False
        self._newest = mark.point
        loss = mark.loss
        if loss is None or loss.lifted_at is None:
            if loss is not None:
                # Found, perhaps where nothing was lost: it holds nevertheless.
                self.lost_at = self.lost_at or loss.found_at
                self._starts_at = None
            return False
        is_new = loss.lifted_at != self._decided_at
        is_of_this_loss = self.lost_at is None or loss.found_at >= self.lost_at - TOLERANCE
        if is_new and is_of_this_loss:
            self._decided_at, self._starts_at = loss.lifted_at, loss.rests_until
        return is_new and is_of_this_loss

    def check(self, machine: MachineId, now: datetime, delay: timedelta) -> None:
        """A call is sent. One that had passed its checks before the loss has its time to act."""
        if self.lost_at is None or now <= self.lost_at + delay + TOLERANCE:
            return
        if self._starts_at is None:
            raise InvariantViolated(
                f"loss: {name_of(machine)} was called {now - self.lost_at} after state was lost,"
                " and nobody said go on"
            )
        if now < self._starts_at - TOLERANCE:
            raise InvariantViolated(
                f"loss: {name_of(machine)} was called {self._starts_at - now} too early"
            )
