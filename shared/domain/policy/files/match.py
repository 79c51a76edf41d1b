"""Which machines a group claims: by tag, resource group, subscription and id.

Every condition of a group must hold. A list means any of its values; `*` stands for any letters.
Names of tags and ids ignore case, as Azure does. So do values of tags, with blanks around them
removed: `CRM` and `crm ` are `crm`.

Sample::

    match: { tag: { app: crm, role: [web, api] }, resource_group: rg-crm* }
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from shared.domain.machine.machine import Machine, address_of
from shared.domain.policy.files.node import Node, Problems
from shared.domain.policy.files.reading import items, join, known, mapping, text

_KEYS = ("tag", "resource_group", "subscription", "id")


@dataclass(frozen=True, slots=True)
class Condition:
    """One property of a machine and the patterns of which it must meet one, in lower case."""

    kind: str
    name: str
    patterns: tuple[str, ...]

    def holds(self, machine: Machine) -> bool:
        """Whether the machine meets it. A machine without the tag does not."""
        value = self._of(machine)
        return value is not None and any(fnmatchcase(value, each) for each in self.patterns)

    def _of(self, machine: Machine) -> str | None:
        address = address_of(machine.id)
        match self.kind:
            case "tag":
                return machine.tag(self.name)
            case "resource_group":
                return address.resource_group
            case "subscription":
                return address.subscription
            case _:
                return machine.id


@dataclass(frozen=True, slots=True)
class Match:
    """All conditions of a group."""

    conditions: tuple[Condition, ...]

    def claims(self, machine: Machine) -> bool:
        """Whether the group claims the machine."""
        return all(each.holds(machine) for each in self.conditions)


def read_match(node: Node, path: str, problems: Problems) -> Match | None:
    """The conditions; None with a problem if there is none."""
    group = mapping(node, path, problems)
    if group is None:
        return None
    found = [
        condition
        for key, entry in known(group, path, _KEYS, problems)
        for condition in _conditions(entry.key, key, entry.value, problems)
    ]
    if not group.entries:
        problems.add(group.place, path, f"has no condition. Write one of {', '.join(_KEYS)}.")
    return Match(tuple(found)) if found else None


def _conditions(kind: str, key: str, node: Node, problems: Problems) -> Iterator[Condition]:
    if kind != "tag":
        yield from _condition(kind, "", key, node, problems)
        return
    tags = mapping(node, key, problems)
    if tags is None:
        return
    if not tags.entries:
        problems.add(tags.place, key, "has no tag. Write a name and a value, such as app: crm.")
    for entry in tags.entries:
        yield from _condition(kind, entry.key, join(key, entry.key), entry.value, problems)


def _condition(
    kind: str, name: str, key: str, node: Node, problems: Problems
) -> Iterator[Condition]:
    patterns = [text(each, key, problems) for each in items(node, key, problems)]
    read = tuple(_pattern(each) for each in patterns if each is not None)
    if read:
        yield Condition(kind, name, read)


def _pattern(written: str) -> str:
    """Only `*` is special: `[` and `?` are letters like others."""
    return written.strip().lower().replace("[", "[[]").replace("?", "[?]")
