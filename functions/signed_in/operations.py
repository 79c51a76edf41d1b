"""The operations by their routes, as the blueprints register them for callers with a key."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import azure.functions as func

from functions.http import Handler
from functions.notices import record
from functions.operators import calendar, commands, plan, policies, read, rehearsal, targets
from functions.signed_in.rights import RIGHTS
from shared.domain.access.rights import Right

_MODULES = (read, plan, policies, commands, targets, rehearsal, calendar, record)
_PREFIX = "v1/"
_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation: its handler, and the right that it needs."""

    name: str
    methods: frozenset[str]
    right: Right
    path: re.Pattern[str]
    handler: Handler

    def values(self, path: str) -> dict[str, str] | None:
        """The values of the route; None where the path is another one."""
        found = self.path.fullmatch(path)
        return None if found is None else found.groupdict()


def operations() -> tuple[Operation, ...]:
    """Every operation with a right."""
    return tuple(_all())


def _all() -> Iterator[Operation]:
    for module in _MODULES:
        for name, right in RIGHTS.items():
            builder = getattr(module, name, None)
            if builder is not None:
                yield _operation(builder, name, right)


def _operation(builder: Any, name: str, right: Right) -> Operation:
    function = builder.build(func.AuthLevel.FUNCTION)
    trigger = function.get_trigger()
    route = trigger.route.removeprefix(_PREFIX)
    pattern = "".join(
        f"(?P<{part}>[^/]+)" if n % 2 else re.escape(part)
        for n, part in enumerate(_PARAMETER.split(route))
    )
    return Operation(
        name=name,
        methods=frozenset(str(getattr(each, "value", each)).upper() for each in trigger.methods),
        right=right,
        path=re.compile(pattern, re.IGNORECASE),
        handler=function.get_user_function(),
    )
