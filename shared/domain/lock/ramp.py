"""The ramp: how many machines of a subscription may be unverified together.

First one, then two, then four, up to the cap. Pure.

A wave never has more machines in flight than may still fail. So a redeploy that breaks machines is
found on the first ones, and the error budget is never exceeded by what was started before it could
act.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.utc import require_aware

#: waves that start this close together are one: Azure may show machines of one wave with different
#: starts
_SAME_WAVE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """How a wave has gone so far in one scope."""

    #: the newest start of a self-service phase that counts as this wave
    wave: datetime
    came_back: int = 0
    failed: int = 0
    #: failures that spend the error budget; None: no bound
    budget: int | None = None

    def __post_init__(self) -> None:
        require_aware(wave=self.wave)

    def allows(self) -> int:
        """How many machines may be in flight and not verified yet; at least one.

        It doubles when as many machines came back as were allowed: 1, then 2 after 1, 4 after 3, 8
        after 7. It is never more than the error budget has left. Where that has nothing left, the
        subscription is paused; a person who resumes it lets one go at a time.
        """
        grown = 1 << ((self.came_back + 1).bit_length() - 1)
        return grown if self.budget is None else max(1, min(grown, self.budget - self.failed))

    def counted(self, wave: datetime, *, came_back: bool) -> "Ramp":
        """The ramp after a machine of a wave came back or failed.

        One of an earlier wave changes nothing.
        """
        if wave < self.wave - _SAME_WAVE:
            return self
        if came_back:
            return replace(self, came_back=self.came_back + 1)
        return replace(self, failed=self.failed + 1)


def ramp_of(before: Ramp | None, wave: datetime, budget: int | None) -> Ramp:
    """The ramp that counts for a claim of a wave.

    A new one where the wave is another than was known.
    """
    if before is None or wave > before.wave + _SAME_WAVE:
        return Ramp(wave=wave, budget=budget)
    return replace(before, wave=max(before.wave, wave), budget=budget)
