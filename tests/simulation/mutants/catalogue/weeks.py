"""What shows over weeks: owners' words, rules of groups, back-off, costs and what is left behind.

The long mode of the simulation looks for these bugs.
"""

from datetime import timedelta

from shared.domain.job.back_off import BackOff
from shared.domain.job.required_locks import Separation, separation_in
from shared.domain.job.spec import policy_of
from shared.domain.machine.placement import regions_of
from shared.domain.policy.eligibility import ExemptionRule, exemption_of
from shared.domain.policy.policy import GroupRules, Limits
from shared.domain.redeploy.pauses import targets_of
from shared.usecases.app import App
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import instead, never, returns


def _always_watched() -> bool:
    return True


def _without_spacing(limits: Limits) -> Separation:
    return Separation(cool_down=limits.cool_down)


def _no_regions() -> tuple[str, ...]:
    return ()


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
            "start in a subscription that was taken out",
            App.watches,
            returns(App.excluded, _always_watched),
        ),
        (
            "the platform's rules in place of those of the group",
            policy_of,
            never(GroupRules.policy),
        ),
        (
            "no spacing between two starts of a placement",
            separation_in,
            returns(Limits.spacing, _without_spacing),
        ),
        (
            "start in a region with an active service issue",
            targets_of,
            instead(regions_of, _no_regions),
        ),
        ("no back-off after a refusal", BackOff.wait, returns(min, _first_wait)),
    )
)
