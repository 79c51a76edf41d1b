"""Our files fit the published schemas of their formats.

SCHEMAS names a folder with the schemas, by the names below. Without it these tests are skipped.
Most are of schemastore.org; the one of azure.yaml is of the Azure Developer CLI.
"""

import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted(
    file.relative_to(ROOT).as_posix() for file in ROOT.glob(".github/workflows/*.yml")
)
FILES = [
    ("host.json", "host.json"),
    ("local.settings.example.json", "local.settings.json"),
    (".pre-commit-config.yaml", "pre-commit-config.json"),
    ("azure.yaml", "azure.yaml.json"),
    *((each, "github-workflow.json") for each in WORKFLOWS),
]


def schema(name: str) -> dict[str, Any]:
    folder = os.environ.get("SCHEMAS")
    if not folder:
        pytest.skip("SCHEMAS names no folder with published schemas")
    read: dict[str, Any] = json.loads((Path(folder) / name).read_text(encoding="utf-8"))
    return read


def document(path: str) -> Any:
    """What a file in JSON or YAML says."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.endswith(".json"):
        return json.loads(text)
    read = yaml.safe_load(text)
    if isinstance(read, dict) and True in read:
        read["on"] = read.pop(True)  # YAML 1.1 reads the key `on` as a boolean
    return read


def faults(name: str, value: Any) -> list[str]:
    """What is wrong with a document, by the place in it."""
    rules = schema(name)
    # `retrieve` is an alias of attrs.
    registry: Registry[Any] = Registry(retrieve=_anything)  # type: ignore[call-arg]
    validator = jsonschema.validators.validator_for(rules)(rules, registry=registry)
    return [f"{each.json_path}: {each.message}" for each in validator.iter_errors(value)]


def _anything(_: str) -> Resource[Any]:
    """A document that the schema refers to and that is not here: it allows anything."""
    allowed: dict[str, Any] = {"definitions": defaultdict(dict)}
    return Resource.from_contents(allowed, default_specification=DRAFT7)


@pytest.mark.parametrize(("path", "name"), FILES, ids=str)
def test_a_file_fits_its_schema(path: str, name: str) -> None:
    assert faults(name, document(path)) == []


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("host.json", {"version": 2}),
        ("pre-commit-config.json", {"repos": "local"}),
        ("github-workflow.json", {"on": "push", "jobs": {}}),
        ("azure.yaml.json", {"services": {}}),
    ],
)
def test_the_schemas_find_a_fault(name: str, wrong: Any) -> None:
    assert faults(name, wrong) != []
