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
import shared.adapters.azure.resource_manager
import shared.adapters.clock
import shared.adapters.service_bus.queues
import shared.adapters.tables.jobs
import shared.adapters.tables.pauses
import shared.adapters.tables.semaphores
import shared.adapters.tables.scanned.inventory
import shared.adapters.tables.audit
import shared.adapters.tables.account
import shared.adapters.tables.notices
import shared.adapters.webhooks.shared_secrets
import shared.adapters.webhooks.entra_tokens
import shared.adapters.mail.providers.graph
import shared.adapters.mail.providers.mailgun
import shared.adapters.mail.providers.plain
import shared.adapters.mail.providers.postmark
import shared.adapters.mail.providers.sendgrid
import shared.adapters.mail.providers.ses
print([name for name in sys.modules if name.startswith({HEAVY!r})])
"""


def test_importing_the_adapters_loads_no_sdk() -> None:
    check = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True, timeout=60
    )

    assert check.stdout.strip() == "[]"
