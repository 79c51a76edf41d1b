"""I2: a machine is redeployed at most once a wave by us, unless Azure allowed it again, and never beyond the attempts.

Between two accepted calls the log must show one of: the machine landed on a host that is still scheduled
(maintenance.rescheduled); the operation ended without success; or, once the first operation had ended, a reading of
the machine itself, not a stale one, that said allowed.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from sandbox.audit.events import Event
from sandbox.audit.history import Call, History, MachineStory
from sandbox.audit.rules import Rules
from sandbox.audit.violations import Invariant, Violation

_UNSUCCESSFUL = {"Failed", "Canceled"}


def violations(history: History, rules: Rules, us: str) -> Iterator[Violation]:
    """Every second call without a reason, and every call beyond `limits.attempts`."""
    for story in history.machines.values():
        for calls in _by_wave(story, us).values():
            for first, second in pairwise(calls):
                if not _is_allowed_again(story, first, second):
                    yield _second_call(first, second)
            if len(calls) > rules.limits.attempts:
                yield _too_many(calls, rules.limits.attempts)


def _by_wave(story: MachineStory, us: str) -> dict[str | None, list[Call]]:
    found: dict[str | None, list[Call]] = defaultdict(list)
    for call in story.calls:
        if call.accepted and call.event.by == us:
            found[call.wave].append(call)
    return found


def _is_allowed_again(story: MachineStory, first: Call, second: Call) -> bool:
    between = [each for each in story.events if first.event.line < each.line < second.event.line]
    ended = False
    for event in between:
        if event.kind == "maintenance.rescheduled":
            return True
        if event.kind == "operation.finished" and event.operation == first.event.operation:
            ended = True
            if event.more["status"] in _UNSUCCESSFUL:
                return True
        if ended and _says_allowed(event):
            return True
    return False


def _says_allowed(event: Event) -> bool:
    return event.kind == "instance_view.read" and bool(event.more["allowed"]) and not event.more.get("stale")


def _second_call(first: Call, second: Call) -> Violation:
    return Violation(
        invariant=Invariant.ONCE_PER_WAVE,
        machine=second.machine,
        at=second.event.at,
        sentence=f"called again in wave {second.wave} though Azure had not allowed it again",
        lines=(first.event.line, second.event.line),
    )


def _too_many(calls: Sequence[Call], attempts: int) -> Violation:
    return Violation(
        invariant=Invariant.ONCE_PER_WAVE,
        machine=calls[-1].machine,
        at=calls[-1].event.at,
        sentence=f"called {len(calls)} times in wave {calls[-1].wave}, {attempts} attempts are allowed",
        lines=tuple(call.event.line for call in calls),
    )
