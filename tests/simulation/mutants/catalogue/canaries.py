"""Who goes first and who waits: zones, paired regions, canaries, tiers and error budgets."""

import ast

from shared.domain.job.job import Job
from shared.domain.job.required_locks import _placements, _request, tier_soak
from shared.domain.job.states import State
from shared.domain.lock.ramp import Ramp, ramp_of
from shared.domain.lock.scheduling import _allowed_slots, _end_of_soak, within_ramp
from shared.domain.lock.semaphore import Ending, Halt, LockRequest
from shared.domain.policy.error_budget import ErrorBudget
from shared.domain.redeploy.failure import _shared_placements, after_failure
from shared.usecases.jobs.handle_failure import _pause, handle_failure
from shared.usecases.jobs.locks import _ending
from shared.usecases.redeploy.redeploy import _closed_gate
from shared.usecases.redeploy.wait_for_canaries import pending_canary
from shared.usecases.redeploy.wait_for_tiers import pending_tier
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import always, instead, never, passing, swap, without

CANARIES = (
    Mutant("keep no zones apart", _placements, never(Job.zone)),
    Mutant("keep no paired regions apart", _placements, never(Job.pair)),
    Mutant(
        "let the other zones go while a machine of one is down", Halt.blocks, without(ast.NotEq)
    ),
    Mutant(
        "halt only the placement, not its zones and regions",
        after_failure,
        never(_shared_placements),
    ),
    Mutant("let the others go beside a canary", _allowed_slots, never(LockRequest.canaries)),
    Mutant("no soak time after the canary", _end_of_soak, without(LockRequest.soak)),
    Mutant("count a canary that did not come back", _ending, passing(Ending, came_back=True)),
    Mutant(
        "do not wait for the canary that the owner chose", pending_canary, never(State.is_final)
    ),
    Mutant("do not wait for earlier tiers", _closed_gate, instead(pending_tier, None)),
    Mutant("no soak time after a tier", _request, never(tier_soak)),
    Mutant("no ramp", within_ramp, never(Ramp.allows)),
    Mutant("let the ramp grow though machines failed", Ramp.counted, always(Ramp.came_back)),
    Mutant(
        "do not count a failure in a wave that begins within a day", ramp_of, never(Ramp.failed)
    ),
    Mutant("more in flight than the error budget has left", Ramp.allows, always(ast.Is)),
    Mutant("never spend an error budget", ErrorBudget.is_exhausted, swap(ast.Or, ast.And)),
    Mutant(
        "do not pause a subscription whose error budget is spent", handle_failure, never(_pause)
    ),
)
