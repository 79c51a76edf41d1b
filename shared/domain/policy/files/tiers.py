"""The tiers of a group: which of its machines go first, and how long the next ones wait.

Sample::

    tiers:
      - { name: replicas, match: { tag: { role: db-replica } } }
      - { name: primary, match: { tag: { role: db-primary } }, soak: 2h }

The first tier that claims a machine has it. A machine that none claims comes after all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.machine.machine import Machine
from shared.domain.policy.files.match import Match, read_match
from shared.domain.policy.files.node import Mapping, Node, Place, Problems
from shared.domain.policy.files.reading import (
    items,
    join,
    known,
    mapping,
    read_by,
    require,
    text,
)
from shared.domain.policy.policy import Tier
from shared.domain.policy.values import read_duration

_KEYS = ("name", "match", "soak")
#: the name of the machines that no tier claims
_OTHERS = "others"


@dataclass(frozen=True, slots=True)
class TierOfFile:
    """A tier, the machines that it claims, and where it is written."""

    place: Place
    tier: Tier
    match: Match


def read_tiers(node: Node, path: str, problems: Problems) -> tuple[TierOfFile, ...]:
    """The tiers of a list, in their order."""
    found: list[TierOfFile] = []
    for n, item in enumerate(items(node, path, problems)):
        place = f"{path}[{n}]"
        fields = mapping(item, place, problems)
        tier = None if fields is None else _tier(fields, place, problems)
        if tier is None:
            continue
        if tier.tier.name in [_OTHERS, *(each.tier.name for each in found)]:
            problems.add(tier.place, join(place, "name"), "is the name of another tier. Rename it.")
        found.append(tier)
    return tuple(found)


def tier_of(machine: Machine, tiers: Sequence[TierOfFile]) -> int | None:
    """The number of the machine's tier, from 1; None: there are no tiers."""
    if not tiers:
        return None
    claiming = (n for n, each in enumerate(tiers, start=1) if each.match.claims(machine))
    return next(claiming, len(tiers) + 1)


def with_others(tiers: Sequence[TierOfFile]) -> tuple[Tier, ...]:
    """The tiers, and behind them the one of machines that none claims."""
    return (*(each.tier for each in tiers), Tier(name=_OTHERS)) if tiers else ()


def _tier(fields: Mapping, path: str, problems: Problems) -> TierOfFile | None:
    before = len(problems)
    for _ in known(fields, path, _KEYS, problems):
        pass
    require(fields, path, ("name", "match"), problems)
    name, match, soak = (fields.get(each) for each in _KEYS)
    if name is None or match is None:
        return None
    title = text(name, join(path, "name"), problems)
    claims = read_match(match, join(path, "match"), problems)
    wait = read_by(read_duration, soak, join(path, "soak"), problems) if soak else None
    if title is None or claims is None or len(problems) > before:
        return None
    tier = Tier(name=title) if wait is None else Tier(name=title, soak=wait)
    return TierOfFile(fields.place, tier, claims)
