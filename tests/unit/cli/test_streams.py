"""Where the output goes: a closed pipe, a full disk, other letters, colours, and width."""

import io
import json
import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import pytest

from forestall_cli.terminal.cells import width_of
from forestall_cli.terminal.colour import has_colours
from tests.unit.cli.fleet import LONG_NAME, answers, machine
from tests.unit.cli.stub_app import COMMAND, ROOT, StubApp, environment_of, run, stub_app

MANY = answers(machines=[machine(f"vm-{n:05}") for n in range(1000)])
WIDE = answers(machines=[machine(LONG_NAME), machine("vm-ü漢字")])


def piped(command: str, app: StubApp, **more: str) -> subprocess.CompletedProcess[bytes]:
    """A shell's pipe with the command in it."""
    return subprocess.run(
        ["/usr/bin/env", "bash", "-o", "pipefail", "-c", command],
        env={**environment_of("the-key", **more), "FORESTALL_URL": app.url, "F": str(COMMAND)},
        capture_output=True,
        check=False,
        cwd=ROOT.anchor,
        timeout=60,
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("what", ["machines", "machines --json", "--help", "completion bash"])
def test_a_reader_that_has_seen_enough_is_no_failure(what: str, unbuffered: str) -> None:
    with stub_app(MANY) as app:
        done = piped(f'"$F" {what} | head -1', app, PYTHONUNBUFFERED=unbuffered)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b"\n") == 1


@pytest.mark.parametrize("target", [">/dev/full", ">&-"])
def test_an_output_that_takes_nothing_is_told(target: str) -> None:
    with stub_app(MANY) as app:
        done = piped(f'"$F" machines {target}', app)
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1
    assert b"Traceback" not in done.stderr


def test_a_closed_standard_error_changes_no_exit_code() -> None:
    with stub_app(MANY) as app:
        assert piped('"$F" explain nobody 2>&-', app).returncode == 1


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1", "utf-8"])
def test_a_stream_of_other_letters_gets_what_it_has(encoding: str) -> None:
    with stub_app(WIDE) as app:
        shown = piped('"$F" machines', app, PYTHONIOENCODING=encoding)
        status = piped('"$F" status', app, PYTHONIOENCODING=encoding)
        raw = piped('"$F" machines --json', app, PYTHONIOENCODING=encoding)
    assert (shown.returncode, raw.returncode, status.returncode) == (0, 0, 0)
    names = {each["machine"].rpartition("/")[2] for each in json.loads(raw.stdout)["machines"]}
    assert "vm-ü漢字" in names
    text = shown.stdout.decode(encoding)
    if encoding == "utf-8":
        assert "vm-ü漢字" in text
        assert "━" in status.stdout.decode()
    else:
        assert raw.stdout.isascii()
        assert "??" in text
        assert "===" in status.stdout.decode(encoding)
        assert "\\u" not in text


def on_a_terminal(app: StubApp, *arguments: str, **more: str) -> str:
    """What a terminal of 60 columns gets."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [COMMAND, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment_of("the-key", FORESTALL_URL=app.url, COLUMNS="60", TERM="xterm", **more),
        cwd=ROOT.anchor,
    ) as process:
        os.close(theirs)
        text = b""
        while True:
            try:
                more_text = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not more_text:
                break
            text += more_text
        process.wait(timeout=30)
    os.close(ours)
    return text.decode().replace("\r\n", "\n")


def test_a_table_fits_the_terminal_and_is_whole_elsewhere() -> None:
    with stub_app(WIDE) as app:
        lines = on_a_terminal(app, "machines", NO_COLOR="1").splitlines()
        whole = run("machines", "--url", app.url, COLUMNS="20").stdout
    assert max(map(width_of, lines)) <= 60
    assert any("..." in line for line in lines)
    assert LONG_NAME in whole
    assert "..." not in whole
    assert len(whole.splitlines()) == 3


@pytest.mark.parametrize(
    ("variables", "option", "coloured"),
    [
        ({}, "auto", True),
        ({"NO_COLOR": "1"}, "auto", False),
        ({"NO_COLOR": ""}, "auto", True),
        ({"TERM": "dumb"}, "auto", False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, "auto", False),
        ({"NO_COLOR": "1"}, "always", True),
        ({}, "never", False),
    ],
)
def test_colours_on_a_terminal(variables: dict[str, str], option: str, coloured: bool) -> None:
    assert has_colours(_Terminal(), {"TERM": "xterm", **variables}, option) is coloured


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("variables", "coloured"), [({}, False), ({"FORCE_COLOR": "1"}, True)])
def test_colours_in_a_file(tmp_path: Path, variables: dict[str, str], coloured: bool) -> None:
    failed = answers(machines=[machine("vm-1", "failed")])
    with stub_app(failed) as app:
        done = piped(f'"$F" machines > {tmp_path}/out', app, **variables)
    assert done.returncode == 0
    assert (b"\x1b[31mfailed" in (tmp_path / "out").read_bytes()) is coloured


def test_standard_output_of_json_is_one_document_and_nothing_else() -> None:
    listed: dict[str, Any] = {**MANY}
    with stub_app(listed) as app:
        for command in ("machines", "status", "waves", "locks", "pauses", "targets", "plan"):
            done = run(command, "--json", "--url", app.url)
            assert isinstance(json.loads(done.stdout), dict)
            assert done.stdout.endswith("}\n")
            assert done.stderr == ""
        refused = run("explain", "nobody", "--json", "--url", app.url)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "nobody" in refused.stderr
