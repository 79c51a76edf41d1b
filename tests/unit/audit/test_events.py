"""Reading a log: what is malformed is refused by its line, and nothing is guessed."""

import json
from typing import Any

import pytest

from sandbox.audit.events import LogError, read_events
from sandbox.audit.history import replay
from tests.unit.audit.logs import Log


def lines() -> list[str]:
    log = Log()
    log.load("a")
    log.move(10, "a")
    return log.lines()


def changed(line: str, **changes: Any) -> str:
    return json.dumps(json.loads(line) | changes)


def without(line: str, key: str) -> str:
    return json.dumps({name: value for name, value in json.loads(line).items() if name != key})


def test_a_whole_log_is_read_and_numbered_from_one() -> None:
    events = read_events(["", *lines()])
    assert [event.line for event in events] == list(range(2, 2 + len(lines())))
    assert events[0].kind == "fleet.loaded"


def test_events_of_a_kind_nobody_knows_are_kept() -> None:
    log = Log()
    log.load("a")
    log.write(3, "moon.full", "a", by="azure", bright=True)
    assert read_events(log.lines())[-1].more == {"bright": True}


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ('{"at": "2026-', "line 2: is not one JSON object"),
        ("[1, 2]", "line 2: is not one JSON object"),
        (without(lines()[1], "by"), "line 2: has no 'by'"),
        (changed(lines()[1], update_domain="0"), "line 2: 'update_domain' is '0', not int or null"),
        (
            changed(lines()[1], update_domain=True),
            "line 2: 'update_domain' is True, not int or null",
        ),
        (
            changed(lines()[1], at="2026-11-23T16:00:00"),
            "line 2: 'at' is no instant with a time zone",
        ),
        (changed(lines()[1], at="yesterday"), "line 2: 'at' is no instant with a time zone"),
        (changed(lines()[1], at="2026-11-23T15:59:59Z"), "line 2: goes back in time"),
        (without(lines()[1], "subscription"), "line 2: machine.loaded has no 'subscription'"),
        (
            changed(lines()[1], eligible="yes"),
            "line 2: 'eligible' of machine.loaded is 'yes', not bool",
        ),
        (changed(lines()[1], machine=None), "line 2: machine.loaded names no machine"),
        (changed(lines()[2], self_service_end="soon"), "line 2: 'self_service_end' is no instant"),
    ],
)
def test_a_malformed_line_is_named(broken: str, told: str) -> None:
    with pytest.raises(LogError) as fault:
        read_events([lines()[0], broken, *lines()[2:]])
    assert str(fault.value).startswith(told)


def test_an_empty_log_proves_nothing_and_is_refused() -> None:
    with pytest.raises(LogError, match="the log is empty"):
        read_events(["\n"])


def test_a_log_without_its_head_is_refused() -> None:
    with pytest.raises(LogError, match=r"begins with machine\.loaded"):
        read_events(lines()[1:])


def test_an_event_of_a_machine_that_was_never_loaded_is_refused() -> None:
    head, _, *rest = lines()
    with pytest.raises(
        LogError, match=r"line 2: /subscriptions/s1/.*/a has no machine\.loaded before it"
    ):
        replay(read_events([head, *rest]))
