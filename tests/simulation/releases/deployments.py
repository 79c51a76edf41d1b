"""An upgrade, a rollback and another upgrade, in the middle of everything.

Processes of both releases run concurrently for up to half an hour each time.
"""

from functools import partial
from random import Random

from shared.domain.job.job import Job
from shared.usecases.app import App
from tests.simulation.processes import Process
from tests.simulation.simulation import Simulation

#: from a deployment to the end of the last process of the other release
_OVERLAP = 1800.0


class Deployments:
    """Draws when which release is deployed. The last one can read all that is stored."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        # Numbers that come again.
        self._random = Random(simulation.scenario.seed + 9_000_003)  # noqa: S311

    def schedule(self) -> None:
        """Put the deployments into the run."""
        simulation, random = self._simulation, self._random
        releases = simulation.releases
        if releases is None:
            return
        seconds = simulation.scenario.fault_period.total_seconds()
        rounds = [True, False, True]
        if releases.may_end_with_this and random.random() < 0.5:
            rounds.append(False)
        moments = sorted(random.uniform(120.0, seconds) for _ in rounds)
        for is_next, moment in zip(rounds, moments, strict=True):
            simulation.loop.at(moment, partial(self._deploy, is_next=is_next))

    def _deploy(self, *, is_next: bool) -> None:
        simulation = self._simulation
        what = "upgrades" if is_next else "rolls back"
        simulation.log.disturbance("operator", what)
        for job in _jobs(simulation):
            simulation.log.disturbances[f"{what} over {job.state.value}"] += 1
        simulation.deploys_next = is_next
        for process in simulation.processes:
            simulation.loop.at(
                simulation.now + self._random.uniform(1.0, _OVERLAP),
                partial(self._replace, process),
            )
        simulation.scans_since_faults_ended = 0

    def _replace(self, process: Process) -> None:
        """The host ends a process of the other release, which is a crash for the app."""
        if process.is_next != self._simulation.deploys_next:
            self._simulation.kill(process)


def _jobs(simulation: Simulation) -> list[Job]:
    async def stored(app: App) -> list[Job]:
        return list(await app.jobs.all())

    jobs: list[Job] = simulation.query(stored)
    return jobs
