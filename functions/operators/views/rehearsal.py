"""What a rehearsal answers."""

from collections.abc import Mapping

from functions.views import Time, View
from shared.usecases.rehearse.messages import Arrivals
from shared.usecases.rehearse.start import Rehearsal


class RehearsalStarted(View, frozen=True, kw_only=True):
    """A rehearsal that began. `subscription`: for the test notice; null: none is watched."""

    id: str
    subscription: str | None


class Trial(View, frozen=True, kw_only=True):
    """One table or queue. `failure`: null where all went well."""

    name: str
    failure: str | None


class TrialList(View, frozen=True, kw_only=True):
    """What was tried, in order of name."""

    trials: tuple[Trial, ...]


class Arrival(View, frozen=True, kw_only=True):
    """A message of a queue that arrived. `givenUp`: by way of the dead letters."""

    queue: str
    given_up: bool
    at: Time


class ArrivalList(View, frozen=True, kw_only=True):
    """The messages that arrived by now."""

    arrivals: tuple[Arrival, ...]


class WrittenEvent(View, frozen=True, kw_only=True):
    """The event that an alert rule must find in the log."""

    rule: str
    event: str


class WrittenEvents(View, frozen=True, kw_only=True):
    """The events that were written, in order of the rule."""

    events: tuple[WrittenEvent, ...]


def rehearsal_started(begun: Rehearsal) -> RehearsalStarted:
    """A rehearsal that began."""
    return RehearsalStarted(id=begun.id, subscription=begun.subscription)


def tried(found: Mapping[str, str]) -> TrialList:
    """What failed, by name; empty where nothing did."""
    return TrialList(
        trials=tuple(
            Trial(name=name, failure=failure or None) for name, failure in sorted(found.items())
        )
    )


def arrivals_view(found: Arrivals) -> ArrivalList:
    """Handled ones, then those that a queue gave up."""
    ways = ((found.handled, False), (found.given_up, True))
    return ArrivalList(
        arrivals=tuple(
            Arrival(queue=queue, given_up=given_up, at=at)
            for way, given_up in ways
            for queue, at in sorted(way.items())
        )
    )


def events_written(found: Mapping[str, str]) -> WrittenEvents:
    """The event of each rule."""
    return WrittenEvents(
        events=tuple(WrittenEvent(rule=rule, event=event) for rule, event in sorted(found.items()))
    )
