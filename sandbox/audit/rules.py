"""The part of a policy that an audit needs.

The auditor has its own reader of the policy's JSON. What the text leaves out has the app's default
(a test compares them). Keys without a rule are ignored.

    {"change_windows": {"windows": [{"days": ["sat"], "start": "22:00:00", "end": "04:00:00"}],
                        "time_zone": "Europe/Berlin"},
     "timing": {"expected_duration": "PT30M", "bake_time": "PT5M", "grace_period": "PT15M",
                "operation_timeout": "PT2H", "verify_timeout": "PT30M"},
     "error_budgets": {"group": {"failures": 1}, "subscription": {"failures": 3}},
     "canary": {"machines": 1, "soak": "PT1H"},
     "tags": {"group": "forestall-group"},
     "limits": {"slots": 1, "cool_down": "PT30M", "spacing": "PT0S", "per_zone": 10,
                "per_region": 20, "per_subscription": 20, "total": 50, "ramp": true,
                "max_attempts": 2},
     "error_budgets": {"subscription": {"failures": 3}}}
"""

import json
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec


class PolicyError(Exception):
    """The policy's text is none; the message says where."""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Opens on these days at `start`, local time; an `end` not after `start` is on the next day."""

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...]
    start: time
    end: time


class Windows(msgspec.Struct, frozen=True, kw_only=True):
    """Weekly windows in one time zone; without any (None) every moment is allowed."""

    windows: tuple[Window, ...] | None = None
    time_zone: str = "UTC"


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How long a redeploy is expected to take, and a machine is watched afterwards.

    The last three are the longest that one redeploy may take in its parts.
    """

    expected_duration: timedelta = timedelta(minutes=30)
    bake_time: timedelta = timedelta(minutes=5)
    grace_period: timedelta = timedelta(minutes=15)
    operation_timeout: timedelta = timedelta(hours=2)
    verify_timeout: timedelta = timedelta(minutes=30)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How many together and how far apart; None means no limit."""

    slots: int = 1
    cool_down: timedelta = timedelta(minutes=30)
    spacing: timedelta = timedelta(0)
    per_zone: int | None = 10
    per_region: int | None = 20
    per_subscription: int | None = 20
    total: int | None = 50
    ramp: bool = True
    max_attempts: int = 2


class Canary(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each placement and group go first, alone, and how long the others wait then."""

    machines: int = 0
    soak: timedelta = timedelta(hours=1)


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """How many machines may fail, as a number or as a share of all; None means no such bound."""

    failures: int | None = None
    percent: float | None = None


class Budgets(msgspec.Struct, frozen=True, kw_only=True):
    """The budget of a placement or group, and that of a subscription."""

    group: Budget = Budget(failures=1)
    subscription: Budget = Budget(failures=3)


class Tags(msgspec.Struct, frozen=True, kw_only=True):
    """Names of the tags of machines."""

    control: str = "forestall"
    group: str = "forestall-group"
    canary: str = "forestall-canary"


class OneOffWindow(msgspec.Struct, frozen=True, kw_only=True):
    """A window that an operator opened for one machine, beside those of the policy.

    `machine`: its ARM id in any case. Both instants have a time zone.
    """

    machine: str
    start: datetime
    end: datetime


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the auditor holds a run against."""

    change_windows: Windows = Windows()
    timing: Timing = Timing()
    limits: Limits = Limits()
    canary: Canary = Canary()
    error_budgets: Budgets = Budgets()
    tags: Tags = Tags()
    #: not of the policy: what operators opened during the run
    one_off_windows: tuple[OneOffWindow, ...] = ()


def read_windows(text: bytes | str) -> tuple[OneOffWindow, ...]:
    """The windows in a JSON list; PolicyError says what is wrong with it.

    [{"machine": "/subscriptions/...", "start": "2026-12-01T08:00:00Z",
      "end": "2026-12-01T10:00:00Z"}]
    """
    try:
        found = msgspec.json.decode(text, type=tuple[OneOffWindow, ...])
    except (msgspec.DecodeError, RecursionError) as fault:
        raise PolicyError(f"not a list of windows: {fault}") from fault
    for each in found:
        if each.start.tzinfo is None or each.end.tzinfo is None:
            raise PolicyError(f"the window of {each.machine} has an instant without a time zone")
    return found


def read_rules(text: bytes | str) -> Rules:
    """The rules in a policy's JSON text; PolicyError says which key is wrong."""
    try:
        # msgspec would keep the last of two keys, and judge by rules that nobody meant.
        json.loads(text, object_pairs_hook=_only_once)
        # A policy opens no window for one machine.
        rules = msgspec.structs.replace(msgspec.json.decode(text, type=Rules), one_off_windows=())
        ZoneInfo(rules.change_windows.time_zone)
    except (msgspec.DecodeError, json.JSONDecodeError, _Twice, RecursionError) as fault:
        raise PolicyError(f"not a policy: {fault}") from fault
    except (KeyError, ValueError, OSError) as fault:
        raise PolicyError(f"unknown time zone {rules.change_windows.time_zone!r}") from fault
    return rules


class _Twice(ValueError):
    """An object has a key twice."""


def _only_once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Twice(f"the key {twice!r} is there twice")
    return found
