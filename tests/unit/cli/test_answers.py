"""The structs of the command against docs/openapi.json.

Every field that the app answers, and no other.
"""

import inspect
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import msgspec
import pytest

from forestall_cli import responses
from forestall_cli.policies import responses as policy_responses
from forestall_cli.responses.locks import PauseView
from forestall_cli.responses.response import Response
from tests.functions.document import document

MODULES = [
    policy_responses,
    *(
        import_module(f"{responses.__name__}.{each.name}")
        for each in iter_modules(responses.__path__)
    ),
]
STRUCTS = sorted(
    {
        each
        for module in MODULES
        for _, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, Response) and each is not Response
    },
    key=lambda each: each.__name__,
)
_REFERENCE = "{name}"


def kind(schema: dict[str, Any], components: dict[str, Any]) -> Any:
    """What a schema allows, as this command sees it: an enumeration and an instant are texts."""
    match schema:
        case {"$ref": reference}:
            target = components[reference.rpartition("/")[2]]
            return "string" if "enum" in target else reference.rpartition("/")[2]
        case {"anyOf": choices}:
            return {kind(each, components) for each in choices}
        case {"type": "array", "items": items}:
            return ("array", kind(items, components))
        case {"type": "object", "additionalProperties": values}:
            return ("object", kind(values, components))
        case {"enum": _}:
            return "string"
    return schema["type"]


#: fields that the app of release 0.2.0 does not send, so that the command works without them
LATER = {
    "HealthView": {"clocks", "installation"},
    "JobView": {"windowUntil"},
    "PauseList": {"next"},
}


def test_the_structs_are_found() -> None:
    assert len(STRUCTS) >= 60


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda each: each.__name__)
def test_a_struct_has_the_fields_of_the_apps_view(struct: type[Response]) -> None:
    theirs = document()["components"]["schemas"]
    _, ours = msgspec.json.schema_components([struct], ref_template=_REFERENCE)
    mine, view = ours[struct.__name__], theirs[struct.__name__]

    later = LATER.get(struct.__name__, set())
    assert mine["required"] == [each for each in view["required"] if each not in later]
    for name, each in view["properties"].items():
        told = kind(each, theirs)
        if name in later:
            told = {"null"} | (told if isinstance(told, set) else {told})
        assert kind(mine["properties"][name], ours) == told
    assert mine["properties"].keys() == view["properties"].keys()


def test_a_field_that_a_newer_app_adds_is_passed_over() -> None:
    pause = {
        "target": "everything",
        "reason": "r",
        "by": "b",
        "at": "2026-11-23T12:00:00Z",
        "until": None,
        "inAColourOfItsOwn": "red",
    }

    assert msgspec.convert(pause, PauseView).target == "everything"
