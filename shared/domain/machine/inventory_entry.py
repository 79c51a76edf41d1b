"""What is kept of a machine between scans.

As it was listed, as it was last seen, and what was decided. Stores nothing.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from shared.domain.machine.instance_view import Observation
from shared.domain.machine.machine import Machine
from shared.domain.machine.placement import Scope, possible_scope_of

EntryKey = NewType("EntryKey", str)
"""The place of an entry in the order in which a store reads its entries."""


_UNREAD = "its view could not be read: "


def unread(reason: str) -> str:
    """The decision about a machine whose view could not be read."""
    return _UNREAD + reason


class Attention(StrEnum):
    """Whether each scan reads a machine, or only the one that its turn comes in."""

    NONE = ""
    #: it showed maintenance
    WAVE = "wave"
    UNREAD = "unread"


def attention_of(seen: Observation | None, decision: str) -> Attention:
    """What follows from the last read of a machine, and the decision about it."""
    if decision.startswith(_UNREAD):
        return Attention.UNREAD
    return Attention.WAVE if seen is not None and seen.maintenance else Attention.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryEntry:
    """The last that is known of a machine."""

    machine: Machine
    #: None: it is listed, and its own view has not been read yet
    observation: Observation | None = None
    decision: str = ""
    #: the digest of the run that it was stored with
    run: str = ""
    #: the id of the scan that stored its run
    scan: str = ""
    #: as stored; None: it was stored by a release that did not, or its view was never read
    attention: Attention | None = None

    @property
    def is_unread(self) -> bool:
        """Whether its view could not be read when a scan last tried."""
        return self.decision.startswith(_UNREAD)

    @property
    def scope(self) -> Scope:
        """The placement scope that it is in, or may be in."""
        return possible_scope_of(self.machine, self.observation)


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryPage:
    """Some entries in the order of their keys.

    `last` is the key of the last one, None where no entry follows.
    """

    entries: tuple[InventoryEntry, ...]
    #: the key of each entry
    keys: tuple[EntryKey, ...]
    last: EntryKey | None = None
    #: one sentence for each entry that this release cannot read; it is skipped
    unreadable: tuple[str, ...] = ()
