"""Tiers of a group, held against every call: an earlier tier is done first, and has soaked."""

from collections.abc import Mapping
from datetime import datetime

from shared.domain.job.job import Job, JobId
from shared.domain.machine.machine import MachineId
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.last_checks import max_call_delay
from shared.usecases.open_tiers import OPEN_TIERS_KEPT
from tests.simulation.fleet.tiers import tier_of
from tests.simulation.monitoring.flights import Flights
from tests.simulation.monitoring.tolerances import TOLERANCE, InvariantViolated, name_of
from tests.support.fake_azure import FakeVm


class TierChecks:
    """Raises InvariantViolated where a machine is called before its tier's turn."""

    def __init__(
        self, *, flights: Flights, vms: Mapping[MachineId, FakeVm], policy: Policy
    ) -> None:
        self._flights = flights
        self._everyone = vms
        self._policy = policy
        #: since when each job has been open without a break, as anybody could read it
        self._open: dict[JobId, tuple[MachineId, datetime]] = {}

    def on_job_saved(self, job: Job, now: datetime) -> None:
        """A job was stored."""
        if job.state.is_final:
            self._open.pop(job.id, None)
        else:
            self._open.setdefault(job.id, (job.machine, now))

    def on_jobs_lost(self) -> None:
        """Nobody can know of what was stored before."""
        self._open.clear()

    def check(self, machine: MachineId, now: datetime) -> None:
        """A machine is called now."""
        if not self._policy.tiers:
            return
        number = tier_of(self._everyone[machine].machine)
        known_since = now - OPEN_TIERS_KEPT - max_call_delay(self._policy.timing) - TOLERANCE
        for other, since in self._open.values():
            tier = tier_of(self._everyone[other].machine)
            if tier < number and since < known_since:
                raise InvariantViolated(
                    f"tiers: {name_of(machine)} of tier {number} was called, and "
                    f"{name_of(other)} of tier {tier} is not done"
                )
        self._check_soak(machine, number, now)

    def _check_soak(self, machine: MachineId, number: int, now: datetime) -> None:
        """No machine of another tier moves, or came back a shorter time ago."""
        soak = self._policy.tiers[number - 1].soak
        for redeploy in self._flights.own_redeploys():
            tier = tier_of(self._everyone[redeploy.machine].machine)
            if tier == number or self._flights.is_settled(redeploy, "slot of tiers"):
                continue
            if self._flights.lost_at is not None and redeploy.started_at <= self._flights.lost_at:
                continue
            over = self._flights.proved_ready_at(redeploy)
            if over is None or now < over + soak - TOLERANCE:
                raise InvariantViolated(
                    f"tiers: {name_of(machine)} of tier {number} was called, and "
                    f"{name_of(redeploy.machine)} of tier {tier} came back at {over}; "
                    f"the soak time is {soak}"
                )
