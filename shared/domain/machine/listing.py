"""Pages of Azure's listings: what one page shows, and where the next one is. Fetches nothing."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from shared.domain.machine.instance_view import Observation
from shared.domain.machine.machine import Machine, Orchestration
from shared.domain.machine.traits import Traits


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPage[T]:
    """One page of a listing, in Azure's order."""

    elements: tuple[T, ...] = ()
    #: where the next page is; None: this was the last one
    next_link: str | None = None
    #: one sentence for each element that could not be read; such a listing does not prove that a
    #: machine is gone
    unreadable: tuple[str, ...] = ()
    #: of all that the page said of its elements; empty where nobody took it
    digest: str = ""
    #: the caller has the elements of this digest, so they were not read again
    is_known: bool = False


def unless_known[T](page: ListingPage[T], known: Collection[str]) -> ListingPage[T]:
    """The page with the digest of its elements, and without them where that is known."""
    said = msgspec.json.encode(page.elements, order="deterministic")
    digest = hashlib.blake2b(said, digest_size=8).hexdigest()
    if digest in known and not page.unreadable:
        return replace(page, elements=(), digest=digest, is_known=True)
    return replace(page, digest=digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedMachine:
    """A machine as a listing shows it.

    `seen` is the instance view that the listing carried, None if it carried none.
    """

    machine: Machine
    seen: Observation | None = None
    #: what the scan decided of it; empty where nothing was decided yet
    decision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleSet:
    """A scale set, as far as its instances need it; `id` is lower-cased."""

    id: str
    orchestration: Orchestration
    tags: Mapping[str, str] = field(default_factory=dict)
    dedicated_host: str | None = None
    #: of each of its instances
    traits: Traits = field(default_factory=Traits)
