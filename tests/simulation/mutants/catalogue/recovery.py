"""Messages that come twice, late or never, and what recovery makes of it."""

from shared.domain.job.states import State
from shared.domain.lock.semaphore import Lease
from shared.domain.messages import JobStep
from shared.ports import Queues
from shared.usecases.recover.dead_letters import _tell_at_last, _try_again_or_park, settle_dead_letter
from shared.usecases.recover.recover import _wake_overdue, works_no_more
from shared.usecases.redeploy.take_step import take_step
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import drop, never, only, without

RECOVERY = (
    Mutant("ignore the step number of a message", take_step, never(JobStep.step)),
    Mutant("never tell what could not be told at once", settle_dead_letter, drop(_tell_at_last)),
    Mutant("drop what the queue gave up", settle_dead_letter, never(_try_again_or_park)),
    Mutant(
        "recovery takes expired leases back, whatever their job does", works_no_more, only(Lease.has_expired)
    ),
    Mutant("recovery takes no lease back", works_no_more, without(State.is_final)),
    Mutant("recovery forgets jobs whose message was lost", _wake_overdue, never(Queues.send_step)),
)
