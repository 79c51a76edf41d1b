"""Values as text: what may change between two versions of the app, and what may not."""

import json
from dataclasses import replace

import pytest

from shared.adapters.schemas import SCHEMAS
from shared.adapters.serialization import (
    MAX_BYTES,
    StoredText,
    from_text,
    listing_of,
    pauses_of,
    to_text,
)
from shared.domain.job.job import Job
from shared.domain.lock.semaphore import MAX_SLOTS, MAX_WAITERS, Halt, Lease, Semaphore, Waiter
from shared.domain.machine.placement import Lane, Scope
from shared.domain.redeploy.pauses import EVERYTHING, Pause
from shared.domain.schema import JsonObject, Schema
from shared.errors import RowUnreadable, TooLarge
from tests.contract.ports.samples import NOW, a_job
from tests.support.fleets import SUBSCRIPTION

PAUSE = Pause(target="everything", reason="quarter end", by="kim", at=NOW)


def test_fields_that_a_newer_version_added_are_passed_over() -> None:
    text = json.dumps(json.loads(to_text(PAUSE)) | {"later": "2027-01-01T00:00:00Z"})

    assert from_text(text, Pause) == PAUSE


def test_a_job_that_an_older_version_stored_has_no_health_check() -> None:
    stored = json.loads(to_text(a_job()))
    assert stored.pop("health_check") == {
        "url": "https://web-0.example.com/health?code=1",
        "by_tag": True,
    }

    assert from_text(json.dumps(stored), Job) == replace(a_job(), health_check=None)
    assert from_text(to_text(a_job()), Job) == a_job()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        '{"schema": 1}',
        '{"schema": 1, "target": "everything"}',
        '{"schema": {}, "target": "everything"}',
    ],
)
def test_a_text_that_is_no_value_names_the_fault(text: str) -> None:
    with pytest.raises(RowUnreadable, match="a stored Pause cannot be read: "):
        from_text(text, Pause)


def test_a_time_without_zone_is_refused_when_read_as_when_written() -> None:
    text = to_text(PAUSE).replace("2026-11-23T16:00:00Z", "2026-11-23T16:00:00")

    with pytest.raises(RowUnreadable, match="no time zone"):
        from_text(text, Pause)


def test_a_value_carries_its_schema_version() -> None:
    assert json.loads(to_text(PAUSE))["schema"] == 1


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        (None, "it has no schema version, as rows of release 0.1 have none"),
        (2, "it has schema version 2, and this release reads up to 1"),
    ],
)
def test_a_row_without_a_version_or_with_a_newer_one_is_not_read(
    version: int | None, reason: str
) -> None:
    document = json.loads(to_text(PAUSE)) | {"schema": version}

    with pytest.raises(RowUnreadable, match=reason):
        from_text(json.dumps(document), Pause)


def rename_author(document: JsonObject) -> JsonObject:
    """As a next release might.

    What was `by` is `author` in a row, and the value has other words for it.
    """
    return {**document, "by": document["author"]["name"]}


NEXT = {**SCHEMAS, Pause: Schema(upcasters=(rename_author,))}


def test_an_older_row_is_brought_to_the_current_version() -> None:
    document = json.loads(to_text(PAUSE))
    document["author"] = {"name": document.pop("by")}

    assert from_text(json.dumps(document), Pause, NEXT) == PAUSE
    assert json.loads(to_text(PAUSE, NEXT))["schema"] == 2
    assert from_text(to_text(PAUSE, NEXT), Pause, NEXT) == PAUSE


def test_a_row_that_its_upcaster_was_not_written_for_is_unreadable() -> None:
    with pytest.raises(RowUnreadable, match="a stored Pause cannot be read: KeyError: 'author'"):
        from_text(to_text(PAUSE), Pause, NEXT)


def test_one_bad_row_hides_no_other() -> None:
    rows = [
        StoredText(key="a", text="{", columns={"machine": "web-0"}),
        StoredText(key="everything", text=to_text(PAUSE)),
        StoredText(key="b", text='{"schema": 9, "machine": "web-1", "step": 7}'),
    ]

    found = listing_of(rows, Pause)

    assert found == [PAUSE]
    assert [(each.kind, each.key, dict(each.facts)) for each in found.unreadable] == [
        ("Pause", "a", {"machine": "web-0"}),
        ("Pause", "b", {"machine": "web-1"}),
    ]
    assert "reads up to 1" in found.unreadable[1].reason


@pytest.mark.parametrize(
    ("key", "target"),
    [("machine:nonsense", EVERYTHING), ("", EVERYTHING), ("subscription:abc", "subscription:abc")],
)
def test_a_pause_that_cannot_be_read_holds_its_target_or_everything(key: str, target: str) -> None:
    found = pauses_of([StoredText(key=key, text="{")])

    assert [each.target for each in found] == [target]
    assert "cannot be read" in found[0].reason
    assert len(found.unreadable) == 1


def test_the_size_is_counted_as_table_storage_counts_it() -> None:
    """Two bytes per UTF-16 unit: so many letters, half as many emojis."""

    def text_with(reason: str) -> str:
        return to_text(replace(PAUSE, reason=reason))

    frame = len(text_with(""))
    room = MAX_BYTES // 2 - frame

    assert len(text_with("x" * room)) == room + frame
    text_with("🙂" * (room // 2))
    with pytest.raises(TooLarge, match="a Pause of 921602 bytes"):
        text_with("x" * (room + 1))
    with pytest.raises(TooLarge):
        text_with("🙂" * (room // 2 + 1))


def test_the_largest_lock_that_a_policy_allows_fits_into_its_store() -> None:
    """With holders, waiters and halts of the longest ids that Azure has, and some room to spare."""
    lane = Lane("region:germanywestcentral")
    job = f"{SUBSCRIPTION}~{'f' * 24}-12"
    times = {"acquired_at": NOW, "expires_at": NOW}
    semaphore = Semaphore(
        scope=Scope(f"group:{SUBSCRIPTION}/{'g' * 256}"),
        slots=MAX_SLOTS,
        holders=tuple(
            Lease(job=job, lane=lane, token=10**6 + n, step=10**4, used=True, **times)
            for n in range(MAX_SLOTS)
        ),
        waiters=tuple(
            Waiter(job=job, lane=lane, since=NOW, until=NOW, last_start=NOW, prioritized_at=NOW)
            for _ in range(MAX_WAITERS)
        ),
        halts=tuple(Halt(reason="r" * 5000, job=job, at=NOW, lane=lane) for _ in range(100)),
    )

    assert len(to_text(semaphore).encode("utf-16-le")) < MAX_BYTES
