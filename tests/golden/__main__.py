"""Write the golden rows of the release that is being made.

Those of a released version are never written again. Needs Azurite (`make prepare`).

python -m tests.golden
"""

import asyncio
import json
from pathlib import Path

from sandbox.azure.azurite.launcher import Azurite
from shared.adapters.schemas import SCHEMAS
from shared.adapters.serialization import to_text
from shared.adapters.tables.account import Tables
from shared.domain.messages import MESSAGE_SCHEMAS, encode
from tests.golden.entities import entities_in, store_all
from tests.golden.files import (
    ENTITIES,
    IN_THE_MAKING,
    WORDS,
    file_name,
    folder_of,
    is_released,
)
from tests.golden.filled import filled
from tests.golden.kinds import words
from tests.golden.values import AT, messages, stored_values


def main() -> None:
    """Write one file for each value, one with all words, and one with all entities."""
    if is_released(IN_THE_MAKING):
        raise SystemExit(
            f"{IN_THE_MAKING} is released, so its rows stay as they are."
            " Set IN_THE_MAKING to the next version."
        )
    folder = folder_of(IN_THE_MAKING)
    folder.mkdir(exist_ok=True)
    for name, value in stored_values():
        _write(folder / f"{name}.row.json", to_text(value))
    for name, message in messages():
        _write(folder / f"{name}.message.json", encode(message))  # type: ignore[arg-type]
    for kind in SCHEMAS:
        _write(folder / file_name(kind), to_text(filled(kind, AT)))
    for kind in MESSAGE_SCHEMAS:
        _write(folder / file_name(kind), encode(filled(kind, AT)))
    _write(folder / WORDS, json.dumps(words(), indent=1))
    asyncio.run(_write_entities(folder))


async def _write_entities(folder: Path) -> None:
    with Azurite() as azurite:
        tables = Tables(connection_string=azurite.connection_string, prefix="golden")
        await tables.create_all()
        await store_all(tables)
        text = json.dumps(await entities_in(tables), indent=1, ensure_ascii=False)
        await tables.close()
    _write(folder / ENTITIES, text)


def _write(path: Path, text: str) -> None:
    path.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
