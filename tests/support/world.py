"""Azure as a small world on virtual time, for tests: machines, a wave, redeploys that take their time or go wrong.

A stand-in: it plays what the tests of the use cases need, no more; the simulator of the sandbox plays Azure over HTTP.
What happened is kept in `moves` and `calls`, so that a test judges by what the machines went through.
"""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.adapters.memory import SettableClock
from shared.domain.health.health_check import Failed, Passed, Probe, ProbeRule
from shared.domain.machine.arm_responses import Answer, OperationReading, Progress
from shared.domain.machine.instance_view import NotFound, Observation, Power, Provisioning
from shared.domain.machine.machine import Machine, MachineId, SubscriptionId
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.errors import AzureUnavailable

COLLEAGUE = "colleague"
OURSELVES = "forestall"

_NOT_FOUND = Answer(status=404, code="ResourceNotFound")
_NOT_ALLOWED = Answer(status=409, code="OperationNotAllowed", message="maintenance may not be started now")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """How one call goes: what its caller hears, and what the machine goes through."""

    #: None: 202 with the operation's URL
    answer: Answer | None = None
    moves: bool = True
    takes: timedelta = timedelta(minutes=2)
    #: from the operation's end until the agent is ready; None: never
    agent_after: timedelta | None = timedelta(seconds=30)
    #: from then until its health check passes, where it has one; None: never
    healthy_after: timedelta | None = timedelta(0)
    operation: Progress = Progress.SUCCEEDED
    #: what the operation says when it has ended
    detail: str = ""
    #: whether the host it landed on was updated
    maintained: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One redeploy that really happened."""

    machine: MachineId
    placement: str
    update_domain: int | None
    by: str
    began: datetime
    #: when its operation ends
    ended: datetime
    #: when the machine is well again; None: never
    well_at: datetime | None
    fate: Fate
    deleted_at: datetime | None = None

    @property
    def healthy_at(self) -> datetime | None:
        """When its health check passes again, as far as the move is concerned; None: never."""
        after = self.fate.healthy_after
        return None if self.well_at is None or after is None else self.well_at + after


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthLook:
    """A health check as it reached a machine, and what was true at that instant."""

    at: datetime
    machine: MachineId
    healthy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ailment:
    """A time in which a machine's health check fails, whatever the platform says."""

    machine: MachineId
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One performMaintenance as it reached Azure, and what was true at that instant."""

    at: datetime
    machine: MachineId
    status: int | None
    #: whether Azure allowed it
    allowed: bool
    #: whether the caller had read that from the machine's own instance view at this very instant
    confirmed: bool
    #: whether the intent was on record
    announced: bool


@dataclass(slots=True, kw_only=True)
class Guest:
    """A machine that lives in the world."""

    machine: Machine
    update_domain: int | None = None
    status: MaintenanceStatus | None = None
    power: Power = Power.RUNNING
    fates: deque[Fate] = field(default_factory=deque)

    @property
    def placement(self) -> str:
        """What the machine shares its fate with: its set, or itself alone."""
        return self.machine.availability_set or self.machine.id


class World:
    """Implements the ports Azure and Probes over its guests; `during` are stretches of time in which nothing can be read."""

    def __init__(self, clock: SettableClock, guests: Sequence[Guest]) -> None:
        self._clock = clock
        self._built_at = clock.now() - timedelta(days=90)
        self._guests = {each.machine.id: each for each in guests}
        self._confirmed: dict[MachineId, datetime] = {}
        self._operations: dict[str, Move] = {}
        #: whether the instance view says when the last operation ended, as Azure does where the status has a time
        self.tells_when_operations_ended = False
        self.outages: list[tuple[datetime, datetime]] = []
        #: a machine, and a time in which reads of it answer 404 though it exists
        self.missed: list[tuple[MachineId, datetime, datetime]] = []
        self.moves: list[Move] = []
        self.calls: list[Call] = []
        self.health_looks: list[HealthLook] = []
        self.ailments: list[Ailment] = []
        #: says whether the intent to call is on record
        self.witness: Callable[[MachineId], Awaitable[bool]]

    def guest(self, machine: MachineId) -> Guest:
        """The machine, to change what will happen to it."""
        return self._guests[machine]

    def delete(self, machine: MachineId) -> None:
        """Its owner deletes it; a move that goes on ends with it."""
        del self._guests[machine]
        now = self._clock.now()
        self.moves = [
            replace(each, ended=min(each.ended, now), well_at=_past(each.well_at, now), deleted_at=now)
            if each.machine == machine
            else each
            for each in self.moves
        ]

    def repair(self, machine: MachineId) -> None:
        """Its owner brings a machine back that was down, now."""
        last = max(n for n, each in enumerate(self.moves) if each.machine == machine)
        mended = replace(self.moves[last].fate, healthy_after=timedelta(0))
        self.moves[last] = replace(self.moves[last], well_at=self._clock.now(), fate=mended)

    def forget_operations(self) -> None:
        """Azure does not know the URLs of the operations any more."""
        self._operations.clear()

    def redeploy(self, machine: MachineId, fate: Fate, by: str = COLLEAGUE) -> Move:
        """Somebody redeploys it, now."""
        guest = self._guests[machine]
        now = self._clock.now()
        ended = now + fate.takes
        move = Move(
            machine=machine,
            placement=guest.placement,
            update_domain=guest.update_domain,
            by=by,
            began=now,
            ended=ended,
            well_at=None if fate.agent_after is None else ended + fate.agent_after,
            fate=fate,
        )
        self.moves.append(move)
        return move

    async def subscriptions(self) -> Sequence[SubscriptionId]:
        self._reach()
        return sorted({each.machine.subscription for each in self._guests.values()})

    async def machines(self, subscription: SubscriptionId) -> AsyncIterator[Machine]:
        self._reach()
        for guest in list(self._guests.values()):
            if guest.machine.subscription == subscription:
                yield guest.machine

    async def read_machine(self, machine: MachineId) -> Machine | NotFound:
        found = self._find(machine)
        return found if isinstance(found, NotFound) else found.machine

    async def observe(self, machine: MachineId) -> Observation | NotFound:
        guest = self._find(machine)
        if isinstance(guest, NotFound):
            return guest
        now = self._clock.now()
        seen = self._look(guest, now)
        if seen.maintenance is not None and seen.maintenance.allowed:
            self._confirmed[machine] = now
        return seen

    async def perform_maintenance(self, machine: MachineId) -> Answer:
        now = self._clock.now()
        guest = self._guests.get(machine)
        status = self._look(guest, now).maintenance if guest else None
        allowed = status is not None and status.allowed
        answer = self._answer(guest, allowed=allowed) if guest else _NOT_FOUND
        self.calls.append(
            Call(
                at=now,
                machine=machine,
                status=answer.status,
                allowed=allowed,
                confirmed=self._confirmed.get(machine) == now,
                announced=await self.witness(machine),
            )
        )
        return answer

    async def read_operation(self, url: str) -> OperationReading:
        self._reach()
        move = self._operations.get(url)
        if move is None:
            return OperationReading(progress=Progress.EXPIRED)
        over = self._clock.now() >= move.ended
        if not over:
            return OperationReading(progress=Progress.RUNNING)
        return OperationReading(progress=move.fate.operation, detail=move.fate.detail)

    async def check(self, probe: Probe, rule: ProbeRule) -> Passed | Failed:  # noqa: ARG002 - the port's signature
        """The machine whose name is the first label of the probe's host."""
        name = probe.url.partition("://")[2].partition(".")[0]
        now = self._clock.now()
        guest = next((each for each in self._guests.values() if each.machine.id.endswith(f"/{name}")), None)
        if guest is None:
            return Failed(reason=f"{probe.place} cannot be reached")
        healthy = self.is_healthy(guest, now)
        self.health_looks.append(HealthLook(at=now, machine=guest.machine.id, healthy=healthy))
        return Passed() if healthy else Failed(reason=f"{probe.place}: HTTP 503 where 200-299 is expected")

    def is_healthy(self, guest: Guest, now: datetime) -> bool:
        """Whether a health check of the machine passes at an instant."""
        moves = [each for each in self.moves if each.machine == guest.machine.id]
        back = moves[-1].healthy_at if moves else now
        ails = any(
            each.machine == guest.machine.id and each.start <= now < each.end for each in self.ailments
        )
        return guest.power is Power.RUNNING and back is not None and back <= now and not ails

    def _find(self, machine: MachineId) -> Guest | NotFound:
        """What a read of a machine meets now."""
        self._reach()
        now = self._clock.now()
        missed = any(each == machine and start <= now < end for each, start, end in self.missed)
        guest = self._guests.get(machine)
        return NotFound(machine=machine, at=now) if missed or guest is None else guest

    def _answer(self, guest: Guest, *, allowed: bool) -> Answer:
        fate = guest.fates.popleft() if guest.fates else Fate()
        if not allowed:
            return _NOT_ALLOWED
        if not fate.moves:
            return fate.answer or _NOT_ALLOWED
        move = self.redeploy(guest.machine.id, fate, OURSELVES)
        url = f"https://management.azure.com/operations/{len(self.moves)}"
        self._operations[url] = move
        return fate.answer or Answer(status=202, operation=url)

    def _look(self, guest: Guest, now: datetime) -> Observation:
        moves = [each for each in self.moves if each.machine == guest.machine.id]
        last = moves[-1] if moves else None
        moving = last is not None and now < last.ended
        well = last is None or (last.well_at is not None and now >= last.well_at)
        return Observation(
            machine=guest.machine.id,
            at=now,
            power=guest.power,
            provisioning=Provisioning.UPDATING if moving else Provisioning.SUCCEEDED,
            provisioned_at=self._last_end(last) if self.tells_when_operations_ended else None,
            agent_ready=well,
            update_domain=guest.update_domain,
            maintenance=_shown(guest.status, moves, now),
        )

    def _last_end(self, last: Move | None) -> datetime:
        return self._built_at if last is None else last.ended

    def _reach(self) -> None:
        now = self._clock.now()
        if any(start <= now < end for start, end in self.outages):
            raise AzureUnavailable("503 ServiceUnavailable", status=503)


def _past(moment: datetime | None, now: datetime) -> datetime | None:
    """A moment that has come; None for one that has not."""
    return moment if moment is not None and moment <= now else None


def _shown(
    status: MaintenanceStatus | None, moves: Sequence[Move], now: datetime
) -> MaintenanceStatus | None:
    """The maintenance as the instance view tells it: gone after a redeploy to an updated host, not allowed during one."""
    if status is None:
        return None
    starts, ends = status.self_service_start, status.self_service_end
    in_this_wave = [each for each in moves if starts is None or each.began >= starts]
    if any(each.fate.maintained and now >= each.ended for each in in_this_wave):
        return None
    open_now = (starts is None or starts <= now) and (ends is None or now < ends)
    moving = any(now < each.ended for each in moves)
    return replace(status, allowed=status.allowed and open_now and not moving)
