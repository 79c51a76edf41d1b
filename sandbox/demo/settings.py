"""The app's settings in a rehearsal.

The sandbox's addresses, under the names that the app has in Azure as well.

The app has no switch for the sandbox. Nothing of the caller's own Azure settings reaches it: only a
few variables that a process needs to run at all are passed on.
"""

import os
from collections.abc import Mapping

_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "VIRTUAL_ENV",
    "PYTHONDONTWRITEBYTECODE",
    "SYSTEMROOT",
)


def bare_environment() -> dict[str, str]:
    """What every child process gets of the caller's environment."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return kept | {"PYTHONUNBUFFERED": "1"}


def app_settings(
    *,
    storage: str,
    service_bus: str,
    arm: str,
    identity_header: str,
    policy: str,
    policy_files: str = "",
) -> Mapping[str, str]:
    """The settings of docs/configuration.md, for an app with all its services on this machine.

    `policy_files`: a folder that holds the policy; then `policy` does not count.
    """
    rules = {"FORESTALL_POLICY_FILES": policy_files} if policy_files else {}
    return {
        "AzureWebJobsStorage": storage,
        "StateStorage": storage,
        "ServiceBusConnection": service_bus,
        "FORESTALL_ARM_ENDPOINT": arm,
        "IDENTITY_ENDPOINT": f"{arm}/msi/token",
        "IDENTITY_HEADER": identity_header,
        "FORESTALL_SUBSCRIPTIONS": "*",
        "FORESTALL_MODE": "act",
        "FORESTALL_NEW_UNTIL": "2100-01-01T00:00:00Z",
        **(rules or {"FORESTALL_POLICY": policy}),
        "SCAN_SCHEDULE": "*/10 * * * * *",
        "RECOVER_SCHEDULE": "*/5 * * * * *",
        "FUNCTIONS_WORKER_RUNTIME": "python",
    }
