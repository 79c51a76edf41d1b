"""What waits for one target, and how the target is doing: one stored value. Pure.

News with the same key is collected in a topic. A topic is reported immediately the first time, and
then after longer and longer times, each time with the total. So a wave of 5,000 machines gives a
few messages.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.message import MOST_NAMES, Message, digest_message
from shared.domain.outbox.news import News, digest
from shared.domain.outbox.targets import OutsideTarget
from shared.domain.utc import require_aware

#: after the first, second, ... report of a topic
_GAPS = (timedelta(hours=1), timedelta(hours=4), timedelta(days=1))
#: a topic without news is dropped after this
_FORGOTTEN_AFTER = timedelta(days=14)
#: ids of news that a topic keeps, to take each once
_MOST_SEEN = 10_000
#: topics reported in one run, before they become one message
_MOST_AT_ONCE = 4
#: messages that wait for a target that takes none
MOST_WAITING = 20
#: ids of messages that were accepted, to send none of them again
MOST_SENT = 50
_SHORT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """News of one kind and cause: how many, the first names, and how many were reported."""

    news: News
    names: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    #: the beginnings of the ids of the news
    seen: tuple[str, ...] = ()
    count: int = 0
    told: int = 0
    tellings: int = 0
    told_at: datetime | None = None
    #: when the first news came that was not reported yet
    waiting_since: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(told_at=self.told_at, waiting_since=self.waiting_since)

    def with_news(self, news: Sequence[News]) -> Self:
        """The topic with more news of its key; unchanged if it has all of them already."""
        seen, added = dict.fromkeys(self.seen), 0
        names = dict(zip(self.names, self.subjects, strict=False))
        latest, since = self.news, self.waiting_since
        for each in news:
            before = added
            for key, subject, name in each.parts:
                known = key[:_SHORT]
                if known in seen:
                    continue
                seen[known] = None
                added += 1
                if len(names) < MOST_NAMES and name and name not in names:
                    names[name] = subject
            if added > before:
                latest = latest if each.plural else each
                since = since or each.at
        if not added:
            return self
        return replace(
            self,
            news=latest,
            names=tuple(names),
            subjects=tuple(names.values()),
            seen=tuple(seen)[-_MOST_SEEN:],
            count=self.count + added,
            waiting_since=since,
        )

    def is_due(self, now: datetime) -> bool:
        """Whether there is something to tell, and the time since the last telling is over."""
        if self.count == self.told:
            return False
        if self.told_at is None or not self.news.plural:
            return True
        gap = _GAPS[min(self.tellings, len(_GAPS)) - 1]
        return now - self.told_at >= gap

    def told_now(self, now: datetime) -> Self:
        """The topic after its report."""
        return replace(
            self,
            told=self.count,
            tellings=self.tellings + 1,
            told_at=now,
            waiting_since=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """The mailbox of one target."""

    target: str
    #: of the settings under which it failed or worked
    fingerprint: str = ""
    topics: Mapping[str, Topic] = field(default_factory=dict)
    #: in the order in which they are sent
    waiting: tuple[Message, ...] = ()
    sent: tuple[str, ...] = ()
    accepted_at: datetime | None = None
    #: of the first waiting message: a try began, and its end is not stored
    sending: bool = False
    #: tries of the first waiting message that may or may not have arrived
    unknown: int = 0
    #: failures in a row
    failures: int = 0
    failing_since: datetime | None = None
    next_try: datetime | None = None
    reason: str = ""
    #: since when the target counts as broken; None: it works, or may work
    broken_since: datetime | None = None
    #: titles of messages that were given up, the first of them
    given_up: tuple[str, ...] = ()
    given_up_count: int = 0

    def __post_init__(self) -> None:
        require_aware(
            accepted_at=self.accepted_at,
            failing_since=self.failing_since,
            next_try=self.next_try,
            broken_since=self.broken_since,
        )


def take(mailbox: Mailbox, news: Iterable[News], events: Collection[OutboxEvent]) -> Mailbox:
    """The mailbox with news, each once however often it is taken.

    News of other events is left out.
    """
    by_key: dict[str, list[News]] = {}
    for each in news:
        if each.event in events:
            by_key.setdefault(each.key, []).append(each)
    topics = dict(mailbox.topics)
    for key, found in by_key.items():
        topics[key] = topics.get(key, Topic(news=found[0])).with_news(found)
    return replace(mailbox, topics=topics)


def due(mailbox: Mailbox, target: OutsideTarget, now: datetime) -> list[str]:
    """The keys of the topics to tell now, in the order in which their news came."""
    quiet = target.quiet is not None and target.quiet.include(now)
    return [
        key
        for key in due_topics(mailbox, now)
        if mailbox.topics[key].news.event.is_urgent or not quiet
    ]


def due_topics(mailbox: Mailbox, now: datetime) -> list[str]:
    """As `due`, for a reader that has no quiet hours."""
    keys = [key for key, topic in mailbox.topics.items() if topic.is_due(now)]
    return sorted(keys, key=lambda key: (mailbox.topics[key].waiting_since or now, key))


def told(mailbox: Mailbox, keys: Collection[str], now: datetime) -> Mailbox:
    """The mailbox after the report of these topics. Old topics are dropped."""
    topics = {
        key: topic.told_now(now) if key in keys else topic
        for key, topic in mailbox.topics.items()
        if key in keys or not _is_forgotten(topic, now)
    }
    return replace(mailbox, topics=topics)


def compose(topic: Topic, link: str, now: datetime) -> Message:
    """The message that tells a topic, with the total of its news."""
    news = topic.news
    several = topic.count > 1 and bool(news.plural)
    return Message(
        id=digest("message", news.key, str(topic.count), news.id, news.at.isoformat()),
        event=news.event,
        title=news.plural.replace("{n}", f"{topic.count:,}") if several else news.title,
        text=news.text,
        names=topic.names,
        count=topic.count if news.plural else max(1, len(topic.names)),
        todo=news.todo,
        link=link,
        at=now,
    )


def tell(
    mailbox: Mailbox, keys: Collection[str], messages: list[Message], now: datetime
) -> Mailbox:
    """The mailbox with messages that tell these topics. Many together become one message."""
    if len(messages) > _MOST_AT_ONCE:
        together = digest("digest", *(each.id for each in messages))
        messages = [digest_message(messages, together, now)]
    known = {*mailbox.sent, *(each.id for each in mailbox.waiting)}
    waiting = (*mailbox.waiting, *(each for each in messages if each.id not in known))
    return _without_surplus(replace(told(mailbox, keys, now), waiting=waiting))


def _is_forgotten(topic: Topic, now: datetime) -> bool:
    last = topic.told_at or topic.news.at
    return topic.count == topic.told and now - last > _FORGOTTEN_AFTER


def _without_surplus(mailbox: Mailbox) -> Mailbox:
    """The first message stays: a try of it may be under way."""
    surplus = len(mailbox.waiting) - MOST_WAITING
    if surplus <= 0:
        return mailbox
    first, *rest = mailbox.waiting
    return replace(give_up(mailbox, rest[:surplus]), waiting=(first, *rest[surplus:]))


def give_up(mailbox: Mailbox, messages: Iterable[Message]) -> Mailbox:
    """The mailbox with messages that the target does not get, kept for a summary."""
    titles = [each.title for each in messages]
    return replace(
        mailbox,
        given_up=(*mailbox.given_up, *titles)[:MOST_NAMES],
        given_up_count=mailbox.given_up_count + len(titles),
    )
