"""Each rule of a group with its value and the line that it comes from, for people."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.domain.policy.files.document import Document, Group, Layer
from shared.domain.policy.files.layers import NO_GROUP, LayeredPolicy
from shared.domain.policy.files.node import Place
from shared.domain.policy.files.rules import shown_value, values_of
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy, Rules


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule: its key, its value as a file writes it, and where it is written."""

    key: str
    value: str
    #: None: a default of the app, or of the setting FORESTALL_POLICY
    place: Place | None = None


def rule_lines(rules: Rules, group: str = NO_GROUP) -> tuple[RuleLine, ...]:
    """Every rule of a group; of machines that no group claims without a name.

    Windows and blackouts come first. Empty for a group that the policy does not have.
    """
    if isinstance(rules, LayeredPolicy):
        return tuple(_of_files(rules, group))
    if isinstance(rules, Policy) and not group:
        return tuple(_of_setting(rules))
    return ()


def changed_lines(
    before: tuple[RuleLine, ...], after: tuple[RuleLine, ...]
) -> tuple[tuple[str, str | None, str | None], ...]:
    """Each key whose value differs, with the value before and after. Places do not count."""
    old, new = _values(before), _values(after)
    return tuple(
        (key, old.get(key), new.get(key))
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    )


def _values(lines: tuple[RuleLine, ...]) -> dict[str, str]:
    """Windows by what they say: one that only moved in its list has not changed."""
    found: dict[str, list[str]] = {}
    for each in lines:
        found.setdefault(each.key, []).append(each.value)
    return {key: ", ".join(sorted(values)) for key, values in found.items()}


def _of_files(policy: LayeredPolicy, name: str) -> Iterator[RuleLine]:
    rules = policy.rules_in(name)
    if rules is None:
        return
    document = policy.document
    group = next((each for each in document.groups if each.name == name), None)
    if rules.leave_alone is not None:
        place = None if group is None else group.layer.place
        yield RuleLine("do", f"leave-alone ({rules.leave_alone})", place)
        return
    yield from _mode(document, group)
    yield from _windows(document, group)
    for tier in () if group is None else group.tiers:
        soak = f", soak {shown_value(tier.tier.soak)}" if tier.tier.soak else ""
        yield RuleLine("tiers", f"{tier.tier.name}{soak}", tier.place)
    for layer in _layers(document, group):
        for each in layer.blackouts:
            yield RuleLine("blackouts", each.text, each.place)
    for key, written in rules.values.items():
        yield RuleLine(key, shown_value(written.value), written.place)


def _layers(document: Document, group: Group | None) -> Iterator[Layer]:
    yield document.platform
    if group is not None:
        yield group.layer


def _mode(document: Document, group: Group | None) -> Iterator[RuleLine]:
    layers = [each for each in _layers(document, group) if each.mode is not None]
    last = layers[-1] if layers else document.platform
    yield RuleLine("mode", last.mode or Mode.ACT, last.mode_place)


def _windows(document: Document, group: Group | None) -> Iterator[RuleLine]:
    """Those of an owner's group, and those of the platform that bound them."""
    layers = [each for each in _layers(document, group) if each.windows is not None]
    if group is not None and not group.is_owners:
        layers = layers[-1:]
    for layer in layers:
        zone = layer.time_zone
        outer = layer is document.platform and len(layers) > 1
        key = "windows (of the platform, which bound them)" if outer else "windows"
        for each in layer.windows or ():
            yield RuleLine(key, f"{each.text} in {zone}", each.place)
    if not layers:
        yield RuleLine("windows", "every moment outside of the blackouts")


def _of_setting(policy: Policy) -> Iterator[RuleLine]:
    windows = policy.change_windows.windows
    if windows is None:
        yield RuleLine("windows", "every moment outside of the blackouts")
    for each in windows or ():
        yield RuleLine("windows", f"{each} in {policy.change_windows.time_zone}")
    for blackout in policy.change_windows.blackouts:
        yield RuleLine("blackouts", blackout.name)
    for key, written in values_of(policy).items():
        yield RuleLine(key, shown_value(written.value))
