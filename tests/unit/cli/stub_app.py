"""An app that is played by a server on this machine, and the command line."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import pytest

from forestall_cli.__main__ import main

ROOT = Path(__file__).parents[3]
COMMAND = ROOT / ".venv" / "bin" / "forestall"
KEY = "the-key"


@dataclass(slots=True)
class StubApp:
    """What it answers, by path and query; every other path is a 404.

    `posted` holds what it was sent, in order.
    """

    answers: Mapping[str, object]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    posted: list[tuple[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    agents: list[str | None] = field(default_factory=list)
    bearers: list[str | None] = field(default_factory=list)
    acts: list[str | None] = field(default_factory=list)
    #: of the answers to commands
    post_status: int | None = None
    needs_key: bool = True


@contextmanager
def stub_app(
    responses: Mapping[str, object],
    *,
    status: int = 200,
    post_status: int | None = None,
    needs_key: bool = True,
    **headers: str,
) -> Iterator[StubApp]:
    """An app with these answers; a wrong key gets a 401."""
    app = StubApp(responses, status, headers, post_status=post_status, needs_key=needs_key)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            app.posted.append((self.path, json.loads(body)))
            self.answer()

        def answer(self) -> None:
            app.keys.append(self.headers["x-functions-key"])
            app.agents.append(self.headers["user-agent"])
            app.acts.append(self.headers["x-forestall-act"])
            app.bearers.append(self.headers["authorization"])
            status, response = self.found()
            self.send_response(status)
            for name, value in app.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(
                response if isinstance(response, bytes) else msgspec.json.encode(response)
            )

        def found(self) -> tuple[int, object]:
            if app.needs_key and self.headers["x-functions-key"] != KEY:
                return 401, {"error": "no key"}
            if self.command == "POST" and app.post_status is not None:
                return app.post_status, b""
            if self.path not in app.answers:
                return 404, b"<html>nothing here</html>"
            return app.status, app.answers[self.path]

        # The name in the standard library.
        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        app.url = f"http://127.0.0.1:{server.server_port}"
        yield app
        server.shutdown()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


#: what a user may have set, and tests must not see
SETTINGS = (
    *("FORESTALL_URL", "FORESTALL_KEY", "FUNCTION_KEY", "FORESTALL_API", "FORESTALL_CONFIG"),
    *("FORESTALL_INSTALLATION", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "APPDATA", "LOCALAPPDATA"),
)
#: no folder, and none can be made below it: no settings of a user, and no names for completion
NO_FOLDER = os.devnull


def environment_of(key: str, **more: str) -> dict[str, str]:
    """The environment of a command, with nothing that the user of this machine has set."""
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    folders = {"XDG_CONFIG_HOME": NO_FOLDER, "XDG_CACHE_HOME": NO_FOLDER}
    return {**kept, **folders, "FORESTALL_KEY": key, **more}


def run(*arguments: str, key: str = KEY, **environment: str) -> CommandResult:
    """The command line with these arguments, within this process."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        for name in SETTINGS:
            patch.delenv(name, raising=False)
        for name, value in environment_of(key, **environment).items():
            patch.setenv(name, value)
        try:
            code = main(list(arguments))
        except SystemExit as end:  # argparse's way out
            code = int(end.code or 0)
    return CommandResult(returncode=code, stdout=out.getvalue(), stderr=err.getvalue())


def run_apart(*arguments: str, key: str = KEY) -> CommandResult:
    """`.venv/bin/forestall` with these arguments, in a folder of nobody."""
    done = subprocess.run(
        [COMMAND, *arguments],
        env=environment_of(key),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT.anchor,
        timeout=60,
    )
    return CommandResult(returncode=done.returncode, stdout=done.stdout, stderr=done.stderr)
