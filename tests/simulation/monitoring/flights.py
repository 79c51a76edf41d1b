"""Every move of every machine, and until when it counts.

In flight, proved well again, or over by an operator's command.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from shared.domain.machine.machine import MachineId
from shared.domain.policy.policy import Policy
from tests.simulation.monitoring.tolerances import TOLERANCE
from tests.support.fake_azure import (
    OURSELVES,
    ActualRedeploy,
    FakeAzure,
    FakeVm,
    ObservedHealthCheck,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A machine that did not come back.

    When operators were notified, and which scopes were halted for it.
    """

    at: datetime
    halted: frozenset[str]

    def has_halted(self, what: str) -> bool:
        """Whether anything of a kind, or one thing by its name, waits for a person."""
        return any(each.startswith(what) or each.endswith(what) for each in self.halted)


class Flights:
    """The world's moves, and what ends their flights in addition to the machine's own recovery."""

    def __init__(
        self,
        *,
        azure: FakeAzure,
        vms: Mapping[MachineId, FakeVm],
        policy: Policy,
        health_checked: frozenset[MachineId],
        now: Callable[[], datetime],
    ) -> None:
        self._world = azure
        self._everyone = vms
        self._policy = policy
        #: machines that have a health check
        self._health_checked = health_checked
        self._now = now
        self.settled: dict[MachineId, datetime] = {}
        self.failed: dict[MachineId, Failure] = {}
        self.gone: dict[MachineId, datetime] = {}
        self.known_failures: set[ObservedHealthCheck] = set()
        #: when jobs were lost: nobody has looked at the health of what was moved before
        self.lost_at: datetime | None = None

    def mark_settled(self, machine: MachineId) -> None:
        """A person has looked at a machine and brought it back.

        What was in flight there is over.
        """
        self.settled[machine] = self._now()

    def proved_ready_since(self, machine: MachineId, now: datetime) -> datetime | None:
        """Since when a machine is verified after a move by any caller; None if it never was."""
        times = [
            self.proved_ready_at(each) for each in self._world.redeploys if each.machine == machine
        ]
        return min((at for at in times if at is not None and at <= now + TOLERANCE), default=None)

    def in_flight(self, redeploy: ActualRedeploy, what: str) -> Iterator[ActualRedeploy]:
        for each in self.own_redeploys():
            if (
                each is redeploy
                or each.machine == redeploy.machine
                or self.is_settled(each, f"slot of {what}")
            ):
                continue
            over = self.proved_ready_at(each)
            if over is None or redeploy.started_at < over - TOLERANCE:
                yield each

    def is_settled(self, redeploy: ActualRedeploy, what: str) -> bool:
        """Whether the flight is over for a lane or a slot.

        By an operator's command, or by a failure that keeps nobody out there.
        """
        word = self.settled.get(redeploy.machine)
        if word is not None and word >= redeploy.started_at:
            return True
        failure = self.failed.get(redeploy.machine)
        if failure is None or failure.at < redeploy.started_at:
            return False
        match what:
            case "zone" | "region":
                return not failure.halted
            case "update domain" | "slot of placement":
                return not failure.has_halted(self._everyone[redeploy.machine].placement)
            case _ if what.startswith("slot of group"):
                return not failure.has_halted("group:")
        return True

    def proved_ready_at(self, redeploy: ActualRedeploy) -> datetime | None:
        """When a machine was well for the bake time after a move, by Azure and its health check."""
        gone = self.gone.get(redeploy.machine)
        last = self._last_of(redeploy)
        if last is None or last.ready_at is None:
            return gone
        over = last.ready_at + self._policy.timing.bake_time
        if redeploy.machine in self._health_checked:
            passed = self._passed_health_check_at(last)
            if self.lost_at is not None and redeploy.started_at <= self.lost_at:
                passed = self._healthy_for_the_bake_time(last)
            if passed is None:
                return gone
            over = max(over, passed)
        return over if gone is None else min(over, gone)

    def _last_of(self, redeploy: ActualRedeploy) -> ActualRedeploy | None:
        """The move after which the machine was well: that one, or another that began before it was.

        One that begins and ends while it bakes, between two looks, nobody sees.
        """
        later = [
            each
            for each in self._world.redeploys
            if each.machine == redeploy.machine and each.started_at >= redeploy.started_at
        ]
        for each, following in zip_longest(later, later[1:]):
            if each.ready_at is not None and (
                following is None or following.started_at >= each.ready_at
            ):
                return each
        return None

    def _passed_health_check_at(self, redeploy: ActualRedeploy) -> datetime | None:
        """When a machine's page had been healthy for the bake time.

        It was healthy at every look since a move, as far as anyone knows of the looks. What a
        worker saw and took with it when it died, nobody knows (docs/guarantees.md, "What comes and
        goes").
        """
        since = None
        for look in self._world.health_checks:
            if look.machine != redeploy.machine or look.at < redeploy.ended_at:
                continue
            if look.healthy:
                since = since or look.at
            elif look in self.known_failures:
                since = None
            if since is not None and look.at - since >= self._policy.timing.bake_time - TOLERANCE:
                return look.at
        return None

    def _healthy_for_the_bake_time(self, redeploy: ActualRedeploy) -> datetime | None:
        """When a machine's page had been healthy for the bake time after a move or a later one.

        By the world itself: who looks at the page after a loss sees no more than this.
        """
        later = [
            each
            for each in self._world.redeploys
            if each.machine == redeploy.machine and each.started_at >= redeploy.started_at
        ]
        times = [
            each.healthy_at + self._policy.timing.bake_time for each in later if each.healthy_at
        ]
        return min(times, default=None)

    def own_redeploys(self) -> Iterator[ActualRedeploy]:
        return (each for each in self._world.redeploys if each.by == OURSELVES)
