"""Azure's maintenance mails are understood in old and new forms and several languages.

Everybody else's start nothing.

No official text is public. Mails in other languages here are our own text, with the terms of
Azure's portal.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.adapters.mail.mime.reading import read_mime
from shared.domain.notices.mail.message import Mail
from shared.domain.notices.mail.reading import (
    read_maintenance_mail,
    subscriptions_in,
    tracking_id_in,
)
from shared.domain.notices.mail.windows import window_in
from shared.domain.notices.regions import regions_in
from tests.unit.notices.samples import DATA, SUBSCRIPTION

OTHER = "d23f0824-128b-4f33-8c5c-7fd0a6a3a450"
NEGATIVES = sorted((DATA / "mail").glob("negative-*.eml"))


def mail_of(path: Path) -> Mail:
    parts = read_mime(path.read_bytes())
    return Mail(
        provider="test",
        message_id="m",
        sender="",
        subject=parts.subject,
        text=parts.text,
        html=parts.html,
    )


def mail(text: str, *, subject: str = "", html: str = "") -> Mail:
    return Mail(provider="test", message_id="m", sender="", subject=subject, text=text, html=html)


def test_the_mail_of_2025_is_understood() -> None:
    notice = read_maintenance_mail(mail_of(DATA / "mail" / "azure-node-maintenance-2025.eml"))

    assert notice.ignored == ""
    assert notice.subscriptions == ("00000000-0000-0000-0000-000000000000",)
    assert notice.regions == ("West US",)
    assert notice.starts == datetime(2025, 2, 13, 23, 10, tzinfo=UTC)
    assert notice.ends == datetime(2025, 2, 14, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize("path", NEGATIVES, ids=lambda path: path.stem)
def test_mails_of_other_vendors_start_nothing(path: Path) -> None:
    assert (
        "not Azure's maintenance of virtual machines"
        in read_maintenance_mail(mail_of(path)).ignored
    )


def test_there_are_mails_of_other_vendors_to_try() -> None:
    assert len(NEGATIVES) >= 7


@pytest.mark.parametrize(
    "text",
    [
        (
            "Azure: your bill for November is ready. "
            "Maintenance of your VM is not mentioned; see the portal."
        ),
    ],
)
def test_a_mail_with_all_the_words_costs_a_scan_and_no_more(text: str) -> None:
    """The words are all there, so it is taken for one.

    The price is a scan, which changes nothing by itself.
    """
    assert read_maintenance_mail(mail(text)).ignored == ""


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Azure SQL Database: planned maintenance", "virtual machines"),
        ("Your Azure virtual machine quota was raised", "maintenance"),
        ("Planned maintenance of your virtual machines at Example Cloud", "Azure"),
        ("", "Azure, maintenance, virtual machines"),
    ],
)
def test_what_is_missing_is_told(text: str, missing: str) -> None:
    assert read_maintenance_mail(mail(text)).ignored.endswith(f"no word of {missing}")


@pytest.mark.parametrize(
    ("subject", "label"),
    [
        ("Azure-Wartung für Ihre virtuellen Computer", "Abonnement-ID"),
        ("Maintenance Azure planifiée de vos machines virtuelles", "ID d'abonnement"),
        ("Mantenimiento planeado de Azure: máquinas virtuales", "Id. de suscripción"),
        ("Manutenzione pianificata di Azure per le macchine virtuali", "ID sottoscrizione"),
        ("Manutenção planejada do Azure: máquinas virtuais", "ID da assinatura"),
        ("Gepland onderhoud van Azure: virtuele machines", "Abonnements-id"),
        ("Azure の仮想マシンの計画メンテナンス", "サブスクリプション ID"),
        ("Azure 虚拟机计划内维护", "订阅 ID"),
        ("Azure 가상 머신 유지 관리 예정", "구독 ID"),
        ("Плановое обслуживание виртуальных машин Azure", "Идентификатор подписки"),
        ("Azure planlı bakım: sanal makineleriniz", "Abonelik Kimliği"),  # noqa: RUF001 - Turkish
        ("Planowana konserwacja maszyn wirtualnych Azure", "Identyfikator subskrypcji"),
    ],
)
def test_several_languages_are_understood(subject: str, label: str) -> None:
    notice = read_maintenance_mail(mail(f"{label}: {SUBSCRIPTION}", subject=subject))

    assert notice.ignored == ""
    assert notice.subscriptions == (SUBSCRIPTION,)


def test_html_alone_is_understood() -> None:
    html = (
        "<style>td {color: red}</style><p>Azure planned maintenance for your "
        "<b>virtual</b>&nbsp;machines in WestEurope</p><table><tr><td>Subscription "
        f"ID</td></tr><tr><td>{SUBSCRIPTION}</td></tr></table>"
    )
    notice = read_maintenance_mail(mail("", html=html))

    assert (notice.ignored, notice.subscriptions, notice.regions) == (
        "",
        (SUBSCRIPTION,),
        ("West Europe",),
    )


def test_a_forwarded_mail_is_understood() -> None:
    original = (DATA / "mail" / "azure-node-maintenance-2025.eml").read_text().partition("\n\n")[2]
    quoted = "".join(f"> > {line}\n" for line in original.splitlines())

    notice = read_maintenance_mail(mail(f"FYI\n\n{quoted}", subject="WG: Fwd: Action required"))

    assert notice.ignored == ""
    assert notice.subscriptions == ("00000000-0000-0000-0000-000000000000",)
    assert notice.starts == datetime(2025, 2, 13, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"Subscription ID: {SUBSCRIPTION}", (SUBSCRIPTION,)),
        (f"SUBSCRIPTION: {SUBSCRIPTION.upper()}", (SUBSCRIPTION,)),
        (f"Subscription IDs: {SUBSCRIPTION}, {OTHER}", (SUBSCRIPTION, OTHER)),
        (f"/subscriptions/{OTHER}/resourceGroups/x", (OTHER,)),
        (f"Tenant ID: {OTHER}\nSubscription: {SUBSCRIPTION}", (SUBSCRIPTION,)),
        (f"Your subscription belongs to tenant {OTHER}", ()),
        (f"correlation id {OTHER}", ()),
        (OTHER, ()),
    ],
)
def test_subscription_ids_are_told_from_other_ids(text: str, found: tuple[str, ...]) -> None:
    assert subscriptions_in(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Tracking ID: 0NIH-U2O.", "0NIH-U2O"),
        ("(tracking id PYN_-ZL8)", "PYN_-ZL8"),
        ("Tracking ID NK_29aG1", "NK_29aG1"),
        ("https://app.azure.com/h/1J14-8LG/651438", "1J14-8LG"),
        ("about 9L34-T_8, see the portal", "9L34-T_8"),
        ("your tracking id is unknown to us", ""),
        ("call 5555-123 or EAST-USA", ""),
        ("", ""),
    ],
)
def test_tracking_ids_are_found_where_there_are_any(text: str, found: str) -> None:
    assert tracking_id_in(text) == found


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        (
            "from 13 February 2025 23:10 UTC to 14 February 2025 23:10 UTC",
            (2025, 2, 13, 23, 10),
            (2025, 2, 14, 23, 10),
        ),
        (
            "January 9, 2018 12:00 AM UTC - January 11, 2018 12:30 PM UTC",
            (2018, 1, 9, 0, 0),
            (2018, 1, 11, 12, 30),
        ),
        ("2026-11-23T08:00:00Z / 2026-11-24T08:00Z", (2026, 11, 23, 8, 0), (2026, 11, 24, 8, 0)),
        (
            "2026-11-23 08:00 (UTC) bis 2026-11-24 08:00 (UTC)",
            (2026, 11, 23, 8, 0),
            (2026, 11, 24, 8, 0),
        ),
        (
            "vom 3. März 2026 um 08:00 UTC bis 4. März 2026, 08:00 UTC",
            (2026, 3, 3, 8, 0),
            (2026, 3, 4, 8, 0),
        ),
        (
            "del 3 de marzo de 2026 a 08:00 UTC al 4 de marzo de 2026 a 08:00 UTC",
            (2026, 3, 3, 8, 0),
            (2026, 3, 4, 8, 0),
        ),
    ],
)
def test_windows_are_read_in_old_and_new_forms(
    text: str, start: tuple[int, ...], end: tuple[int, ...]
) -> None:
    begins = datetime(*start, tzinfo=UTC)  # type: ignore[arg-type,misc]
    ends = datetime(*end, tzinfo=UTC)  # type: ignore[arg-type,misc]
    assert window_in(text) == (begins, ends)


@pytest.mark.parametrize(
    "text",
    [
        "03/04/2018 10:00 UTC to 05/04/2018 10:00 UTC",
        "13 February 2025 23:10 PST to 14 February 2025 23:10 PST",
        "31 February 2025 23:10 UTC to 32 March 2025 23:10 UTC",
        "13 February 2025 23:10 UTC" + " " * 100 + "14 February 2025 23:10 UTC",
        "14 February 2025 23:10 UTC, formerly 13 February 2025 23:10 UTC",
        "2026-11-23T08:00:00Z",
        "",
    ],
)
def test_a_doubtful_window_is_none(text: str) -> None:
    assert window_in(text) is None


def test_the_longer_name_of_a_region_wins() -> None:
    assert regions_in("West US 2, west us; EastUS2 and North West") == (
        "West US 2",
        "West US",
        "East US 2",
    )


def test_a_mail_is_known_again_by_its_message_id_and_else_by_its_content() -> None:
    one = Mail(provider="a", message_id="<1@x>", sender="", subject="s")
    assert (
        read_maintenance_mail(one).id
        == read_maintenance_mail(Mail(provider="b", message_id="<1@x>", sender="")).id
    )
    nameless = Mail(provider="a", message_id="", sender="", subject="s")
    other = Mail(provider="a", message_id="", sender="", subject="t")
    assert read_maintenance_mail(nameless).id != read_maintenance_mail(other).id
