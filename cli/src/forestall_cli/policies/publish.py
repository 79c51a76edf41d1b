"""Publishes a version of the policy with the login of the person who runs `az`.

The app may only read where policies are published, so it cannot do this for anybody.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from forestall_cli.client import ApiClient, ApiError
from forestall_cli.policies.files import PolicyFile, version_document
from forestall_cli.policies.responses import PolicyCheckView, PolicyHistoryView
from forestall_cli.policies.texts import refused

_CONTAINER = re.compile(r"https://(?P<account>[a-z0-9]+)\.blob\.[a-z0-9.]+/(?P<name>[a-z0-9-]+)/?")
_TIMEOUT = 300  # seconds of one upload

type Run = Callable[[Sequence[str]], tuple[int, str]]
"""Runs a command; its exit code, and what it said."""


def publish(
    app: ApiClient,
    files: Sequence[PolicyFile],
    by: str,
    *,
    dry_run: bool,
    run: Run | None = None,
    may: Callable[[str], bool] | None = None,
) -> str:
    """Check the files in the app, upload them as one version, and say what was done.

    ApiError where the files are no policy, where the app reads no container, where a newer version
    is there, and where `az` fails. `dry_run` prints the command and keeps the document. `may` is
    asked with what will be done, before it is done.
    """
    if not any(each.is_platform for each in files):
        raise ApiError("name forestall.yaml, too: a version has all files. Nothing is published")
    checked = app.send(PolicyCheckView, "policy", "check", files=[each.body() for each in files])
    if checked.version is None:
        raise ApiError(f"{refused(checked.problems)}. Nothing is published")
    known = app.get(PolicyHistoryView, "policy", "history", limit=1)
    account, container = _place(known)
    # The clock of the app, so that a wrong clock here does not order versions wrongly.
    at = datetime.fromisoformat(checked.at).astimezone(UTC).replace(microsecond=0)
    name = f"{at:%Y%m%dT%H%M%SZ}-{checked.version}.json"
    if known.newest is not None and known.newest >= name:
        raise ApiError(
            f"the newest version {known.newest} is not older than {name}, so the app would not"
            " take this one. Try again in a minute, or remove that version. Nothing is published"
        )
    if known.versions and known.versions[0].version == checked.version:
        return f"policy {checked.version} is published already, as {known.newest}"
    if may is not None and not dry_run and not may(_summary(checked, len(files))):
        return "nothing was done"
    folder = Path(tempfile.mkdtemp(prefix="forestall-policy-"))
    path = folder / name
    path.write_text(version_document(files, by, f"{at:%Y-%m-%dT%H:%M:%SZ}"), encoding="utf-8")
    command = (
        *("az", "storage", "blob", "upload", "--auth-mode", "login", "--account-name", account),
        *("--container-name", container, "--name", name, "--file", str(path)),
        *("--overwrite", "false", "--only-show-errors", "--output", "none"),
    )
    if dry_run:
        return f"policy {checked.version} was checked, and is not published. To publish it:\n" + (
            " ".join(command)
        )
    try:
        code, said = (run or _run)(command)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if code != 0:
        raise ApiError(
            f"az did not upload the version (exit code {code}): {said or 'it said nothing'}."
            " You need the role Storage Blob Data Contributor on the container, and az login"
        )
    return (
        f"published policy {checked.version} as {name}. The app takes it within some minutes;"
        " forestall policy history shows it"
    )


def _summary(checked: PolicyCheckView, files: int) -> str:
    groups = sum(bool(each.name) for each in checked.groups)
    return f"This publishes policy {checked.version}: {files} files with {groups} groups."


def _place(known: PolicyHistoryView) -> tuple[str, str]:
    if known.place is None:
        raise ApiError(
            "the app reads its rules from the setting FORESTALL_POLICY: set FORESTALL_POLICY_FILES"
            " to the container first"
        )
    match = _CONTAINER.fullmatch(known.place)
    if match is None:
        raise ApiError(f"the app reads the files of {known.place}: change them there")
    return match["account"], match["name"]


def _run(command: Sequence[str]) -> tuple[int, str]:
    program = shutil.which(command[0])
    if program is None:
        raise ApiError("az is not installed: install the Azure CLI, or use --dry-run")
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, and names that were checked
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as fault:
        raise ApiError(
            f"az has not answered within {_TIMEOUT} s; it is not known whether the version is"
            " there: look at forestall policy history"
        ) from fault
    except OSError as fault:
        raise ApiError(f"az cannot be started: {fault.strerror}") from fault
    if done.returncode:
        print(done.stdout, file=sys.stderr)
    lines = [each.strip() for each in done.stdout.splitlines() if each.strip()]
    return done.returncode, lines[-1] if lines else ""
