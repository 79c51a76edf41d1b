"""Whether a machine came back: its health, the bake time, and what Azure still shows."""

from shared.domain.health.health_check import Failed
from shared.domain.job.job import Job
from shared.domain.policy.policy import Pace
from shared.domain.redeploy.decisions import is_proved_well, verify
from shared.domain.redeploy.outcomes import Succeed
from shared.usecases.jobs.transitions import defer
from shared.usecases.redeploy.check_health import ask_health
from shared.usecases.redeploy.verify import verify_machine
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import always, never, passing, without

VERIFICATION = (
    Mutant("verify a machine that is not well", verify, never(is_proved_well)),
    Mutant("no bake time", verify, without(Pace.bake_time)),
    Mutant("succeed though the machine is still scheduled", verify, always(Succeed)),
    Mutant(
        "no cool-down after a machine that landed on an old host", verify_machine, passing(defer, moved=False)
    ),
    Mutant("do not ask a machine's health check while verifying", verify_machine, never(ask_health)),
    Mutant("count a health check that failed as passed", is_proved_well, without(Failed)),
    Mutant(
        "let the bake time run on through a health check that failed", verify_machine, always(Job.well_since)
    ),
)
