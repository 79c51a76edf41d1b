"""What is allowed in policy files and probably not meant. It is shown and never refused."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.rules.monthly import PATCH_TUESDAY, MonthlyWindow
from shared.domain.calendar.zones.names import is_fixed_offset
from shared.domain.machine.machine import Machine
from shared.domain.policy.files.document import Layer
from shared.domain.policy.files.layers import LayeredPolicy
from shared.domain.policy.files.node import FileProblem, Place


def remarks_on(
    policy: LayeredPolicy, now: datetime, machines: Iterable[Machine] = ()
) -> Iterator[FileProblem]:
    """Remarks on windows, zones and groups, each with its place."""
    document = policy.document
    yield from _on_layer(document.platform, "defaults", now)
    for group in document.groups:
        yield from _on_layer(group.layer, group.name, now)
    known = list(machines)
    for group in document.groups if known else ():
        if not any(group.match.claims(each) for each in known):
            yield FileProblem(group.layer.place, group.name, "claims no machine of this fleet.")


def _on_layer(layer: Layer, name: str, now: datetime) -> Iterator[FileProblem]:
    if layer.time_zone != "UTC" and is_fixed_offset(layer.time_zone):
        text = f"{layer.time_zone} has no summer time, and its sign is reversed: + means west."
        yield FileProblem(Place(layer.place.file), "time_zone", text)
    rules = [(each.place, each.rule) for each in layer.windows or ()]
    for place, rule in rules:
        if isinstance(rule, MonthlyWindow):
            yield from _on_monthly(place, rule)
    if layer.windows is not None:
        calendar = Calendar(windows=tuple(rule for _, rule in rules), time_zone=layer.time_zone)
        if calendar.next_opening(now) is None:
            yield FileProblem(
                layer.windows[0].place, name, "has only windows that are in the past."
            )


def _on_monthly(place: Place, rule: MonthlyWindow) -> Iterator[FileProblem]:
    missing = rule.months_without()
    if missing:
        text = f"{missing} months of a year have no such day and no window. `last day` is in each."
        yield FileProblem(place, "monthly", text)
    if PATCH_TUESDAY in rule.days and rule.after == 0:
        text = (
            "is counted on the local calendar. Updates come out at 10:00 in Redmond,"
            " which is Wednesday east of it. Write after: 1 there."
        )
        yield FileProblem(place, "monthly", text)
