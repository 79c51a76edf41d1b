"""Answers of HTTP functions against docs/openapi.json: status, content type and body.

`call` of notice_doors and `call_http` of test_triggers check every answer that a test gets.
"""

import json
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from sandbox.azure.functions_host.runtime.shapes import HttpResponse

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"


def _is_utc(value: object) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is UTC


_FORMATS = FormatChecker(())
_FORMATS.checks("date-time", raises=ValueError)(_is_utc)


def check_answer(function: str, method: str, response: HttpResponse) -> None:
    """Fail where the document does not allow this answer."""
    responses = operation(function, method)["responses"]
    assert str(response.status) in responses, (
        f"{function}: {response.status} is not in the document"
    )
    content = responses[str(response.status)]["content"]
    kind = next(value for name, value in response.headers.items() if name.lower() == "content-type")
    kind = kind.partition(";")[0].strip()
    assert kind in content, f"{function}: {response.status} as {kind} is not in the document"
    if kind == "application/json":
        check_body(content[kind]["schema"], json.loads(response.body))


def operation(function: str, method: str) -> dict[str, Any]:
    """What the document says of a function."""
    named = (function, f"{function}_{method.lower()}")
    (found,) = [
        each
        for methods in document()["paths"].values()
        for each in methods.values()
        if each["operationId"] in named
    ]
    return dict(found)


def check_body(schema: dict[str, Any], body: object) -> None:
    """Fail where a body is not of a schema of the document, or has a field beside the schema."""
    whole = {**schema, "components": _closed_components()}
    problems = [
        f"{each.json_path}: {each.message}"
        for each in Draft202012Validator(whole, format_checker=_FORMATS).iter_errors(body)
    ]
    assert problems == []


@cache
def document() -> dict[str, Any]:
    """The stored document."""
    return dict(json.loads(DOCUMENT.read_text(encoding="utf-8")))


@cache
def _closed_components() -> dict[str, Any]:
    components = deepcopy(document()["components"])
    for schema in components["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return dict(components)
