"""Reading a fleet from a file or a directory, in any format.

Our own format is an object with "subscriptions" and "machines"; everything else is read as what
Azure's REST API or its command line printed (`sandbox.azure.fleets.recorded`).
"""

from pathlib import Path
from typing import Any

from sandbox.azure.fleets.documents import read_documents
from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.fleet import Fleet
from sandbox.azure.fleets.native import read_native
from sandbox.azure.fleets.recorded.fleets import Waves, fleet_of


def load(path: Path, *, waves: Waves = Waves.AS_RECORDED) -> Fleet:
    """The fleet of a file or directory; FleetError names the file, the place in it and what to do.

    `waves` says which machines of Azure's output a wave reaches; our own format says so itself.
    What had to be assumed is in the fleet's `notes`.
    """
    documents = read_documents(path)
    own = [document for document in documents if _is_native(document.content)]
    if not own:
        return fleet_of(documents, name=path.stem, waves=waves)
    if len(documents) > 1:
        remedy = "Move it away, or name it alone."
        raise FleetError(
            file=own[0].file,
            problem="a fleet file is among files of Azure's output",
            remedy=remedy,
        )
    try:
        return read_native(own[0].content)
    except FleetError as error:
        raise error.found_in(path) from error


def _is_native(content: Any) -> bool:
    return isinstance(content, dict) and ("machines" in content or "subscriptions" in content)
