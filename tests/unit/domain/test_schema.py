"""Versions of stored values: which are read, and how an older one becomes the current one."""

import pytest

from shared.domain.schema import JsonObject, NewerVersion, NoVersion, Schema


def with_lane(document: JsonObject) -> JsonObject:
    return {**document, "lane": None}


def with_scope_renamed(document: JsonObject) -> JsonObject:
    rest = {name: value for name, value in document.items() if name != "set"}
    return {**rest, "scope": document["set"]}


THREE = Schema(upcasters=(with_lane, with_scope_renamed))


def test_a_schema_without_upcasters_is_the_first_version() -> None:
    assert Schema().version == 1
    assert THREE.version == 3


@pytest.mark.parametrize(
    ("version", "document", "current"),
    [
        (1, {"set": "a"}, {"scope": "a", "lane": None}),
        (2, {"set": "a", "lane": "ud:0"}, {"scope": "a", "lane": "ud:0"}),
        (3, {"scope": "a", "lane": "ud:0"}, {"scope": "a", "lane": "ud:0"}),
    ],
)
def test_each_older_version_goes_through_the_upcasters_that_follow_it(
    version: int, document: JsonObject, current: JsonObject
) -> None:
    before = dict(document)

    assert THREE.upcast(document, THREE.readable(version)) == current
    assert document == before


@pytest.mark.parametrize("version", [None, 0, -1, True, "1", 1.0, [1]])
def test_what_is_no_version_is_not_read(version: object) -> None:
    with pytest.raises(NoVersion, match=r"0\.1"):
        THREE.readable(version)


def test_a_newer_version_is_not_read_and_says_what_may_have_happened() -> None:
    with pytest.raises(
        NewerVersion, match="version 4, and this release reads up to 3; was the app rolled"
    ):
        THREE.readable(4)
