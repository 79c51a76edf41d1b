"""`python -m toolchain.unconfirmed`.

Writes docs/unconfirmed.md, and the register that the command `forestall` has. Prints what does not
fit together, with exit code 1, and writes then too.
"""

import json
import sys
from pathlib import Path

from toolchain.prepare.places import HERE
from toolchain.unconfirmed.beliefs import FILE, BadRegister, read
from toolchain.unconfirmed.findings import findings
from toolchain.unconfirmed.markers import in_tree, places
from toolchain.unconfirmed.page import page

#: the register as the command `forestall` has it
COMMAND = "cli/src/forestall_cli/contact/beliefs.json"


def text(root: Path) -> str:
    """What docs/unconfirmed.md has to hold. Raises BadRegister."""
    return page(read(FILE.read_text(encoding="utf-8")), places(in_tree(root)))


def for_the_command(root: Path) -> str:
    """What the command has to know of the register: its file beliefs.json. Raises BadRegister."""
    used = places(in_tree(root))
    known = {
        each.id: {
            "assumed": each.assumed,
            "if_wrong": each.if_wrong,
            "used_in": used.get(each.id, []),
        }
        for each in read(FILE.read_text(encoding="utf-8"))
    }
    return json.dumps(known, indent=1, ensure_ascii=False) + "\n"


def main(root: Path = HERE.root) -> int:
    """Exit code 0 if markers, register and tests fit together, 1 otherwise."""
    try:
        register = read(FILE.read_text(encoding="utf-8"))
    except BadRegister as error:
        print(error, file=sys.stderr)
        return 1
    (root / "docs/unconfirmed.md").write_text(text(root), encoding="utf-8")
    (root / COMMAND).write_text(for_the_command(root), encoding="utf-8")
    found = list(findings(root, register, in_tree(root)))
    print("\n".join(found) or f"wrote docs/unconfirmed.md, {len(register)} assumptions")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
