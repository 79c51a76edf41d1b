"""What targets get about waves: little, true, and once."""

from dataclasses import replace
from datetime import datetime

from shared.domain.job.job import Job, job_id
from shared.domain.job.states import State
from shared.domain.machine.kinds.harms import Harm
from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.mailbox import Mailbox, compose, due, take, tell
from shared.domain.outbox.news import News
from shared.domain.outbox.waves import Watch, look
from shared.domain.redeploy.pauses import EVERYTHING, Pause
from tests.unit.domain.outbox.samples import a_target, failed
from tests.unit.domain.samples import DAY, HOUR, MINUTE, NOW, a_job, vm_id

FIVE = 5 * MINUTE
TARGET = a_target()


def jobs_of(count: int, **changes: object) -> list[Job]:
    wave = NOW - DAY
    return [
        a_job(
            id=job_id(vm_id(f"web-{n}"), wave),
            machine=vm_id(f"web-{n}"),
            self_service_end=NOW + 30 * DAY,
            created_at=NOW - HOUR,
            **changes,
        )
        for n in range(count)
    ]


def looks(watch: Watch, jobs: list[Job], *times: datetime) -> tuple[list[News], Watch]:
    told: list[News] = []
    for now in times:
        news, watch = look(watch, jobs, (), now)
        told += news
    return told, watch


def events(news: list[News]) -> list[OutboxEvent]:
    return [each.event for each in news]


def found(count: int = 3, **changes: object) -> tuple[list[Job], Watch]:
    jobs = jobs_of(count, **changes)
    news, watch = looks(Watch(), jobs, NOW, NOW + FIVE)
    assert events(news) == [OutboxEvent.FOUND]
    return jobs, watch


def test_a_wave_is_told_when_it_has_stopped_growing_with_what_is_lost() -> None:
    jobs = jobs_of(300, harms=(Harm.TEMPORARY_DISK,))
    news, watch = looks(Watch(), jobs[:100], NOW)
    assert news == []
    news, watch = looks(watch, jobs[:200], NOW + FIVE)
    assert news == []
    (one,), watch = looks(watch, jobs[:200], NOW + 2 * FIVE)
    assert one.title == "Azure will maintain 200 machines"
    assert "empties the temporary disk of 200 of them" in one.text
    assert "before Wed 23 Dec 12:00 UTC" in one.text
    assert looks(watch, jobs, NOW + HOUR, NOW + HOUR + FIVE)[0] == []
    (again,), _ = looks(watch, jobs, NOW + 7 * HOUR, NOW + 7 * HOUR + FIVE)
    assert again.title == "The wave has grown from 200 to 300 machines"


def test_a_wave_that_was_over_before_is_not_told() -> None:
    jobs = [replace(each, state=State.SUCCEEDED) for each in jobs_of(3)]
    assert looks(Watch(), jobs, NOW, NOW + FIVE, NOW + HOUR)[0] == []


def test_a_crash_between_news_and_note_gives_the_same_ids() -> None:
    jobs = jobs_of(3)
    _, watch = looks(Watch(), jobs, NOW)
    one, _ = looks(watch, jobs, NOW + FIVE)
    two, _ = looks(watch, jobs, NOW + 2 * FIVE)
    assert [each.id for each in one] == [each.id for each in two]


def test_a_moved_end_is_told_and_an_end_of_another_region_is_not() -> None:
    jobs, watch = found()
    other = replace(
        jobs[0], id=job_id(vm_id("n"), NOW), created_at=NOW + HOUR, self_service_end=NOW + 20 * DAY
    )
    news, watch = looks(watch, [*jobs, other], NOW + 2 * HOUR)
    assert OutboxEvent.MOVED not in events(news)
    done = [replace(jobs[0], state=State.SUCCEEDED), *jobs[1:], other]
    assert OutboxEvent.MOVED not in events(looks(watch, done, NOW + 3 * HOUR)[0])
    moved = [replace(each, self_service_end=NOW + 40 * DAY) for each in jobs]
    (news_of_move,), watch = looks(watch, [*moved, other], NOW + 4 * HOUR)
    assert news_of_move.event is OutboxEvent.MOVED
    assert looks(watch, [*moved, other], NOW + 5 * HOUR)[0] == []


def test_people_are_told_an_hour_before_the_first_start_and_not_again_that_day() -> None:
    jobs, watch = found(due=NOW + 10 * HOUR)
    assert looks(watch, jobs, NOW + 8 * HOUR)[0] == []
    (news,), watch = looks(watch, jobs, NOW + 9 * HOUR)
    assert news.event is OutboxEvent.STARTING
    assert news.title == "3 machines may go down from Mon 23 Nov 22:00 UTC"
    assert looks(watch, jobs, NOW + 9 * HOUR + FIVE)[0] == []


def test_machines_that_came_back_are_told_with_the_total() -> None:
    jobs, watch = found(3)
    back = replace(jobs[0], state=State.SUCCEEDED, started_at=NOW, finished_at=NOW + 7 * MINUTE)
    (news,), watch = looks(watch, [back, *jobs[1:]], NOW + HOUR)
    assert news.title == "web-0 is back: 1 of 3 are done"
    assert "longest 7 min" in news.text


def test_the_end_of_a_wave_is_told_once_with_its_figures() -> None:
    jobs, watch = found(4)
    ended = [
        replace(each, state=State.SUCCEEDED, started_at=NOW, finished_at=NOW + n * MINUTE)
        for n, each in enumerate(jobs[:3], start=4)
    ] + [replace(jobs[3], state=State.MISSED, finished_at=NOW + DAY)]
    (news,), watch = looks(watch, ended, NOW + 2 * DAY)
    assert news.title == "The wave of 2026-11-22 is done: 3 of 4 machines moved"
    assert "1 missed" in news.text
    assert "median 5 min, longest 6 min" in news.text
    assert "web-3" in news.text
    assert looks(watch, ended, NOW + 3 * DAY)[0] == []


def test_pauses_of_people_are_told_and_those_of_the_app_are_not() -> None:
    pause = Pause(target=EVERYTHING, reason="incident 42", by="ada", at=NOW)
    own = Pause(target="subscription:s", reason="budget", by="forestall", at=NOW)
    (news,), watch = look(Watch(), (), (pause, own), NOW)
    assert news.title == "Paused: everything"
    assert "incident 42" in news.text
    (news,), watch = look(watch, (), (own,), NOW + HOUR)
    assert news.title == "Resumed: everything"
    assert look(watch, (), (own,), NOW + 2 * HOUR)[0] == []


def test_a_wave_of_5000_machines_gives_twelve_messages_at_most() -> None:
    """Found, moved through a night and a day, 300 failures for one reason, done."""
    jobs = jobs_of(5000, due=NOW + 10 * HOUR)
    watch, box, now = Watch(), Mailbox(target="t"), NOW
    told: list[OutboxEvent] = []
    for run in range(12 * 30):
        now = NOW + run * FIVE
        if run >= 120:
            first = (run - 120) * 25
            for n in range(first, min(first + 25, 5000)):
                is_bad = n % 17 == 0
                jobs[n] = replace(
                    jobs[n],
                    state=State.FAILED if is_bad else State.SUCCEEDED,
                    started_at=now - 10 * MINUTE,
                    finished_at=now,
                )
                if is_bad:
                    box = take(box, [failed(f"web-{n}")], TARGET.events)
        news, watch = look(watch, jobs, (), now)
        box = take(box, news, TARGET.events)
        keys = due(box, TARGET, now)
        box = tell(box, keys, [compose(box.topics[key], "", now) for key in keys], now)
        told += [each.event for each in box.waiting]
        box = replace(box, waiting=())
    assert {
        OutboxEvent.FOUND,
        OutboxEvent.STARTING,
        OutboxEvent.DONE,
        OutboxEvent.FAILED,
        OutboxEvent.WAVE_DONE,
    } <= set(told)
    assert len(told) <= 12, told
    assert told.count(OutboxEvent.WAVE_DONE) == 1
