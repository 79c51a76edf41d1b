"""The order of rooms, and how many modules a folder holds.

The tables come first; the rules below read only them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from toolchain.checks.sources import OURS, ROOTS, Imported, Module, imports

#: What is in a folder, its modules and its folders ("rooms"), from the lowest line to the highest.
#: A name may import what is in the lines above its own. It may not import what is below it or
#: beside it.
ORDER = {
    "shared/domain": """
        utc       urls      guid      schema    reasons   rehearsal
        access
        machine   audit     generation   trail_export   clocks
        hints     subscriptions
        health    lock      calendar
        policy    quota   clouds
        job       schedule
        messages
        delivery
        delivery_properties
        redeploy  scan
        plan      notices   outbox
    """,
    "shared/domain/notices": """
        notice    regions
        place
        outage
        untrusted_json   decoding
        json_fields
        mail      azure_monitor   event_grid   record
        http      trusted_senders
    """,
    "shared/usecases": """
        last_written   set_views   turns   policy_in_force   heard   open_tiers   whole_lists
        app
        generation
        current_plan
        notify    refresh_policy
        jobs
        scan      redeploy
        recover   notices   hints   outbox
        retention   trail   rehearse   clocks
        receive
        show
        operate   calendar_feed   policies   access
        timers
    """,
    "shared/adapters": """
        clock     sdk_errors   worker   transport   blob_container
        schemas
        serialization   unknown_members
        stored_values
        azure     tables   service_bus   webhooks   health   memory   policies
        mail      outbox   trail
    """,
    "functions": """
        views     deliveries   conditional   caller
        http
        scan      redeploy   recover   notifications   operators   page
        notices
        signed_in
        openapi
    """,
    "sandbox": """
        azure
        audit
        demo
    """,
    "sandbox/azure": """
        strict_json
        azurite   fleets   servicebus   functions_host
        arm
    """,
}

#: trees in which no two modules, and no two folders, may import each other, directly or through
#: others. An import only for types makes no circle, because it does not happen when the program
#: runs
NO_CIRCLES = ("shared", "functions", "cli", "sandbox")

#: modules of one folder, `__init__.py` and folders below not counted: more than the first is a
#: warning, than the second an error
CROWDED, TOO_MANY = 12, 16

#: folders that hold more than TOO_MANY, with the number that they hold today and why. The number
#: may only go down.
EXCEPTIONS = {
    "tests/chaos": (
        24,
        "one campaign with its proxies, faults and verdict; to be divided when it is next changed",
    ),
    "tests/infra": (
        26,
        "one pair of checker and test per subject; to be divided when it is next changed",
    ),
}


def against_the_order(module: Module) -> Iterator[str]:
    """Imports from a room into one that is not below it, and names that the order does not know."""
    for folder, table in ORDER.items():
        inside = _child(folder, module.path.removesuffix(".py").split("/"))
        if inside is None or inside == "__init__":
            continue
        lines = _lines(table)
        if inside not in lines:
            yield (
                f"{module.path}:1 is new in {folder}: "
                f"give {inside} a place in ORDER of toolchain/checks/rooms.py"
            )
            continue
        for each in imports(module):
            other = _child(folder, each.dotted.split("."))
            if other in lines and other != inside and lines[other] >= lines[inside]:
                yield (
                    f"{module.path}:{each.line} imports {each.dotted}; in {folder}, "
                    f"{inside} may not import {other} (ORDER in toolchain/checks/rooms.py)"
                )


def circles(modules: Sequence[Module]) -> Iterator[str]:
    """Modules or folders of one folder that need each other.

    One finding per circle, at its first member.
    """
    known = {each.path for each in modules}
    arrows: dict[str, dict[str, set[str]]] = {}
    for module in modules:
        if not module.path.startswith(tuple(f"{tree}/" for tree in NO_CIRCLES)):
            continue
        own = module.path.removesuffix(".py").split("/")
        for each in imports(module):
            target = _file_of(each, known)
            if target is None or target == module.path or each.for_types:
                continue
            other = target.removesuffix(".py").split("/")
            depth = next(n for n, (a, b) in enumerate(zip(own, other, strict=False)) if a != b)
            if depth:
                folder = "/".join(own[:depth])
                arrows.setdefault(folder, {}).setdefault(own[depth], set()).add(other[depth])
    for folder, graph in arrows.items():
        if folder in ORDER:
            continue  # its order allows no circle
        circle = _circle(graph)
        if circle:
            yield (
                f"{folder}/{circle[0]}:1 is in a circle of imports: "
                f"{' -> '.join([*circle, circle[0]])}"
            )


def too_many(modules: Sequence[Module]) -> Iterator[str]:
    """Folders with more modules than TOO_MANY or than their exception; exceptions too high."""
    sizes = _sizes(modules)
    for folder, size in sorted(sizes.items()):
        if folder not in EXCEPTIONS and size > TOO_MANY:
            yield (
                f"{folder}:1 holds {size} modules, and {TOO_MANY} are allowed: divide it by subject"
            )
    for folder, (limit, _) in EXCEPTIONS.items():
        size = sizes.get(folder, limit)
        if size > limit:
            yield (
                f"{folder}:1 holds {size} modules, "
                f"and its exception allows {limit}: it may only go down"
            )
        elif size <= TOO_MANY:
            yield f"{folder}:1 holds {size} modules and needs no exception: take it from EXCEPTIONS"
        elif size < limit:
            yield f"{folder}:1 holds {size} modules: lower its exception from {limit}"


def crowded(modules: Sequence[Module]) -> list[str]:
    """Folders that hold more than CROWDED modules: warnings, none of them an error."""
    return [
        f"{folder} holds {size} modules; more than {CROWDED} are hard to survey"
        for folder, size in sorted(_sizes(modules).items())
        if size > CROWDED
    ]


def _lines(table: str) -> dict[str, int]:
    return {name: n for n, line in enumerate(table.strip().splitlines()) for name in line.split()}


def _child(folder: str, parts: Sequence[str]) -> str | None:
    """Which module or folder of a folder a path or a dotted name leads to; None if to none."""
    start = folder.split("/")
    return (
        parts[len(start)]
        if len(parts) > len(start) and list(parts[: len(start)]) == start
        else None
    )


def _file_of(each: Imported, known: set[str]) -> str | None:
    if each.module.partition(".")[0] not in OURS:
        return None
    for name in (each.dotted, each.module):
        path = name.replace(".", "/")
        for file in (f"{root}{path}{end}" for root in ROOTS for end in (".py", "/__init__.py")):
            if file in known:
                return file
    return None


def _circle(graph: Mapping[str, set[str]]) -> list[str]:
    """One circle, from its alphabetically first member on; empty if there is none."""
    done: set[str] = set()

    def search(name: str, way: list[str]) -> list[str]:
        if name in way:
            found = way[way.index(name) :]
            first = found.index(min(found))
            return found[first:] + found[:first]
        if name in done:
            return []
        for other in sorted(graph.get(name, ())):
            circle = search(other, [*way, name])
            if circle:
                return circle
        done.add(name)
        return []

    return next(filter(None, (search(name, []) for name in sorted(graph))), [])


def _sizes(modules: Sequence[Module]) -> Counter[str]:
    return Counter(
        str(PurePosixPath(each.path).parent)
        for each in modules
        if not each.path.endswith("__init__.py")
    )
