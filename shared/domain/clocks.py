"""The two clocks of the app: the timers of the host, and a tick that sends the next one. Pure.

All timers of a host can stop permanently while its queues continue. So a message that is due every
few minutes looks whether the timers have done their work, and does what they left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Self

from shared.domain.utc import require_aware

#: between two ticks; a message is scheduled at most `messages.MAX_AHEAD` ahead
PERIOD = timedelta(minutes=5)
#: a tick that is overdue for longer is lost: an instance starts within two minutes, and a copy that
#: an outage postponed is due within ten
PATIENCE = timedelta(minutes=10)
#: recovery runs every five minutes, so it left out one run at least
RECOVERY_LATE = timedelta(minutes=12)
#: of `timing.scan_overdue`; with its default that is twice the schedule's usual 15 minutes
_SCANS_LATE = 0.25
#: operators are notified again of timers that stay silent
_TOLD_AGAIN = timedelta(days=1)


class TimerKind(StrEnum):
    """What a timer does."""

    SCANS = "scans"
    RECOVERY = "recovery"


class Arrival(Enum):
    """What a tick that arrives has to do."""

    #: it is the one that is due: it sends the next one, and does what is late
    TAKE = "take"
    #: the process that took it died before the next one was sent for certain: it sends that again
    SEND_AGAIN = "send again"
    #: another tick is due: it does nothing, so two chains of ticks never continue
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """When one kind of work was last done to its end."""

    #: by the timer of the host
    timer: datetime | None = None
    #: by a tick, because the timer was late
    tick: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(timer=self.timer, tick=self.tick)

    @property
    def last(self) -> datetime | None:
        """By either clock; None: never."""
        return max((each for each in (self.timer, self.tick) if each is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStatus:
    """When each clock last did its work, and which tick is due. One stored row."""

    scans: Done = field(default_factory=Done)
    recovery: Done = field(default_factory=Done)
    #: when a tick was last taken
    ticked_at: datetime | None = None
    #: the tick that is due; it grows by one with each, so one message at most has it
    number: int = 0
    #: None: no tick was ever sent
    due: datetime | None = None
    #: whether its message was sent for certain
    is_sent: bool = False
    #: when operators were notified that timers are silent
    told_at: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(ticked_at=self.ticked_at, due=self.due, told_at=self.told_at)

    def done(self, work: TimerKind) -> Done:
        """When this work was last done."""
        return self.scans if work is TimerKind.SCANS else self.recovery

    def with_timer(self, work: TimerKind, at: datetime) -> Self:
        """The timer of this work came to its end."""
        return self._with(work, replace(self.done(work), timer=at))

    def with_tick(self, work: TimerKind, at: datetime) -> Self:
        """A tick did this work to its end."""
        return self._with(work, replace(self.done(work), tick=at))

    def is_lost(self, now: datetime) -> bool:
        """Whether no tick will come any more."""
        return self.due is None or now > self.due + PATIENCE

    def restarted(self, now: datetime) -> Self:
        """With another tick in place of a lost one: due now, to do what is late.

        The first tick of all is due after one period: a new installation has nothing that is late,
        and its timers have had no time to fire.
        """
        return self.next_tick(now if self.due is not None else now + PERIOD)

    def next_tick(self, due: datetime) -> Self:
        """With another tick that is due. The message with the former number is stale from now."""
        return replace(self, number=self.number + 1, due=due, is_sent=False)

    def _with(self, work: TimerKind, done: Done) -> Self:
        if work is TimerKind.SCANS:
            return replace(self, scans=done)
        return replace(self, recovery=done)


def arrival_of(status: ClockStatus, number: int) -> Arrival:
    """What the tick with this number has to do."""
    if number == status.number:
        return Arrival.TAKE
    if number == status.number - 1 and not status.is_sent:
        return Arrival.SEND_AGAIN
    return Arrival.STALE


def limits(scan_overdue: timedelta) -> Mapping[TimerKind, timedelta]:
    """After which time each work is late. `scan_overdue`: of the policy's timing."""
    return {TimerKind.SCANS: scan_overdue * _SCANS_LATE, TimerKind.RECOVERY: RECOVERY_LATE}


def late(
    status: ClockStatus, now: datetime, limits: Mapping[TimerKind, timedelta]
) -> tuple[TimerKind, ...]:
    """The work that neither clock has done for too long."""
    return tuple(each for each in TimerKind if _is_late(status.done(each).last, now, limits[each]))


def silent(
    status: ClockStatus, now: datetime, limits: Mapping[TimerKind, timedelta]
) -> tuple[TimerKind, ...]:
    """The timers that have not done their work for too long, regardless of the ticks."""
    return tuple(each for each in TimerKind if _is_late(status.done(each).timer, now, limits[each]))


def is_told(status: ClockStatus, now: datetime) -> bool:
    """Whether operators were notified of silent timers lately."""
    return status.told_at is not None and now - status.told_at < _TOLD_AGAIN


def _is_late(at: datetime | None, now: datetime, limit: timedelta) -> bool:
    return at is None or now - at > limit
