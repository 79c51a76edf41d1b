"""Carries the faults out, and counts what really hit something.

It does not choose them; `strikes` does.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sandbox.azure.servicebus.amqp import encoding
from sandbox.azure.servicebus.sections import DATA, Content, read_content
from sandbox.azure.servicebus.wire.faults import Fault as BrokerFault
from tests.chaos.environment import Environment
from tests.chaos.faults import (
    QUEUES,
    AzureFault,
    BrokerCut,
    FaultAction,
    KillAll,
    LinksDetached,
    PlannedFault,
    Poison,
    QueueFault,
    Signal,
    SignalOne,
    StopAll,
    StorageCut,
    StorageResponsesLost,
    TargetedSignal,
)
from tests.chaos.workers import Worker, Workers

_TIMEOUT_SECONDS = (
    6.0  # seconds that a targeted signal waits, or that a signal waits for a process to be up
)


@dataclass(slots=True, kw_only=True)
class FaultInjector:
    """`injected` counts by name; kills and stops are counted by the workers themselves as well."""

    environment: Environment
    workers: Workers
    plan: Iterator[PlannedFault]
    injected: Counter[str] = field(default_factory=Counter)
    _ends: list[asyncio.TimerHandle] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """SIGKILLs that hit a process that was up."""
        return sum(each.kills for each in self.workers.all)

    async def run(self, kills: int) -> None:
        """Fault after fault, until so many kills are done or this is cancelled."""
        while self.kills < kills:
            fault = next(self.plan)
            await asyncio.sleep(fault.pause)
            await self._do(fault.action)

    def end(self) -> None:
        """All faults are over: who is stopped wakes up, and nothing is lost or refused any more."""
        for each in self._ends:
            each.cancel()
        self.environment.simulator.faults.switch_off(None)
        self.environment.storage.drop_responses(0)
        self._discard_planned_queue_faults()
        for worker in self.workers.all:
            worker.wake()

    async def _do(self, action: FaultAction) -> None:
        match action:
            case SignalOne():
                await self._signal_one(action)
            case KillAll():
                for each in self.workers.all:
                    self._count("SIGKILL of all", succeeded=each.kill())
            case StopAll(seconds=seconds):
                for each in self.workers.all:
                    self._count("SIGSTOP of all", succeeded=each.stop(seconds))
                await asyncio.sleep(seconds)
            case TargetedSignal():
                await self._signal_targeted(action)
            case _:
                self._inject(action)

    async def _signal_one(self, action: SignalOne) -> None:
        await self.workers.wait_until(
            lambda: any(each.is_up for each in self.workers.all), _TIMEOUT_SECONDS
        )
        for worker in self._from(action.worker):
            if self._send_signal(worker, action.signal, action.seconds):
                self._count(f"{action.signal.value} at any moment", succeeded=True)
                return

    async def _signal_targeted(self, action: TargetedSignal) -> None:
        def send(name: str) -> bool:
            return self._send_signal(self.workers.named(name), action.signal, action.seconds)

        sprung = await self.environment.targeted_signals.arm(action, send, _TIMEOUT_SECONDS)
        self._count(f"{action.signal.value} when {action.moment.value}", succeeded=sprung)

    def _send_signal(self, worker: Worker, signal: Signal, seconds: float) -> bool:
        return worker.kill() if signal is Signal.KILL else worker.stop(seconds)

    def _from(self, first: int) -> list[Worker]:
        return self.workers.all[first:] + self.workers.all[:first]

    def _inject(self, action: FaultAction) -> None:
        environment = self.environment
        match action:
            case BrokerCut():
                self.injected["broker connections cut"] += environment.broker.cut_connections()
            case LinksDetached(queue=queue):
                self.injected["broker links detached"] += environment.broker.detach_links(queue)
            case QueueFault(fault=queue_fault, queue=queue, times=times):
                environment.broker.faults.plan(queue_fault, queue, times)
                self.injected[queue_fault.value] += times
            case Poison(queue=queue):
                environment.broker.namespace.queue(queue).accept([_poison()])
                self.injected["unreadable messages"] += 1
            case AzureFault(fault=fault, seconds=seconds):
                environment.simulator.faults.switch_on(fault)
                self._later(seconds, lambda: environment.simulator.faults.switch_off(fault.kind))
            case StorageCut(seconds=seconds):
                self.injected["storage connections cut"] += environment.storage.cut(seconds)
            case StorageResponsesLost(times=times):
                environment.storage.drop_responses(times)

    def _discard_planned_queue_faults(self) -> None:
        """Use up what is planned and has not struck; it does not count."""
        for queue_fault in BrokerFault:
            for queue in QUEUES:
                while self.environment.broker.faults.triggers(queue_fault, queue):
                    self.injected[queue_fault.value] -= 1

    def _later(self, seconds: float, end: Callable[[], object]) -> None:
        self._ends.append(asyncio.get_running_loop().call_later(seconds, end))

    def _count(self, name: str, *, succeeded: bool) -> None:
        self.injected[name] += succeeded


def _poison() -> Content:
    return read_content(
        encoding.described(DATA, encoding.binary(b"this is no message of the app's"))
    )
