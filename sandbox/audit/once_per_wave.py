"""I2: a machine is redeployed at most once a wave by us, unless Azure allowed it again, and never beyond the attempts.

Between two accepted calls the log must show one of: the machine landed on a host that is still scheduled
(maintenance.rescheduled); the operation ended without success; or, once the first operation had ended, a reading of
the machine itself, not a stale one, that said allowed.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from sandbox.audit.events import Event
from sandbox.audit.history import Call, History, MachineStory
from sandbox.audit.rules import Rules
from sandbox.audit.violations import Invariant, Violation, violation

_UNSUCCESSFUL = {"Failed", "Canceled"}


def violations(history: History, rules: Rules, us: str) -> Iterator[Violation]:
    """Every second call without a reason, and every call beyond `limits.attempts`."""
    for story in history.machines.values():
        for calls in _by_wave(story, us).values():
            for first, second in pairwise(calls):
                if not _is_allowed_again(story, first, second):
                    told = f"called again in wave {second.wave} though Azure had not allowed it again"
                    yield violation(Invariant.ONCE_PER_WAVE, second, told, [first.event.line])
            attempts = rules.limits.attempts
            if len(calls) > attempts:
                *before, last = calls
                told = f"called {len(calls)} times in wave {last.wave}, {attempts} attempts are allowed"
                yield violation(Invariant.ONCE_PER_WAVE, last, told, [each.event.line for each in before])


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
