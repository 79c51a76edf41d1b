"""What the gates ask of, beside the job and its policy."""

from collections.abc import Sequence

from shared.domain.job.job import Job
from shared.domain.redeploy.gates import GateInputs
from shared.domain.redeploy.pauses import Pause
from shared.usecases.app import App


def gate_inputs(app: App, job: Job, pauses: Sequence[Pause]) -> GateInputs:
    """What holds for the job now. `pauses`: those in force."""
    return GateInputs(
        mode=app.mode_of(job),
        watched=app.watches(job.subscription),
        pauses=pauses,
        has_rules=app.rules.rules_in(job.policy_group) is not None,
        no_policy=app.no_policy,
    )
