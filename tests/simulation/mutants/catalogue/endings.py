"""How a decision is carried out.

What is halted, released and notified, and what an operator's command does.
"""

from shared.domain.job.decision import Decision, _attempts, after
from shared.domain.job.job import Job
from shared.domain.job.required_locks import possible_scopes
from shared.domain.job.states import Event, State
from shared.usecases.app import App
from shared.usecases.jobs.handle_failure import handle_failure
from shared.usecases.jobs.locks import release_all
from shared.usecases.jobs.reopen import reason_to_wait, reopen_where_seen_again
from shared.usecases.jobs.transitions import (
    _record,
    _return_locks,
    apply,
    save,
    send_pending_notification,
)
from shared.usecases.notify.operators import notify
from shared.usecases.operate.job_commands import _moving_rejection, _retried, release_parked
from shared.usecases.scan.judge import carry_out
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import before, drop, instead, never


async def _give_back_now(app: App, job: Job, decision: Decision) -> None:
    await _return_locks(app, job, decision.locks, job.state)


async def _give_back_parked(app: App, job: Job, changed: Job) -> None:
    if changed.state is State.PARKED:
        await release_all(app, job)


def _attempts_anew(decision: Decision, old: int) -> int:
    return 0 if decision.event is Event.REOPENED else old


ENDINGS = (
    Mutant("no halt after a failure", apply, drop(handle_failure)),
    Mutant("give leases back before the end is saved", apply, before(save, _give_back_now)),
    Mutant("do not give leases back at the end", apply, drop(_return_locks)),
    Mutant("give a parked job's leases back", apply, before(_record, _give_back_parked)),
    Mutant("leave a success that did not last", carry_out, drop(reopen_where_seen_again)),
    Mutant("count no former attempt of a reopened job", after, instead(_attempts, _attempts_anew)),
    Mutant(
        "reopen a job while a lease of its machine is held", reason_to_wait, never(possible_scopes)
    ),
    Mutant("notify nobody of a parked job", send_pending_notification, drop(notify)),
    Mutant(
        "start again where an operator retries a job whose call is not settled",
        _retried,
        never(Job.has_unresolved_call),
    ),
    Mutant(
        "release leases without a look whether the machine moves",
        release_parked,
        never(_moving_rejection),
    ),
)
