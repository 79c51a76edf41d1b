"""How often each fault strikes in a seed, and which ports cannot be reached just now."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRates:
    """Chances for each call to a port, unless said otherwise."""

    crash: float = 0.0
    #: refused before anything was done
    refused: float = 0.0
    #: done, and the response lost
    response_lost: float = 0.0
    #: somebody else writes the same entity a moment before
    conflict: float = 0.0
    #: Azure answers 429 to a read
    throttled: float = 0.0
    #: Azure answers 404 to a look at a machine that exists
    missed: float = 0.0
    #: Azure shows an instance view that it read some time ago
    stale: float = 0.0
    #: a call takes seconds instead of milliseconds
    slow: float = 0.0
    #: a health check gets nothing until its time is over
    hangs: float = 0.0
    #: for each message
    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    #: disturbances of each kind, on average, in the stormy part of a run
    disturbances: float = 0.0


NO_FAULTS = FaultRates(slow=0.02)


def draw_fault_rates(random: Random) -> FaultRates:
    """A seed's fault rates.

    Some have only one or two kinds of fault, because high rates would hide their effects.
    """
    full = {
        "crash": 0.004,
        "refused": 0.008,
        "response_lost": 0.008,
        "conflict": 0.02,
        "throttled": 0.02,
        "stale": 0.2,
        "missed": 0.02,
        "slow": 0.05,
        "lost": 0.05,
        "doubled": 0.1,
        "late": 0.08,
        "hangs": 0.08,
    }
    share = random.choice((0.2, 0.5, 1.0))
    rates = {
        kind: rate * random.choice((0.3, 1.0, 2.0))
        for kind, rate in full.items()
        if random.random() < share
    }
    return FaultRates(**rates, disturbances=random.choice((0.2, 0.5, 1.0)))


class Partition:
    """Ports that cannot be reached for a time, by one process or by all.

    Times in seconds of the loop.
    """

    def __init__(self) -> None:
        self._until: dict[tuple[str | None, str], float] = {}

    def cut(self, process: str | None, port: str, until: float) -> None:
        """Nothing gets through to the port until then; `process` None: for nobody."""
        self._until[process, port] = until

    def is_cut(self, process: str, port: str, now: float) -> bool:
        """Whether the process cannot reach the port now."""
        return now < max(self._until.get((None, port), 0.0), self._until.get((process, port), 0.0))

    def heal(self) -> None:
        """Everything can be reached again."""
        self._until.clear()
