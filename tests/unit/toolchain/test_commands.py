"""A failure of another program says what failed, what was printed, and what to do."""

import pytest

from tests.unit.toolchain.machine import Machine
from toolchain.prepare.commands import LAST_LINES, NotPrepared, do


def test_a_failure_is_a_message_for_people(machine: Machine) -> None:
    tool = machine.on_path("tool", "echo connection refused >&2; exit 1")
    with pytest.raises(NotPrepared) as failure:
        do(tool, what="Nothing was installed.", remedy="check the network")
    assert str(failure.value).splitlines() == [
        "Nothing was installed.",
        "    | connection refused",
        "  What to do: check the network",
    ]


def test_a_failure_shows_only_the_last_lines(machine: Machine) -> None:
    tool = machine.on_path("tool", "seq 1000; exit 1")
    with pytest.raises(NotPrepared) as failure:
        do(tool, what="Nothing was installed.", remedy="look")
    shown = [line for line in str(failure.value).splitlines() if "|" in line]
    assert len(shown) == LAST_LINES
    assert shown[-1].endswith("1000")


def test_a_program_that_cannot_be_started_is_a_failure_too(machine: Machine) -> None:
    with pytest.raises(NotPrepared, match="What to do: look"):
        do(machine.home / "nothing", what="Nothing was installed.", remedy="look")
