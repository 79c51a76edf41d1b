"""What is done to the app, drawn from a seed: the same seed draws the same strikes in the same order.

When a strike hits, and what it hits there, is up to the machine: processes run in real time. It does nothing itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from sandbox.azure.arm.faults import Fault, Group
from sandbox.azure.arm.faults import Kind as Trouble
from sandbox.azure.servicebus.wire.faults import Fault as Mishap
from tests.chaos.rules import LONGEST_STOP, SHORTEST_STOP

QUEUES = ("scans", "redeploys", "notifications")


class Moment(StrEnum):
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
    def is_before_the_act(self) -> bool:
        """Whether what the process asked for is not done: only a dead process may be cheated of that."""
        return self in (Moment.CALL_ARRIVES, Moment.JOB_ARRIVES, Moment.LOCK_ARRIVES)


class Weapon(StrEnum):
    """What is done to a process."""

    KILL = "SIGKILL"
    STOP = "SIGSTOP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """To one process, now: a kill, or a stop for `seconds`."""

    weapon: Weapon
    worker: int
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KillAll:
    """To every process at once, as when a region blinks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAll:
    """To every process at once, for longer than a lease with its margin for clocks: nobody renews anything."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambush:
    """To the next process that is seen at a moment, `delay` seconds after it (0: at the very moment)."""

    weapon: Weapon
    moment: Moment
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
class QueueMishap:
    """Sends are refused, or the answers to sends or settlements are lost, a few times."""

    mishap: Mishap
    queue: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Poison:
    """A message that nobody can read."""

    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureTrouble:
    """A fault of the simulator's, on for a while."""

    fault: Fault
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageCut:
    """Every connection to Table Storage is cut, and none is taken for `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageAnswersLost:
    """The next writes are done, and their answers never arrive."""

    times: int


type Deed = (
    Blow
    | KillAll
    | StopAll
    | Ambush
    | BrokerCut
    | LinksDetached
    | QueueMishap
    | Poison
    | AzureTrouble
    | StorageCut
    | StorageAnswersLost
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """A deed, `pause` seconds after the one before."""

    pause: float
    deed: Deed


def strikes(seed: int, workers: int, longest_pause: float) -> Iterator[Strike]:
    """The endless sequence of a seed, with pauses of up to so many seconds."""
    rng = Random(seed)  # noqa: S311 - chooses faults, guards nothing
    deeds = list(_DEEDS)
    weights = [weight for _, weight in deeds]
    while True:
        draw = rng.choices(deeds, weights)[0][0]
        yield Strike(pause=rng.uniform(0.2, longest_pause), deed=draw(rng, workers))


def _kill(rng: Random, workers: int) -> Deed:
    return Blow(weapon=Weapon.KILL, worker=rng.randrange(workers))


def _stop(rng: Random, workers: int) -> Deed:
    return Blow(weapon=Weapon.STOP, worker=rng.randrange(workers), seconds=_length_of_stop(rng))


def _kill_all(_rng: Random, _workers: int) -> Deed:
    return KillAll()


def _stop_all(rng: Random, _workers: int) -> Deed:
    return StopAll(seconds=rng.uniform(LONGEST_STOP - 3.0, LONGEST_STOP))


def _ambush(rng: Random, _workers: int) -> Deed:
    moment = rng.choice(list(Moment))
    has_delay = not moment.is_before_the_act and rng.random() < 0.5
    return Ambush(weapon=Weapon.KILL, moment=moment, delay=rng.expovariate(1 / 0.03) if has_delay else 0.0)


def _trap(rng: Random, _workers: int) -> Deed:
    """A stop where it hurts most: between a save and what follows from it."""
    moment = rng.choice([each for each in Moment if not each.is_before_the_act])
    return Ambush(weapon=Weapon.STOP, moment=moment, seconds=_length_of_stop(rng))


def _broker_cut(_rng: Random, _workers: int) -> Deed:
    return BrokerCut()


def _links_detached(rng: Random, _workers: int) -> Deed:
    return LinksDetached(queue=rng.choice(QUEUES))


def _mishap(rng: Random, _workers: int) -> Deed:
    return QueueMishap(mishap=rng.choice(list(Mishap)), queue=rng.choice(QUEUES[:2]), times=rng.randint(1, 3))


def _poison(rng: Random, _workers: int) -> Deed:
    return Poison(queue=rng.choice(QUEUES[1:]))


def _trouble(rng: Random, _workers: int) -> Deed:
    return AzureTrouble(fault=rng.choice(_TROUBLES), seconds=rng.uniform(2.0, 6.0))


def _storage_cut(rng: Random, _workers: int) -> Deed:
    return StorageCut(seconds=rng.choice((0.0, 0.0, 1.0, 3.0)))


def _storage_lost(rng: Random, _workers: int) -> Deed:
    return StorageAnswersLost(times=rng.randint(1, 4))


def _length_of_stop(rng: Random) -> float:
    return rng.uniform(SHORTEST_STOP, LONGEST_STOP)


_TROUBLES = (
    Fault(kind=Trouble.THROTTLE_ARM, chance=0.3),
    Fault(kind=Trouble.THROTTLE_COMPUTE, chance=0.3, body="bare"),
    Fault(kind=Trouble.THROTTLE_COMPUTE, chance=0.3, body="innererror"),
    Fault(kind=Trouble.SERVER_ERROR, chance=0.2, status=500),
    Fault(kind=Trouble.SERVER_ERROR, chance=0.4, status=503),
    Fault(kind=Trouble.LOST_ANSWER, chance=0.5, on=Group.ACTIONS),
    Fault(kind=Trouble.STALE_READS, chance=0.2, on=Group.VIEWS, seconds=1.0),
    Fault(kind=Trouble.LATENCY, chance=0.3, seconds=0.5),
)

_DEEDS = (
    (_kill, 34),
    (_ambush, 34),
    (_kill_all, 3),
    (_stop_all, 2),
    (_stop, 5),
    (_trap, 7),
    (_broker_cut, 4),
    (_links_detached, 2),
    (_mishap, 5),
    (_poison, 1),
    (_trouble, 7),
    (_storage_cut, 2),
    (_storage_lost, 4),
)
