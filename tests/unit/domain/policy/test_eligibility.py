"""Eligibility: the control tag, the kinds, and what allows a kind."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.machine.kinds.kinds import Kind
from shared.domain.machine.machine import Machine
from shared.domain.machine.traits import Traits
from shared.domain.policy.eligibility import ExemptionRule, exemption_of, problems_of_tags
from shared.domain.policy.kind_rules import KindRules
from shared.domain.policy.policy import Policy
from tests.unit.domain.samples import a_machine

SPOT = a_machine(traits=Traits(is_spot=True))
BOTH = a_machine(traits=Traits(is_spot=True, has_ephemeral_os_disk=True))


def tagged(machine: Machine, **tags: str) -> Machine:
    return replace(machine, tags={name.replace("_", "-"): text for name, text in tags.items()})


def policy(**kinds: Any) -> Policy:
    return Policy(kinds=KindRules(**kinds))


@pytest.mark.parametrize("value", [None, "on", "True", " yes "])
def test_a_control_tag_that_says_yes_or_nothing_lets_a_machine_go(value: str | None) -> None:
    machine = a_machine() if value is None else tagged(a_machine(), Forestall=value)
    assert exemption_of(machine, Policy()) is None
    assert list(problems_of_tags(machine, Policy())) == []


@pytest.mark.parametrize("value", ["off", "Off", "off ", "FALSE", "no"])  # C76
def test_a_control_tag_that_says_no_leaves_it_alone(value: str) -> None:
    machine = tagged(a_machine(), forestall=value)
    exemption = exemption_of(machine, Policy())
    assert exemption is not None
    assert exemption.rule is ExemptionRule.TAG
    assert list(problems_of_tags(machine, Policy())) == []


# C76: a typing error never falls back to the rules of a machine without the tag
@pytest.mark.parametrize("value", ["", "0", "disabled", "never", "of", "offf", "on,off"])
def test_a_control_tag_that_is_not_understood_leaves_it_alone_and_is_reported(value: str) -> None:
    machine = tagged(a_machine(), forestall=value)
    exemption = exemption_of(machine, Policy())
    assert exemption is not None
    assert exemption.rule is ExemptionRule.UNKNOWN_TAG
    assert list(problems_of_tags(machine, Policy())) == [exemption.reason]


def test_a_kind_is_left_alone_with_words_that_say_what_it_is_and_what_lets_it_go() -> None:
    exemption = exemption_of(BOTH, Policy())
    assert exemption is not None
    assert exemption.rule is ExemptionRule.KIND
    assert exemption.reason == (
        "its OS disk is ephemeral, and a redeploy resets it; "
        "it is a Spot machine, and a redeploy may find no capacity for it: "
        "the tag forestall-allow=ephemeral-os-disk,spot or kinds.allow of the policy allows it"
    )


@pytest.mark.parametrize(
    ("machine", "rules"),
    [
        (SPOT, {"allow": (Kind.SPOT,)}),
        (BOTH, {"allow": (Kind.SPOT, Kind.EPHEMERAL_OS_DISK)}),
        (tagged(SPOT, forestall_allow="spot"), {}),
        (tagged(BOTH, forestall_allow="Spot; ephemeral-os-disk"), {}),
        (tagged(BOTH, forestall_allow="ephemeral-os-disk"), {"allow": (Kind.SPOT,)}),
        (
            tagged(BOTH, forestall_allow="spot aks ephemeral-os-disk"),
            {"tag_may_allow": tuple(Kind)},
        ),
        (tagged(SPOT, forestall_allow="spot", forestall="on"), {}),
    ],
)
def test_each_of_its_kinds_has_to_be_allowed_by_the_policy_or_its_tag(
    machine: Machine, rules: dict[str, Any]
) -> None:
    assert exemption_of(machine, policy(**rules)) is None


@pytest.mark.parametrize(
    ("machine", "rules"),
    [
        (BOTH, {"allow": (Kind.SPOT,)}),
        (tagged(BOTH, forestall_allow="spot"), {}),
        (tagged(SPOT, forestall_allow="all"), {}),
        (tagged(SPOT, forestall_allow="spot,spott"), {}),
        (tagged(SPOT, forestall_allow=""), {}),
        (tagged(SPOT, forestall="on"), {}),
        (tagged(SPOT, forestall_allow="spot", forestall="off"), {}),
        (tagged(SPOT, forestall_allow="spot"), {"tag_may_allow": ()}),
        (tagged(SPOT, forestall_allow="spot"), {"tag_may_allow": (Kind.AKS,)}),
    ],
)
def test_a_kind_that_is_not_allowed_is_left_alone(machine: Machine, rules: dict[str, Any]) -> None:
    assert exemption_of(machine, policy(**rules)) is not None


@pytest.mark.parametrize("rules", [{"tag_may_allow": ()}, {"tag_may_allow": (Kind.NO_AGENT,)}])
def test_where_the_policy_forbids_the_tag_the_reason_names_the_policy_alone(
    rules: dict[str, Any],
) -> None:
    machine = tagged(SPOT, forestall_allow="spot")
    exemption = exemption_of(machine, policy(**rules))
    assert exemption is not None
    assert exemption.reason.endswith(": only kinds.allow of the policy allows it (spot)")
    (problem,) = problems_of_tags(machine, policy(**rules))
    assert problem == "tagged forestall-allow=spot, but the policy lets no tag allow spot"


def test_a_tag_that_names_no_kind_is_reported_with_the_words_that_are_understood() -> None:
    (problem,) = problems_of_tags(tagged(a_machine(), forestall_allow="spott"), Policy())
    assert problem.startswith(
        "tagged forestall-allow=spott, which is not understood and allows nothing"
    )
    assert ", ".join(Kind) in problem


def test_the_policy_names_the_tag() -> None:
    renamed = replace(Policy(), tags=replace(Policy().tags, allow="move-me"))
    assert exemption_of(tagged(SPOT, move_me="spot"), renamed) is None
    assert exemption_of(tagged(SPOT, forestall_allow="spot"), renamed) is not None
