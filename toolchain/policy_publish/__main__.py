"""Checks policy files and writes them as one version, for the container that the app reads.

python -m toolchain.policy_publish forestall.yaml groups/*.yaml --by ada@example.com --out versions

The first file is that of the platform. It prints the command that uploads the version. Exit code 1
if the files are no policy: then nothing is written.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from shared.domain.policy.files.load import Refused, load_policy
from shared.domain.policy.files.published import PublishedPolicy, published_document
from toolchain.policy_check import read_files


def main(arguments: Sequence[str] | None = None, now: datetime | None = None) -> int:
    """Write the version; 1 if the files are no policy."""
    options, moment = _options(arguments), now or datetime.now(UTC)
    files, unreadable = read_files(options.files)
    if unreadable:
        sys.stdout.write("\n".join([*unreadable, f"{len(unreadable)} problems"]) + "\n")
        return 1
    policy = load_policy(files, moment)
    if isinstance(policy, Refused):
        sys.stdout.write(f"{policy}\n{len(policy.problems)} problems\n")
        return 1
    path = options.out / version_name(policy.version, moment)
    options.out.mkdir(parents=True, exist_ok=True)
    version = PublishedPolicy(files=tuple(files), by=options.by, published_at=moment)
    path.write_bytes(published_document(version))
    sys.stdout.write(
        f"policy {policy.version}: {len(policy.document.groups)} groups, no problems\n"
        "az storage blob upload --auth-mode login --account-name ACCOUNT --container-name policy"
        f" --name {path.name} --file {path} --overwrite false\n"
    )
    return 0


def version_name(version: str, moment: datetime) -> str:
    """The name of a version in the container. Names sort by the instant."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}-{version}.json"


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m toolchain.policy_publish", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--by", required=True, help="who publishes it; the app shows the name")
    parser.add_argument("--out", type=Path, default=Path("versions"), help="a folder")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
