"""Writes docs/policy.schema.json, the JSON Schema of policy files, from the code that reads them.

python -m toolchain.generate.policy_schema       writes the file anew
"""

import json
from pathlib import Path

from shared.domain.policy.files.schema import policy_schema

FILE = Path(__file__).resolve().parents[2] / "docs" / "policy.schema.json"


def text() -> str:
    """What the file has to hold."""
    return json.dumps(policy_schema(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
