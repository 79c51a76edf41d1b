"""What there is to say of waves and pauses, from what is stored now and what was said before. Pure.

It is read from the jobs themselves, so a repeated or lost message on a queue changes nothing. All
self-service phases that start on one day in UTC are one wave here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.kinds.harms import Harm
from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.local_time import duration, local_time
from shared.domain.outbox.message import MOST_NAMES
from shared.domain.outbox.news import News, digest, short_name
from shared.domain.redeploy.pauses import Pause
from shared.domain.utc import in_utc, require_aware, rfc3339

#: a wave that still grows is reported after this at the latest
_GROWS_AT_MOST = timedelta(minutes=15)
#: a wave that has grown since is reported again after this at the earliest
_GROWN_AGAIN = timedelta(hours=6)
#: how long before the first start of a day people are notified
_AHEAD = timedelta(hours=1)
_STARTS_AGAIN = timedelta(hours=20)
#: between two reports of machines that came back
_DONE_GAPS = (timedelta(0), timedelta(hours=1), timedelta(hours=4), timedelta(days=1))
#: a wave that is done is dropped after this
_FORGOTTEN_AFTER = timedelta(days=60)
_OURSELVES = "forestall"

_HARMS = {
    Harm.EPHEMERAL_OS_DISK: "resets the OS disk of {n}",
    Harm.LOCAL_NVME: "empties the local NVMe disks of {n}",
    Harm.TEMPORARY_DISK: "empties the temporary disk of {n}",
    Harm.DYNAMIC_PUBLIC_IP: "may change the public address of {n}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveNote:
    """What was said of one wave."""

    seen_at: datetime
    #: jobs at the last look, and jobs that were reported
    total: int = 0
    told: int = 0
    told_at: datetime | None = None
    #: of the self-service phases that were known
    ends: tuple[datetime, ...] = ()
    starting_at: datetime | None = None
    done: int = 0
    done_at: datetime | None = None
    tellings: int = 0
    finished_at: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(
            seen_at=self.seen_at,
            told_at=self.told_at,
            starting_at=self.starting_at,
            done_at=self.done_at,
            finished_at=self.finished_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What was said of all waves and pauses: one stored value."""

    #: by the day on which the self-service phases start
    waves: Mapping[str, WaveNote] = field(default_factory=dict)
    #: by target: when it was paused
    pauses: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The jobs of one wave, as they are now, and the zone in which its times are shown."""

    day: str
    jobs: Sequence[Job]
    now: datetime
    zone: str

    def local(self, moment: datetime) -> str:
        """An instant as people read it."""
        return local_time(moment, self.zone)

    @property
    def ends(self) -> set[datetime]:
        """The ends of the self-service phases."""
        return {each.self_service_end for each in self.jobs if each.self_service_end}

    def in_state(self, *states: State) -> list[Job]:
        """Its jobs in these states."""
        return [each for each in self.jobs if each.state in states]

    @property
    def waiting(self) -> list[Job]:
        """Its jobs that wait."""
        return [each for each in self.jobs if each.state.is_waiting]


def look(
    watch: Watch, jobs: Iterable[Job], pauses: Iterable[Pause], now: datetime, zone: str = "UTC"
) -> tuple[list[News], Watch]:
    """The news, and what has been said once they are stored.

    The same look at the same jobs gives news with the same ids, so a crash in between repeats none.
    """
    found: list[News] = []
    notes: dict[str, WaveNote] = {}
    for seen in _waves(jobs, now, zone):
        notes[seen.day] = _look_at(seen, watch.waves.get(seen.day), found)
    kept = {
        day: note
        for day, note in watch.waves.items()
        if day not in notes and now - note.seen_at < _FORGOTTEN_AFTER
    }
    present = {each.target: each for each in pauses if each.by != _OURSELVES}
    found += _pause_news(watch.pauses, present, now)
    return found, Watch(
        waves={**kept, **notes}, pauses={target: each.at for target, each in present.items()}
    )


def _waves(jobs: Iterable[Job], now: datetime, zone: str) -> Iterator[Seen]:
    by_day: dict[str, list[Job]] = {}
    for job in jobs:
        by_day.setdefault(in_utc(job.wave).date().isoformat(), []).append(job)
    for day in sorted(by_day):
        yield Seen(day=day, jobs=by_day[day], now=now, zone=zone)


def _look_at(seen: Seen, before: WaveNote | None, found: list[News]) -> WaveNote:
    now = seen.now
    total = len(seen.jobs)
    is_over = all(each.state.is_final for each in seen.jobs)
    if before is None:
        # A wave that was over before anybody looked is history.
        over = now if is_over else None
        return WaveNote(seen_at=now, total=total, told=total if over else 0, finished_at=over)
    note = replace(before, total=total, seen_at=before.seen_at)
    if note.finished_at is not None and total <= note.told:
        return note
    note = _found(seen, before, note, found)
    if note.told == 0:
        return note
    note = _moved(seen, note, found)
    if is_over:
        found.append(_wave_done(seen))
        return replace(note, finished_at=now, told=total)
    note = replace(note, finished_at=None)
    return _done(seen, _starting(seen, note, found), found)


def _found(seen: Seen, before: WaveNote, note: WaveNote, found: list[News]) -> WaveNote:
    """A wave is reported when it has stopped growing."""
    now = seen.now
    grown = note.total > note.told
    is_first = note.told == 0
    settled = note.total == before.total or now - note.seen_at >= _GROWS_AT_MOST
    again = note.told_at is None or now - note.told_at >= _GROWN_AGAIN
    if not (grown and settled and (is_first or again)):
        return note
    end = min(
        (each.self_service_end for each in seen.waiting if each.self_service_end), default=None
    )
    close = f" before {seen.local(end)}" if end else ""
    deadline = f"You can have them moved{close}. After that Azure restarts them when it likes."
    first = min((each.due for each in seen.waiting if each.due), default=None)
    start = f" The first may start {seen.local(max(first, now))}." if first else ""
    found.append(
        _news(
            seen,
            OutboxEvent.FOUND,
            f"{note.total}",
            (
                f"Azure will maintain {_machines(note.total)}"
                if is_first
                else f"The wave has grown from {note.told:,} to {_machines(note.total)}",
                f"{deadline} {len(seen.waiting):,} wait.{start}{_lost(seen.waiting)}",
                "Look at `forestall jobs`. To hold a machine, type `forestall pause machine:ID`.",
            ),
            seen.waiting,
        )
    )
    return replace(note, told=note.total, told_at=now, ends=tuple(sorted({*note.ends, *seen.ends})))


def _moved(seen: Seen, note: WaveNote, found: list[News]) -> WaveNote:
    """A job that was there when the wave was reported has another end now.

    Jobs of other regions may have other ends: these are no move.
    """
    told_at = note.told_at or seen.now
    moved = [
        each
        for each in seen.jobs
        if not each.state.is_final
        and each.self_service_end is not None
        and each.created_at < told_at
        and each.self_service_end not in note.ends
    ]
    known = tuple(sorted({*note.ends, *seen.ends}))
    if not moved or not note.ends:
        return replace(note, ends=known)
    end = min(each.self_service_end for each in moved if each.self_service_end)
    found.append(
        _news(
            seen,
            OutboxEvent.MOVED,
            rfc3339(end),
            (
                f"Azure has moved the end of the self-service phase to {seen.local(end)}",
                f"{_machines(len(moved))} concerned. {len(seen.waiting):,} of the wave wait.",
                "Look whether the change windows still suffice: `forestall jobs`.",
            ),
            moved,
        )
    )
    return replace(note, ends=known)


def _starting(seen: Seen, note: WaveNote, found: list[News]) -> WaveNote:
    now = seen.now
    soon = [each for each in seen.waiting if each.due and now < each.due <= now + _AHEAD]
    lately = note.starting_at is not None and now - note.starting_at < _STARTS_AGAIN
    if not soon or lately or any(each.state.may_be_in_flight for each in seen.jobs):
        return note
    first = min(each.due for each in soon if each.due)
    soon.sort(key=lambda each: (each.due or first, each.machine))
    found.append(
        _news(
            seen,
            OutboxEvent.STARTING,
            rfc3339(first),
            (
                f"{_machines(len(soon))} may go down from {seen.local(first)}"
                if len(soon) > 1
                else f"{short_name(soon[0].machine)} may go down from {seen.local(first)}",
                f"They go one after the other, by the rules of the policy.{_lost(soon)}",
                "To hold them, type `forestall pause TARGET --reason WHY`.",
            ),
            soon,
        )
    )
    return replace(note, starting_at=now)


def _done(seen: Seen, note: WaveNote, found: list[News]) -> WaveNote:
    now = seen.now
    back = seen.in_state(State.SUCCEEDED)
    gap = _DONE_GAPS[min(note.tellings, len(_DONE_GAPS) - 1)]
    if len(back) <= note.done or (note.done_at is not None and now - note.done_at < gap):
        return note
    back.sort(key=lambda each: each.finished_at or now, reverse=True)
    latest = back[: len(back) - note.done]
    first = short_name(latest[0].machine)
    who = f"{first} is" if len(latest) == 1 else f"{len(latest):,} machines are"
    found.append(
        _news(
            seen,
            OutboxEvent.DONE,
            str(len(back)),
            (
                f"{who} back: {len(back):,} of {len(seen.jobs):,} are done",
                _durations(latest),
                "",
            ),
            latest,
        )
    )
    return replace(note, done=len(back), done_at=now, tellings=note.tellings + 1)


def _wave_done(seen: Seen) -> News:
    now = seen.now
    counts = Counter(each.state for each in seen.jobs)
    moved = counts.pop(State.SUCCEEDED, 0)
    others = ", ".join(f"{count:,} {state}" for state, count in sorted(counts.items()))
    unhappy = seen.in_state(State.FAILED, State.MISSED)
    finished = max((each.finished_at for each in seen.jobs if each.finished_at), default=now)
    done = seen.in_state(State.SUCCEEDED)
    margins = [
        each.self_service_end - each.finished_at
        for each in done
        if each.self_service_end and each.finished_at
    ]
    spare = f" The last came {duration(min(margins))} before its deadline." if margins else ""
    return _news(
        seen,
        OutboxEvent.WAVE_DONE,
        f"{len(seen.jobs)}|{rfc3339(finished)}",
        (
            f"The wave of {seen.day} is done: {moved:,} of {_machines(len(seen.jobs))} moved",
            f"{f'The others: {others}. ' if others else ''}{_durations(done)}{spare}",
            "Look at the machines that failed: `forestall jobs --state failed`."
            if counts.get(State.FAILED)
            else "",
        ),
        unhappy,
    )


def _pause_news(
    told: Mapping[str, datetime], present: Mapping[str, Pause], now: datetime
) -> Iterator[News]:
    for target, pause in sorted(present.items()):
        if told.get(target) != pause.at:
            text = f"By {pause.by}: {pause.reason}. Nothing new starts; what is in flight ends."
            if pause.until is not None:
                text += f" The pause ends automatically at {rfc3339(pause.until)}."
            todo = f"To continue, type `forestall resume {target} --reason WHY`."
            yield _pause_statement(target, "Paused", rfc3339(pause.at), (text, todo), now)
    for target, since in sorted(told.items()):
        if target not in present:
            yield _pause_statement(target, "Resumed", rfc3339(since), ("", ""), now)


def _pause_statement(
    target: str, what: str, occasion: str, words: tuple[str, str], now: datetime
) -> News:
    text, todo = words
    return News(
        id=digest("pause", target, what, occasion),
        key=f"pause|{target}|{what}|{occasion}",
        event=OutboxEvent.PAUSED,
        title=f"{what}: {target}"[:200],
        text=text,
        todo=todo,
        at=now,
    )


def _news(
    seen: Seen, event: OutboxEvent, occasion: str, words: tuple[str, str, str], jobs: Sequence[Job]
) -> News:
    """`words`: title, text, and what to do."""
    title, text, todo = words
    names = [short_name(each.machine) for each in jobs[:MOST_NAMES]]
    more = f" and {len(jobs) - len(names):,} more" if len(jobs) > len(names) else ""
    listed = f" Machines: {', '.join(names)}{more}." if names else ""
    return News(
        id=digest("wave", seen.day, event, occasion),
        key=f"wave|{seen.day}|{event}",
        event=event,
        title=title,
        text=f"{text}{listed}".strip(),
        todo=todo,
        at=seen.now,
    )


def _lost(jobs: Sequence[Job]) -> str:
    """What redeploys destroy or change, with how many machines; empty where it is nothing."""
    counts = Counter(harm for each in jobs for harm in each.harms)
    said = [
        text.replace("{n}", f"{counts[harm]:,}") for harm, text in _HARMS.items() if counts[harm]
    ]
    return f" A redeploy {', and '.join(said)} of them." if said else ""


def _durations(jobs: Sequence[Job]) -> str:
    taken = [
        each.finished_at - each.started_at for each in jobs if each.started_at and each.finished_at
    ]
    if not taken:
        return ""
    seconds = timedelta(seconds=median(each.total_seconds() for each in taken))
    return (
        f"From the call to the end of the bake time: median {duration(seconds)},"
        f" longest {duration(max(taken))}."
    )


def _machines(count: int) -> str:
    return f"{count:,} machine" if count == 1 else f"{count:,} machines"
