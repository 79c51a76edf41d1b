"""The result of a hop, and what a rehearsal needs to walk it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from forestall_cli.client import ApiClient


class Outcome(StrEnum):
    """How a hop ended."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    #: only a person can see whether it worked
    LOOK = "look"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One hop: its name, how it ended, and what to look at."""

    name: str
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """One rehearsal of an app."""

    app: ApiClient
    id: str
    #: of the test notice; None: no subscription is watched
    subscription: str | None
    #: who gives the commands, and why
    operator: dict[str, str]
    #: seconds to wait for what the app does without a person
    patience: float
    sleep: Callable[[float], None]
    #: seconds of a clock that only goes forward
    clock: Callable[[], float]

    def body(self) -> dict[str, str]:
        """The body of a step of this rehearsal."""
        return {"rehearsal": self.id, **self.operator}


type Ending = Callable[[], Iterator[Hop]]
"""The second half of a hop: waits for what the first half began."""


def passed(name: str, detail: str = "") -> Hop:
    """A hop that works."""
    return Hop(name=name, outcome=Outcome.PASS, detail=detail)


def failed(name: str, detail: str) -> Hop:
    """A hop that does not work, with what to look at."""
    return Hop(name=name, outcome=Outcome.FAIL, detail=detail)


def to_look_at(name: str, detail: str) -> Hop:
    """A hop that a person has to look at."""
    return Hop(name=name, outcome=Outcome.LOOK, detail=detail)


def left_out(name: str, detail: str) -> Hop:
    """A hop that was not walked, with the reason."""
    return Hop(name=name, outcome=Outcome.LEFT_OUT, detail=detail)
