"""What the app's HTTP operations answer, as far as a person is shown it.

Unknown keys are ignored.

    GET /api/v1/jobs
        {"jobs": [{"id", "machine", "scope", "lane", "state", "reason", "due", ...}]}
    GET /api/v1/semaphores
        {"semaphores": [{"scope", "lane", "slots",
                         "holders": [{"job", "lane", "token", "expiresAt"}],
                         "waiters": [{"job", "lane", "since"}], "halts": [...]}]}
    GET /api/v1/machines
        {"machines": [{"machine", "rule", "reason", ...}], "next": null}

It judges nothing by them: the auditor reads the simulator's log alone.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

#: a reason that begins so says which lock it waits for
SCOPES = ("avset:", "vmss:", "vm:", "group:", "cap:", "region:", "pair:", "zones:")


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One machine in one wave, as the app sees it."""

    id: str
    machine: str
    state: str
    scope: str = ""
    lane: str | None = None
    reason: str = ""
    due: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether the app will do nothing more about it by itself."""
        return self.state in ("succeeded", "skipped", "missed", "cancelled", "failed", "parked")

    def is_behind(self, halted: Collection[str]) -> bool:
        """Whether one of these scopes, which are halted, keeps it from starting."""
        named = self.reason.partition(": ")[0]
        return self.waits and (self.scope in halted or named in halted)

    @property
    def waits_for_a_lock(self) -> bool:
        """Whether others have to end first; a release wakes it, not its `due`."""
        return self.waits and self.reason.startswith(SCOPES)

    @property
    def holds(self) -> bool:
        """Whether others wait for it: it has its slots."""
        return self.state in ("admitted", "redeploying", "verifying")

    @property
    def waits(self) -> bool:
        """Whether it is still before its call."""
        return self.state in ("planned", "deferred")


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A job that holds a slot, or waits for one."""

    job: str
    lane: str | None = None


class Halt(msgspec.Struct, frozen=True, kw_only=True):
    """Why an operator is needed before the work continues, and the job that failed."""

    reason: str
    job: str | None = None


class Semaphore(msgspec.Struct, frozen=True, kw_only=True):
    """One lock: who holds it, who waits, and whether it is halted (and why)."""

    scope: str
    lane: str | None = None
    slots: int = 1
    holders: tuple[Hold, ...] = ()
    waiters: tuple[Hold, ...] = ()
    halts: tuple[Halt, ...] = ()


class LeftAlone(msgspec.Struct, frozen=True, kw_only=True):
    """A machine of the wave that the app gives no job, and why."""

    machine: str
    rule: str | None
    reason: str

    @property
    def is_on_purpose(self) -> bool:
        """Whether its owner or the rules want that, so that nothing is left to be done."""
        return self.rule in ("tag", "kind")


class _Machines(msgspec.Struct, frozen=True):
    machines: tuple[LeftAlone, ...]


class _Page(msgspec.Struct, frozen=True):
    next: str | None = None


class _Jobs(msgspec.Struct, frozen=True):
    jobs: tuple[Job, ...]


class _Semaphores(msgspec.Struct, frozen=True):
    semaphores: tuple[Semaphore, ...]


def read_jobs(body: bytes) -> Sequence[Job]:
    """The jobs of an answer; msgspec.DecodeError where it is none."""
    return msgspec.json.decode(body, type=_Jobs).jobs


def read_machines(body: bytes) -> Sequence[LeftAlone]:
    """The machines of an answer; msgspec.DecodeError where it is none."""
    return msgspec.json.decode(body, type=_Machines).machines


def read_next(body: bytes) -> str | None:
    """What to give as `after` for the next page of a list; None on the last one."""
    return msgspec.json.decode(body, type=_Page).next


def read_semaphores(body: bytes) -> Sequence[Semaphore]:
    """The semaphores of an answer; msgspec.DecodeError where it is none."""
    return msgspec.json.decode(body, type=_Semaphores).semaphores


def scope_of(placement: str) -> str:
    """The app's name for a placement of the simulator's log.

    "/subscriptions/.../availabilitysets/a" is "avset:/subscriptions/.../availabilitysets/a", a
    placement group of a Uniform scale set is "vmss:{set}|pg:{group}", a Flexible scale set is
    "vmss:{set}".
    """
    scale_set, separator, group = placement.partition("/placementgroups/")
    if separator:
        return f"vmss:{scale_set}|pg:{group}"
    return f"avset:{placement}" if "/availabilitysets/" in placement else f"vmss:{placement}"
