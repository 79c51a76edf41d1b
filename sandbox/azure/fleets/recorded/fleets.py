"""A fleet out of Azure's output: all machines of all files, their sets, and the waves to rehearse.

It leaves nothing out silently: what it assumed is in the fleet's notes, and files without any
machine are an error.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from enum import Enum

import msgspec

from sandbox.azure.fleets.check import checked
from sandbox.azure.fleets.documents import Document
from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.fleet import Fleet, MachineSpec, Power, Subscription, WaveSpec
from sandbox.azure.fleets.ids import key
from sandbox.azure.fleets.recorded.machines import (
    INSTANCE,
    VM,
    Mentions,
    gather,
    machine_of,
    power_of,
)
from sandbox.azure.fleets.recorded.resources import Resource, resources
from sandbox.azure.fleets.recorded.sets import availability_sets, scale_sets
from sandbox.azure.fleets.recorded.waves import DEMO_WAVE, recorded_wave

REMEDY = (
    "Give the JSON of `az vm list -d`, `az vm get-instance-view`, `az vmss list-instances "
    "--expand instanceView`, or of the REST API; several files may be in one directory."
)


class Waves(Enum):
    """Which machines a wave reaches."""

    AS_RECORDED = "as-recorded"  # those whose instance view showed one; where none did, as ALL
    ALL = "all"  # every running machine, in a wave that begins with the rehearsal


def fleet_of(documents: Sequence[Document], *, name: str, waves: Waves) -> Fleet:
    """The fleet that these documents describe; FleetError when they describe none."""
    mentioned: dict[str, list[Resource]] = defaultdict(list)
    for document in documents:
        for resource in resources(document):
            mentioned[resource.key].append(resource)
    gathered = [
        gather(all_of) for all_of in mentioned.values() if all_of[0].id.kind in (VM, INSTANCE)
    ]
    if not gathered:
        where = documents[0].file if len(documents) == 1 else documents[0].file.parent
        raise FleetError(
            file=where, problem="no VM and no scale-set instance is in it", remedy=REMEDY
        )
    machines, recorded = _machines(gathered)
    reached, specs, note = _reached(machines, recorded, waves)
    sets = {one: all_of[-1] for one, all_of in mentioned.items()}
    subscriptions = {
        one.first.id.subscription.lower(): one.first.id.subscription for one in gathered
    }
    return checked(
        Fleet(
            name=name,
            subscriptions=tuple(Subscription(id=one) for one in subscriptions.values()),
            machines=tuple(reached),
            availability_sets=tuple(availability_sets(machines, sets)),
            scale_sets=tuple(scale_sets(machines, sets)),
            waves=specs,
            notes=(*_notes(gathered), note),
        )
    )


def _machines(gathered: list[Mentions]) -> tuple[list[MachineSpec], dict[str, WaveSpec]]:
    """The machines, and the recorded wave of each that has one, by key."""
    turns: Counter[str] = Counter()
    machines: list[MachineSpec] = []
    recorded: dict[str, WaveSpec] = {}
    for mentions in gathered:
        try:
            machine = machine_of(mentions, turn=turns[_group(mentions)])
            wave = recorded_wave(mentions.view)
        except ValueError as error:
            where = mentions.first
            raise FleetError(
                file=where.file,
                place=where.place,
                problem=f"{where.id.name}: {error}",
                remedy=REMEDY,
            ) from error
        turns[_group(mentions)] += 1
        machines.append(machine)
        if wave is not None:
            recorded[key(machine.id)] = wave
    return machines, recorded


def _group(mentions: Mentions) -> str:
    reference = mentions.properties.get("availabilitySet") or {}
    parent = mentions.first.key.rsplit("/", 2)[0] if mentions.is_instance else ""
    return parent or key(str(reference.get("id", "")))


def _reached(
    machines: list[MachineSpec], recorded: dict[str, WaveSpec], waves: Waves
) -> tuple[list[MachineSpec], tuple[WaveSpec, ...], str]:
    """The machines with their waves, the waves, and what to tell the user about them."""
    if recorded and waves is Waves.AS_RECORDED:
        in_wave = [
            _in(one, recorded[key(one.id)].name if key(one.id) in recorded else None)
            for one in machines
        ]
        specs = {wave.name: wave for wave in recorded.values()}
        note = (
            f"{len(recorded)} of {len(machines)} machines had planned maintenance "
            "when this was recorded"
        )
        return in_wave, tuple(specs.values()), note
    reason = (
        "as asked for"
        if waves is Waves.ALL
        else "no planned maintenance is recorded in these files, so"
    )
    running = sum(one.power is Power.RUNNING for one in machines)
    note = (
        f"{reason} the {running} running machines of {len(machines)} are put into a demo "
        "wave; it is invented"
    )
    return (
        [_in(one, DEMO_WAVE.name if one.power is Power.RUNNING else None) for one in machines],
        (DEMO_WAVE,),
        note,
    )


def _in(machine: MachineSpec, wave: str | None) -> MachineSpec:
    return msgspec.structs.replace(machine, wave=wave)


def _notes(gathered: list[Mentions]) -> list[str]:
    assumed_power = [one for one in gathered if power_of(one) is None]
    grouped = [one for one in gathered if _group(one)]
    assumed_domain = [one for one in grouped if "platformUpdateDomain" not in one.view]
    notes = []
    if assumed_power:
        notes.append(
            f"{len(assumed_power)} machines are taken as running: "
            "add `az vm list -d` for their power state"
        )
    if assumed_domain:
        notes.append(
            f"{len(assumed_domain)} machines of availability or scale sets get update domains in "
            "turn: add their instance views for the true ones"
        )
    return notes
