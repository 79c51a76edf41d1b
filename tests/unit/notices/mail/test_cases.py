"""Mails as people reported them, each with its right outcome. Made after public bug reports."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest

from shared.adapters.mail.mime.reading import read_mime
from shared.adapters.mail.providers import plain, postmark, ses
from shared.domain.notices.json_fields import read_fields
from shared.domain.notices.mail.message import Mail, address_in
from shared.domain.notices.mail.reading import read_maintenance_mail
from shared.domain.notices.mail.sender_authentication import AZURE_SENDERS, authenticate_sender
from shared.domain.notices.notice import Authentication, UnreadableNotice

CASES = Path(__file__).parents[3] / "data" / "cases"


def case(number: str) -> bytes:
    (found,) = CASES.glob(f"{number}-*.json")
    return found.read_bytes()


def by_postmark(raw: bytes, authserv_id: str = "") -> Mail:
    return postmark.mail_in(read_fields(raw, postmark.FIELDS), raw, authserv_id)


def by_plain(raw: bytes, authserv_id: str = "") -> Mail:
    return plain.mail_in(read_fields(raw, plain.FIELDS), raw, authserv_id)


def by_ses(raw: bytes, authserv_id: str = "") -> Mail:
    (mail,) = ses.mails_in(json.loads(raw), authserv_id)
    return mail


def proof(mail: Mail) -> str:
    found = authenticate_sender(mail, AZURE_SENDERS)
    return found.method if isinstance(found, Authentication) else ""


@pytest.mark.parametrize(
    ("number", "authserv_id", "method"),
    [
        ("200", "", "dkim"),
        ("200", "mx.google.com", "dmarc"),
        ("200", "mx.example.com", ""),
        ("201", "", "dkim"),
        ("202", "", "spf"),
    ],
)
def test_mails_by_postmark(number: str, authserv_id: str, method: str) -> None:
    assert proof(by_postmark(case(number), authserv_id)) == method


@pytest.mark.parametrize(
    ("number", "authserv_id", "method"),
    [
        ("203", "", "dmarc"),
        ("204", "mx.first.example", "dmarc"),
        ("204", "mail2.example", ""),
        ("204", "", ""),
        ("206", "mx", "dkim"),
        ("206", "", ""),
        ("207", "mx", "spf"),
    ],
)
def test_mails_in_the_plain_form(number: str, authserv_id: str, method: str) -> None:
    assert proof(by_plain(case(number), authserv_id)) == method


@pytest.mark.parametrize("number", ["212", "214", "215", "216b"])
def test_from_is_read_as_people_write_it(number: str) -> None:
    assert by_plain(case(number)).sender == "azure-noreply@microsoft.com"


RAW = sorted(CASES.glob("*.eml"))
#: a mail in another mail as a file of no text type: attachments are not opened
UNREAD = "39b-octet-stream-eml.eml"


@pytest.mark.parametrize("file", RAW, ids=lambda each: each.name)
def test_raw_mails_are_understood(file: Path) -> None:
    parts = read_mime(file.read_bytes())
    mail = Mail(
        provider="x",
        message_id="m",
        sender="",
        subject=parts.subject,
        text=parts.text,
        html=parts.html,
    )

    assert parts.unread == ""
    assert (read_maintenance_mail(mail).ignored == "") is (file.name != UNREAD)


@pytest.mark.parametrize("number", ["160", "162", "164"])
def test_words_end_at_anything_that_is_no_letter(number: str) -> None:
    mail = by_plain(case(number))

    assert read_maintenance_mail(mail).ignored == ""


@pytest.mark.parametrize(
    "word", ["VM", "vms", "Vm's", "(VM)", "VM_1", "VM2", "V\u200bM", "V\u00adMs"]
)
def test_machines_are_recognised_by_the_short_word(word: str) -> None:
    text = f"Azure maintenance of the {word} below"

    assert (
        read_maintenance_mail(Mail(provider="x", message_id="m", sender="", text=text)).ignored
        == ""
    )


LANGUAGES = (
    "Azure: Wartung virtueller Computer; virtuelle Computer",
    "Azure : maintenance des machines virtuelles",
    "Mantenimiento de máquinas virtuales de Azure",
    "Azure, manutenzione delle macchine virtuali",
    "Manutenção de máquinas virtuais do Azure",
    "Azure onderhoud van virtuele machines",
    "Konserwacja maszyn wirtualnych platformy Azure",
    "Údržba virtuálních počítačů Azure",
    "Azure virtuális gépek karbantartása",
    "Underhåll av virtuella datorer i Azure",
    "Azure sanal makinelerin bakımı: sanal makine",  # noqa: RUF001 - Turkish
    "AZURE SANAL MAKİNE BAKIMI",
    "Обслуживание виртуальных машин Azure",
    "Azure 仮想マシンのメンテナンス",
    "Azure 虚拟机维护",
    "Azure 虛擬機器維護",
    "Azure 가상 머신 유지 관리",
    "Pemeliharaan mesin virtual Azure",
    "Azure: geplante Wartung virtueller Maschinen",
    "Azure-virtuaalikoneiden huollon aikataulu",
    "Údržba virtuálního počítače v Azure",
    "Azure: virtuálisgép-karbantartás",
    "Underhåll av virtuella maskiner i Azure",
    "Vedligeholdelse af en virtuel maskine i Azure",
    "Vedlikehold av virtuell maskin i Azure",
    "Azure 仮想マシンの計画保守",
    "Azure 가상 머신 유지보수 안내",
)
FORMS = (
    lambda text: text,
    str.upper,
    lambda text: normalize("NFD", text),
    "\u200b".join,
    "\ufe0f".join,
    lambda text: text.replace(" ", "\xa0"),
    lambda text: text.replace("Azure", "ＡＺＵＲＥ"),  # noqa: RUF001 - full-width
    lambda text: text.replace("a", "a\U000e0061"),
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", LANGUAGES)
def test_maintenance_is_recognised_in_each_language_and_form(
    text: str, form: Callable[[str], str]
) -> None:
    mail = Mail(provider="x", message_id="m", sender="", text=form(text))

    assert read_maintenance_mail(mail).ignored == ""


@pytest.mark.parametrize(
    "markup",
    [
        "<p>Azure maintenance of V<b>M</b>s",
        "<p>Azure main<wbr>tenance of virtual&nbsp;machines",
        "<p>A<span style='x'>zure</span> maintenance of virtual <i>machines</i>",
        "<p>Azure maintenance: Microsoft.Compute/virtualMachines",
        "<p>Azure maintenance&#8203; of virtual&shy; machines",
        "<table><td>Azure<td>maintenance<td>VMs</table>",
        "<p>Azure maintenance of VMSS",
    ],
)
def test_words_are_read_as_html_shows_them(markup: str) -> None:
    mail = Mail(provider="x", message_id="m", sender="", html=markup)

    assert read_maintenance_mail(mail).ignored == ""


ID = "0f0f0f0f-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    "text",
    [
        f"Subscription ID: {ID}",
        f"Abonnement-ID: {ID}",
        f"ID de suscripción: {ID}",
        f"ID sottoscrizioni: {ID}",
        f"ID das subscrições: {ID}",
        f"ID da assinatura: {ID}",
        f"Identyfikator subskrypcji: {ID}",
        f"ID předplatného: {ID}",
        f"Előfizetés azonosítója: {ID}",
        f"Tilauksen tunnus: {ID}",
        f"Prenumerations-ID: {ID}",
        f"Abonelik Kimliği: {ID}",
        f"Идентификатор подписки: {ID}",
        f"サブスクリプション ID: {ID}",
        f"订阅 ID：{ID}",  # noqa: RUF001 - full-width
        f"구독 ID: {ID}",
        # as programs forward and quote them
        f"> > Subscription ID: {ID}",
        f"| Subscription ID | {ID} |",
        f"-----Original Message-----\nSubscription ID:\n{ID.upper()}",
        f"Begin forwarded message:\n\n> Subscription ID:\t{ID}",
        f"*Subscription ID:* {ID}",
        f"https://portal.azure.com/#@x/resource/subscriptions/{ID}/overview",
    ],
)
def test_a_subscription_is_found_in_each_language_and_form(text: str) -> None:
    plain = Mail(provider="x", message_id="m", sender="", text=text)
    shown = text.replace("\n", "<br>").replace("> ", "&gt; ")
    markup = Mail(provider="x", message_id="m", sender="", html=f"<blockquote>{shown}")

    assert read_maintenance_mail(plain).subscriptions == (ID,)
    assert read_maintenance_mail(markup).subscriptions == (ID,)


def test_cells_of_a_table_do_not_grow_together() -> None:
    mail = Mail(provider="x", message_id="m", sender="", html="<td>Azure maintenance LV</td><td>M")

    assert read_maintenance_mail(mail).ignored


OURS = "azure-noreply@microsoft.com"


@pytest.mark.parametrize(
    "header",
    [
        OURS,
        f"<{OURS}>",
        f"Azure <{OURS}>;",
        f"{OURS},",
        f"Azure < {OURS} >",
        f"Azure\r\n <{OURS}>",
        f"Azure, Inc. <{OURS}>",
        f"{OURS} <{OURS}>",
        f'"x@evil.example" <{OURS}>',
        f"SMTP:{OURS}",
        f"Azure <SMTP:{OURS}>",
        f"<mailto:{OURS}>",
        f"'{OURS}'",
        f"'Azure' <{OURS}> (team)",
        f"=?utf-8?q?Azure?= <{OURS.upper()}>",
    ],
)
def test_one_address_is_read_with_anything_around_it(header: str) -> None:
    assert address_in(header) == OURS


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Azure",
        f"x@evil.example, {OURS}",
        f"x@evil.example; {OURS}",
        f"x@evil.example, Azure <{OURS}>",
        f"<x@evil.example> <{OURS}>",
        f"Azure <<{OURS}>>",
        f'Azure "{OURS}"',
        f"{OURS}@evil.example",
        "@microsoft.com",
    ],
)
def test_several_addresses_or_none_are_no_sender(header: str) -> None:
    assert address_in(header) != OURS


@pytest.mark.parametrize("number", ["208", "209", "211"])
def test_a_part_of_another_type_is_named(number: str) -> None:
    part = {"208": "'body'", "209": "'from'", "211": "'subject'"}[number]

    with pytest.raises(UnreadableNotice, match=f"the mail lacks the text {part}"):
        by_plain(case(number))


@pytest.mark.parametrize(
    "value", ['"true"', '"false"', '""', "1", "0", '"yes"', "[]", "{}", '["x"]']
)
def test_only_a_boolean_says_that_a_flow_authenticated_the_sender(value: str) -> None:
    body = case("210").replace(b'"true"', value.encode())

    with pytest.raises(UnreadableNotice, match="must be the boolean true or false"):
        by_plain(body)


@pytest.mark.parametrize(
    ("value", "method"), [("true", "accepted-by-service"), ("false", ""), ("null", "")]
)
def test_a_boolean_or_nothing_is_taken_for_what_it_is(value: str, method: str) -> None:
    assert proof(by_plain(case("210").replace(b'"true"', value.encode()))) == method


@pytest.mark.parametrize("word", ["VMware", "LVM", "vmsz", "évm"])
def test_longer_words_are_no_machines(word: str) -> None:
    text = f"Azure maintenance of the {word} below"

    assert read_maintenance_mail(Mail(provider="x", message_id="m", sender="", text=text)).ignored


def test_a_text_in_place_of_a_boolean_is_said() -> None:
    with pytest.raises(UnreadableNotice, match="`authenticated` must be the boolean true or false"):
        by_plain(case("210"))


def test_a_signature_counts_where_ses_says_that_it_passed_and_there_is_one() -> None:
    assert proof(by_ses(case("221"))) == "dkim"


def _two_signatures(raw: bytes) -> bytes:
    """The same mail with the signature of a mailing service beside the author's."""
    envelope: dict[str, Any] = json.loads(raw)
    message: dict[str, Any] = json.loads(envelope["Message"])
    content = base64.b64decode(message["content"]).decode()
    signed = "".join(
        f"DKIM-Signature: v=1; d={each}; s=x\r\n" for each in ("microsoft.com", "esp.net")
    )
    message["content"] = base64.b64encode((signed + content).encode()).decode()
    return json.dumps(envelope | {"Message": json.dumps(message)}).encode()


def test_of_two_signatures_ses_does_not_say_which_one_passed() -> None:
    assert proof(by_ses(_two_signatures(case("221")))) == ""


def plain_with(**more: Any) -> bytes:
    mail = {"from": "azure-noreply@microsoft.com", "subject": "s", "body": "b"}
    return json.dumps(mail | more).encode()


OWN = "mx.example.com; dmarc=pass header.from=microsoft.com"
OTHER = "other.example; dmarc=fail header.from=microsoft.com"


@pytest.mark.parametrize(
    ("results", "method"),
    [
        ([OTHER, OWN], "dmarc"),
        ([OWN, OTHER], "dmarc"),
        ([OWN], "dmarc"),
        ([f"Authentication-Results: {OWN}"], "dmarc"),
        ([OWN, OWN.replace("pass", "fail")], ""),
        ([OTHER], ""),
        ([], ""),
        ([""], ""),
        (None, ""),
    ],
)
def test_several_headers_of_a_mail_may_come_as_a_list(results: object, method: str) -> None:
    assert proof(by_plain(plain_with(authenticationResults=results), "mx.example.com")) == method


@pytest.mark.parametrize("results", [5, True, {}, {"value": OWN}, [[OWN]], [OWN, None]])
def test_results_of_another_type_are_refused_with_what_to_send(results: object) -> None:
    with pytest.raises(UnreadableNotice, match="`authenticationResults` must be the text"):
        by_plain(plain_with(authenticationResults=results))


@pytest.mark.parametrize(
    "value", ["true", "false", "True", "", "yes", "1", 0, 1, 1.0, [], [True], {}, {"value": True}]
)
def test_anything_but_a_boolean_says_that_a_boolean_belongs_there(value: object) -> None:
    with pytest.raises(UnreadableNotice, match="`authenticated` must be the boolean"):
        by_plain(plain_with(authenticated=value))
