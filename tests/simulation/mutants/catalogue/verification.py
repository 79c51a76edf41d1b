"""Whether a machine came back: its health, the bake time, and what Azure still shows."""

from datetime import datetime

from shared.domain.health.health_check import Failed
from shared.domain.job.decision import Decision, Locks, look_again
from shared.domain.job.states import Event
from shared.domain.policy.policy import Pace, Policy
from shared.domain.redeploy.verification import _not_converged, _not_well, is_proved_well, verify
from shared.usecases.redeploy.check_health import ask_health
from shared.usecases.redeploy.verify import verify_machine
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import always, instead, never, swap, without


def _keep_baking(reason: str, policy: Policy, now: datetime) -> Decision:
    return look_again(reason, now + policy.pace.poll_every)


VERIFICATION = (
    Mutant("verify a machine that is not well", verify, never(is_proved_well)),
    Mutant("no bake time", verify, without(Pace.bake_time)),
    Mutant("succeed though the machine is still scheduled", verify, always(Event.VERIFIED)),
    Mutant(
        "no cool-down after a machine that landed on an old host",
        _not_converged,
        swap(Locks.RELEASE, Locks.RETURN_UNUSED),
    ),
    Mutant("do not ask a machine's health check while verifying", verify_machine, never(ask_health)),
    Mutant("count a health check that failed as passed", is_proved_well, without(Failed)),
    Mutant(
        "let the bake time run on through a health check that failed",
        _not_well,
        instead(look_again, _keep_baking),
    ),
)
