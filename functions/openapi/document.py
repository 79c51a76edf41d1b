"""Puts the OpenAPI document together: what the functions say of themselves, and the forms that are kept for them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from functions.openapi.operations import OPERATIONS, Operation
from functions.openapi.schemas import SCHEMAS, Schema, ref

_PARAMETER = re.compile(r"\{(\w+)\}")
_JSON = "application/json"

_WHAT = {
    200: "done",
    202: "taken; what follows is queued",
    400: "what was sent cannot be understood; the text says what would be",
    401: "no proof of who calls, or a false one",
    403: "the caller is somebody else, or this door is not opened by its setting",
    404: "there is no such thing",
    409: "not possible in this state",
    413: "too large",
    415: "another content type is needed",
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
    """The whole document (OpenAPI 3.1); KeyError for a function whose forms are not in OPERATIONS."""
    paths: dict[str, dict[str, Any]] = {}
    for each in sorted(functions, key=lambda one: (one.route, one.name)):
        for method in each.methods:
            paths.setdefault(f"/api/{each.route}", {})[method.lower()] = _operation(each, method)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Forestall",
            "version": "1",
            "description": "Operations and doors for notices. The function key is the host's to check: query `code` or header.",
        },
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
                "code": {"type": "apiKey", "in": "query", "name": "code"},
            },
        },
    }


def _operation(function: HttpFunction, method: str) -> dict[str, Any]:
    forms = OPERATIONS[function.name]
    several = len(function.methods) > 1
    found: dict[str, Any] = {
        "operationId": f"{function.name}_{method.lower()}" if several else function.name,
        "summary": function.description.splitlines()[0],
        "parameters": [*_in_path(function.route, forms), *_in_query(forms), *_in_headers(forms)],
        "responses": _responses(forms),
        "security": [{"key": []}, {"code": []}] if function.needs_key else [],
    }
    if forms.body and method == "POST":
        found["requestBody"] = {
            "required": True,
            "content": {kind: _body(kind, schema, forms) for kind, schema in forms.body.items()},
        }
    return found


def _body(kind: str, schema: Schema, forms: Operation) -> dict[str, Any]:
    shown = kind == _JSON and forms.example is not None
    return {"schema": schema, "example": forms.example} if shown else {"schema": schema}


def _in_path(route: str, forms: Operation) -> list[dict[str, Any]]:
    names = _PARAMETER.findall(route)
    return [
        _parameter("path", name, forms.path.get(name, {"type": "string"}), required=True) for name in names
    ]


def _in_query(forms: Operation) -> list[dict[str, Any]]:
    return [_parameter("query", name, schema, required=required) for name, required, schema in forms.query]


def _in_headers(forms: Operation) -> list[dict[str, Any]]:
    return [_parameter("header", name, {"type": "string"}, required=False) for name in forms.headers]


def _parameter(place: str, name: str, schema: Schema, *, required: bool) -> dict[str, Any]:
    return {"in": place, "name": name, "required": required, "schema": schema}


def _responses(forms: Operation) -> dict[str, Any]:
    answers = forms.answers | {status: ref("Problem") for status in (*forms.problems, 503)}
    found = {
        str(status): {"description": _WHAT[status], "content": {_JSON: {"schema": schema}}}
        for status, schema in sorted(answers.items())
    }
    if forms.answers_text:
        found["200"]["content"]["text/plain"] = {"schema": {"type": "string"}}  # type: ignore[index]
    return found
