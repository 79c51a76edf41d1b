"""The ramp: how many machines of a subscription may be unverified together.

First one, then two, then four, up to the cap. Pure.

A wave never has more machines in flight than may still fail. So a redeploy that breaks machines is
found on the first ones, and the error budget is never exceeded by what was started before it could
act.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.utc import require_aware

#: starts that are this close together are one wave: Azure may show machines of one wave with
#: different starts
_SAME_WAVE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """How a wave has gone so far in one scope."""

    #: the newest start of a self-service phase that counts as this wave
    wave: datetime
    #: the earliest one; None, as release 0.2.0 stored it: the same
    began: datetime | None = None
    came_back: int = 0
    failed: int = 0
    #: failures that spend the error budget; None: no bound
    budget: int | None = None

    def __post_init__(self) -> None:
        require_aware(wave=self.wave, began=self.began)

    @property
    def earliest(self) -> datetime:
        """The earliest start that counts as this wave, at most a day before the newest."""
        return self.wave if self.began is None else self.began

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

        One that came back in an earlier wave says nothing of this one. One that failed does: both
        waves are in the same subscription, and its error budget is one.
        """
        if came_back:
            if wave < self.earliest:
                return self
            return replace(self, came_back=self.came_back + 1)
        return replace(self, failed=self.failed + 1)


def ramp_of(before: Ramp | None, wave: datetime, budget: int | None) -> Ramp:
    """The ramp that counts for a claim of a wave.

    A new one where the wave starts more than a day after the earliest start of the known one. So
    waves that follow each other within hours are not one long wave. What failed still counts in the
    new one, if the two may have machines in flight together: if they start within a day.
    """
    if before is None:
        return Ramp(wave=wave, began=wave, budget=budget)
    if wave > before.earliest + _SAME_WAVE:
        failed = before.failed if wave <= before.wave + _SAME_WAVE else 0
        return Ramp(wave=wave, began=wave, failed=failed, budget=budget)
    newest = max(before.wave, wave)
    is_known = wave < newest - _SAME_WAVE  # a late claim of an earlier wave: it grows nothing
    began = before.earliest if is_known else min(before.earliest, wave)
    return replace(before, wave=newest, began=began, budget=budget)
