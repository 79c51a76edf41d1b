"""`python -m toolchain.unconfirmed`.

Writes docs/unconfirmed.md. Prints what does not fit together, with exit code 1, and writes then
too.
"""

import sys
from pathlib import Path

from toolchain.prepare.places import HERE
from toolchain.unconfirmed.beliefs import FILE, BadRegister, read
from toolchain.unconfirmed.findings import findings
from toolchain.unconfirmed.markers import in_tree, places
from toolchain.unconfirmed.page import page


def text(root: Path) -> str:
    """What docs/unconfirmed.md has to hold. Raises BadRegister."""
    return page(read(FILE.read_text(encoding="utf-8")), places(in_tree(root)))


def main(root: Path = HERE.root) -> int:
    """Exit code 0 if markers, register and tests fit together, 1 otherwise."""
    try:
        register = read(FILE.read_text(encoding="utf-8"))
    except BadRegister as error:
        print(error, file=sys.stderr)
        return 1
    (root / "docs/unconfirmed.md").write_text(text(root), encoding="utf-8")
    found = list(findings(root, register, in_tree(root)))
    print("\n".join(found) or f"wrote docs/unconfirmed.md, {len(register)} assumptions")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
