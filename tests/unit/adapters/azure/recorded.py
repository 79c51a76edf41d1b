"""Azure's responses as they were recorded (tests/data/arm/INDEX.md has their origins)."""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parents[3] / "data" / "arm"


def recorded(name: str) -> Any:
    """A file of tests/data/arm.

    `status`, `headers` and `body` of one answer, or several under `exchanges`.
    """
    return json.loads((_FOLDER / f"{name}.json").read_text())


def body_text(name: str) -> str:
    """The body of a recorded response, as it went over the wire except for its spacing."""
    return json.dumps(recorded(name)["body"])
