"""The bindings that the runtime indexes, against the published schema of function.json.

SCHEMAS names the folder with the schema; without it these tests are skipped. The schema is of the
model in which a person writes function.json. The decorators of the Python library make the same
object, and the host reads it without regard to capitals. Each difference is in DIFFERENCES, with
its reason, and nothing else may differ.
"""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from sandbox.azure.functions_host.runtime.worker import Worker
from tests.unit.test_published_schemas import schema

#: which definition of the schema describes a type
DEFINITIONS = {
    "httpTrigger": "httpBinding",
    "http": "httpBinding",
    "serviceBusTrigger": "serviceBusBinding",
    "timerTrigger": "timerTriggerBinding",
}
#: by type and key: why the indexed value is not the one of the schema
DIFFERENCES = {
    ("*", "direction"): "the library writes IN and OUT, the schema has in and out",
    ("httpTrigger", "authLevel"): "the library writes FUNCTION, the schema has function",
    ("httpTrigger", "methods"): "the library writes GET, the schema has get",
}


def bindings(worker: Worker) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each function's name with one of its bindings."""
    for name, function in worker.functions.items():
        for each in function.bindings:
            yield name, dict(each)


def faults(binding: dict[str, Any]) -> dict[str, str]:
    """What the schema finds in one binding: by key, each with the message."""
    rules = schema("function.json")
    kind = binding["type"]
    base, own = rules["definitions"]["bindingBase"], rules["definitions"][DEFINITIONS[kind]]
    found: dict[str, str] = {}
    for each in (base, *_parts(own, kind)):
        validator = jsonschema.validators.validator_for(rules)(each)
        for error in validator.iter_errors(binding):
            found[str(error.path[0]) if error.path else str(error.validator)] = error.message
    return found


def _parts(definition: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    """The definition without its branches, and the branch of the type."""
    yield {key: value for key, value in definition.items() if key != "oneOf"}
    for branch in definition.get("oneOf", ()):
        if kind in branch["properties"]["type"]["enum"]:
            yield branch


def in_small_letters(binding: dict[str, Any]) -> dict[str, Any]:
    """The binding with the explained differences taken away."""
    made = dict(binding)
    for kind, key in DIFFERENCES:
        if kind in ("*", binding["type"]) and key in made:
            value = made[key]
            made[key] = (
                [each.lower() for each in value] if isinstance(value, list) else value.lower()
            )
    return made


async def test_bindings_differ_from_the_schema_only_as_explained(function_worker: Worker) -> None:
    every = list(bindings(function_worker))
    assert {each["type"] for _, each in every} == set(DEFINITIONS)
    unexplained = {
        (name, key, message)
        for name, each in every
        for key, message in faults(in_small_letters(each)).items()
    }
    assert unexplained == set()


async def test_each_explanation_is_needed(function_worker: Worker) -> None:
    found = {(each["type"], key) for _, each in bindings(function_worker) for key in faults(each)}
    for kind, key in DIFFERENCES:
        assert any(key == seen and kind in ("*", of) for of, seen in found), (kind, key)


@pytest.mark.parametrize(
    ("kind", "change", "key"),
    [
        ("httpTrigger", {"direction": "sideways"}, "direction"),
        ("httpTrigger", {"authLevel": "nobody"}, "authLevel"),
        ("httpTrigger", {"route": 7}, "route"),
        ("serviceBusTrigger", {"queueName": ["scans"]}, "queueName"),
        ("timerTrigger", {"runOnStartup": "no"}, "runOnStartup"),
        ("http", {"name": None}, "name"),
    ],
)
async def test_a_binding_that_the_schema_refuses_is_found(
    function_worker: Worker, kind: str, change: dict[str, Any], key: str
) -> None:
    binding = next(each for _, each in bindings(function_worker) if each["type"] == kind)
    assert key in faults(in_small_letters(binding | change))
