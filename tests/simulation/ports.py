"""The app's ports as one process reaches them.

Every call takes time, is a chance for the others, and may go wrong.

    wait ─► (cut off? refused?) ─► (somebody else writes first?) ─► done in the world ─┐
      └──── the process may die or be stopped here ────┘                               │
                                               wait ◄─ (response lost?) ◄──────────────┘
                                                 └─── and here ───┘

What goes wrong raises what the port promises to raise, or answers what it promises to answer; the
memory behind is exact.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any, cast

from shared.domain.audit import AuditRecord
from shared.domain.health.health_check import HealthCheck, HealthCheckPolicy, Healthy, Unhealthy
from shared.domain.machine.arm_responses import ArmResponse, OperationState, OperationStatus
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.listing import ListedMachine, ListingPage
from shared.domain.machine.machine import MachineId
from shared.errors import AzureUnavailable, QueueUnavailable, StorageUnavailable, Unavailable
from shared.usecases.app import App
from shared.usecases.heard import Heard
from tests.simulation.fault_rates import FaultRates, Partition
from tests.simulation.log import SimulationLog
from tests.simulation.loop import VirtualLoop
from tests.simulation.monitoring.observer import Observer
from tests.simulation.monitoring.tolerances import STALE
from tests.simulation.processes import Process, ProcessKilled

_PORTS = (
    "azure",
    "jobs",
    "semaphores",
    "pauses",
    "marks",
    "inventory",
    "exemptions",
    "scans",
    "health_checks",
    "audit_trail",
    "queues",
    "outbox",
    "poster",
    "store_trials",
)
#: whose answer tells whether the stored value was still the one read
_CONDITIONAL_WRITES = {"jobs.save", "semaphores.store"}
_CALL = "azure.perform_maintenance"
_HEALTH_CHECK = "health_checks.check"
#: asks for quota, and sends nothing
_RESERVE = "azure.reserve_reads"
#: each element has its instance view
_LISTED_VIEWS = "azure.list_instances"
#: the client gives up on a call after this (adapters/azure/machine_calls.py); the request itself
#: may arrive later still
_TIMEOUT_SECONDS = 30.0


@dataclass(slots=True)
class Network:
    """What all passages share."""

    loop: VirtualLoop
    random: Random
    log: SimulationLog
    fault_rates: FaultRates
    partition: Partition
    #: somebody else writes the entity that is about to be written, changing nothing but its version
    touch: Callable[[str, Any], None]
    monitor: Observer
    #: what the process knows that sends just now: its messages carry that
    sender: list[Heard] = field(default_factory=list)
    #: calls to ports, by the kind of work that made them and their place
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    #: what Azure showed last of each machine
    views: dict[MachineId, Observation | NotFound] = field(default_factory=dict)


class InvocationPorts:
    """One invocation's way to every port.

    It carries one message's worth of work, and dies with its process.
    """

    def __init__(self, network: Network, process: Process, name: str, kind: str = "") -> None:
        self.net = network
        self.process = process
        self.name = name
        #: of work, such as the queue of its message
        self.kind = kind

    def app(self, app: App) -> App:
        """The app as this invocation sees it."""
        ports = {name: cast("Any", _Port(getattr(app, name), name, self)) for name in _PORTS}
        return replace(
            app,
            clock=self.process.clock,
            last_written=self.process.last_written,
            whole_lists=self.process.whole_lists,
            turns=self.process.turns,
            heard=self.process.heard,
            open_tiers=self.process.open_tiers,
            set_views=cast("Any", _SharedViews(self)),
            policy_in_force=self.process.policy_in_force,
            **ports,
        )

    async def call(
        self, place: str, method: Any, args: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:
        """One call, with everything that happens to it."""
        if place == _CALL:
            return await self._perform_maintenance(method, args[0])
        if place == _HEALTH_CHECK:
            return await self._check_health(method, *args)
        network = self.net
        await self.before_call(place)
        try:
            self._maybe_fail(place)
        except AzureUnavailable as outage:
            if place == "azure.read_operation":
                # As adapters/azure/machine_calls.py has it.
                return OperationStatus(state=OperationState.UNREADABLE, detail=str(outage))
            raise
        if place in _CONDITIONAL_WRITES and self._occurs(network.fault_rates.conflict):
            network.log.fault(self.name, "conflict", place)
            network.touch(place, args[0])
        network.sender.append(self.process.heard)
        try:
            result = await method(*args, **named)
        finally:
            network.sender.pop()
        if place == "azure.observe":
            result = self._maybe_missed(self._maybe_stale(result))
        if place == _LISTED_VIEWS:
            result = self._listed_views(result)
        self._report_to_monitor(place, args, result)
        if self._occurs(network.fault_rates.response_lost) and not place.startswith("azure."):
            network.log.fault(self.name, "response lost", place)
            raise _outage(place, "no answer")
        if self._occurs(0.1):
            await self.before_call(place)
        return result

    async def before_call(self, place: str) -> None:
        """On the way: time passes, others continue, and the process may die."""
        network = self.net
        network.requests[self.kind, place] += 1
        if self._occurs(network.fault_rates.crash):
            network.log.fault(self.name, "crash", place)
            self.process.crash()
        slow = self._occurs(network.fault_rates.slow)
        await self.process.wait(
            network.random.uniform(0.5, 15.0) if slow else network.random.uniform(0.002, 0.12)
        )

    def _maybe_fail(self, place: str) -> None:
        network = self.net
        port = place.partition(".")[0]
        if network.partition.is_cut(self.process.name, port, network.loop.time()):
            network.log.fault(self.name, "cut off", place)
            raise _outage(place, "cut off")
        if self._occurs(network.fault_rates.refused):
            network.log.fault(self.name, "refused", place)
            raise _outage(place, "refused")
        if port == "azure" and self._occurs(network.fault_rates.throttled):
            wait = timedelta(seconds=network.random.choice((5, 60, 300, 1200)))
            network.log.fault(self.name, "throttled", place, wait)
            raise AzureUnavailable("429 TooManyRequests", status=429, retry_after=wait)

    def _report_to_monitor(self, place: str, args: tuple[Any, ...], result: Any) -> None:
        network = self.net
        network.log.event(self.name, place, *args, "->", result)
        if place == "azure.observe":
            network.monitor.on_instance_view_read(self.name, result)
        elif place == "azure.read_machine":
            network.monitor.on_machine_read(self.name, args[0])
        elif place == _LISTED_VIEWS:
            for each in result.elements:
                network.monitor.on_instance_view_read(self.process.name, each.seen)
        elif place == "audit_trail.append" and isinstance(args[0], AuditRecord):
            network.monitor.on_audit_record(self.name, args[0])
        else:
            self._report_stored(place, args, result)

    def _report_stored(self, place: str, args: tuple[Any, ...], result: Any) -> None:
        network = self.net
        if place == "jobs.save" and result is not None:
            network.monitor.on_job_saved(self.name, args[0])
        elif place == "semaphores.store" and result:
            network.monitor.on_semaphore_stored(args[0])
        elif place == "queues.send_notification":
            network.monitor.on_notification(args[0])
        elif place == "marks.store" and result:
            network.monitor.on_mark_stored(args[1])
        elif place == "pauses.add":
            network.monitor.on_paused(args[0])
        elif place == "pauses.remove":
            network.monitor.on_resumed(args[0])
        elif place == "pauses.remove_unchanged" and result:
            network.monitor.on_resumed(args[0].target)

    def _maybe_stale(self, fresh: Observation | NotFound) -> Observation | NotFound:
        """What Azure showed of the machine a little earlier, perhaps.

        `at` says when that was true.
        """
        network = self.net
        earlier = network.views.get(fresh.machine)
        if (
            earlier is not None
            and fresh.at - earlier.at <= STALE
            and self._occurs(network.fault_rates.stale)
        ):
            network.log.fault(self.name, "stale view", fresh.machine, fresh.at - earlier.at)
            return earlier
        network.views[fresh.machine] = fresh
        return fresh

    def _maybe_missed(self, fresh: Observation | NotFound) -> Observation | NotFound:
        """404 for a machine that exists, perhaps."""
        if isinstance(fresh, Observation) and self._occurs(self.net.fault_rates.missed):
            self.net.log.fault(self.name, "missed", fresh.machine)
            return NotFound(machine=fresh.machine, at=fresh.at)
        return fresh

    def _listed_views(self, page: ListingPage[ListedMachine]) -> ListingPage[ListedMachine]:
        """The page with the faults of single reads: a view may be stale, a member missing."""
        shown = []
        for each in page.elements:
            seen = self._maybe_missed(self._maybe_stale(cast("Observation", each.seen)))
            if isinstance(seen, Observation):
                shown.append(replace(each, seen=seen))
        return replace(page, elements=tuple(shown))

    async def _check_health(
        self, method: Any, check: HealthCheck, rule: HealthCheckPolicy
    ) -> Healthy | Unhealthy:
        """A health check: if it cannot be made, that is a failure, never an exception."""
        network = self.net
        await self.before_call(_HEALTH_CHECK)
        if network.partition.is_cut(
            self.process.name, "health_checks", network.loop.time()
        ) or self._occurs(network.fault_rates.refused):
            network.log.fault(self.name, "health check cut off", check.url)
            return Unhealthy(reason=f"{check.display_url} cannot be reached")
        if self._occurs(network.fault_rates.hangs):
            network.log.fault(self.name, "health check hangs", check.url)
            await self.process.wait(rule.timeout.total_seconds())
            return Unhealthy(reason=f"{check.display_url} gave no answer within {rule.timeout}")
        health = cast("Healthy | Unhealthy", await method(check, rule))
        network.monitor.on_health_checked(self.name)
        network.log.event(self.name, _HEALTH_CHECK, check.url, "->", health)
        if self._occurs(0.1):
            await self.before_call(_HEALTH_CHECK)
        return health

    async def _perform_maintenance(self, method: Any, machine: Any) -> ArmResponse:
        """The one request that starts something.

        From here on only its arrival counts, in every case of its sender.
        """
        network, random = self.net, self.net.random
        network.monitor.on_call_sent(self.name, machine)
        network.log.event(self.name, "sends performMaintenance", machine)
        if network.partition.is_cut(
            self.process.name, "azure", network.loop.time()
        ) or self._occurs(4 * network.fault_rates.refused):
            network.log.fault(self.name, "call lost before the act", machine)
            network.monitor.on_call_lost(machine)
            return ArmResponse(status=None, message="connection refused")
        self.process.past_the_fence += 1
        try:
            return await self._send(method, machine, random)
        finally:
            self.process.past_the_fence -= 1

    async def _send(self, method: Any, machine: Any, random: Random) -> ArmResponse:
        network = self.net
        if self._occurs(4 * network.fault_rates.response_lost):
            # It left, and the sender gets no response: it arrives now, or when everybody has given
            # it up.
            after = random.choice((0.5, 20.0, 45.0, 100.0))
            network.log.fault(self.name, "call delayed", machine, f"{after} s")
            network.loop.at(
                network.loop.time() + after, lambda: self._arrive_alone(method, machine)
            )
            await self.process.wait(_TIMEOUT_SECONDS)
            return ArmResponse(status=None, message=f"no answer within {_TIMEOUT_SECONDS:g} s")
        if self._occurs(5 * network.fault_rates.crash):
            network.log.fault(self.name, "crash", _CALL)
            if random.random() < 0.5:
                network.loop.at(
                    network.loop.time() + random.uniform(0, 5),
                    lambda: self._arrive_alone(method, machine),
                )
            else:
                network.monitor.on_call_lost(machine)
            self.process.crash()
        try:
            await self.process.wait(random.uniform(0.05, 2.0))
        except (ProcessKilled, asyncio.CancelledError):
            network.monitor.on_call_lost(machine)
            raise
        response = await self._arrive(method, machine)
        if self._occurs(5 * network.fault_rates.crash):
            network.log.fault(self.name, "crash", "after performMaintenance")
            self.process.crash()
        await self.process.wait(random.uniform(0.05, 2.0))
        return response

    def _arrive_alone(self, method: Any, machine: Any) -> None:
        self.net.loop.create_task(self._arrive(method, machine))

    async def _arrive(self, method: Any, machine: Any) -> ArmResponse:
        response = cast("ArmResponse", await method(machine))
        self.net.monitor.on_call_received(machine)
        self.net.log.event(self.name, "performMaintenance arrived", machine, "->", response)
        return response

    def _occurs(self, chance: float) -> bool:
        return chance > 0 and self.net.random.random() < chance


class _Port:
    """One port; each of its verbs passes through the passage."""

    def __init__(self, port: object, name: str, ports: InvocationPorts) -> None:
        self._port = port
        self._name = name
        self._ports = ports

    def __getattr__(self, verb: str) -> Any:
        method = getattr(self._port, verb)
        place = f"{self._name}.{verb}"
        ports = self._ports
        if place == _RESERVE:
            return method

        async def call(*args: Any, **named: Any) -> Any:
            return await ports.call(place, method, args, named)

        setattr(self, verb, call)
        return call


class _SharedViews:
    """What the process has read of sets: each use of it is a look, as old as what was read."""

    def __init__(self, ports: InvocationPorts) -> None:
        self._ports = ports
        self._views = ports.process.set_views
        self.of, self.drop = self._views.of, self._views.drop

    async def of_members(self, *args: Any, **named: Any) -> list[Observation | NotFound]:
        """As the process does it; the judge gets the views that the invocation uses."""
        found = await self._views.of_members(*args, **named)
        for seen in found:
            self._ports.net.monitor.on_instance_view_read(self._ports.name, seen)
        return found


def _outage(place: str, why: str) -> Unavailable:
    port = place.partition(".")[0]
    kinds: dict[str, type[Unavailable]] = {"azure": AzureUnavailable, "queues": QueueUnavailable}
    return kinds.get(port, StorageUnavailable)(f"{place}: {why}")
