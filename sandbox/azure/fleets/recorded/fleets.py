"""A fleet out of Azure's output: all machines of all files, their sets, and the waves to rehearse.

It leaves nothing out silently: what it assumed or left out is in the fleet's notes, and files
without any machine are an error. One machine's oddity never refuses the others.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

import msgspec

from sandbox.azure.fleets.check import checked
from sandbox.azure.fleets.documents import Document
from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.fleet import Fleet, MachineSpec, Power, Subscription, WaveSpec
from sandbox.azure.fleets.ids import key
from sandbox.azure.fleets.recorded.flexible import under_own_ids
from sandbox.azure.fleets.recorded.machines import (
    INSTANCE,
    VM,
    Mentions,
    UnusableMachine,
    gather,
    machine_of,
)
from sandbox.azure.fleets.recorded.pages import pages_left
from sandbox.azure.fleets.recorded.remedies import GENERAL, no_machine_in
from sandbox.azure.fleets.recorded.resources import Resource, resources, without_ids
from sandbox.azure.fleets.recorded.sets import availability_sets, scale_sets
from sandbox.azure.fleets.recorded.waves import DEMO_WAVE, UnusableMaintenance, recorded_wave

#: of machines or files that notes name one by one; the others are counted
_MOST_NAMED = 5


class Waves(Enum):
    """Which machines a wave reaches."""

    AS_RECORDED = "as-recorded"  # those whose instance view showed one; where none did, as ALL
    ALL = "all"  # every running machine, in a wave that begins with the rehearsal


@dataclass(slots=True, kw_only=True)
class _Read:
    """What was read of the machines."""

    machines: list[MachineSpec] = field(default_factory=list)
    #: the recorded wave of each machine that has one, by key
    recorded: dict[str, WaveSpec] = field(default_factory=dict)
    #: keys of machines whose maintenance makes no wave
    without_wave: set[str] = field(default_factory=set)
    #: sentences on single machines
    oddities: list[str] = field(default_factory=list)


def fleet_of(documents: Sequence[Document], *, name: str, waves: Waves) -> Fleet:
    """The fleet that these documents describe; FleetError when they describe none."""
    mentioned, empty = _mentioned(documents)
    gathered = _gathered(mentioned)
    if not gathered:
        raise _nothing_in(documents, empty)
    read = _machines(gathered)
    if not read.machines:
        raise FleetError(problem=read.oddities[0].removesuffix(_LEFT_OUT), remedy=GENERAL)
    reached, specs, note = _reached(read, waves)
    sets = {one: all_of[-1] for one, all_of in mentioned.items()}
    subscriptions = {
        one.first.id.subscription.lower(): one.first.id.subscription for one in gathered
    }
    return checked(
        Fleet(
            name=name,
            subscriptions=tuple(Subscription(id=one) for one in subscriptions.values()),
            machines=tuple(reached),
            availability_sets=tuple(availability_sets(read.machines, sets)),
            scale_sets=tuple(scale_sets(read.machines, sets)),
            waves=specs,
            notes=(
                *_left_out(documents, empty, read.oddities),
                *_assumed(gathered),
                note,
            ),
        )
    )


def entries_of(documents: Sequence[Document]) -> tuple[list[Mentions], list[str]]:
    """Each machine as the files describe it, and notes; FleetError when they describe none."""
    mentioned, empty = _mentioned(documents)
    gathered = _gathered(mentioned)
    if not gathered:
        raise _nothing_in(documents, empty)
    odd = [f"{one.called}: {each}" for one in gathered for each in one.oddities]
    return gathered, _left_out(documents, empty, odd)


def _mentioned(documents: Sequence[Document]) -> tuple[dict[str, list[Resource]], list[Document]]:
    """Every resource by its key, and the documents without any."""
    found = {number: list(resources(each)) for number, each in enumerate(documents)}
    empty = [each for number, each in enumerate(documents) if not found[number]]
    mentioned: dict[str, list[Resource]] = defaultdict(list)
    for resource in under_own_ids([each for several in found.values() for each in several]):
        mentioned[resource.key].append(resource)
    return mentioned, empty


def _gathered(mentioned: Mapping[str, list[Resource]]) -> list[Mentions]:
    return [gather(all_of) for all_of in mentioned.values() if all_of[0].id.kind in (VM, INSTANCE)]


def _left_out(
    documents: Sequence[Document], empty: Sequence[Document], odd: Sequence[str]
) -> list[str]:
    nameless = [each for one in documents for each in without_ids(one)]
    return [
        *_first([_nothing_used(each) for each in empty], "documents hold no machine"),
        *_first(list(pages_left(documents)), "pages are not followed"),
        *_first([*nameless, *odd], "machines are odd"),
    ]


_LEFT_OUT = "; the machine is left out"


def _nothing_in(documents: Sequence[Document], empty: Sequence[Document]) -> FleetError:
    told = empty[0] if empty else documents[0]
    problem, remedy = no_machine_in(told.content)
    return FleetError(file=told.file, problem=problem, remedy=remedy)


def _nothing_used(document: Document) -> str:
    problem, remedy = no_machine_in(document.content)
    return f"{document.file}: {document.place}: {problem}. {remedy.removesuffix('.')}"


def _first(sentences: Sequence[str], others: str) -> list[str]:
    """The first sentences, and how many more there are."""
    named = list(sentences[:_MOST_NAMED])
    more = len(sentences) - len(named)
    return [*named, f"{more} more {others}"] if more else named


def _machines(gathered: list[Mentions]) -> _Read:
    turns: Counter[str] = Counter()
    read = _Read()
    for mentions in gathered:
        try:
            machine = machine_of(mentions, turn=turns[_group(mentions)])
        except UnusableMachine as error:
            read.oddities.append(f"{mentions.called}: {error}{_LEFT_OUT}")
            continue
        turns[_group(mentions)] += 1
        read.machines.append(machine)
        read.oddities += [f"{mentions.called}: {each}" for each in mentions.oddities]
        try:
            wave = recorded_wave(mentions.view)
        except UnusableMaintenance as error:
            read.oddities.append(f"{mentions.called}: {error}; it is in no wave")
            read.without_wave.add(key(machine.id))
            continue
        if wave is not None:
            read.recorded[key(machine.id)] = wave
    read.recorded = _with_own_names(read.recorded)
    return read


def _with_own_names(recorded: dict[str, WaveSpec]) -> dict[str, WaveSpec]:
    """The same waves, no two different ones with one name."""
    names: dict[WaveSpec, str] = {}
    for wave in recorded.values():
        same = sum(each.name == wave.name for each in names)
        names.setdefault(wave, f"{wave.name} ({same + 1})" if same else wave.name)
    return {
        each: msgspec.structs.replace(wave, name=names[wave]) for each, wave in recorded.items()
    }


def _group(mentions: Mentions) -> str:
    parent = mentions.first.key.rsplit("/", 2)[0] if mentions.is_instance else ""
    return parent or key(mentions.availability_set or "")


def _reached(read: _Read, waves: Waves) -> tuple[list[MachineSpec], tuple[WaveSpec, ...], str]:
    """The machines with their waves, the waves, and what to tell the user about them."""
    recorded, machines = read.recorded, read.machines
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
    left = read.without_wave if waves is Waves.AS_RECORDED else set()
    reason = (
        "as asked for"
        if waves is Waves.ALL
        else "no planned maintenance is recorded in these files, so"
    )
    running = {
        key(one.id) for one in machines if one.power is Power.RUNNING and key(one.id) not in left
    }
    note = (
        f"{reason} the {len(running)} running machines of {len(machines)} are put into a demo "
        "wave; it is invented"
    )
    return (
        [_in(one, DEMO_WAVE.name if key(one.id) in running else None) for one in machines],
        (DEMO_WAVE,),
        note,
    )


def _in(machine: MachineSpec, wave: str | None) -> MachineSpec:
    return msgspec.structs.replace(machine, wave=wave)


def _assumed(gathered: list[Mentions]) -> list[str]:
    assumed_power = [one for one in gathered if not one.power]
    assumed_domain = [one for one in gathered if one.lacks_domain]
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
