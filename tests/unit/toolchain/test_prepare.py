"""The parts are prepared in order, once, one process at a time, and say nothing when there is nothing to do."""

import fcntl
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from toolchain.prepare import __main__ as preparing
from toolchain.prepare import azurite, environment
from toolchain.prepare.failure import NotPrepared
from toolchain.prepare.places import Places


@dataclass
class Part:
    """Stands in for the module of a part."""

    name: str
    log: list[str]
    prepared: bool = False
    failure: BaseException | None = None

    def is_prepared(self, places: Places) -> bool:
        del places
        return self.prepared

    def prepare(self, places: Places, env: Mapping[str, str]) -> None:
        del env
        if self.failure is not None:
            raise self.failure
        self.log.append(f"{self.name}, alone: {_is_locked(places)}")
        self.prepared = True


def _is_locked(places: Places) -> bool:
    with (places.private / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch, checkout: Places) -> dict[str, Part]:
    log: list[str] = []
    fakes = {name: Part(name, log) for name in ("python", "azurite")}
    monkeypatch.setattr(preparing, "PARTS", fakes)
    monkeypatch.setattr(preparing, "HERE", checkout)
    return fakes


def test_what_is_named_is_prepared_in_that_order_while_nobody_else_does(parts: dict[str, Part]) -> None:
    assert preparing.main(["python", "azurite"]) == 0
    assert parts["python"].log == ["python, alone: True", "azurite, alone: True"]


def test_what_is_there_is_not_prepared_again(
    parts: dict[str, Part], capsys: pytest.CaptureFixture[str]
) -> None:
    preparing.main(["python"])
    preparing.main(["python"])
    assert parts["python"].log == ["python, alone: True"]
    assert capsys.readouterr().out == ""


def test_what_is_not_named_is_left_alone(parts: dict[str, Part]) -> None:
    preparing.main(["python"])
    assert not parts["azurite"].prepared


def test_a_failure_is_one_message_and_exit_code_1(
    parts: dict[str, Part], capsys: pytest.CaptureFixture[str]
) -> None:
    parts["python"].failure = NotPrepared("No network.", remedy="plug it in")
    assert preparing.main(["python", "azurite"]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "prepare: No network.\n  What to do: plug it in\n")
    assert not parts["azurite"].prepared


def test_ctrl_c_is_no_traceback(parts: dict[str, Part], capsys: pytest.CaptureFixture[str]) -> None:
    parts["python"].failure = KeyboardInterrupt()
    assert preparing.main(["python"]) == 130
    assert "next command takes it up again" in capsys.readouterr().err


def test_an_unknown_part_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        preparing.main(["rust"])
    assert "'python', 'azurite'" in capsys.readouterr().err


def test_an_environment_whose_interpreter_was_removed_is_made_again(checkout: Places) -> None:
    checkout.python.parent.mkdir(parents=True)
    checkout.python.write_text("")
    environment._stamp(checkout).write()
    assert environment.is_prepared(checkout)
    checkout.python.unlink()
    assert not environment.is_prepared(checkout)


def test_azurite_is_looked_after_again_when_its_node_was_removed(checkout: Places) -> None:
    checkout.node.parent.mkdir(parents=True)
    checkout.node.write_text("")
    (checkout.azurite / "node_modules").mkdir()
    azurite._stamp(checkout).write()
    assert azurite.is_prepared(checkout)
    checkout.node.unlink()
    assert not azurite.is_prepared(checkout)
