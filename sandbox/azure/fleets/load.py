"""Reading a fleet from files and folders, in any format.

Our own format is an object with "subscriptions" and "machines"; everything else is read as what
Azure's REST API, its command line or PowerShell printed (`sandbox.azure.fleets.recorded`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from sandbox.azure.fleets.documents import Documents, read_documents
from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.fleet import Fleet
from sandbox.azure.fleets.native import read_native
from sandbox.azure.fleets.recorded.fleets import Waves, entries_of, fleet_of
from sandbox.azure.fleets.recorded.machines import tags_of


def load(*paths: Path, waves: Waves = Waves.AS_RECORDED) -> Fleet:
    """The fleet of files and folders; FleetError names the file, the place in it and what to do.

    `waves` says which machines of Azure's output a wave reaches; our own format says so itself.
    What had to be assumed or left out is in the fleet's `notes`.
    """
    read = read_documents(paths)
    own = _own_fleet(read)
    if own is not None:
        return own
    fleet = fleet_of(read.documents, name=paths[0].stem, waves=waves)
    return msgspec.structs.replace(fleet, notes=(*read.notes, *fleet.notes))


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """What a list says of a machine: its id, its region, which may be empty, and its tags."""

    id: str
    location: str
    tags: Mapping[str, str]


def load_list(*paths: Path) -> tuple[list[Listed], list[str]]:
    """The machines of the same files, and notes, for a reader that plays no wave.

    FleetError as in `load`. It leaves out no machine, as nothing but an id is needed.
    """
    read = read_documents(paths)
    own = _own_fleet(read)
    if own is not None:
        return [
            Listed(id=each.id, location=each.location, tags=each.tags) for each in own.machines
        ], []
    entries, notes = entries_of(read.documents)
    listed = [
        Listed(id=each.first.text, location=each.location, tags=tags_of(each.top))
        for each in entries
    ]
    return listed, [*read.notes, *notes]


def _own_fleet(read: Documents) -> Fleet | None:
    """The fleet of a file of our own format; None if there is none."""
    own = [document for document in read.documents if _is_native(document.content)]
    if not own:
        return None
    if len(read.documents) > 1:
        remedy = "Move it away, or name it alone."
        raise FleetError(
            file=own[0].file,
            problem="a fleet file is among files of Azure's output, or of other fleets",
            remedy=remedy,
        )
    try:
        return read_native(own[0].content)
    except FleetError as error:
        raise error.found_in(own[0].file) from error


def paths_of(given: Sequence[str]) -> tuple[Path, ...]:
    """The paths that a user names: several arguments, or several in one with commas between.

    A comma in the name of a file that exists divides nothing.
    """
    return tuple(
        Path(part).resolve()
        for text in given
        for part in ([text] if Path(text).exists() else text.split(","))
        if part.strip()
    )


def _is_native(content: Any) -> bool:
    return isinstance(content, dict) and ("machines" in content or "subscriptions" in content)
