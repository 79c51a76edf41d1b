"""Azure as a small world on virtual time, for tests.

Machines, a wave, redeploys that take their time or go wrong.

A stand-in: it plays what the tests of the use cases need, no more; the simulator of the sandbox
plays Azure over HTTP. What happened is kept in `moves` and `calls`, so that a test judges by what
the machines went through.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.adapters.memory import SettableClock
from shared.domain.health.health_check import HealthCheck, HealthCheckPolicy, Healthy, Unhealthy
from shared.domain.hints.hint import Hint, HintSource
from shared.domain.machine.arm_responses import ArmResponse, OperationState, OperationStatus
from shared.domain.machine.instance_view import NotFound, Observation, Power, Provisioning
from shared.domain.machine.listing import ListedMachine, ListingPage, ScaleSet, unless_known
from shared.domain.machine.machine import Machine, MachineId, SubscriptionId
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.errors import AzureUnavailable

COLLEAGUE = "colleague"
OURSELVES = "forestall"

_NOT_FOUND = ArmResponse(status=404, code="ResourceNotFound")
_NOT_ALLOWED = ArmResponse(
    status=409, code="OperationNotAllowed", message="maintenance may not be started now"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeployScript:
    """How one call goes: what its caller gets, and what the machine goes through."""

    #: None: 202 with the operation's URL
    response: ArmResponse | None = None
    redeploys: bool = True
    duration: timedelta = timedelta(minutes=2)
    #: from the operation's end until the agent is ready; None: never
    agent_ready_after: timedelta | None = timedelta(seconds=30)
    #: from then until its health check passes, where it has one; None: never
    healthy_after: timedelta | None = timedelta(0)
    operation_result: OperationState = OperationState.SUCCEEDED
    #: what the operation says when it has ended
    detail: str = ""
    #: whether the host it landed on was updated
    lands_on_updated_host: bool = True
    #: after the operation's end, how long Azure shows no wave, although the host was not updated
    shows_no_wave_for: timedelta = timedelta(0)
    #: the wave of the host that it landed on, where that is another one
    lands_in_wave: MaintenanceStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActualRedeploy:
    """One redeploy that really happened."""

    machine: MachineId
    placement: str
    update_domain: int | None
    by: str
    started_at: datetime
    #: when its operation ends
    ended_at: datetime
    #: when the machine is well again; None: never
    ready_at: datetime | None
    script: RedeployScript
    deleted_at: datetime | None = None
    #: whether nothing shows which machines of its set share its update domain
    goes_alone: bool = False

    @property
    def healthy_at(self) -> datetime | None:
        """When its health check passes again, as far as the move is concerned; None: never."""
        after = self.script.healthy_after
        return None if self.ready_at is None or after is None else self.ready_at + after


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedHealthCheck:
    """A health check as it reached a machine, and what was true at that instant."""

    at: datetime
    machine: MachineId
    healthy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthOutage:
    """A time in which a machine's health check fails, in any state of the platform."""

    machine: MachineId
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedCall:
    """One performMaintenance as it reached Azure, and what was true at that instant."""

    at: datetime
    machine: MachineId
    status: int | None
    #: whether Azure allowed it
    allowed: bool
    #: whether the caller had read that from the machine's own instance view at this instant
    allowed_was_read: bool
    #: whether the intent was on record
    intent_recorded: bool


@dataclass(slots=True, kw_only=True)
class FakeVm:
    """A machine that lives in the world."""

    machine: Machine
    update_domain: int | None = None
    maintenance: MaintenanceStatus | None = None
    power: Power = Power.RUNNING
    #: whether Azure's agent is installed
    has_agent: bool = True
    #: since when its owner's tag excludes it; None: it does not
    opted_out_at: datetime | None = None
    #: why nobody may move it on our account; None: the rules allow it
    must_stay: str | None = None
    #: whether the instance view leaves the update domain out
    hides_update_domain: bool = False
    scripts: deque[RedeployScript] = field(default_factory=deque)

    @property
    def placement(self) -> str:
        """What the machine depends on: its set, or itself alone."""
        return self.machine.availability_set or self.machine.scale_set or self.machine.id

    @property
    def goes_alone(self) -> bool:
        """Whether it is in a set, and Azure names no domain of it."""
        named = self.update_domain is not None and not self.hides_update_domain
        return self.placement != self.machine.id and not named


class FakeAzure:
    """Implements the ports Azure and HealthChecks over its VMs.

    `during` are stretches of time in which nothing can be read.
    """

    def __init__(self, clock: SettableClock, vms: Sequence[FakeVm]) -> None:
        self._clock = clock
        self._built_at = clock.now() - timedelta(days=90)
        self._vms = {each.machine.id: each for each in vms}
        self._read_allowed_at: dict[MachineId, datetime] = {}
        self._operations: dict[str, ActualRedeploy] = {}
        #: redeploys that have put their machine into another wave
        self._landed: set[tuple[MachineId, datetime]] = set()
        #: whether the instance view says when the last operation ended, as Azure does where the
        #: status has a time
        self.reports_operation_end = False
        #: of subscriptions, by id
        self.names: dict[SubscriptionId, str] = {}
        self.tags: dict[SubscriptionId, Mapping[str, str]] = {}
        #: subscriptions whose tags cannot be read
        self.unreadable_tags: set[SubscriptionId] = set()
        self.outages: list[tuple[datetime, datetime]] = []
        #: a machine, and a time in which reads of it answer 404 though it exists
        self.missed: list[tuple[MachineId, datetime, datetime]] = []
        self.redeploys: list[ActualRedeploy] = []
        self.calls: list[ReceivedCall] = []
        self.health_checks: list[ObservedHealthCheck] = []
        self.health_outages: list[HealthOutage] = []
        #: says whether the intent to call is on record
        self.intent_is_recorded: Callable[[MachineId], Awaitable[bool]]

    def vm(self, machine: MachineId) -> FakeVm:
        """The machine, to change what will happen to it."""
        return self._vms[machine]

    def add(self, vm: FakeVm) -> None:
        """Create a machine, or show it in a wave that it had no part in before."""
        self._vms[vm.machine.id] = vm

    def delete(self, machine: MachineId) -> None:
        """Its owner deletes it; a running move ends with it."""
        del self._vms[machine]
        now = self._clock.now()
        self.redeploys = [
            replace(
                each,
                ended_at=min(each.ended_at, now),
                ready_at=_if_past(each.ready_at, now),
                deleted_at=now,
            )
            if each.machine == machine
            else each
            for each in self.redeploys
        ]

    def moves_of(self, machine: MachineId) -> list[ActualRedeploy]:
        """Every redeploy of a machine, in their order."""
        return [each for each in self.redeploys if each.machine == machine]

    def repair(self, machine: MachineId) -> None:
        """Its owner brings a machine back that was down, now."""
        last = max(n for n, each in enumerate(self.redeploys) if each.machine == machine)
        mended = replace(self.redeploys[last].script, healthy_after=timedelta(0))
        self.redeploys[last] = replace(
            self.redeploys[last], ready_at=self._clock.now(), script=mended
        )

    def expire_operations(self) -> None:
        """Azure does not know the URLs of the operations any more."""
        self._operations.clear()

    def redeploy(
        self, machine: MachineId, script: RedeployScript, by: str = COLLEAGUE
    ) -> ActualRedeploy:
        """Somebody redeploys it, now."""
        vm = self._vms[machine]
        now = self._clock.now()
        ended = now + script.duration
        move = ActualRedeploy(
            machine=machine,
            placement=vm.placement,
            update_domain=vm.update_domain,
            by=by,
            started_at=now,
            ended_at=ended,
            ready_at=_ready_at(vm, script, ended),
            script=script,
            goes_alone=vm.goes_alone,
        )
        self.redeploys.append(move)
        return move

    async def subscriptions(self) -> Sequence[SubscriptionId]:
        self._require_reachable()
        return sorted({each.machine.subscription for each in self._vms.values()})

    async def subscription_names(self) -> Mapping[SubscriptionId, str]:
        return {each: self.names.get(each, str(each)) for each in await self.subscriptions()}

    async def subscription_tags(self, subscription: SubscriptionId) -> Mapping[str, str]:
        self._require_reachable()
        if subscription in self.unreadable_tags:
            raise AzureUnavailable("403 AuthorizationFailed", status=403)
        return self.tags.get(subscription, {})

    async def list_vms(
        self,
        subscription: SubscriptionId,
        link: str | None = None,
        known: Collection[str] = (),
    ) -> ListingPage[Machine]:
        assert link is None
        self._require_reachable()
        prefix = f"/subscriptions/{subscription}/"
        machines = [vm.machine for vm in self._vms.values() if vm.machine.id.startswith(prefix)]
        return unless_known(ListingPage(elements=tuple(machines)), known)

    async def list_scale_sets(
        self,
        subscription: SubscriptionId,  # noqa: ARG002 - no scan lists the sets here
        link: str | None = None,
    ) -> ListingPage[ScaleSet]:
        assert link is None
        self._require_reachable()
        return ListingPage()

    async def list_instances(
        self, scale_set: ScaleSet, link: str | None = None
    ) -> ListingPage[ListedMachine]:
        """The members of a scale set, with their views."""
        assert link is None
        self._require_reachable()
        now = self._clock.now()
        return ListingPage(
            elements=tuple(
                ListedMachine(machine=vm.machine, seen=self._observation(vm, now))
                for vm in self._vms.values()
                if vm.machine.scale_set == scale_set.id
            )
        )

    async def reserve_reads(self, machine: MachineId) -> None:
        """Nothing limits the reads here."""

    async def read_machine(self, machine: MachineId) -> Machine | NotFound:
        found = self._find(machine)
        return found if isinstance(found, NotFound) else found.machine

    async def observe(self, machine: MachineId) -> Observation | NotFound:
        vm = self._find(machine)
        if isinstance(vm, NotFound):
            return vm
        now = self._clock.now()
        seen = self._observation(vm, now)
        if seen.maintenance is not None and seen.maintenance.allowed:
            self._read_allowed_at[machine] = now
        return seen

    async def hints(
        self,
        source: HintSource,  # noqa: ARG002 - as the port has it
        subscriptions: Sequence[SubscriptionId],  # noqa: ARG002 - as above
        token: str | None = None,  # noqa: ARG002 - as above
    ) -> ListingPage[Hint]:
        """No hints: the sweep finds everything here."""
        return ListingPage()

    async def perform_maintenance(self, machine: MachineId) -> ArmResponse:
        now = self._clock.now()
        vm = self._vms.get(machine)
        status = self._observation(vm, now).maintenance if vm else None
        allowed = status is not None and status.allowed
        response = self._response(vm, allowed=allowed) if vm else _NOT_FOUND
        self.calls.append(
            ReceivedCall(
                at=now,
                machine=machine,
                status=response.status,
                allowed=allowed,
                allowed_was_read=self._read_allowed_at.get(machine) == now,
                intent_recorded=await self.intent_is_recorded(machine),
            )
        )
        return response

    async def read_operation(self, url: str) -> OperationStatus:
        self._require_reachable()
        move = self._operations.get(url)
        if move is None:
            return OperationStatus(state=OperationState.EXPIRED)
        over = self._clock.now() >= move.ended_at
        if not over:
            return OperationStatus(state=OperationState.RUNNING)
        return OperationStatus(state=move.script.operation_result, detail=move.script.detail)

    async def check(
        self,
        check: HealthCheck,
        rule: HealthCheckPolicy,  # noqa: ARG002 - the port's signature
    ) -> Healthy | Unhealthy:
        """The machine whose name is the first label of the health check's host."""
        name = check.url.partition("://")[2].partition(".")[0]
        now = self._clock.now()
        vm = next(
            (each for each in self._vms.values() if each.machine.id.endswith(f"/{name}")), None
        )
        if vm is None:
            return Unhealthy(reason=f"{check.display_url} cannot be reached")
        healthy = self.is_healthy(vm, now)
        self.health_checks.append(
            ObservedHealthCheck(at=now, machine=vm.machine.id, healthy=healthy)
        )
        return (
            Healthy()
            if healthy
            else Unhealthy(reason=f"{check.display_url}: HTTP 503 where 200-299 is expected")
        )

    def is_healthy(self, vm: FakeVm, now: datetime) -> bool:
        """Whether a health check of the machine passes at an instant."""
        moves = self.moves_of(vm.machine.id)
        back = moves[-1].healthy_at if moves else now
        reason = any(
            each.machine == vm.machine.id and each.start <= now < each.end
            for each in self.health_outages
        )
        return vm.power is Power.RUNNING and back is not None and back <= now and not reason

    def _find(self, machine: MachineId) -> FakeVm | NotFound:
        """What a read of a machine meets now."""
        self._require_reachable()
        now = self._clock.now()
        missed = any(each == machine and start <= now < end for each, start, end in self.missed)
        vm = self._vms.get(machine)
        return NotFound(machine=machine, at=now) if missed or vm is None else vm

    def _response(self, vm: FakeVm, *, allowed: bool) -> ArmResponse:
        script = vm.scripts.popleft() if vm.scripts else RedeployScript()
        if not allowed:
            return _NOT_ALLOWED
        if not script.redeploys:
            return script.response or _NOT_ALLOWED
        move = self.redeploy(vm.machine.id, script, OURSELVES)
        url = f"https://management.azure.com/operations/{len(self.redeploys)}"
        self._operations[url] = move
        return script.response or ArmResponse(status=202, operation=url)

    def _land(self, vm: FakeVm, moves: Sequence[ActualRedeploy], now: datetime) -> None:
        """Put the machine into the wave of the host that it landed on, once for each redeploy."""
        for move in moves:
            key = (move.machine, move.started_at)
            wave = move.script.lands_in_wave
            if wave is not None and move.ended_at <= now and key not in self._landed:
                self._landed.add(key)
                vm.maintenance = wave

    def _observation(self, vm: FakeVm, now: datetime) -> Observation:
        moves = self.moves_of(vm.machine.id)
        self._land(vm, moves, now)
        last = moves[-1] if moves else None
        moving = last is not None and now < last.ended_at
        well = last is None or (last.ready_at is not None and now >= last.ready_at)
        return Observation(
            machine=vm.machine.id,
            at=now,
            power=vm.power,
            provisioning=Provisioning.UPDATING if moving else Provisioning.SUCCEEDED,
            provisioned_at=self._last_end(last) if self.reports_operation_end else None,
            agent_ready=well and vm.has_agent,
            update_domain=None if vm.hides_update_domain else vm.update_domain,
            maintenance=_visible_maintenance(vm.maintenance, moves, now),
        )

    def _last_end(self, last: ActualRedeploy | None) -> datetime:
        return self._built_at if last is None else last.ended_at

    def _require_reachable(self) -> None:
        now = self._clock.now()
        if any(start <= now < end for start, end in self.outages):
            raise AzureUnavailable("503 ServiceUnavailable", status=503)


def _ready_at(vm: FakeVm, script: RedeployScript, ended: datetime) -> datetime | None:
    """When the machine is well again, as far as the platform can tell."""
    if not vm.has_agent:
        return ended
    return None if script.agent_ready_after is None else ended + script.agent_ready_after


def _if_past(moment: datetime | None, now: datetime) -> datetime | None:
    """A moment that has come; None for one that has not."""
    return moment if moment is not None and moment <= now else None


def _left_the_wave(move: ActualRedeploy, now: datetime) -> bool:
    script = move.script
    return script.lands_on_updated_host and script.lands_in_wave is None and now >= move.ended_at


def _hides_the_wave(move: ActualRedeploy, now: datetime) -> bool:
    return move.ended_at <= now < move.ended_at + move.script.shows_no_wave_for


def _visible_maintenance(
    status: MaintenanceStatus | None, moves: Sequence[ActualRedeploy], now: datetime
) -> MaintenanceStatus | None:
    """The maintenance as the instance view tells it.

    Gone after a redeploy to an updated host, not allowed during one.
    """
    if status is None:
        return None
    starts, ends = status.self_service_start, status.self_service_end
    in_this_wave = [each for each in moves if starts is None or each.started_at >= starts]
    if any(_left_the_wave(each, now) for each in in_this_wave):
        return None
    if any(_hides_the_wave(each, now) for each in in_this_wave[-1:]):
        return None
    open_now = (starts is None or starts <= now) and (ends is None or now < ends)
    moving = any(now < each.ended_at for each in moves)
    return replace(status, allowed=status.allowed and open_now and not moving)
