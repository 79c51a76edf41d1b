"""An installation counts as complete only for exactly the lock files it was made from."""

from pathlib import Path

import pytest

from toolchain.prepare.stamps import Stamp


@pytest.fixture
def stamp(tmp_path: Path) -> Stamp:
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / "b.txt").write_text("two")
    return Stamp(tmp_path / "stamp", (tmp_path / "a.txt", tmp_path / "b.txt"))


def test_nothing_is_installed_before_the_first_time(stamp: Stamp) -> None:
    assert not stamp.is_current()


def test_a_completed_installation_is_current(stamp: Stamp) -> None:
    stamp.write()
    assert stamp.is_current()


@pytest.mark.parametrize("name", ["a.txt", "b.txt"])
def test_a_changed_lock_file_asks_for_a_new_installation(stamp: Stamp, tmp_path: Path, name: str) -> None:
    stamp.write()
    (tmp_path / name).write_text("three")
    assert not stamp.is_current()


def test_text_moved_from_one_lock_file_to_the_other_is_a_change(stamp: Stamp, tmp_path: Path) -> None:
    stamp.write()
    (tmp_path / "a.txt").write_text("onet")
    (tmp_path / "b.txt").write_text("wo")
    assert not stamp.is_current()


def test_an_installation_that_broke_off_is_not_current(stamp: Stamp) -> None:
    stamp.write()
    stamp.remove()
    assert not stamp.is_current()
    stamp.remove()  # also before the first one
