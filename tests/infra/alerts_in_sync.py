"""What the alerts look for in the logs, and what the app writes there. This says what is looked for in vain."""

import ast
import re
from collections.abc import Iterator, Mapping

from shared.domain.jobs import State
from tests.infra.deployments import Resource, of_type

#: the functions that write a line, and which argument is the event
_WRITERS = {"say": 0, "warn": 0, "record": 1}


def looked_for(among: list[Resource]) -> dict[str, set[str]]:
    """By alert, the events (`job.parked`) and kinds of notification (`kind=scope.halted`) that its query names."""
    return {
        each["name"]: set(_names(_query(each)))
        for each in of_type(among, "Microsoft.Insights/scheduledQueryRules")
    }


def written(sources: Mapping[str, str]) -> set[str]:
    """Every event and kind of notification that the code can write."""
    found: set[str] = set()
    for text in sources.values():
        for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
            found |= set(_events(call))
    return found


def in_vain(alerts: Mapping[str, set[str]], events: set[str]) -> list[str]:
    """One sentence for each name that no code writes, and each alert that names nothing."""
    return [
        *(f"{alert} looks for nothing" for alert, names in sorted(alerts.items()) if not names),
        *(
            f"{alert} looks for {name}, which nothing writes"
            for alert, names in sorted(alerts.items())
            for name in sorted(names - events)
        ),
    ]


def _query(rule: Resource) -> str:
    query: str = rule["properties"]["criteria"]["allOf"][0]["query"]
    return query


def _names(query: str) -> Iterator[str]:
    yield from re.findall(r'startswith "([\w.]+) "', query)
    yield from re.findall(r'has "(kind=[\w.]+)"', query)


def _events(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in _WRITERS and len(call.args) > _WRITERS[name]:
        yield from _spelt_out(call.args[_WRITERS[name]])
    if name == "notify":
        yield from (f"kind={each.value!s}" for each in call.args if isinstance(each, ast.Constant))


def _spelt_out(event: ast.expr) -> Iterator[str]:
    """An event as it stands; `f"job.{job.state.value}"` once for each state."""
    if isinstance(event, ast.Constant):
        yield str(event.value)
    if isinstance(event, ast.JoinedStr) and ast.unparse(event).startswith("f'job.{"):
        yield from (f"job.{state.value}" for state in State)
