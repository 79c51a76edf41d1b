"""What the app answers in a rehearsal."""

from forestall_cli.responses.response import Response


class RehearsalStarted(Response, frozen=True, kw_only=True):
    """A rehearsal that began."""

    id: str
    subscription: str | None


class Trial(Response, frozen=True, kw_only=True):
    """One table or queue. `failure`: null where all went well."""

    name: str
    failure: str | None


class TrialList(Response, frozen=True, kw_only=True):
    """What was tried."""

    trials: tuple[Trial, ...]


class Arrival(Response, frozen=True, kw_only=True):
    """A message that arrived."""

    queue: str
    given_up: bool
    at: str


class ArrivalList(Response, frozen=True, kw_only=True):
    """The messages that arrived by now."""

    arrivals: tuple[Arrival, ...]


class WrittenEvent(Response, frozen=True, kw_only=True):
    """The event that an alert rule must find."""

    rule: str
    event: str


class WrittenEvents(Response, frozen=True, kw_only=True):
    """The events that were written."""

    events: tuple[WrittenEvent, ...]


class ReceiptView(Response, frozen=True, kw_only=True):
    """What happened to one notice."""

    id: str
    outcome: str
    repeated: bool
    reason: str
    scans: tuple[str, ...]


class ReceiptList(Response, frozen=True, kw_only=True):
    """What happened to the notices of a call."""

    notices: tuple[ReceiptView, ...]
