"""JSON files from somebody's disk, each with one or more documents.

It does not look into what it reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.azure.fleets.encodings import NotText, text_of
from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.json_text import NotJson, TooDeep, documents_in
from sandbox.azure.strict_json import KeyTwice

#: of files in a folder; one that is named itself may end in anything
_ENDINGS = {".json", ".jsonl", ".ndjson"}
_MOST_NOTES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One document of a file. `place` says which one, where the file has several."""

    file: Path
    content: Any
    place: str = "$"


@dataclass(frozen=True, kw_only=True, slots=True)
class Documents:
    """The documents in order of their files' names, and what was left out of these files."""

    documents: Sequence[Document]
    notes: tuple[str, ...] = ()


def read_documents(paths: Sequence[Path]) -> Documents:
    """Every document of files and folders; folders are searched to any depth.

    FleetError for what cannot be read.
    """
    documents: list[Document] = []
    notes: list[str] = []
    for file in dict.fromkeys(file for path in paths for file in _files(path)):
        found = _documents(file)
        documents += found.documents
        notes += found.notes
    return Documents(documents=documents, notes=tuple(notes))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(each for each in path.rglob("*") if each.suffix.lower() in _ENDINGS)
    if not files:
        raise FleetError(
            file=path,
            problem="there is no .json file in this directory",
            remedy="Save the output of the az commands there, one file each.",
        )
    return files


def _documents(file: Path) -> Documents:
    text, remark = _text(file)
    try:
        found = documents_in(text)
    except KeyTwice as fault:
        remedy = "Keep one of the two, with all that belongs to it."
        raise FleetError(file=file, problem=str(fault), remedy=remedy) from fault
    except NotJson as fault:
        raise FleetError(
            file=file,
            place=f"line {fault.line}, column {fault.column}",
            problem=fault.problem,
            remedy="Run the az command again with `-o json` and save all of its output.",
        ) from fault
    except TooDeep as fault:
        remedy = "Save the output of one az command there."
        raise FleetError(file=file, problem="it is nested too deep", remedy=remedy) from fault
    several = len(found.documents) > 1
    return Documents(
        documents=[
            Document(file=file, content=each, place=f"document {number}" if several else "$")
            for number, each in enumerate(found.documents, start=1)
        ],
        notes=(
            *([f"{file}: {remark}"] if remark else []),
            *_shortened(file, found.left_out),
        ),
    )


def _shortened(file: Path, left_out: Sequence[str]) -> Sequence[str]:
    notes = [f"{file}: {each}" for each in left_out[:_MOST_NOTES]]
    more = len(left_out) - len(notes)
    return [*notes, f"{file}: {more} more lines are not JSON and are left out"] if more else notes


def _text(file: Path) -> tuple[str, str]:
    try:
        return text_of(file.read_bytes())
    except OSError as error:
        problem = f"it cannot be read: {error.strerror}"
        raise FleetError(file=file, problem=problem, remedy="Check the path.") from error
    except NotText as error:
        remedy = "Save it as UTF-8."
        raise FleetError(file=file, problem="it is no text", remedy=remedy) from error
