"""Whether a machine came back: its health, the bake time, and what Azure still shows."""

from datetime import datetime

from shared.domain.health.health_check import Unhealthy
from shared.domain.job.decision import Decision, Locks, bounded, recheck
from shared.domain.job.rounds import Rounds
from shared.domain.job.states import Event
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.policy.policy import Policy, Timing
from shared.domain.redeploy.verification import (
    _is_out_of_wave,
    _not_converged,
    _not_ready,
    is_verified_ready,
    verify,
)
from shared.usecases.redeploy.check_health import check_health
from shared.usecases.redeploy.verify import verify_machine
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import always, instead, never, swap, without


def _keep_baking(reason: str, policy: Policy, now: datetime) -> Decision:
    return recheck(reason, now + policy.timing.poll_interval)


VERIFICATION = (
    Mutant("verify a machine that is not well", verify, never(is_verified_ready)),
    Mutant("no bake time", verify, without(Timing.bake_time)),
    Mutant("succeed though the machine is still scheduled", verify, always(Event.VERIFIED)),
    Mutant("judge convergence against any wave", _is_out_of_wave, without(MaintenanceStatus.wave)),
    Mutant("no bound for rounds without an attempt", bounded, never(Rounds.needs_operator)),
    Mutant(
        "no cool-down after a machine that landed on an old host",
        _not_converged,
        swap(Locks.RELEASE, Locks.RETURN_UNUSED),
    ),
    Mutant(
        "do not ask a machine's health check while verifying", verify_machine, never(check_health)
    ),
    Mutant("count a health check that failed as passed", is_verified_ready, without(Unhealthy)),
    Mutant(
        "let the bake time run on through a health check that failed",
        _not_ready,
        instead(recheck, _keep_baking),
    ),
)
