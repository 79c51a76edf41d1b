"""What is done to the app, drawn from a seed.

The same seed draws the same faults in the same order.

When a fault hits, and what it hits there, is up to the machine: processes run in real time. It does
nothing itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from sandbox.azure.arm.faults import Fault, RequestGroup
from sandbox.azure.arm.faults import FaultKind as AzureFaultKind
from sandbox.azure.servicebus.wire.faults import Fault as BrokerFault
from tests.chaos.policy import LONGEST_STOP, SHORTEST_STOP

QUEUES = ("scans", "redeploys", "notifications", "dead-letters")


class CallMoment(StrEnum):
    """Something that one process is seen doing from outside, at which it can be struck."""

    CALL_ARRIVES = "its call has arrived and is not acted upon"
    CALL_ACCEPTED = "its call is accepted, and not answered"
    CALL_ANSWERED = "its call has been answered"
    VIEW_READ = "it has read an instance view"
    OPERATION_READ = "it has looked at an operation"
    JOB_ARRIVES = "its save of a job has arrived and is not stored"
    JOB_STORED = "its save of a job is stored, and not answered"
    LOCK_ARRIVES = "its save of a semaphore has arrived and is not stored"
    LOCK_STORED = "its save of a semaphore is stored, and not answered"
    MACHINE_DOWN = "a machine has gone down"
    AGENT_READY = "a machine is well again"

    @property
    def is_before_the_effect(self) -> bool:
        """Whether what the process asked for is not done.

        Only a dead process may be cheated of that.
        """
        return self in (CallMoment.CALL_ARRIVES, CallMoment.JOB_ARRIVES, CallMoment.LOCK_ARRIVES)


class Signal(StrEnum):
    """What is done to a process."""

    KILL = "SIGKILL"
    STOP = "SIGSTOP"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalOne:
    """To one process, now: a kill, or a stop for `seconds`."""

    signal: Signal
    worker: int
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KillAll:
    """To every process together, as in a short outage of a region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAll:
    """To every process together, for longer than a lease with its margin for clocks.

    Nobody renews anything.
    """

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetedSignal:
    """To the next process that is seen at a moment, `delay` seconds after it (or exactly then)."""

    signal: Signal
    moment: CallMoment
    delay: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerCut:
    """Every connection to the broker is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinksDetached:
    """Every link to one queue is detached by the broker."""

    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFault:
    """Sends are refused, or the answers to sends or settlements are lost, a few times."""

    fault: BrokerFault
    queue: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Poison:
    """A message that nobody can read."""

    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureFault:
    """A fault of the simulator, on for some time."""

    fault: Fault
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageCut:
    """Every connection to Table Storage is cut, and none is taken for `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageResponsesLost:
    """The next writes are done, and their answers never arrive."""

    times: int


type FaultAction = (
    SignalOne
    | KillAll
    | StopAll
    | TargetedSignal
    | BrokerCut
    | LinksDetached
    | QueueFault
    | Poison
    | AzureFault
    | StorageCut
    | StorageResponsesLost
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFault:
    """An action, `pause` seconds after the one before."""

    pause: float
    action: FaultAction


def planned_faults(seed: int, workers: int, longest_pause: float) -> Iterator[PlannedFault]:
    """The endless sequence of a seed, with pauses of up to so many seconds."""
    rng = Random(seed)  # noqa: S311 - chooses faults, guards nothing
    actions = list(_ACTIONS)
    weights = [weight for _, weight in actions]
    while True:
        draw = rng.choices(actions, weights)[0][0]
        yield PlannedFault(pause=rng.uniform(0.2, longest_pause), action=draw(rng, workers))


def _kill(rng: Random, workers: int) -> FaultAction:
    return SignalOne(signal=Signal.KILL, worker=rng.randrange(workers))


def _stop(rng: Random, workers: int) -> FaultAction:
    return SignalOne(
        signal=Signal.STOP, worker=rng.randrange(workers), seconds=_length_of_stop(rng)
    )


def _kill_all(_rng: Random, _workers: int) -> FaultAction:
    return KillAll()


def _stop_all(rng: Random, _workers: int) -> FaultAction:
    return StopAll(seconds=rng.uniform(LONGEST_STOP - 3.0, LONGEST_STOP))


def _targeted_kill(rng: Random, _workers: int) -> FaultAction:
    moment = rng.choice(list(CallMoment))
    has_delay = not moment.is_before_the_effect and rng.random() < 0.5
    return TargetedSignal(
        signal=Signal.KILL, moment=moment, delay=rng.expovariate(1 / 0.03) if has_delay else 0.0
    )


def _targeted_stop(rng: Random, _workers: int) -> FaultAction:
    """A stop where it hurts most: between a save and what follows from it."""
    moment = rng.choice([each for each in CallMoment if not each.is_before_the_effect])
    return TargetedSignal(signal=Signal.STOP, moment=moment, seconds=_length_of_stop(rng))


def _broker_cut(_rng: Random, _workers: int) -> FaultAction:
    return BrokerCut()


def _links_detached(rng: Random, _workers: int) -> FaultAction:
    return LinksDetached(queue=rng.choice(QUEUES))


def _queue_fault(rng: Random, _workers: int) -> FaultAction:
    return QueueFault(
        fault=rng.choice(list(BrokerFault)), queue=rng.choice(QUEUES[:2]), times=rng.randint(1, 3)
    )


def _poison(rng: Random, _workers: int) -> FaultAction:
    return Poison(queue=rng.choice(QUEUES[1:]))


def _azure_fault(rng: Random, _workers: int) -> FaultAction:
    return AzureFault(fault=rng.choice(_AZURE_FAULTS), seconds=rng.uniform(2.0, 6.0))


def _storage_cut(rng: Random, _workers: int) -> FaultAction:
    return StorageCut(seconds=rng.choice((0.0, 0.0, 1.0, 3.0)))


def _storage_responses_lost(rng: Random, _workers: int) -> FaultAction:
    return StorageResponsesLost(times=rng.randint(1, 4))


def _length_of_stop(rng: Random) -> float:
    return rng.uniform(SHORTEST_STOP, LONGEST_STOP)


_AZURE_FAULTS = (
    Fault(kind=AzureFaultKind.THROTTLE_ARM, chance=0.3),
    Fault(kind=AzureFaultKind.THROTTLE_COMPUTE, chance=0.3, body="bare"),
    Fault(kind=AzureFaultKind.THROTTLE_COMPUTE, chance=0.3, body="innererror"),
    Fault(kind=AzureFaultKind.SERVER_ERROR, chance=0.2, status=500),
    Fault(kind=AzureFaultKind.SERVER_ERROR, chance=0.4, status=503),
    Fault(kind=AzureFaultKind.LOST_RESPONSE, chance=0.5, on=RequestGroup.ACTIONS),
    Fault(kind=AzureFaultKind.STALE_READS, chance=0.2, on=RequestGroup.VIEWS, seconds=1.0),
    Fault(kind=AzureFaultKind.LATENCY, chance=0.3, seconds=0.5),
)

_ACTIONS = (
    (_kill, 34),
    (_targeted_kill, 34),
    (_kill_all, 3),
    (_stop_all, 2),
    (_stop, 5),
    (_targeted_stop, 7),
    (_broker_cut, 4),
    (_links_detached, 2),
    (_queue_fault, 5),
    (_poison, 1),
    (_azure_fault, 7),
    (_storage_cut, 2),
    (_storage_responses_lost, 4),
)
