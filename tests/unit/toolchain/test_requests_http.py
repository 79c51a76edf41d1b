"""requests.http has a request for every HTTP function, derived from docs/openapi.json."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from toolchain.generate import requests_http

DOCUMENT: dict[str, Any] = json.loads(requests_http.DOCUMENT.read_text(encoding="utf-8"))
STORED = requests_http.REQUESTS.read_text(encoding="utf-8")
OPERATIONS = [(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as an editor would send it."""

    method: str
    url: str
    headers: dict[str, str]
    body: str

    @property
    def path(self) -> str:
        return urlsplit(self.url).path


def read(text: str) -> list[Request]:
    """The requests of a file, its variables filled in: an own reading of the format."""
    variables = dict(re.findall(r"^@(\w+) = (.*)$", text, re.MULTILINE))
    filled = re.sub(r"{{(\w+)}}", lambda found: variables[found[1]], text)
    return [_request(each) for each in re.split(r"^### .*\n", filled, flags=re.MULTILINE)[1:]]


def _request(text: str) -> Request:
    head, _, body = text.partition("\n\n")
    lines = [line for line in head.splitlines() if not line.startswith("#")]
    method, url = lines[0].split(" ", 1)
    headers = dict(line.split(": ", 1) for line in lines[1:])
    return Request(method=method, url=url, headers=headers, body=body.strip())


def the(method: str, path: str) -> Request:
    """The one request that fits an operation of the document."""
    pattern = re.sub(r"{\w+}", "[^/?]+", path)
    fixed = [each for each in read(STORED) if each.path in DOCUMENT["paths"] and each.path != path]
    fitting = [
        each
        for each in read(STORED)
        if each.method == method.upper() and re.fullmatch(pattern, each.path) and each not in fixed
    ]
    assert len(fitting) == 1, (method, path, fitting)
    return fitting[0]


def test_the_stored_file_is_the_generated_one() -> None:
    assert requests_http.text(DOCUMENT) == STORED, "run python -m toolchain.generate.openapi"


def test_there_are_as_many_requests_as_operations() -> None:
    assert len(read(STORED)) == len(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_of_the_document_has_its_request(method: str, path: str) -> None:
    operation, request = DOCUMENT["paths"][path][method], the(method, path)
    parameters = operation.get("parameters", ())
    required = {each["name"] for each in parameters if each["in"] == "query" and each["required"]}
    assert required == set(parse_qs(urlsplit(request.url).query))
    assert ("x-functions-key" in request.headers) is bool(operation.get("security"))
    assert "{{" not in request.url + request.body


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_body_has_the_required_fields_in_their_form(method: str, path: str) -> None:
    content = DOCUMENT["paths"][path][method].get("requestBody", {}).get("content", {})
    request = the(method, path)
    assert bool(request.body) is ("application/json" in content)
    if request.body:
        schema = content["application/json"]["schema"]
        body = json.loads(request.body)
        assert request.headers["Content-Type"] == "application/json"
        for name in schema.get("required", ()):
            form = schema["properties"][name]
            assert isinstance(body[name], {"string": str, "integer": int}[form["type"]])
            assert re.search(form.get("pattern", ""), str(body[name]))


def test_a_route_that_moves_moves_its_request() -> None:
    moved = {"paths": {"/api/v9/things/{thing}": {"post": _OPERATION}}}
    (request,) = read(requests_http.text(moved))
    assert request == Request(
        method="POST",
        url="http://127.0.0.1:7071/api/v9/things/THING?since=SINCE",
        headers={"x-functions-key": "KEY", "X-New": "X-NEW", "Content-Type": "application/json"},
        body='{\n  "reason": "why it is done",\n  "count": 1,\n  "kind": "a"\n}',
    )


_OPERATION = {
    "operationId": "change_thing",
    "summary": "Change a thing.",
    "security": [{"key": []}],
    "parameters": [
        {"in": "path", "name": "thing", "required": True},
        {"in": "query", "name": "since", "required": True},
        {"in": "query", "name": "until", "required": False},
        {"in": "header", "name": "X-New", "required": False},
    ],
    "requestBody": {
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["reason", "count", "kind"],
                    "properties": {
                        "reason": {"type": "string"},
                        "count": {"type": "integer"},
                        "kind": {"enum": ["a", "b"]},
                        "left_out": {"type": "string"},
                    },
                }
            }
        }
    },
}
