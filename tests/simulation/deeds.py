"""What others do meanwhile: owners, colleagues, operators, Azure, and the hosts that the processes run on.

Each deed happens once, at a moment drawn beforehand; after the storm the operator comes round until nothing is left to do.
"""

from dataclasses import replace
from random import Random

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.instance_view import Power
from shared.domain.machine.placement import Scope
from shared.usecases.operate.job_commands import cancel, release, retry
from shared.usecases.operate.pause import end_halt, pause, resume
from tests.simulation.play import FUNCTION_TIMEOUT, Play, Work
from tests.simulation.scenario import draw_fate
from tests.support.fleets import HOUR, MINUTE
from tests.support.world import Ailment, Guest, Move

_PORTS = ("azure", "jobs", "semaphores", "queues", "trail", "sightings", "pauses", "probes")
_ROUND_EVERY = 1200.0


class Deeds:
    """Everything that is not done by the app itself."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self._random = Random(play.scenario.seed + 2_000_003)  # noqa: S311 - numbers that come again
        self._guests = {each.machine.id: each for each in play.scenario.guests}

    def schedule(self) -> None:
        """Draw the deeds of this run, and put the operator's rounds after its storm."""
        storm = self._play.scenario.storm.total_seconds()
        kinds = (
            self._redeploy,
            self._redeploy,
            self._delete,
            self._stop_and_start,
            self._move_the_wave,
            self._cancel_the_wave,
            self._step_a_clock,
            self._stop_a_process,
            self._freeze_a_host,
            self._kill_a_process,
            self._cut_a_port,
            self._throw_the_switch,
            self._cancel_a_job,
            self._retry_a_job,
            self._retry_a_job,
            self._release_a_job,
            self._break_a_page,
            self._break_a_page,
            self._forget_operations,
        )
        for _ in range(int(len(kinds) * self._play.scenario.weather.deeds)):
            self._play.loop.at(self._random.uniform(60.0, storm), self._random.choice(kinds))
        self._play.loop.at(storm + _ROUND_EVERY, self._make_a_round)

    def _redeploy(self) -> None:
        guest = self._any_guest()
        if guest is not None and guest.power is Power.RUNNING:
            self._play.log.deed("colleague", "redeploys", guest.machine.id)
            fate = draw_fate(self._random)
            fate = replace(fate, agent_after=fate.agent_after or MINUTE, healthy_after=fate.takes)
            self._play.world.redeploy(guest.machine.id, fate)

    def _delete(self) -> None:
        guest = self._any_guest()
        if guest is not None and self._random.random() < 0.3:
            self._play.log.deed("owner", "deletes", guest.machine.id)
            del self._guests[guest.machine.id]
            self._play.world.delete(guest.machine.id)
            self._play.judge.deleted(guest.machine.id)

    def _stop_and_start(self) -> None:
        guest = self._any_guest()
        if guest is None or guest.power is not Power.RUNNING:
            return
        self._play.log.deed("owner", "stops", guest.machine.id)
        guest.power = self._random.choice((Power.STOPPED, Power.DEALLOCATED))
        moves_away = guest.power is Power.DEALLOCATED and self._random.random() < 0.5

        def start() -> None:
            self._play.log.deed("owner", "starts", guest.machine.id)
            guest.power = Power.RUNNING
            self._play.scans_since_the_storm = 0
            if moves_away:
                guest.status = None

        self._play.loop.at(self._play.now + self._random.choice((120.0, 1500.0, 4000.0)), start)

    def _move_the_wave(self) -> None:
        """Azure restarts the wave under new times, for all machines or for one."""
        now = self._play.clock.now()
        ends = now + self._random.choice((4, 8)) * HOUR
        self._play.log.deed("azure", "moves the wave")
        for guest in self._some_guests():
            if guest.status is not None:
                start = self._random.choice((now, guest.status.self_service_start))
                guest.status = replace(guest.status, self_service_start=start, self_service_end=ends)

    def _cancel_the_wave(self) -> None:
        if self._random.random() < 0.8:
            return
        self._play.log.deed("azure", "cancels the wave")
        for guest in self._some_guests():
            guest.status = None

    def _break_a_page(self) -> None:
        """The application of a machine is away for a while, whatever the platform says; it comes back by itself."""
        guest = self._any_guest()
        if guest is not None and guest.machine.id in self._play.scenario.probed:
            lasting = self._random.choice((1, 4, 15, 60)) * MINUTE
            self._play.log.deed("owner", "breaks the page of", guest.machine.id, lasting)
            now = self._play.clock.now()
            self._play.world.ailments.append(Ailment(machine=guest.machine.id, start=now, end=now + lasting))

    def _step_a_clock(self) -> None:
        process = self._random.choice(self._play.processes)
        offset = self._play.scenario.offset
        process.clock.offset = self._random.uniform(-offset, offset)
        self._play.log.fault(process.name, "clock step", f"now {process.clock.offset:+.1f} s off")

    def _stop_a_process(self) -> None:
        self._stand_still(self._random.choice((20.0, 90.0, 280.0)), "process stopped", host=False)

    def _freeze_a_host(self) -> None:
        """Longer than a lease lasts. Nobody else ends a function whose whole host stands still."""
        self._stand_still(self._random.choice((90.0, 400.0, 1200.0)), "host frozen", host=True)

    def _stand_still(self, seconds: float, what: str, *, host: bool) -> None:
        process = self._random.choice(self._play.processes)
        if process.past_the_fence:
            # docs/guarantees.md, "What is not promised": behind the fence nothing but an end of the process helps.
            seconds = min(seconds, FUNCTION_TIMEOUT)
        self._play.log.fault(process.name, what, f"{seconds:g} s")
        self._play.stop(process, seconds, host=host)

    def _kill_a_process(self) -> None:
        process = self._random.choice(self._play.processes)
        self._play.log.fault(process.name, "process killed")
        self._play.kill(process)

    def _cut_a_port(self) -> None:
        process = self._random.choice((None, *self._play.processes))
        name = None if process is None else process.name
        port = self._random.choice(_PORTS)
        lasting = self._random.choice((30.0, 600.0, 3600.0))
        self._play.log.fault(name or "everyone", "partition", port, f"{lasting:g} s")
        self._play.partition.cut(name, port, self._play.now + lasting)

    def _throw_the_switch(self) -> None:
        guest = self._any_guest()
        target = (
            "everything" if guest is None or self._random.random() < 0.5 else f"machine:{guest.machine.id}"
        )
        self._play.log.deed("operator", "pauses", target)
        self._as_operator("pause", lambda app: pause(app, target, reason="drill", by="operator"))
        after = self._random.choice((300.0, 3000.0))
        self._play.loop.at(self._play.now + after, lambda: self._lift(target))

    def _lift(self, target: str) -> None:
        self._as_operator("resume", lambda app: resume(app, target, by="operator", reason="drill over"))

    def _cancel_a_job(self) -> None:
        """One that waits or is parked; the flight of a parked one ends with the person's word."""
        waiting = (State.PLANNED, State.DEFERRED, State.PARKED)
        jobs = [each for each in self._jobs() if each.state in waiting]
        if jobs:
            job = self._random.choice(jobs)
            self._bring_back(job)
            self._play.log.deed("operator", "cancels", job.machine)
            self._as_operator("cancel", lambda app: cancel(app, job.id, by="operator", reason="not today"))

    def _retry_a_job(self) -> None:
        """Hastily: without a look at the machine."""
        parked = [each for each in self._jobs() if each.state is State.PARKED]
        if parked:
            job = self._random.choice(parked)
            self._play.log.deed("operator", "retries at once", job.machine)
            self._retry(job)

    def _release_a_job(self) -> None:
        """Without a look whether the machine still moves: that is for the app to see."""
        holding = [each for each in self._jobs() if each.state is State.PARKED and each.leases]
        if holding:
            self._release(self._random.choice(holding))

    def _release(self, job: Job) -> None:
        self._play.log.deed("operator", "releases the leases of", job.machine)
        self._bring_back(job)
        self._as_operator("release", lambda app: release(app, job.id, by="operator", reason="looked at it"))

    def _bring_back(self, job: Job) -> None:
        """He has the machine repaired, if it is down, before he says that it is in order."""
        for move in self._down():
            if move.machine == job.machine:
                self._repair(move)

    def _repair(self, move: Move) -> None:
        self._play.log.deed("operator", "repairs", move.machine)
        self._play.world.repair(move.machine)
        self._play.judge.settled_by_person(move.machine)

    def _retry(self, job: Job) -> None:
        self._as_operator("retry", lambda app: retry(app, job.id, by="operator", reason="once more"))

    def _end_halt(self, scope: Scope) -> None:
        self._as_operator("end halt", lambda app: end_halt(app, scope, by="operator", reason="repaired"))

    def _forget_operations(self) -> None:
        self._play.log.deed("azure", "forgets its operations")
        self._play.world.forget_operations()

    def _make_a_round(self) -> None:
        """The operator lifts every switch, brings back what is down, ends halts, has parked jobs retried, or their leases released."""
        play = self._play
        for thrown in play.ask(lambda app: app.pauses.all()):
            self._lift(thrown.target)
        for move in self._down():
            self._repair(move)
        for semaphore in play.ask(lambda app: app.semaphores.all()):
            if semaphore.halts:
                play.log.deed("operator", "ends the halt of", semaphore.scope)
                # His word ends the flights that the halts are for, whoever brought the machines back.
                for job in self._jobs():
                    if any(job.id == each.job for each in semaphore.halts):
                        play.judge.settled_by_person(job.machine)
                self._end_halt(semaphore.scope)
        for job in self._jobs():
            if job.state is State.PARKED and play.scenario.tidy:
                self._retry(job)
            elif job.state is State.PARKED and job.leases and play.scenario.releases:
                self._release(job)
        play.loop.at(play.now + _ROUND_EVERY, self._make_a_round)

    def _down(self) -> list[Move]:
        """The last moves of machines that did not come back."""
        now = self._play.clock.now()
        last = {each.machine: each for each in self._play.world.moves}
        return [
            each
            for each in last.values()
            if None in (each.well_at, each.healthy_at) and each.deleted_at is None and each.ended <= now
        ]

    def _jobs(self) -> list[Job]:
        return sorted(self._play.ask(lambda app: app.jobs.all()), key=lambda each: each.id)

    def _as_operator(self, what: str, work: Work) -> None:
        process = self._play.choose()
        if process is not None:
            self._play.invoke(process, f"operator: {what}", work)

    def _any_guest(self) -> Guest | None:
        return self._random.choice(list(self._guests.values())) if self._guests else None

    def _some_guests(self) -> list[Guest]:
        guests = list(self._guests.values())
        return guests if self._random.random() < 0.3 else guests[:1]
