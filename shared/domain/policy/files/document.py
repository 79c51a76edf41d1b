"""A policy in files, read: what the platform file says, and the groups of all files.

Sample of a platform file::

    version: 1
    time_zone: Europe/Berlin
    defaults:
      windows: [{ weekly: [sat, sun], from: 22:00, to: 06:00 }]
      limits: { slots: 1, cool_down: 30m }
    blackouts: [{ name: close, from: 2026-12-23 18:00, to: 2027-01-02 06:00 }]

An owner's file has `version`, `time_zone` and `groups` only.
"""

from collections.abc import Mapping as Values
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from shared.domain.calendar.zones.names import zone
from shared.domain.policy.files.match import Match, read_match
from shared.domain.policy.files.node import Items, Mapping, Node, Place, Problems, Scalar, shown
from shared.domain.policy.files.reading import (
    items,
    join,
    known,
    mapping,
    one_of,
    read_by,
    require,
    text,
)
from shared.domain.policy.files.rules import SECTIONS, Written, read_section
from shared.domain.policy.files.tiers import TierOfFile, read_tiers
from shared.domain.policy.files.windows import (
    PlacedBlackout,
    PlacedRule,
    read_blackouts,
    read_not_before,
    read_windows,
)
from shared.domain.policy.files.yaml_text import read_yaml
from shared.domain.policy.mode import Mode

VERSION = 1
LEAVE_ALONE = "leave-alone"
_RULES = ("mode", "windows", "blackouts", "not_before", *SECTIONS)
_GROUP = ("name", "owner", "match", "do", "reason", "tiers", *_RULES)
_OWNER_FILE = ("version", "time_zone", "groups")
_PLATFORM_FILE = (*_OWNER_FILE, "defaults", "blackouts")


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A file as it was given; the name is what messages show."""

    name: str
    text: str
    is_platform: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one file says in one place about rules. A key that is not written is inherited."""

    place: Place
    time_zone: str = "UTC"
    #: None: as the layer outside of it
    mode: Mode | None = None
    mode_place: Place | None = None
    windows: tuple[PlacedRule, ...] | None = None
    blackouts: tuple[PlacedBlackout, ...] = ()
    values: Values[str, Written] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Machines that have rules of their own."""

    name: str
    match: Match
    layer: Layer
    #: whether the file of an owner has it, so that it may only narrow
    is_owners: bool
    owner: str = ""
    #: why its machines are left alone; None: they are not
    leave_alone: str | None = None
    tiers: tuple[TierOfFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Everything that the files say."""

    platform: Layer
    groups: tuple[Group, ...] = ()
    #: of the names and texts of all files, in any order: the same files have the same version
    version: str = ""


def read_document(files: Sequence[PolicyFile], problems: Problems) -> Document | None:
    """The document; None where the platform file has a problem.

    With problems in other files the document has what could be read of them.
    """
    platform: Layer | None = None
    groups: list[Group] = []
    for file in files:
        root = _root(file, problems)
        if root is None:
            continue
        time_zone = _time_zone(root, problems)
        if file.is_platform:
            platform = _platform(root, time_zone, problems)
        groups += _groups(root, file, time_zone, problems)
    _refuse_same_names(groups, problems)
    names = {each.name for each in files if each.is_platform}
    if any(each.place.file in names for each in problems):
        return None
    return Document(
        platform=platform or Layer(place=Place("defaults of the app")),
        groups=tuple(groups),
        version=version_of(files),
    )


def _root(file: PolicyFile, problems: Problems) -> Mapping | None:
    before = len(problems)
    node = read_yaml(file.text, file.name, problems)
    if node is None:
        if len(problems) == before:
            problems.add(Place(file.name), "", "is empty. Write at least version: 1.")
        return None
    root = mapping(node, "", problems)
    if root is None:
        return None
    allowed = _PLATFORM_FILE if file.is_platform else _OWNER_FILE
    for entry in root.entries:
        if entry.key in _PLATFORM_FILE and entry.key not in allowed:
            problems.add(entry.place, entry.key, "is for the platform file. Write it in a group.")
    for _ in known(root, "", _PLATFORM_FILE, problems):
        pass
    version = root.get("version")
    if version is None:
        problems.add(
            root.place, "version", "is missing. Write version: 1, and the rules below defaults."
        )
    elif not _is_version(version):
        problems.add(version.place, "version", f"is {shown(version)}. Write 1, without quotes.")
    return root


def _is_version(node: Node) -> bool:
    return isinstance(node, Scalar) and type(node.value) is int and node.value == VERSION


def _time_zone(root: Mapping, problems: Problems) -> str:
    node = root.get("time_zone")
    if node is None:
        return "UTC"
    found = read_by(_zone_name, node, "time_zone", problems)
    return found or "UTC"


def _zone_name(written: str) -> str:
    try:
        zone(written)
    except ValueError as fault:
        said = str(fault)
        raise ValueError(f"{said[0].upper()}{said[1:]}.") from fault
    return written


def _platform(root: Mapping, time_zone: str, problems: Problems) -> Layer:
    node, values = root.get("defaults"), root.get("blackouts")
    blackouts = read_blackouts(values, "blackouts", problems) if values else ()
    layer = Layer(place=root.place, time_zone=time_zone)
    if node is not None:
        group = mapping(node, "defaults", problems)
        if group is not None:
            for _ in known(group, "defaults", _RULES, problems):
                pass
            layer = _layer(group, "defaults", time_zone, problems)
    return Layer(
        place=layer.place,
        time_zone=time_zone,
        mode=layer.mode,
        mode_place=layer.mode_place,
        windows=layer.windows,
        blackouts=(*blackouts, *layer.blackouts),
        values=layer.values,
    )


def _layer(group: Mapping, path: str, time_zone: str, problems: Problems) -> Layer:
    windows, blackouts = group.get("windows"), group.get("blackouts")
    values: dict[str, Written] = {}
    for entry in group.entries:
        if entry.key in SECTIONS:
            values |= read_section(entry, entry.key, problems)
    not_before = group.get("not_before")
    closed = read_blackouts(blackouts, join(path, "blackouts"), problems) if blackouts else ()
    if not_before is not None:
        closed += read_not_before(not_before, join(path, "not_before"), problems)
    mode = group.get("mode")
    word = mode and one_of(tuple(Mode), mode, join(path, "mode"), problems)
    return Layer(
        place=group.place,
        time_zone=time_zone,
        mode=Mode(word) if word else None,
        mode_place=mode.place if mode else None,
        windows=_windows(windows, join(path, "windows"), problems),
        blackouts=closed,
        values=values,
    )


def _windows(node: Node | None, path: str, problems: Problems) -> tuple[PlacedRule, ...] | None:
    """An empty list is a problem: it could mean "never" or "always"."""
    if node is None:
        return None
    if _is_empty(node):
        problems.add(
            node.place, path, f"has no window. Write `do: {LEAVE_ALONE}` to forbid every moment."
        )
        return None
    return read_windows(node, path, problems)


def _is_empty(node: Node) -> bool:
    return (isinstance(node, Items) and not node.items) or (
        isinstance(node, Scalar) and node.value is None
    )


def _groups(root: Mapping, file: PolicyFile, time_zone: str, problems: Problems) -> list[Group]:
    node = root.get("groups")
    if node is None:
        return []
    found = []
    for n, item in enumerate(items(node, "groups", problems)):
        fields = mapping(item, f"groups[{n}]", problems)
        if fields is None:
            continue
        path = f"groups[{n}]"
        for _ in known(fields, path, _GROUP, problems):
            pass
        layer = _layer(fields, path, time_zone, problems)
        group = _group(fields, path, layer, problems, is_owners=not file.is_platform)
        found += [group] if group else []
    return found


def _group(
    fields: Mapping, path: str, layer: Layer, problems: Problems, *, is_owners: bool
) -> Group | None:
    if not require(fields, path, ("name", "match"), problems):
        return None
    name = _text(fields, path, "name", problems)
    conditions = fields.get("match")
    match = read_match(conditions, join(path, "match"), problems) if conditions else None
    do = fields.get("do")
    leave = do and one_of((LEAVE_ALONE,), do, join(path, "do"), problems)
    reason = _text(fields, path, "reason", problems)
    tiers = fields.get("tiers")
    if name is None or match is None:
        return None
    return Group(
        name=name,
        match=match,
        layer=layer,
        is_owners=is_owners,
        owner=_text(fields, path, "owner", problems) or "",
        leave_alone=(reason or f"the policy leaves the group {name} alone") if leave else None,
        tiers=read_tiers(tiers, join(path, "tiers"), problems) if tiers else (),
    )


def _text(fields: Mapping, path: str, key: str, problems: Problems) -> str | None:
    node = fields.get(key)
    return None if node is None else text(node, join(path, key), problems)


def _refuse_same_names(groups: Sequence[Group], problems: Problems) -> None:
    first: dict[str, Place] = {}
    for each in groups:
        name = each.name.casefold()
        if name in first:
            problems.add(
                each.layer.place,
                each.name,
                f"is a group of {first[name]} as well. Rename one.",
            )
        first.setdefault(name, each.layer.place)


def version_of(files: Sequence[PolicyFile]) -> str:
    """A hash of the names and texts of files, in any order and with any ends of lines."""
    digest = sha256()
    for each in sorted(files, key=lambda each: (not each.is_platform, each.name)):
        for part in (each.name, _same_lines(each.text)):
            digest.update(f"{len(part.encode())}:".encode() + part.encode())
    return digest.hexdigest()[:16]


def _same_lines(text: str) -> str:
    """The text as it is without the marks that an editor of Windows adds."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
