"""The app's ports as one process reaches them: every call takes time, is a chance for the others, and may go wrong.

    wait ─► (cut off? refused?) ─► (somebody else writes first?) ─► done in the world ─► (answer lost?) ─► wait
      └──── the process may die or be stopped here ────┘                            └─── and here ───┘

What goes wrong raises what the port promises to raise, or answers what it promises to answer; the memory behind is exact.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any, cast

from shared.domain.audit import Record
from shared.domain.health.health_check import Failed, Passed, Probe, ProbeRule
from shared.domain.machine.arm_responses import Answer, OperationReading, Progress
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.machine import MachineId
from shared.errors import AzureUnavailable, QueueUnavailable, StorageUnavailable, Unavailable
from shared.usecases.app import App
from tests.simulation.judging.bounds import STALE
from tests.simulation.judging.judge import Judge
from tests.simulation.log import Log
from tests.simulation.loop import VirtualLoop
from tests.simulation.processes import Killed, Process
from tests.simulation.weather import Partition, Weather

_PORTS = ("azure", "jobs", "semaphores", "pauses", "sightings", "probes", "trail", "queues")
#: whose answer tells whether the stored value was still the one read
_SWAPS = {"jobs.save", "semaphores.store"}
_LISTINGS = {"azure.machines"}
_CALL = "azure.perform_maintenance"
_PROBE = "probes.check"
#: the client gives up on a call after this (adapters/azure/machine_calls.py); the request itself may arrive later still
_PATIENCE = 30.0


@dataclass(slots=True)
class Net:
    """What all passages share."""

    loop: VirtualLoop
    random: Random
    log: Log
    weather: Weather
    partition: Partition
    #: somebody else writes the entity that is about to be written, changing nothing but its version
    touch: Callable[[str, Any], None]
    judge: Judge
    #: what Azure showed last of each machine
    views: dict[MachineId, Observation | NotFound] = field(default_factory=dict)


class Passage:
    """One invocation's way to every port; it carries one message's worth of work, and dies with its process."""

    def __init__(self, net: Net, process: Process, name: str) -> None:
        self.net = net
        self.process = process
        self.name = name

    def app(self, app: App) -> App:
        """The app as this invocation sees it."""
        ports = {name: cast("Any", _Port(getattr(app, name), name, self)) for name in _PORTS}
        return replace(app, clock=self.process.clock, last_written=self.process.last_written, **ports)

    async def go(self, place: str, method: Any, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """One call, with whatever happens to it."""
        if place == _CALL:
            return await self._call(method, args[0])
        if place == _PROBE:
            return await self._probe(method, *args)
        net = self.net
        await self.leave(place)
        try:
            self._may_be_refused(place)
        except AzureUnavailable as outage:
            if place == "azure.read_operation":
                # As adapters/azure/machine_calls.py has it.
                return OperationReading(progress=Progress.UNREADABLE, detail=str(outage))
            raise
        if place in _SWAPS and self._strikes(net.weather.conflict):
            net.log.fault(self.name, "conflict", place)
            net.touch(place, args[0])
        result = await method(*args, **named)
        if place == "azure.observe":
            result = self._maybe_missed(self._maybe_stale(result))
        self._seen(place, args, result)
        if self._strikes(net.weather.answer_lost) and not place.startswith("azure."):
            net.log.fault(self.name, "answer lost", place)
            raise _outage(place, "no answer")
        if self._strikes(0.1):
            await self.leave(place)
        return result

    async def leave(self, place: str) -> None:
        """On the way: time passes, others go on, and the process may die."""
        net = self.net
        if self._strikes(net.weather.crash):
            net.log.fault(self.name, "crash", place)
            self.process.crash()
        slow = self._strikes(net.weather.slow)
        await self.process.wait(net.random.uniform(0.5, 15.0) if slow else net.random.uniform(0.002, 0.12))

    def _may_be_refused(self, place: str) -> None:
        net = self.net
        port = place.partition(".")[0]
        if net.partition.is_cut(self.process.name, port, net.loop.time()):
            net.log.fault(self.name, "cut off", place)
            raise _outage(place, "cut off")
        if self._strikes(net.weather.refused):
            net.log.fault(self.name, "refused", place)
            raise _outage(place, "refused")
        if port == "azure" and self._strikes(net.weather.throttled):
            wait = timedelta(seconds=net.random.choice((5, 60, 300, 1200)))
            net.log.fault(self.name, "throttled", place, wait)
            raise AzureUnavailable("429 TooManyRequests", status=429, retry_after=wait)

    def _seen(self, place: str, args: tuple[Any, ...], result: Any) -> None:
        net = self.net
        net.log.say(self.name, place, *args, "->", result)
        if place == "azure.observe":
            net.judge.read(self.name, result)
        elif place == "trail.append" and isinstance(args[0], Record):
            net.judge.recorded(self.name, args[0])
        elif place == "jobs.save" and result is not None:
            net.judge.saved(self.name, args[0])
        elif place == "semaphores.store" and result:
            net.judge.stored(args[0])
        elif place == "queues.send_notification":
            net.judge.told(args[0])
        elif place == "pauses.add":
            net.judge.paused(args[0])
        elif place == "pauses.remove":
            net.judge.resumed(args[0])

    def _maybe_stale(self, fresh: Observation | NotFound) -> Observation | NotFound:
        """What Azure showed of the machine a little earlier, perhaps; `at` says when that was true."""
        net = self.net
        earlier = net.views.get(fresh.machine)
        if earlier is not None and fresh.at - earlier.at <= STALE and self._strikes(net.weather.stale):
            net.log.fault(self.name, "stale view", fresh.machine, fresh.at - earlier.at)
            return earlier
        net.views[fresh.machine] = fresh
        return fresh

    def _maybe_missed(self, fresh: Observation | NotFound) -> Observation | NotFound:
        """404 for a machine that exists, perhaps."""
        if isinstance(fresh, Observation) and self._strikes(self.net.weather.missed):
            self.net.log.fault(self.name, "missed", fresh.machine)
            return NotFound(machine=fresh.machine, at=fresh.at)
        return fresh

    async def _probe(self, method: Any, probe: Probe, rule: ProbeRule) -> Passed | Failed:
        """A health check: whatever keeps it from being made is a failure, never an exception."""
        net = self.net
        await self.leave(_PROBE)
        if net.partition.is_cut(self.process.name, "probes", net.loop.time()) or self._strikes(
            net.weather.refused
        ):
            net.log.fault(self.name, "probe cut off", probe.url)
            return Failed(reason=f"{probe.place} cannot be reached")
        if self._strikes(net.weather.hangs):
            net.log.fault(self.name, "probe hangs", probe.url)
            await self.process.wait(rule.timeout.total_seconds())
            return Failed(reason=f"{probe.place} gave no answer within {rule.timeout}")
        health = cast("Passed | Failed", await method(probe, rule))
        net.judge.asked(self.name)
        net.log.say(self.name, _PROBE, probe.url, "->", health)
        if self._strikes(0.1):
            await self.leave(_PROBE)
        return health

    async def _call(self, method: Any, machine: Any) -> Answer:
        """The one request that starts something: from here on only its arrival counts, whatever becomes of its sender."""
        net, random = self.net, self.net.random
        net.judge.issued(self.name, machine)
        net.log.say(self.name, "sends performMaintenance", machine)
        if net.partition.is_cut(self.process.name, "azure", net.loop.time()) or self._strikes(
            net.weather.refused
        ):
            net.log.fault(self.name, "call lost before the act", machine)
            net.judge.vanished(machine)
            return Answer(status=None, message="connection refused")
        self.process.past_the_fence += 1
        try:
            return await self._send(method, machine, random)
        finally:
            self.process.past_the_fence -= 1

    async def _send(self, method: Any, machine: Any, random: Random) -> Answer:
        net = self.net
        if self._strikes(4 * net.weather.answer_lost):
            # It left, and the sender hears nothing: it arrives now, or when everybody has given it up.
            after = random.choice((0.5, 20.0, 45.0, 100.0))
            net.log.fault(self.name, "call delayed", machine, f"{after} s")
            net.loop.at(net.loop.time() + after, lambda: self._arrive_alone(method, machine))
            await self.process.wait(_PATIENCE)
            return Answer(status=None, message=f"no answer within {_PATIENCE:g} s")
        if self._strikes(5 * net.weather.crash):
            net.log.fault(self.name, "crash", _CALL)
            if random.random() < 0.5:
                net.loop.at(
                    net.loop.time() + random.uniform(0, 5), lambda: self._arrive_alone(method, machine)
                )
            else:
                net.judge.vanished(machine)
            self.process.crash()
        try:
            await self.process.wait(random.uniform(0.05, 2.0))
        except Killed:
            net.judge.vanished(machine)
            raise
        answer = await self._arrive(method, machine)
        if self._strikes(5 * net.weather.crash):
            net.log.fault(self.name, "crash", "after performMaintenance")
            self.process.crash()
        await self.process.wait(random.uniform(0.05, 2.0))
        return answer

    def _arrive_alone(self, method: Any, machine: Any) -> None:
        self.net.loop.create_task(self._arrive(method, machine))

    async def _arrive(self, method: Any, machine: Any) -> Answer:
        answer = cast("Answer", await method(machine))
        self.net.judge.arrived(machine)
        self.net.log.say(self.name, "performMaintenance arrived", machine, "->", answer)
        return answer

    def _strikes(self, chance: float) -> bool:
        return chance > 0 and self.net.random.random() < chance


class _Port:
    """One port; each of its verbs passes through the passage."""

    def __init__(self, port: object, name: str, passage: Passage) -> None:
        self._port = port
        self._name = name
        self._passage = passage

    def __getattr__(self, verb: str) -> Any:
        method = getattr(self._port, verb)
        place = f"{self._name}.{verb}"
        passage = self._passage

        async def call(*args: Any, **named: Any) -> Any:
            return await passage.go(place, method, args, named)

        async def listing(*args: Any, **named: Any) -> AsyncIterator[Any]:
            await passage.leave(place)
            passage._may_be_refused(place)
            async for each in method(*args, **named):
                yield each

        passing = listing if place in _LISTINGS else call
        setattr(self, verb, passing)
        return passing


def _outage(place: str, why: str) -> Unavailable:
    port = place.partition(".")[0]
    kinds: dict[str, type[Unavailable]] = {"azure": AzureUnavailable, "queues": QueueUnavailable}
    return kinds.get(port, StorageUnavailable)(f"{place}: {why}")
