"""What a rehearsal of a deployment tries of the stored state."""

from collections.abc import Mapping
from typing import Protocol


class StoreTrials(Protocol):
    """The tables of the app, each tried with one row that nobody else sees."""

    async def try_all(self, key: str) -> Mapping[str, str]:
        """Write, read and delete one row in each table: what failed, by the name of the table.

        Empty where all went well. Never raises for a store that does not answer. `key` must be new
        for each call, and fit into a key of a table. A row that a crash leaves behind is in no
        listing.
        """
        ...
