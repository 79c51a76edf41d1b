"""What shows over weeks: owners' words, rules of groups, back-off, costs and what is left behind.

The long mode of the simulation looks for these bugs.
"""

from datetime import timedelta

from shared.domain.job.back_off import BackOff
from shared.domain.job.spec import policy_of
from shared.domain.policy.eligibility import ExemptionRule, exemption_of
from shared.domain.policy.policy import GroupRules
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import never, returns


def _first_wait(first: timedelta) -> timedelta:
    return first


WEEKS = tuple(
    Mutant(bug, function, patch, over_weeks=True)
    for bug, function, patch in (
        (
            "redeploy a machine that its owner's tag excludes",
            exemption_of,
            never(ExemptionRule.TAG),
        ),
        (
            "the platform's rules in place of those of the group",
            policy_of,
            never(GroupRules.policy),
        ),
        ("no back-off after a refusal", BackOff.wait, returns(min, _first_wait)),
    )
)
