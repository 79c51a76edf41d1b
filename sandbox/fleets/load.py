"""Reading a fleet from a file or a directory, whatever it is written in.

Our own format (an object with "machines") is taken as it is; everything else is read as what Azure or its CLI printed.
"""

from pathlib import Path

from sandbox.fleets.errors import FleetError
from sandbox.fleets.fleet import Fleet
from sandbox.fleets.own import read_own


def load(path: Path) -> Fleet:
    """The fleet of a file; FleetError names the file, the place in it and what to do."""
    try:
        return read_own(path.read_bytes())
    except OSError as error:
        raise FleetError(
            file=path, problem=f"it cannot be read ({error.strerror})", remedy="Check the path."
        ) from error
    except FleetError as error:
        raise error.found_in(path) from error
