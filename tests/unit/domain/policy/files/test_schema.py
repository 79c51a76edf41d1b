"""The published JSON Schema against the reader: what one takes, the other takes."""

import json
from typing import Any

import jsonschema
import pytest
import yaml

from tests.unit.domain.policy.files.samples import PLATFORM, owner
from toolchain.generate.policy_schema import FILE, text

SCHEMA = json.loads(FILE.read_text(encoding="utf-8"))
#: PyYAML reads 22:00 as a number, so everything is read as text and given its type afterwards
_WORDS = {"true": True, "false": False}


def written(source: str) -> Any:
    return _typed(yaml.load(source, Loader=yaml.BaseLoader))  # noqa: S506 - texts only


def _typed(value: Any) -> Any:
    match value:
        case dict():
            return {key: _typed(each) for key, each in value.items()}
        case list():
            return [_typed(each) for each in value]
        case _:
            return int(value) if value.isdigit() else _WORDS.get(value, value)


def test_the_published_schema_is_that_of_the_code() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "python -m toolchain.generate.policy_schema"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "source",
    [
        PLATFORM,
        "version: 1\nblackouts: [{ name: x, from: 2026-12-23 18:00, to: 2027-01-02 06:00 }]\n",
        "version: 1\ndefaults: { limits: { per_zone: none, ramp: false }, canary: { soak: 1h } }\n",
        owner("    windows: [{ weekly: mon-fri, from: 22:00, to: 24:00 }]\n").text,
        owner("    windows: [{ monthly: [second tue, 15, last day], after: 3 }]\n").text,
        owner("    windows: [{ once: [2026-12-19] }]\n    do: leave-alone\n").text,
        owner("    blackouts: [{ holidays: { country: DE, eve: true } }]\n").text,
        owner("    health_check: { url: x, expected_statuses: [200-299, 204] }\n").text,
    ],
)
def test_what_the_reader_takes_is_valid(source: str) -> None:
    jsonschema.validate(written(source), SCHEMA)


@pytest.mark.parametrize(
    "source",
    [
        "time_zone: Europe/Berlin\n",
        "version: 1\nlimits: {}\n",
        "version: 1\ndefaults: { limits: { totl: 1 } }\n",
        "version: 1\ndefaults: { limits: { slots: many } }\n",
        "version: 1\ndefaults: { timing: { bake_time: 30 } }\n",
        "version: 1\ndefaults: { windows: [] }\n",
        owner("    windows: [{ weekly: samstag }]\n").text,
        owner("    windows: [{ monthly: second tue, weekly: sat }]\n").text,
        owner("", match="{}").text,
    ],
)
def test_what_the_reader_refuses_is_not_valid(source: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written(source), SCHEMA)
