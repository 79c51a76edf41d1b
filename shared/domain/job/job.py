"""A job: one machine in one wave.

Every change of its state goes through the table of transitions.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType, Self

from shared.domain.health.health_check import HealthCheck, HealthCheckPolicy
from shared.domain.job.back_off import BackOff
from shared.domain.job.rounds import Rounds
from shared.domain.job.states import TRANSITIONS, Event, State, UnknownTransition
from shared.domain.machine.absence import Absence, with_one_more_read
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.kinds.harms import Harm
from shared.domain.machine.machine import MachineId, SubscriptionId, address_of
from shared.domain.machine.placement import Placement, Scope
from shared.domain.policy.policy import Timing
from shared.domain.utc import require_aware, rfc3339

JobId = NewType("JobId", str)
"""`{subscription}~{hash of machine and wave}`. The part before the tilde is the job's partition."""

#: entered by an attempt whose operation is not known yet; one that is known is said with the event
_BEFORE_AN_OPERATION = {State.PLANNED, State.DEFERRED, State.ADMITTED, State.REDEPLOYING}


class AgentCheck(StrEnum):
    """What the VM agent of a job's machine counts for."""

    #: it answered when last looked at, and has to answer again after the redeploy
    REQUIRED = "required"
    #: it does not answer: the machine waits, and is reported immediately
    MISSING = "missing"
    #: it does not answer, and somebody allowed that: everything else decides
    WAIVED = "waived"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLease:
    """A slot that the job holds: what it needs to give it back."""

    scope: Scope
    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRules:
    """The rules under which a redeploy is followed to its end, as they were at its call."""

    timing: Timing
    health_check: HealthCheckPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOffWindow:
    """A window of one machine that an operator opened, beside those of its policy."""

    start: datetime
    end: datetime
    by: str
    reason: str

    def __post_init__(self) -> None:
        require_aware(start=self.start, end=self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One machine in one wave.

    Its state changes through `on` alone, so no state is reached but by the table.
    """

    id: JobId
    machine: MachineId
    #: the self-service start that Azure shows, which names the wave
    wave: datetime
    self_service_end: datetime | None = None
    placement: Placement
    #: the group of the policy whose rules it has; empty: those of machines that no group claims
    policy_group: str = ""
    #: further scope that the owner's tag asks for
    group: Placement | None = None
    #: its tier in the group of the policy; the lane has the tier's number
    tier: Placement | None = None
    #: where its machine's health is asked, beside what the platform says
    health_check: HealthCheck | None = None
    #: the zones of its region, and the regions that its region is paired with, of which one is in
    #: flight at a time
    zone: Placement | None = None
    pair: Placement | None = None
    #: whether its machine's VM agent has to answer before and after the call
    agent: AgentCheck = AgentCheck.REQUIRED
    #: what a redeploy destroys or changes on its machine, although the machine comes back well
    harms: tuple[Harm, ...] = ()
    #: machines of its subscription that had a job in a wave when it was planned, itself among them
    wave_size: int = 1
    #: jobs of canaries that its owner chose: it waits until each of them has ended
    waits_for_canaries: tuple[JobId, ...] = ()
    state: State = State.PLANNED
    #: number of the step that comes next; a message for another step is stale
    step: int = 0
    #: calls of performMaintenance that were made, or may have been
    attempts: int = 0
    #: since the job was admitted: when its call was made, or may have been; None: it was not made
    #: yet, for certain
    called_at: datetime | None = None
    #: of its last call; a policy that changes meanwhile, or cannot be read, does not touch them
    start_rules: StartRules | None = None
    #: when an operator prioritized it; it stays prioritized until it ends
    prioritized_at: datetime | None = None
    #: in which it may start as well, outside the blackouts; None: its policy's windows alone count
    window: OneOffWindow | None = None
    #: when an operator had it retried, although a loss of state hides what happened before
    cleared_at: datetime | None = None
    #: no other attempt before; None: as soon as everything else allows it
    not_before: datetime | None = None
    #: when the job is next to be looked at; None if only an operator can continue, or nobody needs
    #: to
    due: datetime | None = None
    reason: str = ""
    leases: tuple[HeldLease, ...] = ()
    #: the lock in whose line it waits: it is woken from there, and gets no message at its due time
    waits_for: Scope | None = None
    #: when a worker claimed the present step for a start; None: no start is under way
    claimed_at: datetime | None = None
    #: when its leases expire unless it renews them
    leases_until: datetime | None = None
    #: Azure's URL of the running operation; None in REDEPLOYING means adopted: the machine itself
    #: is watched
    operation: str | None = None
    created_at: datetime
    changed_at: datetime
    #: when the present state was entered
    state_entered_at: datetime
    #: when the first call was made, and when the job ended
    started_at: datetime | None = None
    finished_at: datetime | None = None
    #: the event that ended it; None while it is open
    ended_by: Event | None = None
    #: when a scan first saw its machine in the wave again, although the job had succeeded
    seen_again_at: datetime | None = None
    #: calls in a row that proved not to have reached Azure
    lost_calls: int = 0
    #: how often it came back to waiting since its last attempt
    rounds: Rounds = field(default_factory=Rounds)
    #: how often in a row a check before its call failed for one cause
    back_off: BackOff = field(default_factory=BackOff)
    #: what its last check saw of its machine, as `back_off.view_of` has it
    last_view: str = ""
    #: times in a row that a message of this job was given up by the queue
    dead_letters: int = 0
    #: the reported rules that block it, with the end of the phase near; again for a new end
    reported_risks: tuple[str, ...] = ()
    #: since when the machine has been seen well without a break, while verifying
    ready_since: datetime | None = None
    #: the kind of the notification that people are still to get of its present reason; the job
    #: stays due until it is sent
    pending_notification: str | None = None
    #: looks in a row, up to the latest, that did not find the machine
    absence: Absence | None = None
    #: ended because its machine showed the wave no more; if it shows it again before any call,
    #: another job follows
    superseded: bool = False

    def __post_init__(self) -> None:
        require_aware(
            wave=self.wave,
            self_service_end=self.self_service_end,
            due=self.due,
            not_before=self.not_before,
            prioritized_at=self.prioritized_at,
            cleared_at=self.cleared_at,
            created_at=self.created_at,
            changed_at=self.changed_at,
            state_entered_at=self.state_entered_at,
            started_at=self.started_at,
            finished_at=self.finished_at,
            seen_again_at=self.seen_again_at,
            ready_since=self.ready_since,
            leases_until=self.leases_until,
            claimed_at=self.claimed_at,
        )

    @property
    def has_unresolved_call(self) -> bool:
        """Whether a call was made, or may have been, of which it is not known yet how it ended.

        Its leases are held.
        """
        return self.called_at is not None and bool(self.leases)

    @property
    def may_have_successor(self) -> bool:
        """Whether another job for the same machine and wave may follow.

        This one ended before it called anything (I2).
        """
        return self.superseded and self.state is State.SKIPPED and self.attempts == 0

    @property
    def subscription(self) -> SubscriptionId:
        """The subscription of the job's machine."""
        return address_of(self.machine).subscription

    @property
    def is_deleted(self) -> bool:
        """Whether enough looks in a row missed the machine to prove that it was deleted."""
        return self.absence is not None and self.absence.is_proof

    def is_ready(self, seen: Observation) -> bool:
        """Whether its machine is ready. The agent does not count where that was waived."""
        return seen.is_ready or (self.agent is AgentCheck.WAIVED and seen.is_running_at_rest)

    def with_observation(self, seen: Observation | NotFound) -> Self:
        """The job after a look at its machine.

        One that missed it is counted, one that found it ends the count.
        """
        absence = with_one_more_read(self.absence, seen.at) if isinstance(seen, NotFound) else None
        return self if absence == self.absence else replace(self, absence=absence)

    def after_event(self, event: Event, now: datetime, **changes: Any) -> Self:
        """The job after an event; raises UnknownTransition where the table has no row.

        A final or parked state keeps no due time. What was seen under the former state does not
        outlive it: the bake time starts again, and an attempt has only its own operation.
        `changes` are fields of the job.
        """
        target = TRANSITIONS.get((self.state, event))
        if target is None:
            raise UnknownTransition(f"job {self.id}: {event.value} in state {self.state.value}")
        fresh: dict[str, Any] = {"ready_since": None}
        if target in _BEFORE_AN_OPERATION:
            fresh["operation"] = None
        times: dict[str, Any] = {"changed_at": now, "state_entered_at": now}
        if not target.may_be_in_flight and target is not State.PARKED:
            fresh["start_rules"] = None
        if self.state.is_final:
            fresh |= {"finished_at": None, "ended_by": None, "seen_again_at": None}
            fresh |= {"superseded": False, "prioritized_at": None, "reported_risks": ()}
            fresh |= {"window": None}
        if target.is_final:
            times |= {"due": None, "finished_at": now, "ended_by": event}
        elif target is State.PARKED:
            times["due"] = None
        return replace(self, state=target, **{**fresh, **changes, **times})

    def with_changes(self, now: datetime, **changes: Any) -> Self:
        """The job in the same state with other particulars.

        A renewed due time, a reason, a longer look.
        """
        if "state" in changes:
            raise UnknownTransition(f"job {self.id}: its state changes by events only")
        return replace(self, **{"changed_at": now, **changes})


def job_id(machine: MachineId, wave: datetime, superseded: int = 0) -> JobId:
    """The same machine in the same wave is always the same job, after any number of scans.

    `superseded`: how many of their jobs ended because Azure cancelled the wave, before it showed it
    again.
    """
    digest = hashlib.sha256(f"{machine}|{rfc3339(wave)}".encode()).hexdigest()[:24]
    again = f"-{superseded}" if superseded else ""
    return JobId(f"{address_of(machine).subscription}~{digest}{again}")


def partition_of(job: JobId) -> str:
    """The storage partition that a job id names; ValueError if the text is no job id."""
    partition, tilde, rest = job.partition("~")
    if not (partition and tilde and rest):
        raise ValueError(f"not a job id: {job!r}")
    return partition
