"""Carries the strikes out, and counts what really hit something. It does not choose them; `strikes` does."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sandbox.azure.servicebus.amqp import encoding
from sandbox.azure.servicebus.sections import DATA, Content, read_content
from sandbox.azure.servicebus.wire.faults import Fault as Mishap
from tests.chaos.strikes import (
    QUEUES,
    Ambush,
    AzureTrouble,
    Blow,
    BrokerCut,
    Deed,
    KillAll,
    LinksDetached,
    Poison,
    QueueMishap,
    StopAll,
    StorageAnswersLost,
    StorageCut,
    Strike,
    Weapon,
)
from tests.chaos.workers import Worker, Workers
from tests.chaos.world import World

_PATIENCE = 6.0  # seconds that an ambush waits, or that a blow waits for a process to be up


@dataclass(slots=True, kw_only=True)
class Striker:
    """`hits` counts by name; kills and stops are counted by the workers themselves as well."""

    world: World
    workers: Workers
    plan: Iterator[Strike]
    hits: Counter[str] = field(default_factory=Counter)
    _ends: list[asyncio.TimerHandle] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """SIGKILLs that hit a process that was up."""
        return sum(each.kills for each in self.workers.all)

    async def strike(self, kills: int) -> None:
        """Strike after strike, until so many kills are done or this is cancelled."""
        while self.kills < kills:
            strike = next(self.plan)
            await asyncio.sleep(strike.pause)
            await self._do(strike.deed)

    def end(self) -> None:
        """All faults are over: who is stopped wakes up, and nothing is lost or refused any more."""
        for each in self._ends:
            each.cancel()
        self.world.simulator.faults.switch_off(None)
        self.world.storage.lose_answers(0)
        self._forget_mishaps()
        for worker in self.workers.all:
            worker.wake()

    async def _do(self, deed: Deed) -> None:
        match deed:
            case Blow():
                await self._blow(deed)
            case KillAll():
                for each in self.workers.all:
                    self._count("SIGKILL of all", hit=each.kill())
            case StopAll(seconds=seconds):
                for each in self.workers.all:
                    self._count("SIGSTOP of all", hit=each.stop(seconds))
                await asyncio.sleep(seconds)
            case Ambush():
                await self._ambush(deed)
            case _:
                self._disturb(deed)

    async def _blow(self, deed: Blow) -> None:
        await self.workers.until(lambda: any(each.is_up for each in self.workers.all), _PATIENCE)
        for worker in self._from(deed.worker):
            if self._hit(worker, deed.weapon, deed.seconds):
                self._count(f"{deed.weapon.value} at any moment", hit=True)
                return

    async def _ambush(self, deed: Ambush) -> None:
        def hit(name: str) -> bool:
            return self._hit(self.workers.named(name), deed.weapon, deed.seconds)

        sprung = await self.world.ambushes.lie_in_wait(deed, hit, _PATIENCE)
        self._count(f"{deed.weapon.value} when {deed.moment.value}", hit=sprung)

    def _hit(self, worker: Worker, weapon: Weapon, seconds: float) -> bool:
        return worker.kill() if weapon is Weapon.KILL else worker.stop(seconds)

    def _from(self, first: int) -> list[Worker]:
        return self.workers.all[first:] + self.workers.all[:first]

    def _disturb(self, deed: Deed) -> None:
        world = self.world
        match deed:
            case BrokerCut():
                self.hits["broker connections cut"] += world.broker.cut_connections()
            case LinksDetached(queue=queue):
                self.hits["broker links detached"] += world.broker.detach_links(queue)
            case QueueMishap(mishap=mishap, queue=queue, times=times):
                world.broker.faults.plan(mishap, queue, times)
                self.hits[mishap.value] += times
            case Poison(queue=queue):
                world.broker.namespace.queue(queue).accept([_poison()])
                self.hits["unreadable messages"] += 1
            case AzureTrouble(fault=fault, seconds=seconds):
                world.simulator.faults.switch_on(fault)
                self._later(seconds, lambda: world.simulator.faults.switch_off(fault.kind))
            case StorageCut(seconds=seconds):
                self.hits["storage connections cut"] += world.storage.cut(seconds)
            case StorageAnswersLost(times=times):
                world.storage.lose_answers(times)

    def _forget_mishaps(self) -> None:
        """Use up what is planned and has not struck; it does not count."""
        for mishap in Mishap:
            for queue in QUEUES:
                while self.world.broker.faults.strikes(mishap, queue):
                    self.hits[mishap.value] -= 1

    def _later(self, seconds: float, end: Callable[[], object]) -> None:
        self._ends.append(asyncio.get_running_loop().call_later(seconds, end))

    def _count(self, name: str, *, hit: bool) -> None:
        self.hits[name] += hit


def _poison() -> Content:
    return read_content(encoding.described(DATA, encoding.binary(b"this is no message of the app's")))
