"""The parts are prepared in order, one process at a time; a failure is one message."""

import fcntl

import pytest

from toolchain.prepare import __main__ as preparing
from toolchain.prepare.commands import NotPrepared
from toolchain.prepare.places import Places


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, checkout: Places) -> list[str]:
    """What was prepared, in order, and whether nobody else could do so meanwhile."""
    log: list[str] = []
    parts = {
        "python": lambda places: log.append(f"python, alone: {_is_locked(places)}"),
        "azurite": lambda places: log.append(f"azurite, alone: {_is_locked(places)}"),
    }
    monkeypatch.setattr(preparing, "PARTS", parts)
    monkeypatch.setattr(preparing, "HERE", checkout)
    return log


def _is_locked(places: Places) -> bool:
    with (places.private / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_what_is_named_is_prepared_in_that_order_while_nobody_else_does(log: list[str]) -> None:
    assert preparing.main(["python", "azurite"]) == 0
    assert log == ["python, alone: True", "azurite, alone: True"]


@pytest.mark.parametrize(
    ("failure", "code", "message"),
    [
        (
            NotPrepared("No network.\n  What to do: plug it in"),
            1,
            "No network.\n  What to do: plug it in",
        ),
        (KeyboardInterrupt(), 130, "interrupted; the next command continues"),
    ],
)
@pytest.mark.usefixtures("log")
def test_a_failure_is_one_message(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failure: BaseException,
    code: int,
    message: str,
) -> None:
    def fail(_places: Places) -> None:
        raise failure

    monkeypatch.setitem(preparing.PARTS, "python", fail)
    assert preparing.main(["python", "azurite"]) == code
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"prepare: {message}\n")


def test_an_unknown_part_is_refused_with_the_known_ones(
    log: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert preparing.main(["python", "rust"]) == 2
    assert capsys.readouterr().err == "prepare: there is no part 'rust', only: python, azurite\n"
    assert log == []
