"""Availability sets and scale sets of a fleet.

As the files describe them, or as their machines let one guess.

A set that no file describes gets Azure's usual numbers of domains, raised where a machine is in a
higher one.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.azure.fleets.fleet import AvailabilitySet, MachineSpec, Orchestration, ScaleSet
from sandbox.azure.fleets.ids import key, parse_id
from sandbox.azure.fleets.recorded.machines import mapping_in, number_in, tags_of
from sandbox.azure.fleets.recorded.resources import Resource

USUAL_UPDATE_DOMAINS = 5
USUAL_FAULT_DOMAINS = 2


def availability_sets(
    machines: Iterable[MachineSpec], described: Mapping[str, Resource]
) -> list[AvailabilitySet]:
    """The sets that these machines are in."""
    sets: dict[str, AvailabilitySet] = {}
    for machine in machines:
        if machine.availability_set is None:
            continue
        set_key = key(machine.availability_set)
        known = sets.get(set_key) or _availability_set(machine, described.get(set_key))
        sets[set_key] = AvailabilitySet(
            id=known.id,
            location=known.location,
            tags=known.tags,
            update_domains=max(known.update_domains, (machine.update_domain or 0) + 1),
            fault_domains=max(known.fault_domains, (machine.fault_domain or 0) + 1),
        )
    return list(sets.values())


def _availability_set(machine: MachineSpec, described: Resource | None) -> AvailabilitySet:
    if described is None:
        return AvailabilitySet(
            id=str(machine.availability_set),
            location=machine.location,
            fault_domains=USUAL_FAULT_DOMAINS,
        )
    properties = described.properties
    return AvailabilitySet(
        id=described.text,
        location=str(described.top.get("location") or machine.location),
        tags=tags_of(described.top),
        update_domains=number_in(properties.get("platformUpdateDomainCount"))
        or USUAL_UPDATE_DOMAINS,
        fault_domains=number_in(properties.get("platformFaultDomainCount")) or USUAL_FAULT_DOMAINS,
    )


def scale_sets(
    machines: Iterable[MachineSpec], described: Mapping[str, Resource]
) -> list[ScaleSet]:
    """The scale sets that these machines are in."""
    sets: dict[str, ScaleSet] = {}
    for machine in machines:
        if machine.scale_set is not None and key(machine.scale_set) not in sets:
            sets[key(machine.scale_set)] = _scale_set(
                machine, described.get(key(machine.scale_set))
            )
    return list(sets.values())


def _scale_set(machine: MachineSpec, described: Resource | None) -> ScaleSet:
    is_instance = parse_id(machine.id).parent_name is not None
    top: Mapping[str, Any] = described.top if described else {}
    return ScaleSet(
        id=described.text if described else str(machine.scale_set),
        location=str(top.get("location") or machine.location),
        mode=Orchestration.UNIFORM if is_instance else Orchestration.FLEXIBLE,
        size=str(mapping_in(top.get("sku")).get("name") or machine.size),
        tags=tags_of(described.top) if described else {},
    )
