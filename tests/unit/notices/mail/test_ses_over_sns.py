"""Mail from Amazon SES over SNS.

Signed envelopes of our topics alone, and certificates from hosts of SNS alone.
"""

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.mail.providers.ses import SesOverSns
from shared.adapters.mail.sns.signatures import is_of_sns
from shared.adapters.memory import InlineWorker, SettableClock
from shared.domain.notices.http import Handshake, MailDelivery, Refusal, WebhookRequest
from shared.domain.notices.mail.message import AuthResult
from shared.domain.notices.notice import UnreadableNotice
from shared.errors import Unavailable
from tests.unit.notices.samples import sample
from tests.unit.notices.signers import NOW, Sns

CASES = Path(__file__).parents[3] / "data" / "cases"
TOPIC = "arn:aws:sns:us-east-1:111111111111:SES_Inbound"


@pytest.fixture(scope="module")
def sns() -> Sns:
    return Sns()


def webhook(sns: Sns, *topics: str) -> SesOverSns:
    return SesOverSns(
        topics=topics or (TOPIC,),
        clock=SettableClock(now=NOW),
        fetch=sns.fetch,
        worker=InlineWorker(),
    )


def call(message: dict[str, Any]) -> WebhookRequest:
    return WebhookRequest(body=json.dumps(message).encode(), headers={"content-type": "text/plain"})


@pytest.mark.parametrize("version", ["1", "2"])
async def test_the_sample_with_its_content_is_read(sns: Sns, version: str) -> None:
    delivery = await webhook(sns).read_mails(
        call(sns.sign(sample("ses-sns-inbound-utf8"), version))
    )

    assert isinstance(delivery, MailDelivery)
    (mail,) = delivery.mails
    assert delivery.authentication.identity == TOPIC
    assert (mail.sender, mail.envelope_from) == ("from@example.org", "envelope-from@example.org")
    assert mail.subject == "Test inbound message"
    assert mail.text
    assert (mail.auth_results.spf, mail.auth_results.dmarc) == (AuthResult.PASS, AuthResult.PASS)


async def test_the_sample_whose_content_lies_in_s3_is_read_without_it(sns: Sns) -> None:
    delivery = await webhook(sns).read_mails(call(sns.sign(sample("ses-sns-inbound-s3"))))

    assert isinstance(delivery, MailDelivery)
    assert (delivery.mails[0].text, delivery.mails[0].auth_results.dmarc) == ("", AuthResult.NONE)


async def test_content_as_base64_is_decoded_and_broken_base64_is_unreadable(sns: Sns) -> None:
    for content, readable in (
        (base64.b64encode(b"Subject: x\n\nhello").decode(), True),
        ("a", False),
    ):
        inner = {
            "notificationType": "Received",
            "receipt": {"action": {"encoding": "BASE64"}},
            "content": content,
        }
        signed = sns.sign(
            {
                "Type": "Notification",
                "TopicArn": TOPIC,
                "MessageId": "1",
                "Message": json.dumps(inner),
            }
        )
        if readable:
            delivery = await webhook(sns).read_mails(call(signed))
            assert isinstance(delivery, MailDelivery)
            assert delivery.mails[0].text == "hello"
        else:
            with pytest.raises(UnreadableNotice, match="base64"):
                await webhook(sns).read_mails(call(signed))


async def test_a_subscription_is_confirmed_only_for_our_topic(sns: Sns) -> None:
    sns.asked.clear()
    signed = sns.sign(sample("sns-subscription-confirmation"))

    refusal = await webhook(sns).read_mails(call(signed))
    assert isinstance(refusal, Refusal)
    assert (refusal.status, sns.asked) == (403, [])

    handshake = await webhook(sns, signed["TopicArn"]).read_mails(call(signed))
    assert isinstance(handshake, Handshake)
    assert sns.asked == [sns.url, signed["SubscribeURL"]]


async def test_a_confirmation_that_leads_elsewhere_is_not_followed(sns: Sns) -> None:
    sns.asked.clear()
    message = sample("sns-subscription-confirmation") | {
        "SubscribeURL": "https://169.254.169.254/metadata"
    }

    refusal = await webhook(sns, message["TopicArn"]).read_mails(call(sns.sign(message)))

    assert isinstance(refusal, Refusal)
    assert (refusal.status, sns.asked) == (400, [sns.url])


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Message": "{}"}, 401),
        ({"MessageId": "other"}, 401),
        ({"Subject": "other"}, 401),
        ({"Timestamp": "2026-11-23T12:00:01Z"}, 401),
        ({"Signature": ""}, 401),
        ({"Signature": "!!!"}, 401),
        ({"SignatureVersion": "3"}, 401),
        ({"SignatureVersion": "1"}, 401),
        ({"SigningCertURL": "https://evil.example/cert.pem"}, 401),
        ({"SigningCertURL": "http://sns.us-east-1.amazonaws.com/cert.pem"}, 401),
        ({"SigningCertURL": "https://sns.us-east-1.amazonaws.com/cert.txt"}, 401),
        ({"TopicArn": "arn:aws:sns:us-east-1:222222222222:Other"}, 403),
        ({"Type": "SubscriptionConfirmation"}, 401),
    ],
)
async def test_a_forged_envelope_is_refused(sns: Sns, change: dict[str, str], status: int) -> None:
    refusal = await webhook(sns).read_mails(call(sns.sign(sample("ses-sns-inbound-utf8")) | change))

    assert isinstance(refusal, Refusal)
    assert refusal.status == status


async def test_the_signature_of_another_key_an_old_one_and_an_expired_certificate_are_refused(
    sns: Sns,
) -> None:
    message = sample("ses-sns-inbound-utf8")
    expired = Sns(valid=timedelta(days=-1))
    attempts = [
        (sns, Sns().sign(message)),
        (sns, sns.sign(message, now=NOW - timedelta(hours=2))),
        (expired, expired.sign(message)),
    ]
    for shown, signed in attempts:
        refusal = await webhook(shown).read_mails(call(signed))
        assert isinstance(refusal, Refusal)
        assert refusal.status == 401


async def test_a_certificate_is_fetched_once_and_without_it_the_sender_tries_again(
    sns: Sns,
) -> None:
    sns.asked.clear()
    one = webhook(sns)
    for _ in range(3):
        assert isinstance(
            await one.read_mails(call(sns.sign(sample("ses-sns-inbound-utf8")))), MailDelivery
        )
    assert sns.asked == [sns.url]

    async def garbage(_: str) -> bytes:
        return b"<html>"

    broken = SesOverSns(
        topics=(TOPIC,), clock=SettableClock(now=NOW), fetch=garbage, worker=InlineWorker()
    )
    with pytest.raises(Unavailable, match="certificate"):
        await broken.read_mails(call(sns.sign(sample("ses-sns-inbound-utf8"))))


@pytest.mark.parametrize(
    ("url", "theirs"),
    [
        ("https://sns.eu-central-1.amazonaws.com/a.pem", True),
        ("https://sns.cn-north-1.amazonaws.com.cn/a.pem", True),
        ("https://sns.eu-central-1.amazonaws.com:443/a.pem", True),
        ("https://sns.eu-central-1.amazonaws.com.evil.example/a.pem", False),
        ("https://evil.example/sns.eu-central-1.amazonaws.com/a.pem", False),
        ("https://sns.eu-central-1.amazonaws.com@evil.example/a.pem", False),
        ("https://sns.eu-central-1.amazonaws.com:8443/a.pem", False),
        ("https://sns.eu-central-1.amazonaws.com:port/a.pem", False),
        ("https://bucket.s3.amazonaws.com/a.pem", False),
        ("https://sns.us-gov-west-1.amazonaws.com/a.pem", True),
        ("https://sns.s3.amazonaws.com/a.pem", False),
        # The storage of the owner of a bucket named sns.
        ("https://sns.s3-us-west-2.amazonaws.com/a.pem", False),
        ("https://sns.s3-website-us-east-1.amazonaws.com/a.pem", False),
        ("https://sns.us-east-1.amazonaws.com\n.evil.example/a.pem", False),
        ("http://sns.eu-central-1.amazonaws.com/a.pem", False),
        ("https://[bad", False),
        ("", False),
    ],
)
def test_only_hosts_of_sns_are_theirs(url: str, theirs: bool) -> None:
    partition = "aws-cn" if ".com.cn/" in url else "aws"
    assert is_of_sns(url, f"arn:{partition}:sns:eu-central-1:111111111111:mails") is theirs


@pytest.mark.parametrize(
    ("partition", "host", "theirs"),
    [
        ("aws-us-gov", "sns.us-gov-west-1.amazonaws.com", True),
        ("aws-us-gov", "sns.us-east-1.amazonaws.com", False),
        ("aws-cn", "sns.cn-north-1.amazonaws.com", False),
        ("aws-cn", "sns.us-east-1.amazonaws.com.cn", False),
        ("aws", "sns.cn-north-1.amazonaws.com.cn", False),
        ("aws-iso", "sns.us-iso-east-1.c2s.ic.gov", True),
        ("aws-iso-b", "sns.us-isob-east-1.sc2s.sgov.gov", True),
        ("aws-eusc", "sns.eusc-de-east-1.amazonaws.eu", True),
        ("aws-iso-e", "sns.eu-isoe-west-1.cloud.adc-e.uk", True),
        ("aws-iso-f", "sns.us-isof-south-1.csp.hci.ic.gov", True),
        ("aws", "sns.ap-southeast-5.amazonaws.com", True),
        ("aws", "sns.mx-central-1.amazonaws.com", True),
        ("aws", "sns.eusc-de-east-1.amazonaws.eu", False),
        ("AWS", "sns.us-east-1.amazonaws.com", False),
        ("aws-other", "sns.us-east-1.amazonaws.com", False),
        ("", "sns.us-east-1.amazonaws.com", False),
    ],
)
def test_a_host_is_of_the_partition_of_its_topic(
    partition: str,
    host: str,
    theirs: bool,
) -> None:
    topic = f"arn:{partition}:sns:x:111111111111:mails" if partition else "mails"
    assert is_of_sns(f"https://{host}/a.pem", topic) is theirs


@pytest.mark.parametrize(
    "text",
    [
        "Successfully validated SNS topic for Amazon SES event publishing.",
        "{not JSON",
        "{}}",
        "[1, 2]",
        '"a text"',
        "7",
        "null",
        "hello from a person",
        "",
    ],
)
async def test_a_plain_text_of_sns_is_answered_for_what_it_is(sns: Sns, text: str) -> None:
    message = sample("ses-sns-inbound-utf8") | {"Message": text}

    response = await webhook(sns).read_mails(call(sns.sign(message)))

    assert isinstance(response, Handshake)
    assert response.what == f"plain text of SNS: {text}"


RAW = {"x-amz-sns-rawdelivery": "true"}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (sample("ses-sns-inbound-utf8")["Message"].encode(), {}),
        (sample("ses-sns-inbound-utf8")["Message"].encode(), RAW),
        (b"Successfully validated SNS topic for Amazon SES event publishing.", RAW),
        (b"{not JSON", RAW),
        (b"", RAW),
        (b'{"TopicArn": "' + TOPIC.encode() + b'"}', RAW | {"x-amz-sns-rawdelivery": "True"}),
        (b"[]", {}),
        (b'{"Type": "Notification", "Message": "no topic"}', {}),
    ],
)
async def test_raw_delivery_is_refused_with_the_setting_to_change(
    sns: Sns, body: bytes, headers: dict[str, str]
) -> None:
    refusal = await webhook(sns).read_mails(WebhookRequest(body=body, headers=headers))

    assert isinstance(refusal, Refusal)
    assert refusal.status == 403
    assert "turn raw message delivery off" in refusal.reason


@pytest.mark.parametrize(
    "kind",
    ["Bounce", "Complaint", "Delivery", "AmazonSnsSubscriptionSucceeded", "received", None, 7],
)
async def test_a_notification_that_is_no_mail_is_taken_and_has_none(sns: Sns, kind: object) -> None:
    message = {
        "Type": "Notification",
        "TopicArn": TOPIC,
        "Message": json.dumps({"notificationType": kind, "mail": {}}),
    }

    delivery = await webhook(sns).read_mails(call(sns.sign(message)))

    assert isinstance(delivery, MailDelivery)
    assert delivery.mails == ()


async def test_a_mail_that_is_broken_is_no_plain_text(sns: Sns) -> None:
    message = {"Type": "Notification", "TopicArn": TOPIC, "Message": '{"notificationType": '}

    with pytest.raises(UnreadableNotice):
        await webhook(sns).read_mails(call(sns.sign(message)))


@pytest.mark.parametrize("parts", [("223",), ("224",)])
async def test_reported_messages_of_sns_are_read(sns: Sns, parts: tuple[str]) -> None:
    (file,) = CASES.glob(f"{parts[0]}-*.json")
    message = json.loads(file.read_bytes())
    message = {name: value for name, value in message.items() if isinstance(value, str)}

    delivery = await webhook(sns, message["TopicArn"]).read_mails(call(sns.sign(message)))

    assert isinstance(delivery, MailDelivery)
    assert len(delivery.mails) == (parts[0] == "224")


async def test_other_types_other_notifications_and_a_door_without_topics(sns: Sns) -> None:
    gone = sns.sign(sample("sns-subscription-confirmation") | {"Type": "UnsubscribeConfirmation"})
    assert isinstance(await webhook(sns, gone["TopicArn"]).read_mails(call(gone)), Handshake)
    bounce = sns.sign(
        {"Type": "Notification", "TopicArn": TOPIC, "Message": '{"notificationType": "Bounce"}'}
    )
    delivery = await webhook(sns).read_mails(call(bounce))
    assert isinstance(delivery, MailDelivery)
    assert delivery.mails == ()
    shut = await SesOverSns(
        topics=(), clock=SettableClock(now=NOW), fetch=sns.fetch, worker=InlineWorker()
    ).read_mails(call(gone))
    assert isinstance(shut, Refusal)
    assert shut.status == 403
    large = await webhook(sns).read_mails(WebhookRequest(body=b" " * 700_000))
    assert isinstance(large, Refusal)
    assert large.status == 413


@pytest.mark.parametrize(
    "change",
    [
        {"commonHeaders": {"from": ["azure-noreply@microsoft.com", "x@evil.example"]}},
        {
            "headers": [
                {"name": "From", "value": "a@microsoft.com"},
                {"name": "From", "value": "x@evil.example"},
            ]
        },
    ],
    ids=["two addresses", "two headers"],
)
async def test_a_mail_with_two_authors_has_no_sender(sns: Sns, change: dict[str, Any]) -> None:
    inner = {
        "notificationType": "Received",
        "mail": change,
        "receipt": {"dmarcVerdict": {"status": "PASS"}},
    }
    signed = sns.sign(
        {"Type": "Notification", "TopicArn": TOPIC, "MessageId": "1", "Message": json.dumps(inner)}
    )

    delivery = await webhook(sns).read_mails(call(signed))

    assert isinstance(delivery, MailDelivery)
    assert delivery.mails[0].sender == ""
