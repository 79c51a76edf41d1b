"""How a job ends or is parked: what is halted, given back and told, and what a person's word does."""

from shared.domain.job.job import Job
from shared.ports import Jobs
from shared.usecases.app import App
from shared.usecases.jobs.handle_failure import heed_failure
from shared.usecases.jobs.transitions import _give_back, call_person, finish, park
from shared.usecases.notify.operators import notify
from shared.usecases.operate.job_commands import _obstacle, _resumed, release
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import before, drop, never


async def _give_back_now(app: App, job: Job, moved: bool) -> None:  # noqa: FBT001 - a variable of `finish`
    await _give_back(app, job, moved=moved)


async def _give_back_parked(app: App, job: Job) -> None:
    await _give_back(app, job, moved=True)


ENDINGS = (
    Mutant("no halt after a failure", finish, drop(heed_failure)),
    Mutant("give leases back before the end is saved", finish, before(Jobs.save, _give_back_now)),
    Mutant("do not give leases back at the end", finish, drop(_give_back)),
    Mutant("give a parked job's leases back", park, before(App.record, _give_back_parked)),
    Mutant("tell nobody of a parked job", call_person, drop(notify)),
    Mutant(
        "start anew where a person retries a job whose call is not settled",
        _resumed,
        never(Job.is_unsettled),
    ),
    Mutant("release leases without a look whether the machine moves", release, never(_obstacle)),
)
