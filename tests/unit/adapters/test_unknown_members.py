"""What this release does not know of a row outlives each of its saves."""

import dataclasses
import json
import typing
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.schemas import SCHEMAS
from shared.adapters.serialization import to_text
from shared.adapters.stored_values import etag_of, next_version, read_stored, written_text
from shared.adapters.unknown_members import IDENTIFYING
from shared.domain.job.job import HeldLease, Job
from shared.domain.lock.semaphore import Lease, Semaphore
from shared.domain.machine.placement import Lane, Scope
from shared.domain.schema import JsonObject, Schema
from shared.ports import Version
from tests.contract.ports.samples import NOW, SCOPE, a_job
from tests.golden.kinds import kinds_in_use
from tests.golden.values import Golden, stored_values

STORED = list(stored_values())


#: members whose own members are data, where another name is another entry
MAPPINGS = {"tags", "detail", "pauses", "waves", "topics", "events", "left_alone", "pages"}


def objects_in(document: Any) -> list[dict[str, Any]]:
    """Every object of a document that stands for a value, itself first."""
    if isinstance(document, dict):
        inner = [
            each
            for name, value in document.items()
            for each in objects_in(list(value.values()) if name in MAPPINGS else value)
        ]
        return [document, *inner]
    if isinstance(document, list):
        return [each for value in document for each in objects_in(value)]
    return []


@pytest.mark.parametrize("golden", STORED, ids=[each.name for each in STORED])
def test_a_member_at_any_place_is_written_back(golden: Golden) -> None:
    document = json.loads(to_text(golden.value))
    for number, each in enumerate(objects_in(document)):
        each["of_a_newer_release"] = [number, {"deep": None}]

    stored = read_stored(json.dumps(document), "W/1", type(golden.value))

    assert stored.value == golden.value
    assert json.loads(written_text(stored.value, stored.version)) == document


@pytest.mark.parametrize("golden", STORED, ids=[each.name for each in STORED])
def test_a_row_of_this_release_has_a_plain_version(golden: Golden) -> None:
    stored = read_stored(to_text(golden.value), "W/1", type(golden.value))

    assert stored.version == "W/1"
    assert written_text(stored.value, stored.version) == to_text(golden.value)


@given(st.dictionaries(st.text(min_size=1), st.none() | st.integers() | st.text() | st.booleans()))
def test_whatever_a_newer_release_adds_outlives_changes_of_known_members(
    added: dict[str, Any],
) -> None:
    document = {**added, **json.loads(to_text(a_job()))}
    stored = read_stored(json.dumps(document), "W/1", Job)
    changed = replace(stored.value, reason="another", step=8, leases=())

    again = json.loads(written_text(changed, stored.version))

    assert again == {**document, **json.loads(to_text(changed))}


def test_an_item_that_changes_keeps_its_members_and_one_that_goes_takes_them() -> None:
    leases = tuple(
        Lease(job=f"s~{n}", lane=Lane("ud:0"), token=n, acquired_at=NOW, expires_at=NOW, step=1)
        for n in (1, 2)
    )
    document = json.loads(to_text(Semaphore(scope=SCOPE, holders=leases)))
    for each in document["holders"]:
        each["color"] = f"of {each['job']}"
    stored = read_stored(json.dumps(document), "W/1", Semaphore)

    renewed = replace(stored.value.holders[1], expires_at=NOW.replace(hour=20))
    new = replace(renewed, job="s~3", token=3)
    changed = replace(stored.value, holders=(new, renewed))
    written = json.loads(written_text(changed, stored.version))["holders"]

    assert [each.get("color") for each in written] == [None, "of s~2"]


def test_a_known_member_always_counts() -> None:
    document = json.loads(to_text(a_job()))
    document["leases"][0]["since"] = "x"
    stored = read_stored(json.dumps(document), "W/1", Job)
    changed = replace(stored.value, leases=(HeldLease(scope=Scope("vm:other"), token=9),))

    written = json.loads(written_text(changed, stored.version))

    assert written["leases"] == [{"scope": "vm:other", "token": 9}]


def test_the_next_version_carries_the_same_members_under_its_own_etag() -> None:
    document = {**json.loads(to_text(a_job())), "new": 1}
    stored = read_stored(json.dumps(document), "W/1", Job, mark="archive:")

    following = next_version(stored.version, "W/2")

    assert following is not None
    assert (etag_of(stored.version), etag_of(following)) == ("archive:W/1", "W/2")
    assert json.loads(written_text(stored.value, following))["new"] == 1
    assert next_version(stored.version, None) is None
    assert next_version(Version(""), "W/3") == "W/3"


def test_a_row_of_an_older_version_keeps_what_its_upcaster_does_not_name() -> None:
    def renamed(document: JsonObject) -> JsonObject:
        return {("reason" if name == "why" else name): each for name, each in document.items()}

    schemas = {**SCHEMAS, Job: Schema(upcasters=(renamed,))}
    document = json.loads(to_text(a_job()))
    document["why"] = document.pop("reason")
    document["new"] = {"a": 1}

    stored = read_stored(json.dumps(document), "W/1", Job, schemas)
    written = json.loads(written_text(stored.value, stored.version, schemas))

    assert stored.value == a_job()
    assert (written["schema"], written["new"], "why" in written) == (2, {"a": 1}, False)


def test_every_item_of_a_stored_list_can_be_known_again() -> None:
    """Without a name of its own, an item that changes would lose what it had."""
    nameless = [
        f"{kind.__name__}.{name}"
        for kind in kinds_in_use()
        if dataclasses.is_dataclass(kind)
        for name, hint in typing.get_type_hints(kind).items()
        if typing.get_origin(hint) is tuple
        and dataclasses.is_dataclass(item := typing.get_args(hint)[0])
        and not {each.name for each in dataclasses.fields(item)} & set(IDENTIFYING)
    ]

    assert nameless == []
