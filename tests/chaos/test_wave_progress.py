"""The progress of a simulator's log, and reading a log while it grows."""

from pathlib import Path
from typing import Any

from sandbox.audit.auditor import FORESTALL
from tests.chaos.wave_progress import LogTail, MachineWave, WaveProgress

FIRST, SECOND = "2026-11-23T17:00:00.000000Z", "2026-11-23T18:00:00.000000Z"


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {"event": kind, "machine": "vm-1", "by": FORESTALL} | more


def test_calls_and_outcomes_are_kept_wave_by_wave() -> None:
    progress = WaveProgress()
    progress.apply(
        [
            event("maintenance.announced", wave=FIRST, by="azure"),
            event("redeploy.requested", accepted=False),
            event("redeploy.requested", accepted=True),
            event("redeploy.requested", accepted=True, by="a colleague"),
            event("maintenance.cleared", wave=FIRST),
            event("maintenance.announced", wave=SECOND, by="azure"),
            event("redeploy.requested", accepted=True),
        ]
    )
    first, second = (
        progress.entries[MachineWave("vm-1", FIRST)],
        progress.entries[MachineWave("vm-1", SECOND)],
    )
    assert (first.accepted, first.refused, first.is_done) == (1, 1, True)
    assert (second.accepted, second.refused, second.is_done) == (1, 0, False)


def test_a_machine_is_through_its_waves_only_when_each_of_them_is_done() -> None:
    progress = WaveProgress()
    assert not progress.is_done(["vm-1"], 1)
    progress.apply(
        [event("maintenance.announced", wave=FIRST), event("maintenance.cleared", wave=FIRST)]
    )
    assert progress.is_done(["vm-1"], 1)
    assert not progress.is_done(["vm-1"], 2)
    progress.apply([event("maintenance.announced", wave=SECOND)])
    assert not progress.is_done(["vm-1"], 2)


def test_a_machine_that_azure_maintained_itself_is_not_done() -> None:
    progress = WaveProgress()
    progress.apply(
        [
            event("maintenance.announced", wave=FIRST),
            event("maintenance.cleared", wave=FIRST, by="azure"),
        ]
    )
    assert not progress.is_done(["vm-1"], 1)


def test_a_growing_log_gives_each_event_once_and_waits_for_the_rest_of_a_line(
    tmp_path: Path,
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b'{"event": "a"}\n{"event"')
    log = LogTail(file)
    assert [each["event"] for each in log.new_events()] == ["a"]
    assert list(log.new_events()) == []
    with file.open("ab") as more:
        more.write(b': "b"}\n')
    assert [each["event"] for each in log.new_events()] == ["b"]
