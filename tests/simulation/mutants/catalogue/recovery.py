"""Messages that come twice, late or never, and what recovery makes of it."""

from shared.domain.job.states import State
from shared.domain.lock.semaphore import Lease
from shared.domain.messages import JobStep
from shared.telemetry import log_warning
from shared.usecases.recover.dead_letters import (
    _deliver_notification_now,
    _recheck_or_park,
    handle_dead_letter,
)
from shared.usecases.recover.recover import _wake_due, is_abandoned
from shared.usecases.redeploy.take_step import _is_stale
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import drop, never, only, returns

RECOVERY = (
    Mutant("ignore the step number of a message", _is_stale, returns(JobStep.step, None)),
    Mutant(
        "never send a notification that could not be sent first",
        handle_dead_letter,
        drop(_deliver_notification_now),
    ),
    Mutant("ignore what the queue dead-lettered", handle_dead_letter, never(_recheck_or_park)),
    Mutant(
        "recovery releases expired leases, regardless of their jobs",
        is_abandoned,
        only(Lease.has_expired),
    ),
    Mutant("recovery takes no lease back", is_abandoned, never(State.is_final)),
    Mutant("recovery ignores jobs whose message was lost", _wake_due, never(log_warning)),
)
