"""Who goes first and who waits: zones, paired regions, canaries and error budgets."""

import ast

from shared.domain.job.job import Job
from shared.domain.job.required_locks import _places
from shared.domain.job.states import State
from shared.domain.lock.ramp import Ramp
from shared.domain.lock.scheduling import _end_of_soak, _slots, within_ramp
from shared.domain.lock.semaphore import Claim, Ending, Halt
from shared.domain.policy.error_budget import ErrorBudget
from shared.domain.redeploy.failure import _shared_with_others, after_failure
from shared.usecases.jobs.handle_failure import _pause, heed_failure
from shared.usecases.jobs.locks import _ending
from shared.usecases.redeploy.wait_for_canaries import canary_ahead
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import always, never, passing, swap, without

CANARIES = (
    Mutant("keep no zones apart", _places, never(Job.zone)),
    Mutant("keep no paired regions apart", _places, never(Job.pair)),
    Mutant("let the other zones go while a machine of one is down", Halt.keeps_out, without(ast.NotEq)),
    Mutant(
        "halt the placement alone, not what takes turns with it", after_failure, never(_shared_with_others)
    ),
    Mutant("let the others go beside a canary", _slots, never(Claim.canaries)),
    Mutant("no soak time after the canary", _end_of_soak, without(Claim.soak)),
    Mutant("count a canary that did not come back", _ending, passing(Ending, came_back=True)),
    Mutant("do not wait for the canary that the owner chose", canary_ahead, never(State.is_final)),
    Mutant("no ramp", within_ramp, never(Ramp.allows)),
    Mutant("let the ramp grow though machines failed", Ramp.counted, always(Ramp.came_back)),
    Mutant("more in flight than the error budget has left", Ramp.allows, always(ast.Is)),
    Mutant("never spend an error budget", ErrorBudget.is_spent, swap(ast.Or, ast.And)),
    Mutant("do not pause a subscription whose error budget is spent", heed_failure, never(_pause)),
)
