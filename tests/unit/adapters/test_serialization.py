"""Values as text: what may change between two versions of the app, and what may not."""

import json
from dataclasses import replace

import pytest

from shared.adapters.serialization import MAX_BYTES, from_text, to_text
from shared.domain.job.job import Job
from shared.domain.redeploy.pauses import Pause
from shared.errors import StorageUnavailable, TooLarge
from tests.contract.ports.samples import NOW, a_job

PAUSE = Pause(target="everything", reason="quarter end", by="kim", at=NOW)


def test_fields_that_a_newer_version_added_are_passed_over() -> None:
    text = json.dumps(json.loads(to_text(PAUSE)) | {"until": "2027-01-01T00:00:00Z"})

    assert from_text(text, Pause) == PAUSE


def test_a_job_that_an_older_version_stored_has_no_health_check() -> None:
    stored = json.loads(to_text(a_job()))
    assert stored.pop("health_check") == {
        "url": "https://web-0.example.com/health?code=1",
        "by_tag": True,
    }

    assert from_text(json.dumps(stored), Job) == replace(a_job(), health_check=None)
    assert from_text(to_text(a_job()), Job) == a_job()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"target": "everything"}'])
def test_a_text_that_is_no_value_names_the_fault(text: str) -> None:
    with pytest.raises(StorageUnavailable, match="a stored Pause cannot be read: "):
        from_text(text, Pause)


def test_a_time_without_zone_is_refused_when_read_as_when_written() -> None:
    text = to_text(PAUSE).replace("2026-11-23T16:00:00Z", "2026-11-23T16:00:00")

    with pytest.raises(StorageUnavailable, match="no time zone"):
        from_text(text, Pause)


def test_the_size_is_counted_as_table_storage_counts_it() -> None:
    """Two bytes a UTF-16 unit: so many letters, half as many emojis."""
    frame = len(to_text(""))
    room = MAX_BYTES // 2 - frame

    assert len(to_text("x" * room)) == room + frame
    to_text("🙂" * (room // 2))
    with pytest.raises(TooLarge, match="a str of 921602 bytes"):
        to_text("x" * (room + 1))
    with pytest.raises(TooLarge):
        to_text("🙂" * (room // 2 + 1))
