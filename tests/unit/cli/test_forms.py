"""JSON, CSV, ids and times of each list; and completion, which starts no program."""

import csv
import io
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forestall_cli.output.as_csv import guarded
from forestall_cli.terminal.cells import cut, width_of
from forestall_cli.terminal.times import relative, shown
from tests.unit.cli.fleet import answers, arm_id, job, job_id, machine
from tests.unit.cli.stub_app import environment_of, run, stub_app

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('=HYPERLINK("http://evil.example","ok")', "'"),
        ("@SUM(1)", "'"),
        ("+1", "'"),
        ("-2", "'"),
        ("\tx", "'"),
        (" =1", "'"),
        ("\uff1d1", "'"),
        ("73928e05", "'"),
        ("7e5", "'"),
        ("007", "'"),
        ("1-2", "'"),
        ("3/4", "'"),
        ("12:30", "'"),
        ("mar-1", "'"),
        ("1 Dec 2026", "'"),
        ("TRUE", "'"),
        ("vm-1", ""),
        ("web, app", ""),
        ("job-73928e05", ""),
        ("ud:0", ""),
        ("trueish", ""),
    ],
)
def test_a_text_that_a_spreadsheet_would_change_is_guarded(text: str, written: str) -> None:
    assert guarded(text) == f"{written}{text}"


def test_csv_is_of_rfc_4180_with_columns_that_say_utc() -> None:
    rows = [machine("1-2", reason='=1, "quoted"\rand more'), machine("vm-1")]
    with stub_app(answers(machines=rows, jobs=[job("vm-1", attempts=3)])) as app:
        text = run("machines", "-o", "csv", "--url", app.url).stdout
        jobs = run("jobs", "-o", "csv", "--url", app.url).stdout
    assert not text.startswith("\ufeff")
    assert text.count("\r\n") == 3
    head, first, second = csv.reader(io.StringIO(text, newline=""))
    assert head[:4] == ["state", "machine", "since_utc", "phase_closes_utc"]
    assert first[1:3] == ["'1-2", "2026-11-29 13:00:00"]
    assert first[5].startswith("'=1")
    assert second[1] == "vm-1"
    titles, row = csv.reader(io.StringIO(jobs, newline=""))
    values = dict(zip(titles, row, strict=True))
    assert values["id"].startswith("job-")
    assert values["attempts"] == "3"
    assert values["due_utc"] == "2026-12-18 22:00:00"


def test_ids_are_what_other_commands_take_and_an_empty_list_is_empty() -> None:
    with stub_app(answers(machines=[machine("vm-1")], jobs=[job("vm-1")])) as app:
        assert run("machines", "-o", "ids", "--url", app.url).stdout == f"{arm_id('vm-1')}\n"
        assert run("jobs", "-o", "ids", "--url", app.url).stdout == f"{job_id('vm-1')}\n"
        empty = run("pauses", "-o", "ids", "--url", app.url)
        assert (empty.returncode, empty.stdout) == (0, "")
        none = run("status", "-o", "csv", "--url", app.url)
        assert (none.returncode, none.stdout) == (2, "")


def test_a_wide_table_has_more_columns() -> None:
    with stub_app(answers(machines=[machine("vm-1")])) as app:
        assert arm_id("vm-1") in run("machines", "-o", "wide", "--url", app.url).stdout
        assert arm_id("vm-1") not in run("machines", "--url", app.url).stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-11-23T12:00:20Z", "now"),
        ("2026-11-23T14:59:00Z", "in 2 h"),
        ("2026-11-20T12:00:00Z", "3 d ago"),
        ("2026-11-23T11:53:00Z", "7 min ago"),
        ("2026-13-40T00:00:00Z", "2026-13-40T00:00:00Z"),
        ("soon", "soon"),
    ],
)
def test_instants_are_shown_from_now_on(text: str, told: str) -> None:
    assert shown(text, NOW, "relative") == told
    assert shown(text, NOW, "utc") == text


def test_a_time_far_away_is_in_days() -> None:
    assert relative(datetime(2027, 11, 23, 12, tzinfo=UTC), NOW) == "in 365 d"


@pytest.mark.parametrize(
    ("text", "columns", "left"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "ab..."),
        ("漢字漢字", 7, "漢字..."),
        ("漢字漢字", 8, "漢字漢字"),
        ("e\u0301e\u0301", 2, "e\u0301e\u0301"),
        ("abc", 2, ".."),
        ("abc", 0, ""),
    ],
)
def test_a_text_is_cut_by_what_a_terminal_shows(text: str, columns: int, left: str) -> None:
    assert cut(text, columns) == left
    assert width_of(left) <= columns


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the names of one list, which has a name that a shell would read."""
    rows = [machine("vm-1"), machine("vm-2"), machine("$(touch hit)"), machine("front/7")]
    with stub_app(answers(machines=rows)) as app:
        assert run("machines", "--url", app.url, XDG_CACHE_HOME=str(tmp_path)).returncode == 0
    return tmp_path


def completed(folder: Path, words: str) -> list[str]:
    """What bash offers for a line, without the command on its path and without a network."""
    script = run("completion", "bash").stdout
    count = len(words.split(" ")) - 1
    line = f"COMP_WORDS=({words}) COMP_CWORD={count}"
    code = f"{script}\n{line}\n_forestall\nprintf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(
        ["/usr/bin/env", "bash", "-c", code],
        env=environment_of("", XDG_CACHE_HOME=str(folder), PATH="/usr/bin:/bin"),
        capture_output=True, text=True, check=False, cwd=folder, timeout=30,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_completion_offers_commands_options_and_the_machines_of_the_last_list(folder: Path) -> None:
    assert completed(folder, "forestall explain vm-") == ["vm-1", "vm-2"]
    assert completed(folder, "forestall --url http://x hold front") == ["front/7"]
    assert "status" in completed(folder, "forestall st")
    assert completed(folder, "forestall machines --sta") == ["--state"]
    assert completed(folder, "forestall machines vm-") == []
    assert not (folder / "hit").exists()


def test_completion_without_a_list_is_silent(tmp_path: Path) -> None:
    assert completed(tmp_path, "forestall explain vm-") == []


def test_the_names_are_for_the_user_alone(folder: Path) -> None:
    file = folder / "forestall" / "machines"
    assert file.stat().st_mode & 0o077 == 0
    assert file.read_text().split() == ["front/7", "vm-1", "vm-2"]


@pytest.mark.parametrize("shell", ["zsh", "fish", "powershell"])
def test_other_shells_have_a_script_with_every_command(shell: str) -> None:
    script = run("completion", shell).stdout
    for command in ("status", "lift-halt", "explain"):
        assert command in script
    assert "127.0.0.1" not in script
