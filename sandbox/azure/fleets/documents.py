"""JSON files from somebody's disk: one file, or all *.json of a directory.

Takes UTF-8 with or without a byte-order mark, and UTF-16 as PowerShell's `>` writes it. It does not
look into what it reads.
"""

import json
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.azure.fleets.errors import FleetError


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """The content of one file."""

    file: Path
    content: Any


def read_documents(path: Path) -> list[Document]:
    """Every document of a file or directory, in order of name.

    FleetError for what cannot be read.
    """
    if not path.is_dir():
        return [_read(path)]
    files = sorted(path.glob("*.json"))
    if not files:
        raise FleetError(
            file=path,
            problem="there is no .json file in this directory",
            remedy="Save the output of the az commands there, one file each.",
        )
    return [_read(file) for file in files]


def _read(file: Path) -> Document:
    try:
        data = file.read_bytes()
    except OSError as error:
        problem = f"it cannot be read: {error.strerror}"
        raise FleetError(file=file, problem=problem, remedy="Check the path.") from error
    try:
        return Document(file=file, content=json.loads(_text(data)))
    except UnicodeDecodeError as error:
        remedy = "Save it as UTF-8."
        raise FleetError(file=file, problem="it is no text", remedy=remedy) from error
    except json.JSONDecodeError as error:
        raise FleetError(
            file=file,
            place=f"line {error.lineno}, column {error.colno}",
            problem=f"it is not JSON: {error.msg}",
            remedy="Run the az command again with `-o json` and save all of its output.",
        ) from error


def _text(data: bytes) -> str:
    encoding = "utf-16" if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
    return data.decode(encoding)
