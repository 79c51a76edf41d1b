"""Parts of several views: places in files, problems, rules and intervals."""

from collections.abc import Iterable

from functions.views import Time, View
from shared.domain.calendar.interval import Interval
from shared.domain.policy.files.lines import RuleLine
from shared.domain.policy.files.node import FileProblem, Place


class PlaceView(View, frozen=True, kw_only=True):
    """Where something is written. Lines and columns count from 1."""

    file: str
    line: int
    column: int


class PolicyProblemView(View, frozen=True, kw_only=True):
    """A problem, or a remark: where, the key if there is one, and what to write."""

    place: PlaceView
    key: str
    text: str


class RuleView(View, frozen=True, kw_only=True):
    """One rule and its value. `place` is null for a default of the app."""

    key: str
    value: str
    place: PlaceView | None


class OpeningView(View, frozen=True, kw_only=True):
    """An interval in which redeploys are allowed."""

    start: Time
    end: Time


def opening_views(found: Iterable[Interval]) -> tuple[OpeningView, ...]:
    """The intervals in which redeploys are allowed, in their order."""
    return tuple(OpeningView(start=each.start, end=each.end) for each in found)


def rule_views(found: Iterable[RuleLine]) -> tuple[RuleView, ...]:
    """Rules with their values and places, in their order."""
    return tuple(
        RuleView(
            key=each.key,
            value=each.value,
            place=None if each.place is None else place_view(each.place),
        )
        for each in found
    )


def problem_views(found: Iterable[FileProblem]) -> tuple[PolicyProblemView, ...]:
    """Problems or remarks, in their order."""
    return tuple(
        PolicyProblemView(place=place_view(each.place), key=each.key, text=each.text)
        for each in found
    )


def place_view(place: Place) -> PlaceView:
    """Where something is written."""
    return PlaceView(file=place.file, line=place.line, column=place.column)
