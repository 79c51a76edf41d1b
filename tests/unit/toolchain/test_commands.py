"""What is made of other programs' answers and failures."""

import pytest

from tests.unit.toolchain.machine import Machine
from toolchain.prepare.commands import answer, do
from toolchain.prepare.failure import LAST_LINES, NotPrepared


def test_an_answer_is_what_the_program_printed(machine: Machine) -> None:
    assert answer(machine.on_path("tool", "echo ' yes '", "echo noise >&2")) == "yes"


@pytest.mark.parametrize("line", ["echo no; exit 3", "kill -9 $$"])
def test_a_program_that_fails_gives_no_answer(machine: Machine, line: str) -> None:
    assert answer(machine.on_path("tool", line)) is None


def test_a_program_that_is_not_there_gives_no_answer(machine: Machine) -> None:
    assert answer(machine.home / "nothing") is None


def test_a_failure_says_what_failed_what_was_printed_and_what_to_do(machine: Machine) -> None:
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


def test_a_program_that_cannot_be_started_is_a_failure_with_a_remedy(machine: Machine) -> None:
    with pytest.raises(NotPrepared, match="What to do: look"):
        do(machine.home / "nothing", what="Nothing was installed.", remedy="look")


def test_a_success_prints_nothing(machine: Machine, capfd: pytest.CaptureFixture[str]) -> None:
    do(machine.on_path("tool", "echo a lot"), what="", remedy="")
    assert capfd.readouterr().out == ""
