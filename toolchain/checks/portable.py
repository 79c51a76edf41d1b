"""`python -m toolchain.checks.portable`.

No tracked file names a package registry's host or a path of one machine.

Which registry is used, and where the checkout lies, is each machine's own matter. It reads text
files only.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from toolchain.prepare.places import HERE

# Put together from parts, so that this file passes its own check.
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
    )
]
MACHINE_PATHS = ["/" + name for name in ("work/", "root/", "tmp/", "opt/pypi", "Users/")] + [
    "../" + "shared"
]
BESIDE_THE_CHECKOUT = "../" + "shared"
ALLOWED = {
    (".ci/run", BESIDE_THE_CHECKOUT)
}  # where continuous integration may find a Bicep compiler

_FORBIDDEN = re.compile(
    "|".join(
        [
            *(re.escape(host) for host in REGISTRY_HOSTS),
            *(rf"(?<![\w.}}]){re.escape(p)}" for p in MACHINE_PATHS),
        ]
    ),
)


def findings(name: str, text: str) -> Iterator[str]:
    """One line, `name:line: what`, for every forbidden mention in `text`."""
    for number, line in enumerate(text.splitlines(), start=1):
        for mention in _FORBIDDEN.findall(line):
            if (name, mention) not in ALLOWED:
                yield f"{name}:{number}: {mention}"


def tracked(root: Path) -> Iterator[Path]:
    """The files that git has or would take."""
    listing = subprocess.run(
        # PATH's git.
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in filter(None, listing.stdout.split("\0")):
        if (root / name).is_file():
            yield root / name


def main() -> int:
    """Exit code 0 if nothing was found, otherwise 1 with one line for each finding."""
    found: list[str] = []
    for path in tracked(HERE.root):
        content = path.read_bytes()
        if b"\0" not in content:
            found += findings(
                path.relative_to(HERE.root).as_posix(), content.decode(errors="replace")
            )
    for finding in found:
        print(finding)
    if found:
        print(
            "Registry hosts and paths of one machine do not belong in files: "
            "leave them to each machine's settings."
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
