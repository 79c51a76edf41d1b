"""Pages of Azure's listings: what one page shows, and where the next one is. Fetches nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
