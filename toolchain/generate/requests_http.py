"""Writes requests.http from docs/openapi.json: a request for each HTTP function.

`python -m toolchain.generate.requests_http` writes the file, and so does
`python -m toolchain.generate.openapi`.
"""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "openapi.json"
REQUESTS = ROOT / "requests.http"

type Json = Mapping[str, Any]

_HEAD = """\
# Every HTTP function of the app, for the REST Client of VS Code or the HTTP client of JetBrains.
# Written from docs/openapi.json by `python -m toolchain.generate.openapi`; do not edit it by hand.
#
# `make serve` answers at the host below, and prints its key. In Azure use the address of the app,
# and a function key in place of KEY.

@host = http://127.0.0.1:7071
@key = KEY
"""

_WIDTH = 100
_COMPUTE = "/subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.Compute"
#: a value that the app understands, by the name of a parameter or of a field
_SAMPLES: Mapping[str, object] = {
    "by": "ada",
    "days": 30,
    "skipMachineCheck": False,
    "job": "JOB",
    "machine": f"{_COMPUTE}/virtualMachines/VM",
    "notice": "NOTICE",
    "provider": "plain",
    "reason": "why it is done",
    "scope": f"avset:{_COMPUTE}/availabilitySets/SET",
    "secret": "SECRET",
    "state": "parked",
    "subscription": "SUBSCRIPTION",
    "target": "everything",
    "token": 1,
    "WebHook-Request-Origin": "eventgrid.azure.net",
    "X-Forestall-Secret": "SECRET",
}
_BY_TYPE: Mapping[str, object] = {
    "array": [],
    "boolean": False,
    "integer": 1,
    "number": 1,
    "object": {},
    "string": "TEXT",
}
#: the key is a header of its own, and a proof that only a service can give is left out
_LEFT_OUT = {"Authorization", "validationToken"}


def text(document: Json) -> str:
    """The whole file: variables, then the operations in the order of the document."""
    operations = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    names = sorted(
        {name for _, path, _ in operations for name in re.findall(r"{(\w+)}", path)}
        | {each["name"] for *_, operation in operations for each in _variables(operation)}
    )
    variables = "".join(f"@{name} = {_SAMPLES.get(name, name.upper())}\n" for name in names)
    return _HEAD + variables + "".join(_request(*each) for each in operations)


def _variables(operation: Json) -> Iterator[Json]:
    """Required parameters of the query: what is asked for differs each time."""
    for each in operation.get("parameters", ()):
        if each["in"] == "query" and each["required"]:
            yield each


def _request(method: str, path: str, operation: Json) -> str:
    query = "&".join(f"{each['name']}={{{{{each['name']}}}}}" for each in _variables(operation))
    url = "{{host}}" + re.sub(r"{(\w+)}", r"{{\1}}", path) + (f"?{query}" if query else "")
    summary = textwrap.wrap(
        operation["summary"], _WIDTH, initial_indent="# ", subsequent_indent="# "
    )
    lines = [f"### {operation['operationId']}", *summary, *_optional(operation)]
    lines += [f"{method.upper()} {url}", *_headers(operation)]
    body = _body(operation)
    if body is not None:
        lines += [
            "Content-Type: application/json",
            "",
            json.dumps(body, indent=2, ensure_ascii=False),
        ]
    return "\n" + "\n".join(lines) + "\n"


def _optional(operation: Json) -> Iterator[str]:
    names = [
        each["name"]
        for each in operation.get("parameters", ())
        if each["in"] == "query" and not each["required"] and each["name"] not in _LEFT_OUT
    ]
    if names:
        yield f"# Optional in the query: {', '.join(names)}"


def _headers(operation: Json) -> Iterator[str]:
    if operation.get("security"):
        yield "x-functions-key: {{key}}"
    for each in operation.get("parameters", ()):
        if each["in"] == "header" and each["name"] not in _LEFT_OUT:
            yield f"{each['name']}: {_SAMPLES.get(each['name'], each['name'].upper())}"


def _body(operation: Json) -> object:
    """The document's example, or the required fields of the form; None where it takes no JSON."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    return content["example"] if "example" in content else _sample("", content["schema"])


def _sample(name: str, schema: Json) -> object:
    """A value of a form. No form of a request refers to a named one."""
    if name in _SAMPLES:
        return _SAMPLES[name]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        return {
            each: _sample(each, schema["properties"][each]) for each in schema.get("required", ())
        }
    return _BY_TYPE[schema.get("type", "object")]


def write() -> None:
    """Write requests.http from the stored document."""
    REQUESTS.write_text(text(json.loads(DOCUMENT.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    write()
    print(f"wrote {REQUESTS.name}")
