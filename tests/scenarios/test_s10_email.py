"""S10: a mail about maintenance leads to a scan, and from there everything is as ever.

A forged one leads to nothing.
"""

import json
import time
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from tests.scenarios.conftest import StartEnvironment
from tests.scenarios.environment import ScenarioEnvironment, wait_until
from tests.scenarios.fleets import DATA, SHOP, alone, fleet_of
from tests.scenarios.notices import post_notice, scanned, start_without_timed_scans
from tests.unit.notices.samples import DATA as SAMPLES
from tests.unit.notices.signers import mailgun_signature

KEY = "key-of-the-mailgun-account"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def azure_mail(token: str, *, queued: str = "bounces@microsoft.com", key: str = KEY) -> bytes:
    """Azure's mail about one subscription, as Mailgun delivers it now."""
    text = (SAMPLES / "mail" / "azure-node-maintenance-2025.eml").read_text()
    stamp = str(int(time.time()))
    form = {
        "from": "Microsoft Azure <azure-noreply@microsoft.com>",
        "sender": queued,
        "subject": "Action required: VMs affected by planned Azure maintenance",
        "body-plain": text.replace("00000000-0000-0000-0000-000000000000", SHOP),
        "message-headers": json.dumps([["Message-Id", f"<{token}@x>"], ["X-Mailgun-Spf", "Pass"]]),
        "timestamp": stamp,
        "token": token,
        "signature": mailgun_signature(key, stamp, token),
    }
    return urlencode(form).encode()


@pytest.mark.timeout(120)
def test_a_mail_leads_to_a_scan_and_the_machines_own_word_to_the_redeploy(
    start_environment: StartEnvironment, violations: Callable[[ScenarioEnvironment], list[str]]
) -> None:
    environment = start_environment(
        fleet_of(alone("shop-1"), alone("data-1", subscription=DATA)), start=False
    )
    start_without_timed_scans(environment, FORESTALL_MAIL_MAILGUN_KEY=KEY)
    wait_until(
        lambda: environment.arm.events("maintenance.announced"), what="the announcement of the wave"
    )

    # When forged mails come, and then the real one
    forged_key = post_notice(environment, "email/mailgun", azure_mail("one", key="other"), FORM)
    forged_sender = post_notice(
        environment, "email/mailgun", azure_mail("two", queued="evil@example.com"), FORM
    )
    shut = post_notice(environment, "email/sendgrid", azure_mail("three"), FORM)
    assert (forged_key.status, forged_sender.status, shut.status) == (401, 200, 403)
    assert forged_sender.body["notices"][0]["outcome"] == "dropped"
    assert scanned(environment) == []
    real = post_notice(environment, "email/mailgun", azure_mail("four"), FORM)

    # Then only its subscription is scanned, and its machine redeployed
    assert real.body["notices"][0]["scans"] == [SHOP]
    wait_until(
        lambda: [job["state"] for job in environment.jobs()] == ["succeeded"],
        what="the verified redeploy",
    )
    assert [each.rsplit("/", 1)[1] for each in environment.accepted()] == ["shop-1"]
    assert violations(environment) == []
