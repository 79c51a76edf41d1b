"""What importing the adapters costs.

The SDKs are loaded by the first call that needs them, not before.
"""

import subprocess
import sys

HEAVY = (
    "azure.mgmt",
    "azure.servicebus",
    "azure.data",
    "azure.identity",
    "aiohttp",
    "cryptography",
    "jwt",
)
PROBE = f"""
import sys
import shared.adapters.azure.resource_manager, shared.adapters.clock, shared.adapters.service_bus.queues, shared.adapters.tables.jobs
import shared.adapters.tables.pauses, shared.adapters.tables.semaphores, shared.adapters.tables.inventory
import shared.adapters.tables.audit, shared.adapters.tables.account, shared.adapters.tables.notices
import shared.adapters.webhooks.shared_secrets, shared.adapters.webhooks.entra_tokens, shared.adapters.mail.graph.webhook
import shared.adapters.mail.mailgun, shared.adapters.mail.plain, shared.adapters.mail.postmark
import shared.adapters.mail.sendgrid, shared.adapters.mail.ses_sns
print([name for name in sys.modules if name.startswith({HEAVY!r})])
"""


def test_importing_the_adapters_loads_no_sdk() -> None:
    check = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True, timeout=60
    )

    assert check.stdout.strip() == "[]"
