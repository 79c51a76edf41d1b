"""Whether a machine may be moved at all, by its owner's tags and by its kind. Pure.

Asked three times: when its job is planned, at every scan while the job waits, and right before the
call. Each time the machine is judged as its own resource shows it then, so that a tag
that is set after the plan counts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from shared.domain import reasons
from shared.domain.machine.kinds.kinds import Kind, kinds_of
from shared.domain.machine.machine import Machine
from shared.domain.policy.policy import GroupRules, Policy, Tags

#: values of the control tag that let a machine go, and those that are known to leave it alone
_ON = ("on", "true", "yes")
_OFF = ("off", "false", "no")


class ExemptionRule(StrEnum):
    """Why a machine in an open self-service phase is left alone."""

    TAG = "tag"  # its owner's control tag says no
    UNKNOWN_TAG = "unknown-tag"  # its owner's control tag says neither yes nor no
    GROUP = "group"  # the policy leaves its group alone
    SEVERAL_GROUPS = "several-groups"  # more than one group of the policy claims it
    KIND = "kind"  # Azure's guidance leaves its kind out, and nobody has allowed it
    NOT_RUNNING = "not-running"
    NOT_ALLOWED = "not-allowed"  # Azure does not let it start now
    NO_WAVE = "no-wave"  # Azure shows no time that would name its wave
    NO_PLACEMENT = "no-placement"  # the machines of its scope are not known
    UNREADABLE = "unreadable"  # its own view cannot be read

    @property
    def is_on_purpose(self) -> bool:
        """Whether its owner or the rules want it left alone, so that nothing remains to be done."""
        return self in (ExemptionRule.TAG, ExemptionRule.GROUP, ExemptionRule.KIND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """Why a machine is left alone, by rule and in words."""

    rule: ExemptionRule
    reason: str


def exemption_of(machine: Machine, policy: Policy) -> Exemption | None:
    """Why the machine is left alone; None if it may be moved.

    Only `on`, `true`, `yes` and the absence of the control tag let a machine go. Every other value
    leaves it alone (I6). A machine of several kinds goes only where each of them is allowed.
    """
    tags = policy.tags
    control = machine.tag(tags.control)
    if _is_unknown(control):
        return Exemption(rule=ExemptionRule.UNKNOWN_TAG, reason=_not_understood(tags, control))
    if control in _OFF:
        return Exemption(rule=ExemptionRule.TAG, reason=reasons.tagged(tags.control, control))
    allowed = allowed_kinds(machine, policy)
    kept = {kind: words for kind, words in kinds_of(machine).items() if kind not in allowed}
    if not kept:
        return None
    return Exemption(rule=ExemptionRule.KIND, reason=_reason(kept, policy))


def exemption_under(machine: Machine, rules: GroupRules) -> Exemption | None:
    """As `exemption_of`, by the rules of the machine's group, which may leave it alone."""
    if rules.is_disputed and rules.leave_alone is not None:
        return Exemption(rule=ExemptionRule.SEVERAL_GROUPS, reason=rules.leave_alone)
    if rules.leave_alone is not None:
        return Exemption(rule=ExemptionRule.GROUP, reason=rules.leave_alone)
    return exemption_of(machine, rules.policy)


def allowed_kinds(machine: Machine, policy: Policy) -> frozenset[Kind]:
    """The kinds that the policy, or the machine's tag as far as the policy lets it, allows."""
    by_tag = _kinds_in_tag(machine, policy.tags) or frozenset()
    return frozenset(policy.kinds.allow) | (by_tag & frozenset(policy.kinds.tag_may_allow))


def problems_of_tags(machine: Machine, policy: Policy) -> Iterator[str]:
    """What is wrong with the machine's tags, for its owner; nothing where they are understood."""
    tags = policy.tags
    control = machine.tag(tags.control)
    if _is_unknown(control):
        yield _not_understood(tags, control)
    asked = _kinds_in_tag(machine, tags)
    said = machine.tag(tags.allow)
    if asked is None:
        yield reasons.allow_tag_unknown(tags.allow, said, ", ".join(Kind))
        return
    refused = sorted(asked - set(policy.kinds.tag_may_allow) - set(policy.kinds.allow))
    if refused:
        yield reasons.allow_tag_refused(tags.allow, said, ", ".join(refused))


def _not_understood(tags: Tags, control: str | None) -> str:
    return reasons.tagged_unknown(tags.control, control, ", ".join((*_ON, *_OFF)))


def _is_unknown(control: str | None) -> bool:
    return control not in (None, *_ON, *_OFF)


def _kinds_in_tag(machine: Machine, tags: Tags) -> frozenset[Kind] | None:
    """The kinds that the tag names.

    None where one word of it is none, so that a misspelt tag allows nothing.
    """
    words = re.findall(r"[^\s,;]+", machine.tag(tags.allow) or "")
    return frozenset(map(Kind, words)) if set(words) <= set(Kind) else None


def _reason(kept: dict[Kind, str], policy: Policy) -> str:
    words, names = "; ".join(kept.values()), ",".join(kept)
    if set(kept) <= set(policy.kinds.tag_may_allow):
        return reasons.kind_left_alone(words, policy.tags.allow, names)
    return reasons.kind_forbidden(words, names)
