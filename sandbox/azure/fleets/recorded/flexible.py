"""Members of Flexible scale sets that a file lists as instances of their set.

They are virtual machines with an id of their own: `.../virtualMachineScaleSets/web/
virtualMachines/web_1a2b3c4d` is `.../virtualMachines/web_1a2b3c4d`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sandbox.azure.fleets.ids import key, parse_id
from sandbox.azure.fleets.recorded.machines import INSTANCE, VM, mapping_in
from sandbox.azure.fleets.recorded.resources import Resource

_SET = "virtualMachineScaleSet"


def under_own_ids(found: Sequence[Resource]) -> list[Resource]:
    """The same resources, the members of Flexible sets under the ids of virtual machines.

    A set is Flexible if a file says so, or if a virtual machine names it as its own.
    """
    flexible = set(_flexible(found))
    return [_as_machine(each) if _set_of(each) in flexible else each for each in found]


def _flexible(found: Iterable[Resource]) -> Iterator[str]:
    for each in found:
        mode = each.properties.get("orchestrationMode")
        if isinstance(mode, str) and mode.lower() == "flexible":
            yield each.key
        text = mapping_in(each.properties.get(_SET)).get("id")
        if each.id.kind == VM and isinstance(text, str):
            yield key(text.strip())


def _set_of(resource: Resource) -> str | None:
    return resource.key.rsplit("/", 2)[0] if resource.id.kind == INSTANCE else None


def _as_machine(resource: Resource) -> Resource:
    place, _, name = resource.text.rsplit("/", 2)
    text = f"{place.rsplit('/', 2)[0]}/virtualMachines/{name}"
    return replace(
        resource,
        text=text,
        id=parse_id(text),
        properties={_SET: {"id": place}, **resource.properties},
    )
