"""What an audit finds: one broken invariant, with its evidence. It judges nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sandbox.audit.history import LoggedCall


class Invariant(StrEnum):
    """The invariants and rules that an event log can prove broken (docs/sandbox/demo.md)."""

    ONE_LANE = "I1"
    ONCE_PER_WAVE = "I2"
    FRESH_INSTANCE_VIEW = "I3"
    CHANGE_WINDOW = "I4"
    SPACING = "spacing"
    CANARY = "canary"
    OPT_OUT = "opt-out"
    VERB = "verb"
    REFUSED_BEFORE = "refused-before"
    ERROR_BUDGET = "error-budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One call that should not have been made.

    `lines` are the log's lines that show it, counted from 1.
    """

    invariant: Invariant
    machine: str
    at: datetime
    sentence: str
    lines: tuple[int, ...]

    def __str__(self) -> str:
        where = ("line " if len(self.lines) == 1 else "lines ") + ", ".join(map(str, self.lines))
        return (
            f"{self.invariant.value} {self.at:%H:%M:%S.%f} {self.machine}: "
            f"{self.sentence} ({where})"
        )


def violation(
    invariant: Invariant, call: LoggedCall, sentence: str, lines: Iterable[int] = ()
) -> Violation:
    """What a call breaks; `lines` are the evidence, to which the call's own line is added."""
    return Violation(
        invariant=invariant,
        machine=call.machine,
        at=call.event.at,
        sentence=sentence,
        lines=(*lines, call.event.line),
    )
