"""Locks, pauses, and what a command on them did."""

from forestall_cli.responses.response import Response, UnreadableView


class HolderView(Response, frozen=True, kw_only=True):
    """A job that holds a slot of a lock."""

    job: str
    lane: str | None
    token: int
    expires_at: str


class WaiterView(Response, frozen=True, kw_only=True):
    """A job that waits for a slot of a lock."""

    job: str
    lane: str | None
    since: str


class HaltView(Response, frozen=True, kw_only=True):
    """Why nothing starts in a scope."""

    reason: str
    job: str
    lane: str | None
    at: str


class SemaphoreView(Response, frozen=True, kw_only=True):
    """One lock."""

    scope: str
    lane: str | None
    slots: int
    holders: tuple[HolderView, ...]
    waiters: tuple[WaiterView, ...]
    halts: tuple[HaltView, ...]


class SemaphoreList(Response, frozen=True, kw_only=True):
    """Locks."""

    semaphores: tuple[SemaphoreView, ...]
    unreadable: tuple[UnreadableView, ...]
    next: str | None


class PauseView(Response, frozen=True, kw_only=True):
    """One pause. `until`: when it ends automatically."""

    target: str
    reason: str
    by: str
    at: str
    until: str | None


class HeldView(Response, frozen=True, kw_only=True):
    """What a pause holds, and what is followed to its end."""

    waiting: int
    machines: int
    in_flight: int


class PausedView(Response, frozen=True, kw_only=True):
    """A pause that was added. `held` is None where it could not be counted in time."""

    target: str
    reason: str
    by: str
    at: str
    until: str | None
    held: HeldView | None


class PauseList(Response, frozen=True, kw_only=True):
    """A page of pauses."""

    pauses: tuple[PauseView, ...]
    #: the app of release 0.2.0 has one page
    next: str | None = None


class AlreadyView(Response, frozen=True, kw_only=True):
    """Who did it before."""

    by: str
    at: str


class Resumed(Response, frozen=True, kw_only=True):
    """The target that continues, and who resumed it before."""

    resumed: str
    already: AlreadyView | None


class WentOn(Response, frozen=True, kw_only=True):
    """Jobs may start again from this instant on, in this generation of the stored state."""

    starts_at: str
    generation: str


class Lifted(Response, frozen=True, kw_only=True):
    """The scope whose halts were lifted, and who did it before."""

    lifted: str
    already: AlreadyView | None


class ReleasedLease(Response, frozen=True, kw_only=True):
    """A lease that was given back."""

    scope: str
    token: int
    job: str


class Released(Response, frozen=True, kw_only=True):
    """What was given back."""

    released: ReleasedLease
