"""`make serve SCENE=...` as a new user opens it: the page, the key, and a command that is typed."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.scenarios.environment import ROOT

_READY = "Everything keeps running until Ctrl-C."


def status_of(url: str, key: str = "") -> int:
    headers = {"x-functions-key": key} if key else {}
    try:
        with urlopen(Request(url, headers=headers), timeout=30) as response:
            return int(response.status)
    except HTTPError as refused:
        return refused.code


@pytest.mark.timeout(240)
def test_a_scene_opens_with_a_page_and_asks_for_its_key(azurite: object, tmp_path: Path) -> None:
    # Given a scene that was opened
    assert azurite is not None  # installed; the scene starts one of its own
    command = [sys.executable, "-m", "sandbox.demo", "--plain", "--scene", "calm"]
    process = subprocess.Popen(
        [*command, "--out", str(tmp_path / "out"), "--limit", "200"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if _READY in line:
                break
        told = "".join(lines)
        assert _READY in told, told
        (page,) = (line.removeprefix("The page: ").strip() for line in lines if "/v1/ui" in line)
        app = page.removesuffix("/api/v1/ui")
        file = tmp_path / "out" / "key"
        key = file.read_text().strip()

        # Then the page is open, and the rest asks for the key, which only this user can read
        assert file.stat().st_mode & 0o077 == 0
        assert key in told
        assert status_of(page) == 200
        assert status_of(f"{app}/api/v1/jobs") == 401
        assert status_of(f"{app}/api/v1/jobs", "another-key-of-sixteen") == 401
        assert status_of(f"{app}/api/v1/jobs", key) == 200

        # And a command that it names works as it is printed
        (typed,) = (line.strip() for line in lines if line.strip().endswith("forestall waves"))
        answer = subprocess.run(
            typed.split(),
            cwd=ROOT,
            env={**os.environ, "FORESTALL_URL": app, "FORESTALL_KEY": key},
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
