"""What importing the adapters costs: the SDKs are loaded by the first call that needs them, not before."""

import subprocess
import sys

HEAVY = ("azure.mgmt", "azure.servicebus", "azure.data", "azure.identity", "aiohttp", "cryptography", "jwt")
PROBE = f"""
import sys
import shared.adapters.arm, shared.adapters.clock, shared.adapters.service_bus, shared.adapters.table_jobs
import shared.adapters.table_pauses, shared.adapters.table_semaphores, shared.adapters.table_sightings
import shared.adapters.table_trail, shared.adapters.tables, shared.adapters.table_notices
import shared.adapters.caller_checks, shared.adapters.entra_tokens, shared.adapters.mail.graph
import shared.adapters.mail.mailgun, shared.adapters.mail.plain, shared.adapters.mail.postmark
import shared.adapters.mail.sendgrid, shared.adapters.mail.ses_sns
print([name for name in sys.modules if name.startswith({HEAVY!r})])
"""


def test_importing_the_adapters_loads_no_sdk() -> None:
    probe = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True, timeout=60
    )

    assert probe.stdout.strip() == "[]"
