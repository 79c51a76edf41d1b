"""Every rule of a policy that is one value: its key, its type, and what an owner may do with it.

The keys are the fields of the dataclasses in `policy.py`, so nothing is listed twice. What an owner
may do is listed here; a test holds the list and the fields together.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Any, get_args, get_type_hints

from shared.domain.health.health_check import HealthCheckPolicy
from shared.domain.policy.error_budget import ErrorBudgets
from shared.domain.policy.files.node import Entry, Node, Place, Problems, Scalar
from shared.domain.policy.files.reading import (
    items,
    join,
    known,
    mapping,
    number,
    one_of,
    read_by,
    text,
    whole_number,
    yes_or_no,
)
from shared.domain.policy.kind_rules import KindRules
from shared.domain.policy.policy import Canary, Limits, Policy, Tags, Timing
from shared.domain.policy.retention_rules import Retention
from shared.domain.policy.values import read_duration, shown_duration

SECTIONS: Mapping[str, type] = {
    "limits": Limits,
    "timing": Timing,
    "canary": Canary,
    "error_budgets": ErrorBudgets,
    "health_check": HealthCheckPolicy,
    "tags": Tags,
    "kinds": KindRules,
    "retention": Retention,
}
#: how a file says that there is no limit of a kind
NO_LIMIT = "none"


class Owner(Enum):
    """What an owner's file may do with a rule of the platform."""

    LOWER = "lower"  # it may write the same or less
    RAISE = "raise"  # it may write the same or more
    TURN_ON = "turn on"  # it may write true
    FREE = "free"  # any value is at least as strict
    NOTHING = "nothing"  # the rule holds for the whole installation


OWNER: Mapping[str, Owner] = {
    "limits.slots": Owner.LOWER,
    "limits.cool_down": Owner.RAISE,
    "limits.spacing": Owner.RAISE,
    "limits.per_zone": Owner.NOTHING,
    "limits.per_region": Owner.NOTHING,
    "limits.per_subscription": Owner.NOTHING,
    "limits.total": Owner.NOTHING,
    "limits.ramp": Owner.NOTHING,
    "limits.max_attempts": Owner.LOWER,
    "timing.expected_duration": Owner.RAISE,
    "timing.poll_interval": Owner.NOTHING,
    "timing.recheck_interval": Owner.NOTHING,
    "timing.grace_period": Owner.NOTHING,
    "timing.no_capacity_wait": Owner.RAISE,
    "timing.lease_duration": Owner.NOTHING,
    "timing.operation_timeout": Owner.NOTHING,
    "timing.verify_timeout": Owner.NOTHING,
    "timing.bake_time": Owner.RAISE,
    "timing.deadline_warning": Owner.FREE,
    "timing.sweep_period": Owner.NOTHING,
    "timing.scan_overdue": Owner.NOTHING,
    "timing.neighbour_views_kept": Owner.NOTHING,
    "canary.machines": Owner.RAISE,
    "canary.soak": Owner.RAISE,
    "error_budgets.group.failures": Owner.LOWER,
    "error_budgets.group.percent": Owner.LOWER,
    "error_budgets.subscription.failures": Owner.NOTHING,
    "error_budgets.subscription.percent": Owner.NOTHING,
    "health_check.url": Owner.FREE,
    "health_check.allowed_targets": Owner.NOTHING,
    "health_check.expected_statuses": Owner.FREE,
    "health_check.expected_text": Owner.FREE,
    "health_check.timeout": Owner.NOTHING,
    "tags.control": Owner.NOTHING,
    "tags.group": Owner.NOTHING,
    "tags.health_check": Owner.NOTHING,
    "tags.canary": Owner.NOTHING,
    "tags.allow": Owner.NOTHING,
    "kinds.allow": Owner.NOTHING,
    "kinds.tag_may_allow": Owner.NOTHING,
    "retention.archive_after": Owner.NOTHING,
    "retention.jobs": Owner.NOTHING,
    "retention.locks": Owner.NOTHING,
    "retention.inventory": Owner.NOTHING,
    "retention.notices": Owner.NOTHING,
    "retention.tokens": Owner.NOTHING,
    "retention.trail": Owner.NOTHING,
}


@dataclass(frozen=True, slots=True)
class Written:
    """A value and where it is written; no place: it is a default of the app."""

    value: Any
    place: Place | None = None


def read_section(entry: Entry, path: str, problems: Problems) -> dict[str, Written]:
    """The values of one section, such as `limits`, by their keys."""
    return dict(_read(entry.value, path, SECTIONS[entry.key], problems))


def defaults() -> dict[str, Written]:
    """The values of the app, by their keys."""
    return values_of(Policy())


def values_of(policy: Policy) -> dict[str, Written]:
    """The values of a policy without files, by their keys."""
    return dict(_defaults(policy, "", SECTIONS))


def with_values(policy: Policy, values: Mapping[str, Written]) -> Policy:
    """The policy with other values; ValueError if they contradict each other."""
    sections = {name: _with_values(getattr(policy, name), name, values) for name in SECTIONS}
    return replace(policy, **sections)


def types() -> Iterator[tuple[str, Any]]:
    """Each key with its type."""
    for name, kind in SECTIONS.items():
        yield from _types(name, kind)


def shown_value(value: Any) -> str:
    """A value as a file writes it."""
    match value:
        case None:
            return NO_LIMIT
        case bool():
            return "true" if value else "false"
        case timedelta():
            return shown_duration(value)
        case tuple():
            return f"[{', '.join(map(str, value))}]"
        case _:
            return str(value)


def _types(path: str, kind: Any) -> Iterator[tuple[str, Any]]:
    for name, hint in get_type_hints(kind).items():
        key = join(path, name)
        if is_dataclass(hint):
            yield from _types(key, hint)
        else:
            yield key, hint


def _defaults(of: Any, path: str, names: Any) -> Iterator[tuple[str, Written]]:
    for name in names:
        value, key = getattr(of, name), join(path, name)
        if is_dataclass(value):
            yield from _defaults(value, key, [each.name for each in fields(value)])
        else:
            yield key, Written(value)


def _with_values(section: Any, path: str, values: Mapping[str, Written]) -> Any:
    changed: dict[str, Any] = {}
    for each in fields(section):
        key, value = join(path, each.name), getattr(section, each.name)
        if is_dataclass(value):
            changed[each.name] = _with_values(value, key, values)
        elif key in values:
            changed[each.name] = values[key].value
    return replace(section, **changed)


def _read(node: Node, path: str, kind: Any, problems: Problems) -> Iterator[tuple[str, Written]]:
    group = mapping(node, path, problems)
    if group is None:
        return
    if not group.entries:
        problems.add(group.place, path, "is empty. Remove the key, or write a rule below it.")
    hints = get_type_hints(kind)
    for key, entry in known(group, path, list(hints), problems):
        hint = hints[entry.key]
        if is_dataclass(hint):
            yield from _read(entry.value, key, hint, problems)
            continue
        before = len(problems)
        value = _value(entry.value, key, hint, problems)
        if len(problems) == before:
            yield key, Written(value, entry.value.place)


def _value(node: Node, key: str, hint: Any, problems: Problems) -> Any:
    options = get_args(hint)
    if type(None) in options:
        if isinstance(node, Scalar) and node.text == NO_LIMIT:
            return None
        hint = next(each for each in options if each is not type(None))
    if getattr(hint, "__origin__", None) is tuple:
        return tuple(_item(each, key, options[0], problems) for each in items(node, key, problems))
    return _BY_TYPE[hint](node, key, problems)


def _item(node: Node, key: str, kind: Any, problems: Problems) -> Any:
    if kind is str:
        return text(node, key, problems)
    word = one_of(list(kind), node, key, problems)
    return None if word is None else kind(word)


def _duration(node: Node, key: str, problems: Problems) -> timedelta | None:
    return read_by(read_duration, node, key, problems)


_BY_TYPE: Mapping[Any, Callable[[Node, str, Problems], Any]] = {
    int: whole_number,
    float: number,
    bool: yes_or_no,
    str: text,
    timedelta: _duration,
}
