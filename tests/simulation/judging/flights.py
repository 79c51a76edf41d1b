"""Every move of every machine, and until when it counts: in flight, proved well again, or over by a person's word."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from shared.domain.machine.machine import MachineId
from shared.domain.policy.policy import Policy
from tests.simulation.judging.bounds import TOLERANCE
from tests.support.world import OURSELVES, Guest, HealthLook, Move, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A machine that did not come back: when a person was told, and which scopes were halted for it."""

    at: datetime
    halted: frozenset[str]

    def has_halted(self, what: str) -> bool:
        """Whether anything of a kind, or one thing by its name, waits for a person."""
        return any(each.startswith(what) or each.endswith(what) for each in self.halted)


class Flights:
    """The world's moves, and what ends their flights besides the machine's own recovery."""

    def __init__(
        self,
        *,
        world: World,
        everyone: Mapping[MachineId, Guest],
        policy: Policy,
        probed: frozenset[MachineId],
        now: Callable[[], datetime],
    ) -> None:
        self._world = world
        self._everyone = everyone
        self._policy = policy
        #: machines that have a health check
        self._probed = probed
        self._now = now
        self.settled: dict[MachineId, datetime] = {}
        self.failed: dict[MachineId, Failure] = {}
        self.gone: dict[MachineId, datetime] = {}
        self.known_failures: set[HealthLook] = set()

    def settle(self, machine: MachineId) -> None:
        """A person has looked at a machine and brought it back: what was in flight there is over."""
        self.settled[machine] = self._now()

    def came_back(self, machine: MachineId, now: datetime) -> datetime | None:
        """Since when a machine is proved well after a move by whomever; None if it never was."""
        times = [self.proved_well(each) for each in self._world.moves if each.machine == machine]
        return min((at for at in times if at is not None and at <= now + TOLERANCE), default=None)

    def in_flight(self, move: Move, what: str) -> Iterator[Move]:
        for each in self.ours():
            if each is move or each.machine == move.machine or self.is_settled(each, f"slot of {what}"):
                continue
            over = self.proved_well(each)
            if over is None or move.began < over - TOLERANCE:
                yield each

    def is_settled(self, move: Move, what: str) -> bool:
        """Whether the flight is over for a lane or a slot: by a person's word, or by a failure that keeps nobody out there."""
        word = self.settled.get(move.machine)
        if word is not None and word >= move.began:
            return True
        failure = self.failed.get(move.machine)
        if failure is None or failure.at < move.began:
            return False
        match what:
            case "zone" | "region":
                return not failure.halted
            case "update domain" | "slot of placement":
                return not failure.has_halted(self._everyone[move.machine].placement)
            case _ if what.startswith("slot of group"):
                return not failure.has_halted("group:")
        return True

    def proved_well(self, move: Move) -> datetime | None:
        """When a machine was well for the bake time after a move, by the platform and by its health check."""
        gone = self.gone.get(move.machine)
        last = self._last_of(move)
        if last is None or last.well_at is None:
            return gone
        over = last.well_at + self._policy.pace.bake_time
        if move.machine in self._probed:
            passed = self._passed_its_check(last)
            if passed is None:
                return gone
            over = max(over, passed)
        return over if gone is None else min(over, gone)

    def _last_of(self, move: Move) -> Move | None:
        """The move after which the machine was well: that one, or another that began before it was.

        One that begins and ends while it bakes, between two looks, nobody sees.
        """
        later = [
            each for each in self._world.moves if each.machine == move.machine and each.began >= move.began
        ]
        for each, following in zip_longest(later, later[1:]):
            if each.well_at is not None and (following is None or following.began >= each.well_at):
                return each
        return None

    def _passed_its_check(self, move: Move) -> datetime | None:
        """When a machine's page had been healthy for the bake time, at every look since a move that is known to anyone.

        What a worker saw and took with it when it died, nobody knows (docs/guarantees.md, "What comes and goes").
        """
        since = None
        for look in self._world.health_looks:
            if look.machine != move.machine or look.at < move.ended:
                continue
            if look.healthy:
                since = since or look.at
            elif look in self.known_failures:
                since = None
            if since is not None and look.at - since >= self._policy.pace.bake_time - TOLERANCE:
                return look.at
        return None

    def ours(self) -> Iterator[Move]:
        return (each for each in self._world.moves if each.by == OURSELVES)
