"""What of a mail is not read could take back what is read.

Such a mail is on record, and starts nothing.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.adapters.mail.graph.client import MAX_RESPONSE_BYTES
from shared.adapters.mail.headers import LONGEST_HEADERS, MOST_HEADERS
from shared.domain.notices.mail.message import LONGEST_TEXT
from tests.fuzz.growth import receive
from tests.fuzz.hostile_calls import Sent, graph, mailgun, plain, postmark, raw_mail, sendgrid, ses
from tests.fuzz.hostile_mails import SENDER

PASS = "dmarc=pass header.from=microsoft.com"
FAIL = "dmarc=fail header.from=microsoft.com"
SPF = "Pass identity=mailfrom; envelope-from=b@microsoft.com"
TEXT = "Azure maintenance of your virtual machines "
HEAD = f"From: {SENDER}\nX-Mailgun-Spf: Pass\nSubject: {TEXT}\n".encode()


def fields(**more: Any) -> bytes:
    return json.dumps(more).encode()[1:-1]


def by_postmark(*more: tuple[str, str], text: str = TEXT) -> Sent:
    headers = [("Received-SPF", SPF), *more]
    listed = [{"Name": name, "Value": value} for name, value in headers]
    return postmark(fields(Subject=TEXT, TextBody=text, Headers=listed))


def by_graph(*more: tuple[str, str], text: str = TEXT) -> Sent:
    headers = [("Authentication-Results", PASS), *more]
    listed = [{"name": name, "value": value} for name, value in headers]
    return graph(fields(subject=TEXT, body={"content": text}, internetMessageHeaders=listed))


def by_mailgun(*more: tuple[str, str], text: str = TEXT) -> Sent:
    headers = [("X-Mailgun-Spf", "Pass"), *more]
    return mailgun({"message-headers": json.dumps(headers).encode(), "body-plain": text.encode()})


def by_mailgun_raw(*more: tuple[str, str], text: str = TEXT) -> Sent:
    headers = "".join(f"{name}: {value}\n" for name, value in more)
    return raw_mail(HEAD + headers.encode() + b"\n" + text.encode())


def by_sendgrid(*more: tuple[str, str], text: str = TEXT) -> Sent:
    headers = "".join(f"{name}: {value}\n" for name, value in more)
    return sendgrid({"headers": headers.encode(), "text": text.encode()})


def by_ses(*more: tuple[str, str], text: str = TEXT) -> Sent:
    headers = "".join(f"{name}: {value}\n" for name, value in more)
    return ses(content=f"From: {SENDER}\n{headers}\n{text}")


def by_plain(*more: tuple[str, str], text: str = TEXT) -> Sent:
    results = "; ".join([PASS, *(f"{name}={value}" for name, value in more)])
    return plain(body=text, authenticationResults=results)


SERVICES: dict[str, Callable[..., Sent]] = {
    each.__name__: each
    for each in (by_postmark, by_graph, by_mailgun, by_mailgun_raw, by_sendgrid, by_ses, by_plain)
}
LISTING = [name for name in SERVICES if name != "by_plain"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_mail_within_the_limits_starts_its_scan(service: str) -> None:
    filler = [("X", "y")] * (MOST_HEADERS - 4)

    assert receive(SERVICES[service](*filler)) == "scanning: "
    assert receive(SERVICES[service](text=TEXT.ljust(LONGEST_TEXT))) == "scanning: "


@pytest.mark.parametrize("service", LISTING)
def test_more_headers_than_are_read_prove_nothing(service: str) -> None:
    outcome = receive(SERVICES[service](*[("X", "y")] * (MOST_HEADERS + 1)))

    assert outcome.startswith(f"dropped: the mail has more than {MOST_HEADERS} headers")


@pytest.mark.parametrize("service", SERVICES)
def test_longer_headers_than_are_read_prove_nothing(service: str) -> None:
    outcome = receive(SERVICES[service](("X", "y" * LONGEST_HEADERS)))

    assert outcome.startswith(
        f"dropped: the mail has more than {MOST_HEADERS} headers, or more than {LONGEST_HEADERS}"
    )


@pytest.mark.parametrize("service", SERVICES)
def test_a_longer_text_than_is_read_proves_nothing(service: str) -> None:
    outcome = receive(SERVICES[service](text=TEXT.ljust(LONGEST_TEXT + 1)))

    assert outcome.startswith(
        f"dropped: the mail has a text of more than {LONGEST_TEXT} characters"
    )


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (by_graph(("X", "y" * 9_000), ("Authentication-Results", FAIL)), "DMARC fails"),
        (by_graph(("Authentication-Results", "x=y; " * 9_000 + FAIL)), "DMARC fails"),
        (by_plain(("x", "y" * 9_000 + "; " + FAIL)), "DMARC fails"),
        (by_plain(("x", " " * 600_000 + "; " + FAIL)), "is not read whole"),
        (by_postmark(*[("X", "y")] * 600, ("Received-SPF", "Fail")), "neither SPF, DKIM nor DMARC"),
        (
            by_postmark(*[("X", "y")] * 600, ("From", SENDER), ("From", "other@example.com")),
            "no From address",
        ),
        (by_mailgun(*[("X", "y")] * 600, ("X-Mailgun-Spf", "Fail")), "neither SPF, DKIM nor DMARC"),
        (
            by_mailgun_raw(*[("X", "y")] * 600, ("X-Mailgun-Spf", "Fail")),
            "neither SPF, DKIM nor DMARC",
        ),
        (by_sendgrid(*[("X", "y")] * 600, ("From", "a@b.c"), ("From", "c@d.e")), "no From address"),
    ],
)
def test_what_stands_far_behind_counts(sent: Sent, reason: str) -> None:
    outcome = receive(sent)

    assert outcome.startswith("dropped: ")
    assert reason in outcome


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (mailgun({"message-headers": b"[" * 100}), "a field message-headers that is not JSON"),
        (mailgun({"message-headers": b" " * 2_000_000}), "more than 1000 headers"),
        (
            sendgrid({"text": TEXT.encode(), "dkim": b"{@microsoft.com : pass}".ljust(300_000)}),
            "a field dkim of more than",
        ),
        (graph(fields(subject="x" * MAX_RESPONSE_BYTES)), None),
        (
            ses(mail={"commonHeaders": {"from": [SENDER]}, "headersTruncated": True}),
            "more headers than Amazon SES lists",
        ),
        (
            raw_mail(HEAD + b"Content-Type: message/rfc822\n\n" * 2000),
            "parts in each other, more than 20 deep",
        ),
    ],
)
def test_what_a_service_left_out_proves_nothing(sent: Sent, reason: str | None) -> None:
    outcome = receive(sent)

    assert outcome.startswith("dropped: ")
    if reason is not None:
        assert f"the mail has {reason}" in outcome


def test_a_mail_that_came_whole_does_not_need_the_headers_that_ses_lists() -> None:
    mail = {
        "commonHeaders": {"from": [SENDER]},
        "headersTruncated": True,
        "headers": [{"name": "From", "value": "x@y.z"}] * 2,
    }

    assert receive(ses(mail=mail, content=f"From: {SENDER}\n\n{TEXT}")) == "scanning: "
