"""What a server answered, inside of what a program kept of it: exchanges, tables, JSON in a text.

Samples: {"request": {"url": "..."}, "status": 200, "body": {...}} is an exchange. {"StatusCode":
200, "Content": "{...}"} is what `Invoke-AzRestMethod | ConvertTo-Json` prints.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.azure.fleets.recorded.keys import with_known_names

#: as Resource Graph names the column of `project properties.extended.instanceView`
_PATHS = ("properties_", "tags_")


def exchanges(content: Any) -> Iterator[Mapping[str, Any]]:
    """The recorded exchanges of a document, which has them in a list or is one."""
    several = content.get("exchanges") if isinstance(content, Mapping) else content
    each_of = several if isinstance(several, list) else [content]
    yield from (each for each in each_of if isinstance(each, Mapping) and "request" in each)


def json_in(value: Any) -> Any:
    """The value in a text of JSON; any other value as it is."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return with_known_names(json.loads(value))
    except (ValueError, RecursionError):
        return value


def rows_of(content: Mapping[str, Any]) -> list[Any] | None:
    """The rows of a table as objects; None if it is no table."""
    columns, rows = content.get("columns"), content.get("rows")
    if not isinstance(columns, list) or not isinstance(rows, list):
        return None
    names = [str(each.get("name")) if isinstance(each, Mapping) else str(each) for each in columns]
    return [
        with_known_names(dict(zip(names, row, strict=False)))
        for row in rows
        if isinstance(row, list)
    ]


def with_parts(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same object, with its columns named by a path as objects in it.

    `properties_extended_instanceView_powerState_code` is `properties.extended.instanceView...`.
    """
    paths = [name for name in content if name.lower().startswith(_PATHS)]
    if not paths:
        return content
    whole = {name: value for name, value in content.items() if name not in paths}
    for name in paths:
        first, _, rest = name.partition("_")
        # names of tags may have an underscore, and names of fields never have
        steps = [first, rest] if first.lower() == "tags" else name.split("_")
        inner = whole
        for step in steps[:-1]:
            part = inner.get(step)
            inner[step] = dict(part) if isinstance(part, Mapping) else {}
            inner = inner[step]
        inner.setdefault(steps[-1], content[name])
    named: Mapping[str, Any] = with_known_names(whole)
    return named
