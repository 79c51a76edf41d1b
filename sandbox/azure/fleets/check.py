"""Whether the parts of a fleet fit together: what refers to what, and nothing twice.

It reads no files and repairs nothing; the first contradiction is raised as a FleetError that names
its place.
"""

from collections.abc import Collection, Iterable

from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.fleet import AvailabilitySet, Fleet, MachineSpec, Orchestration, ScaleSet
from sandbox.azure.fleets.ids import key, parse_id

VM = "virtualmachines"
#: Azure allows 20; recorded ones are taken as they are
_MOST_UPDATE_DOMAINS = 1000
INSTANCE = "virtualmachinescalesets/virtualmachines"


def checked(fleet: Fleet) -> Fleet:
    """The fleet itself when its parts fit together; FleetError otherwise."""
    _unique("subscriptions", (one.id for one in fleet.subscriptions))
    _unique("waves", (one.name for one in fleet.waves))
    _unique("identities", (one.client_id for one in fleet.identities))
    _unique("machines", (one.id for one in fleet.machines))
    _check_numbers(fleet)
    _check_sets(fleet)
    parts = _Parts(fleet)
    for index, machine in enumerate(fleet.machines):
        try:
            _check_machine(f"machines[{index}]", machine, parts)
        except FleetError as fault:
            raise FleetError(
                place=fault.place, problem=f"{machine.id}: {fault.problem}", remedy=fault.remedy
            ) from fault
    return fleet


class _Parts:
    """What machines may refer to, by key."""

    def __init__(self, fleet: Fleet) -> None:
        self.subscriptions = {one.id.lower() for one in fleet.subscriptions}
        self.waves = {one.name for one in fleet.waves}
        self.availability_sets = {key(one.id): one for one in fleet.availability_sets}
        self.scale_sets = {key(one.id): one for one in fleet.scale_sets}


def _unique(place: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if key(value) in seen:
            raise FleetError(
                place=f"{place}[{index}]",
                problem=f"{value!r} is there twice",
                remedy="Remove one of the two, or give it another name.",
            )
        seen.add(key(value))


def _check_numbers(fleet: Fleet) -> None:
    if not fleet.subscriptions:
        raise FleetError(
            place="subscriptions", problem="there is none", remedy="Name at least one subscription."
        )
    if not fleet.machines:
        raise FleetError(
            place="machines", problem="there is none", remedy="Name at least one machine."
        )
    if fleet.listing.page_size < 1:
        raise FleetError(
            place="listing.page_size", problem="it is below 1", remedy="Azure uses about 200."
        )
    if fleet.limits.scale <= 0:
        raise FleetError(
            place="limits.scale",
            problem="it is not above 0",
            remedy='Use 1 for Azure\'s own limits, or "enabled": false for none.',
        )


def _check_sets(fleet: Fleet) -> None:
    sets: Iterable[tuple[str, str, tuple[AvailabilitySet | ScaleSet, ...]]] = (
        ("availability_sets", "availabilitysets", fleet.availability_sets),
        ("scale_sets", "virtualmachinescalesets", fleet.scale_sets),
    )
    for place, kind, members in sets:
        _unique(place, (one.id for one in members))
        for index, one in enumerate(members):
            _check_id(f"{place}[{index}].id", one.id, (kind,))
    for index, one in enumerate(fleet.availability_sets):
        if not 1 <= one.update_domains <= _MOST_UPDATE_DOMAINS:
            raise FleetError(
                place=f"availability_sets[{index}].update_domains",
                problem=f"{one.id}: it is {one.update_domains}",
                remedy=f"Use a number from 1 to {_MOST_UPDATE_DOMAINS}; Azure allows 20.",
            )


def _check_id(place: str, text: str, kinds: tuple[str, ...]) -> None:
    remedy = f"Write the full resource id of type {' or '.join(kinds)}."
    try:
        kind = parse_id(text).kind
    except ValueError as error:
        raise FleetError(place=place, problem=str(error), remedy=remedy) from error
    if kind not in kinds:
        raise FleetError(place=place, problem=f"{text!r} is of type {kind}", remedy=remedy)


def _check_machine(place: str, machine: MachineSpec, parts: _Parts) -> None:
    _check_id(f"{place}.id", machine.id, (VM, INSTANCE))
    if not machine.location.strip():
        remedy = "Write the region, such as westeurope."
        raise FleetError(place=f"{place}.location", problem="it is empty", remedy=remedy)
    where = parse_id(machine.id)
    _known(f"{place}.id", "subscription", where.subscription.lower(), parts.subscriptions)
    if machine.wave is not None:
        _known(f"{place}.wave", "wave", machine.wave, parts.waves)
    if machine.availability_set is not None:
        _known(
            f"{place}.availability_set",
            "availability set",
            key(machine.availability_set),
            parts.availability_sets,
        )
        _check_domain(
            place, machine, parts.availability_sets[key(machine.availability_set)].update_domains
        )
    if machine.scale_set is not None:
        _known(f"{place}.scale_set", "scale set", key(machine.scale_set), parts.scale_sets)
        _check_scale_set_member(place, machine, parts.scale_sets[key(machine.scale_set)])
    elif where.kind == INSTANCE:
        raise FleetError(
            place=f"{place}.scale_set",
            problem="a scale-set instance does not name its scale set",
            remedy="Add scale_set, and the set itself under scale_sets.",
        )


def _known(place: str, what: str, name: str, names: Collection[str]) -> None:
    if name not in names:
        known = sorted(names)
        raise FleetError(
            place=place,
            problem=f"there is no {what} {name!r}",
            remedy=f"Add it to the fleet, or use one of: {', '.join(known[:5]) or 'none yet'}.",
        )


def _check_domain(place: str, machine: MachineSpec, count: int) -> None:
    domain = machine.update_domain
    # Azure leaves the domain out for a moment after a machine was created or started.
    if domain is not None and not 0 <= domain < count:
        raise FleetError(
            place=f"{place}.update_domain",
            problem=f"its set has {count} update domains, this is {domain}",
            remedy=f"Use a number from 0 to {count - 1}.",
        )


def _check_scale_set_member(place: str, machine: MachineSpec, scale_set: ScaleSet) -> None:
    is_instance = parse_id(machine.id).kind == INSTANCE
    if is_instance != (scale_set.mode is Orchestration.UNIFORM):
        raise FleetError(
            place=f"{place}.id",
            problem=f"its scale set is {scale_set.mode.value}",
            remedy=(
                "Instances of a Uniform set have its id before theirs; "
                "members of a Flexible one are plain VMs."
            ),
        )
    if is_instance and key(machine.id).rsplit("/", 2)[0] != key(scale_set.id):
        raise FleetError(
            place=f"{place}.scale_set",
            problem="the instance's id is below another scale set",
            remedy="Let scale_set be the id's first part.",
        )
    if is_instance and machine.placement_group is None:
        raise FleetError(
            place=f"{place}.placement_group",
            problem="a Uniform instance has none",
            remedy="Give instances that share update domains the same placement group (any UUID).",
        )
