"""The end of a run: whether everything has come to rest, and whether anything was lost (I5, and the rest of I7)."""

from collections.abc import Iterable, Iterator

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.lock.semaphore import Lease, Semaphore
from shared.domain.machine.instance_view import Observation, Power
from tests.simulation.judging.bounds import Broken
from tests.simulation.play import Play
from tests.support.world import OURSELVES, Guest

#: why a machine that Azure would still move may be left as it is
_LEAVE = ("attempts are used up", "not eligible", "cancelled by", "no change window opens")


def is_at_rest(play: Play) -> bool:
    """Whether nothing would happen any more but timers: asked after two scans that nothing disturbed."""
    if play.is_stormy or play.scans_since_the_storm < 3 or play.broker.on_the_way:
        return False
    if any(each.in_hand for each in play.processes):
        return False
    if any(
        each.due is not None or (play.scenario.tidy and each.state is State.PARKED) for each in _jobs(play)
    ):
        return False
    return not any(
        each.halts or (each.holders and not _may_stay(play, each.holders)) for each in _semaphores(play)
    )


def judge_the_end(play: Play) -> None:
    """Raise Broken where something was lost."""
    if not play.is_over:
        waiting = [
            f"{_name(each)} {each.state} due {each.due}: {each.reason}" for each in _jobs(play) if each.due
        ]
        held = [f"{each.scope} held by {each.holders}" for each in _semaphores(play) if each.holders]
        raise Broken(f"I5: not at rest at the end; {waiting or held or play.broker.on_the_way}")
    for job in _jobs(play):
        _judge_job(play, job)
    for semaphore in _semaphores(play):
        left = [each.job for each in semaphore.holders if not _may_stay(play, (each,))]
        if left:
            raise Broken(f"I5: {semaphore.scope} is still held by {left}")
    for guest in play.scenario.guests:
        _not_forgotten(play, guest)


def _judge_job(play: Play, job: Job) -> None:
    if not job.state.is_final and job.state is not State.PARKED:
        raise Broken(f"I5: {_name(job)} is {job.state} and waits for nothing")
    if not job.reason:
        raise Broken(f"I5: {_name(job)} is {job.state} without a reason")
    told = {each.event: each for each in play.ask(lambda app: app.trail.of(job.id))}
    if job.state in (State.PARKED, State.FAILED) and "notification.told" not in told:
        raise Broken(f"I5: {_name(job)} is {job.state}, and nobody was told")
    moved = any(each.machine == job.machine and each.by == OURSELVES for each in play.world.moves)
    if moved and "about_to_call" not in told and _is_the_only_job(play, job):
        raise Broken(f"I7: {_name(job)} was moved, and its trail shows no intent")
    seen = _look(play, job)
    status = None if seen is None or seen.power is not Power.RUNNING else seen.maintenance
    if job.state is State.SUCCEEDED and status is not None and status.wave == job.wave:
        raise Broken(f"I5: {_name(job)} succeeded, and its machine is still scheduled")


def _not_forgotten(play: Play, guest: Guest) -> None:
    """A machine that could be moved has been, or there is a reason that a person can read."""
    job = next(
        (each for each in _jobs(play) if each.machine == guest.machine.id and _is_of_wave(guest, each)), None
    )
    seen = play.ask(lambda app: app.azure.observe(guest.machine.id))
    if not isinstance(seen, Observation) or seen.maintenance is None or not seen.maintenance.allowed:
        return
    if guest.power is not Power.RUNNING:
        return
    if job is None:
        raise Broken(f"I5: {guest.machine.id} could be moved, and there is no job for it")
    excused = job.state in (State.PARKED, State.FAILED) or any(each in job.reason for each in _LEAVE)
    if not excused:
        raise Broken(f"I5: {_name(job)} could be moved, and its job ended {job.state}: {job.reason}")


def _is_of_wave(guest: Guest, job: Job) -> bool:
    return guest.status is not None and guest.status.wave == job.wave


def _is_the_only_job(play: Play, job: Job) -> bool:
    return sum(each.machine == job.machine for each in _jobs(play)) == 1


def _look(play: Play, job: Job) -> Observation | None:
    seen = play.ask(lambda app: app.azure.observe(job.machine))
    return seen if isinstance(seen, Observation) else None


def _may_stay(play: Play, leases: Iterable[Lease]) -> bool:
    """Only a parked job keeps its leases, and only where nobody released them."""
    if play.scenario.releases:
        return False
    parked = {each.id for each in _jobs(play) if each.state is State.PARKED}
    return all(each.job in parked for each in leases)


def _jobs(play: Play) -> Iterator[Job]:
    return iter(play.ask(lambda app: app.jobs.all()))


def _semaphores(play: Play) -> Iterator[Semaphore]:
    return iter(play.ask(lambda app: app.semaphores.all()))


def _name(job: Job) -> str:
    return job.machine.rsplit("/", 1)[-1]
