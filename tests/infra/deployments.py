"""What each parameter file would deploy, as it is on record.

Evaluates nothing: test_compiled.py shows that the record is true.
"""

import json
from pathlib import Path
from typing import Any

from toolchain.templates import parameter_files, snapshot_of

ROOT = Path(__file__).parents[2]

type Resource = dict[str, Any]

#: the record of each parameter file, by the file's name
RECORDS = {path.stem: snapshot_of(path) for path in parameter_files(ROOT)}

#: those of main.bicep
INSTALLATIONS = [
    "development",
    "production",
    "private-network",
    "us-government",
    "subscriptions-1",
    "subscriptions-300",
    "everything-visible",
    "everything-but-one",
    "every-webhook",
]
#: those of the other entry files
OTHERS = ["alerts-key-only", "alerts-with-token", "management-group", "trail", "trail-private"]


def resources(record: str) -> list[Resource]:
    """The resources that a parameter file would deploy.

    A new list at each call, to be altered at will.
    """
    found: list[Resource] = json.loads(RECORDS[record].read_text(encoding="utf-8"))[
        "predictedResources"
    ]
    return found


def outputs(record: str) -> dict[str, str]:
    """The outputs of a deployment; what only Azure knows is an expression in brackets."""
    found: dict[str, str] = json.loads(RECORDS[record].read_text(encoding="utf-8"))["outputs"]
    return found


def of_type(among: list[Resource], kind: str) -> list[Resource]:
    """Those of one resource type, such as `Microsoft.Web/sites`."""
    return [each for each in among if each["type"] == kind]


def the_only(among: list[Resource], kind: str) -> Resource:
    """The one of a type; fails the test where there is none or more than one."""
    found = of_type(among, kind)
    assert len(found) == 1, f"{len(found)} of type {kind}"
    return found[0]


def value_at(resource: Resource, path: str) -> object:
    """The value at a dotted path; None where nothing does."""
    value: Any = resource
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def app_settings(among: list[Resource]) -> dict[str, str]:
    """The settings that the Function App gets.

    What only Azure knows is an expression in brackets.
    """
    configured = [
        each
        for each in of_type(among, "Microsoft.Web/sites/config")
        if "appsettings" in each["name"]
    ]
    assert len(configured) == 1
    settings: dict[str, str] = configured[0]["properties"]
    return settings
