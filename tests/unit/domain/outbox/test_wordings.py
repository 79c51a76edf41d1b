"""How notifications read: every kind that the code sends has words of its own."""

import pytest

from shared.domain.messages import Notification
from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.news import News, news_of
from shared.domain.outbox.wordings import WORDINGS, wording_of
from tests.infra.test_alerts_in_sync import CODE
from tests.unit.domain.samples import NOW, vm_id

SUBSCRIPTIONS = ("0a1b2c3d-0000-4000-8000-00000000000f", "9f8e7d6c-1111-4111-8111-11111111111e")


def told(kind: str, subject: str, text: str) -> News:
    return news_of(Notification(kind=kind, subject=subject, text=text), NOW)


def test_every_kind_that_the_code_sends_has_words_and_no_other() -> None:
    assert set(WORDINGS) == set(CODE.kinds)


@pytest.mark.parametrize("kind", sorted(WORDINGS))
def test_each_wording_is_for_one_or_for_several(kind: str) -> None:
    wording = WORDINGS[kind]
    assert wording.todo.endswith(".")
    assert "{n}" not in wording.one
    assert "{name}" not in wording.many
    assert ("{n}" in wording.many) is bool(wording.many)


def test_a_kind_of_another_version_needs_a_person() -> None:
    assert wording_of("job.invented").event is OutboxEvent.ATTENTION


def test_a_machine_as_subject_is_shown_by_its_name() -> None:
    news = told("machine.hardware_deadline", vm_id("crm-db-2"), "Azure reports failing hardware")
    assert news.name == "crm-db-2"


def test_two_texts_on_several_machines_are_two_topics() -> None:
    """A topic without a plural reports its latest news alone."""
    one, two = (
        told("deadline.left_alone", "s", f"1 machines are left alone: {vm_id(name)}")
        for name in ("a", "b")
    )
    assert one.key != two.key
    assert (
        one.key == told("deadline.left_alone", "s", f"1 machines are left alone: {vm_id('a')}").key
    )


def test_one_cause_in_two_subscriptions_is_one_topic() -> None:
    one, two = (
        told("scan.unreadable", each, f"3 of 9 machines of subscription {each} could not be read")
        for each in SUBSCRIPTIONS
    )
    assert one.key == two.key
    assert one.id != two.id
    assert one.title == f"Machines of the subscription {SUBSCRIPTIONS[0]} cannot be read"
