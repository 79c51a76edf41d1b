"""The recorded run: what is taken from a terminal, how it is drawn, and that the page shows it."""

import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from sandbox.demo.live import summary
from toolchain.generate.recording import (
    NotRecorded,
    Recording,
    draw,
    read_recording,
    record,
)

ROOT = Path(__file__).parents[3]
FIRST = "\x1b[H\x1b[1m0 of 9 maintained\x1b[0m\n"
BUSY = "\x1b[H1 of 9 maintained · 3 on the way\nvm-1: down <now>\n"
LAST = "\x1b[H9 of 9 maintained\n"
WRITTEN = f"Setting up\n\x1b[?1049h{FIRST}{BUSY}{LAST}\x1b[?1049lall\ndone\n"


def texts(picture: str) -> str:
    return "".join(ET.fromstring(picture).itertext()).replace("\xa0", " ")  # noqa: S314 - ours


def test_the_frame_with_the_most_machines_on_the_way_is_taken() -> None:
    recording = read_recording(WRITTEN)
    assert len(recording.frames) == 3
    assert recording.busiest == "1 of 9 maintained · 3 on the way\nvm-1: down <now>\n"
    assert recording.end == "all\ndone\n"


@pytest.mark.parametrize(
    "written", ["", "plain lines\n", "\x1b[?1049h\x1b[?1049l", "\x1b[?1049h" + FIRST]
)
def test_without_a_live_screen_nothing_is_recorded(written: str) -> None:
    with pytest.raises(NotRecorded, match="needs a terminal"):
        read_recording(written)


def test_the_picture_has_command_frame_and_end_and_loads_nothing() -> None:
    picture = draw(read_recording(WRITTEN), ("make", "run"))
    shown = texts(picture)
    for part in ("$ make run", "3 on the way", "vm-1: down <now>", "done"):
        assert part in shown
    assert re.findall(r"https?://[^\"\s]+", picture) == ["http://www.w3.org/2000/svg"]


def test_an_empty_end_draws_nothing_more() -> None:
    assert "busy" in texts(draw(Recording(frames=["busy"], end="\n\n"), ("x",)))


def test_a_command_runs_on_a_terminal_of_its_own() -> None:
    written = record((sys.executable, "-c", "import sys; print(sys.stdout.isatty())"))
    assert written.strip() == "True"


def test_a_command_that_fails_is_reported() -> None:
    with pytest.raises(NotRecorded, match="ended with exit code 3"):
        record((sys.executable, "-c", "raise SystemExit(3)"))


def test_the_readme_shows_a_run_that_succeeded() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "](docs/run.svg)" in readme
    shown = texts((ROOT / "docs/run.svg").read_text(encoding="utf-8"))
    assert "$ make run" in shown
    assert summary.SETTLED in shown
    assert not re.search(r"/(?:root|home|tmp|work)/", shown)
