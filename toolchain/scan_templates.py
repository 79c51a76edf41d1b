"""`python -m toolchain.scan_templates [--lock]`.

An opinion from elsewhere: checkov on what the parameter files deploy.

checkov 3.3.30 does not look into nested templates, so it gets the evaluated resources of the
snapshots, as one flat template each. It lives in an environment of its own, brought on demand, and
never in the one that runs the app and its tests. Each finding is either fixed or has its reason in
infra/checkov.json; a reason that is no longer needed is a finding, too.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from toolchain.prepare import uv
from toolchain.prepare.commands import NotPrepared, do
from toolchain.prepare.places import HERE, Places

VERSION = "3.3.30"
RECORDS = ("development", "production", "private-network", "us-government")

_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A check that a resource of a type did not pass in a record."""

    check: str
    name: str
    record: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What checkov said; `passed` shows that it looked at all."""

    passed: int
    failed: tuple[Failed, ...]


def is_prepared(places: Places) -> bool:
    """Whether checkov is there, as locked."""
    return uv.is_installed(places, _home(places), _lock(places))


def prepare(places: Places) -> None:
    """Bring checkov, hashes checked (190 MB); does nothing where it is there.

    Raises NotPrepared.
    """
    uv.install(places, _home(places), _lock(places))


def scan(places: Places) -> Scan:
    """Ask checkov about all records; about 20 s. It must be prepared."""
    with TemporaryDirectory() as folder:
        for record in RECORDS:
            _write_template(places, record, Path(folder))
        options = ("--framework", "arm", "-d", folder, "--compact", "--skip-download", "-o", "json")
        done = subprocess.run(
            [str(_executable(places)), *options],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
        )
    report = json.loads(done.stdout)
    if report["summary"]["parsing_errors"]:
        raise ValueError(f"checkov could not read {report['summary']['parsing_errors']} templates")
    return Scan(
        passed=report["summary"]["passed"],
        failed=tuple(_failed(each) for each in report["results"]["failed_checks"]),
    )


def unexplained(failed: Sequence[Failed], suppressions: Sequence[dict[str, Any]]) -> Iterator[str]:
    """One sentence for each failed check without a reason, and each reason without one."""
    for each in failed:
        if not any(_explains(one, each) for one in suppressions):
            yield f"{each.check} {each.name}: {each.kind} of {each.record}"
    for one in suppressions:
        if not str(one.get("reason", "")).strip():
            yield f"{one['check']} is suppressed without a reason"
        for record in one.get("records", [None]):
            if not any(_explains(one, each) and record in (None, each.record) for each in failed):
                yield f"{one['check']} on {one['resource']} is suppressed without a finding" + (
                    f" for {record}" if record else ""
                )


def suppressions(places: Places) -> list[dict[str, Any]]:
    """What is left as it is, and why."""
    found: list[dict[str, Any]] = json.loads(
        (places.root / "infra/checkov.json").read_text(encoding="utf-8")
    )
    return found


def _explains(one: dict[str, Any], each: Failed) -> bool:
    fits = one["check"] == each.check and fnmatchcase(each.kind, one["resource"])
    return fits and each.record in one.get("records", [each.record])


def _failed(found: dict[str, Any]) -> Failed:
    provider, kind, *_ = found["resource"].split(".")  # Microsoft.Web/sites.func-forestall-...
    return Failed(
        check=found["check_id"],
        name=found["check_name"],
        record=Path(found["file_path"]).stem,
        kind=f"{provider}.{kind}",
    )


def _write_template(places: Places, record: str, folder: Path) -> None:
    snapshot = places.root / f"infra/parameters/{record}.snapshot.json"
    resources = json.loads(snapshot.read_text(encoding="utf-8"))["predictedResources"]
    template = {
        "$schema": _SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {},
        "resources": resources,
    }
    (folder / f"{record}.json").write_text(json.dumps(template), encoding="utf-8")


def _home(places: Places) -> Path:
    return places.private / "checkov"


def _executable(places: Places) -> Path:
    return _home(places) / "bin" / "checkov"


def _lock(places: Places) -> Path:
    return places.root / "infra" / "requirements-checkov.txt"


def _write_lock(places: Places) -> None:
    with TemporaryDirectory() as folder:
        wanted = Path(folder) / "checkov.in"
        wanted.write_text(f"checkov=={VERSION}\n", encoding="utf-8")
        options = ("--universal", "--generate-hashes", "--no-header", "--no-annotate")
        out = ("--python-version", uv.python_version(places), "--output-file", _lock(places))
        do(
            *(uv.provide(places), "pip", "compile", wanted, *options, *out),
            what="The lock file of checkov could not be written.",
            remedy=(
                "see that the package index can be reached "
                "(mirror: UV_DEFAULT_INDEX), then try again"
            ),
            cwd=places.root,
        )


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when every finding has its reason, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="toolchain.scan_templates", description=__doc__)
    parser.add_argument("--lock", action="store_true", help="write the lock file of checkov again")
    try:
        if parser.parse_args(arguments).lock:
            _write_lock(HERE)
        prepare(HERE)
    except NotPrepared as error:
        print(f"scan: {error}", file=sys.stderr)
        return 1
    scanned = scan(HERE)
    found = list(unexplained(scanned.failed, suppressions(HERE)))
    print(
        "\n".join(found)
        or f"checkov: {scanned.passed} checks passed, {len(scanned.failed)} left with a reason"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
