"""Makes the OpenAPI document from the descriptions of the functions and the types they use."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from functions.openapi.operations import OPERATIONS, Operation
from functions.views import Problem

type Schema = dict[str, Any]

_REFERENCE = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{(\w+)\}")
_JSON = "application/json"
_PROBLEM = "application/problem+json"

_WHAT = {
    200: "done",
    202: "taken; what follows is queued",
    400: "what was sent cannot be understood; the text says what would be",
    401: "no proof of who calls, or a false one",
    403: "the caller is another one, or this webhook has no setting",
    404: "there is no such thing",
    409: "not possible in this state",
    413: "too large",
    415: "another content type is needed",
    500: "a bug; the log has it as http.failed",
    429: "the app's share of Azure's request limits is used up; try again after `Retry-After`",
    503: "something behind the app is away, or a setting is wrong; try again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpFunction:
    """One HTTP function as the host indexes it."""

    name: str
    route: str
    methods: tuple[str, ...]
    needs_key: bool
    description: str


def document(functions: Iterable[HttpFunction]) -> dict[str, Any]:
    """The whole document (OpenAPI 3.1).

    KeyError for a function whose types are not in OPERATIONS.
    """
    paths: dict[str, dict[str, Any]] = {}
    for each in sorted(functions, key=lambda one: (one.route, one.name)):
        for method in each.methods:
            paths.setdefault(f"/api/{each.route}", {})[method.lower()] = _operation(each, method)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Forestall",
            "version": "1",
            "description": (
                "Operations and webhooks for notices. The function key is the host's to check: "
                "query `code` or header."
            ),
        },
        "paths": paths,
        "components": {
            "schemas": _components(),
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
                "code": {"type": "apiKey", "in": "query", "name": "code"},
            },
        },
    }


def _components() -> dict[str, Schema]:
    """The schema of every struct that a function takes or answers, by its name."""
    every: list[Any] = [Problem]
    for each in OPERATIONS.values():
        every += [*each.responses.values(), *each.body.values(), *each.path.values()]
        every += [kind for _, _, kind in each.query]
    return msgspec.json.schema_components(every, ref_template=_REFERENCE)[1]


def _schema(kind: Any) -> Schema:
    """The schema of a type; a reference where it is a struct or an enumeration."""
    return msgspec.json.schema_components((kind,), ref_template=_REFERENCE)[0][0]


def _operation(function: HttpFunction, method: str) -> dict[str, Any]:
    types = OPERATIONS[function.name]
    several = len(function.methods) > 1
    found: dict[str, Any] = {
        "operationId": f"{function.name}_{method.lower()}" if several else function.name,
        "summary": function.description.splitlines()[0],
        "parameters": [*_in_path(function.route, types), *_in_query(types), *_in_headers(types)],
        "responses": _responses(types),
        "security": [{"key": []}, {"code": []}] if function.needs_key else [],
    }
    if types.body and method == "POST":
        found["requestBody"] = {
            "required": True,
            "content": {name: _body(name, kind, types) for name, kind in types.body.items()},
        }
    return found


def _body(name: str, kind: Any, types: Operation) -> dict[str, Any]:
    shown = name == _JSON and types.example is not None
    return (
        {"schema": _schema(kind), "example": types.example} if shown else {"schema": _schema(kind)}
    )


def _in_path(route: str, types: Operation) -> list[dict[str, Any]]:
    names = _PARAMETER.findall(route)
    return [_parameter("path", name, types.path.get(name, str), required=True) for name in names]


def _in_query(types: Operation) -> list[dict[str, Any]]:
    return [
        _parameter("query", name, kind, required=required) for name, required, kind in types.query
    ]


def _in_headers(types: Operation) -> list[dict[str, Any]]:
    return [_parameter("header", name, str, required=False) for name in types.headers]


def _parameter(place: str, name: str, kind: Any, *, required: bool) -> dict[str, Any]:
    return {"in": place, "name": name, "required": required, "schema": _schema(kind)}


def _responses(types: Operation) -> dict[str, Any]:
    of_bugs = () if types.from_sender else (429, 500)
    answers = types.responses | dict.fromkeys((*types.problems, *of_bugs, 503), Problem)
    found = {
        str(status): {
            "description": _WHAT[status],
            "content": {_PROBLEM if kind is Problem else _JSON: {"schema": _schema(kind)}},
        }
        for status, kind in sorted(answers.items())
    }
    if types.responds_with_text:
        found["200"]["content"]["text/plain"] = {"schema": _schema(str)}  # type: ignore[index]
    return found
