"""Messages in each form: what Teams, Slack and a receiver of CloudEvents take, with any text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.formats import body_of
from shared.domain.outbox.formats.signature import read_key, signed_headers
from shared.domain.outbox.formats.slack import escaped, slack_text
from shared.domain.outbox.formats.teams import MOST_BYTES
from shared.domain.outbox.targets import TargetKind
from tests.support.stand_in_targets import (
    problems_of_blocks,
    problems_of_card,
    problems_of_event,
)
from tests.unit.domain.outbox.samples import HOSTILE, KEY, a_message

ANY_TEXT = st.text(max_size=5000) | st.sampled_from(HOSTILE)


def problems(body: bytes, kind: TargetKind) -> list[str]:
    match kind:
        case TargetKind.TEAMS:
            return problems_of_card(body)
        case TargetKind.SLACK:
            return problems_of_blocks(body)
        case TargetKind.WEBHOOK:
            headers = {
                "Content-Type": "application/cloudevents+json; charset=utf-8",
                **signed_headers(KEY, json.loads(body)["id"], 1796428800, body),
            }
            return problems_of_event(headers, body, KEY)


@pytest.mark.parametrize("kind", TargetKind)
@pytest.mark.parametrize("event", OutboxEvent)
def test_every_event_has_a_valid_form_for_every_kind(kind: TargetKind, event: OutboxEvent) -> None:
    assert problems(body_of(a_message(event=event), kind, "prod"), kind) == []


@pytest.mark.parametrize("kind", TargetKind)
@given(title=ANY_TEXT, text=ANY_TEXT, name=ANY_TEXT)
def test_no_text_of_strangers_breaks_a_form(
    kind: TargetKind, title: str, text: str, name: str
) -> None:
    message = a_message(title=title, text=text, names=(name[:80],) * 10, count=5000)
    assert problems(body_of(message, kind, "prod"), kind) == []


@pytest.mark.parametrize("kind", TargetKind)
def test_a_form_is_the_same_bytes_each_time(kind: TargetKind) -> None:
    assert body_of(a_message(), kind, "prod") == body_of(a_message(), kind, "prod")


@pytest.mark.parametrize("name", HOSTILE[:-1])
def test_a_card_shows_names_unchanged(name: str) -> None:
    card = json.loads(body_of(a_message(names=(name, "b")), TargetKind.TEAMS, "prod"))
    runs = [
        run["text"]
        for block in card["attachments"][0]["content"]["body"]
        for run in block["inlines"]
    ]
    assert any(f"{name}, b" in each for each in runs)


def test_a_card_of_a_large_wave_stays_below_the_limit_and_counts_the_rest() -> None:
    message = a_message(names=("🙂" * 80,) * 10, count=5000, text="ü" * 15_000)
    body = body_of(message, TargetKind.TEAMS, "prod")
    assert len(body) <= MOST_BYTES
    assert "more" in body.decode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("R&D <!channel>", "R&amp;D &lt;!channel&gt;"),
        ('"quoted"', '"quoted"'),
        ("&amp;", "&amp;amp;"),
        ("", "-"),
    ],
)
def test_slack_replaces_three_signs_and_no_others(text: str, shown: str) -> None:
    assert escaped(text, 150) == shown


@pytest.mark.parametrize("length", [147, 148, 3000])
def test_slack_counts_after_the_replacement_and_cuts_none(length: int) -> None:
    cut = escaped("<" * length, 150)
    assert len(cut) <= 150
    assert cut.removesuffix("...").replace("&lt;", "") == ""


def test_slack_gets_plain_text_where_it_refuses_blocks() -> None:
    body = slack_text(a_message(title="a < b"))
    assert problems_of_blocks(body) == []
    assert json.loads(body)["text"].startswith("a &lt; b\n")


def test_the_signature_is_the_one_that_receivers_compute() -> None:
    secret = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
    body = '{"id":"evt-7","group":"Zürich"}'.encode()
    headers = signed_headers(read_key(secret), "evt-7", 1796428800, body)
    assert headers["webhook-signature"] == "v1,hANWF8z+tDVbSp2CL+5Uk/n9hG6YGGWlRAc1b7lKYN4="
    assert read_key(secret.removeprefix("whsec_")) == read_key(secret) == KEY


def test_a_later_try_has_another_time_and_signature() -> None:
    one, two = (signed_headers(KEY, "evt-7", second, b"{}") for second in (1000, 1305))
    assert one["webhook-id"] == two["webhook-id"]
    assert one["webhook-timestamp"] != two["webhook-timestamp"]
    assert one["webhook-signature"] != two["webhook-signature"]


@pytest.mark.parametrize(
    "secret", ["whsec_", "short", "whsec_AQID", "not base64 !!", "a" * 200, "Ü"]
)
def test_other_secrets_are_refused_without_showing_them(secret: str) -> None:
    with pytest.raises(ValueError, match=r"base64|bytes") as raised:
        read_key(secret)
    assert secret not in str(raised.value)
