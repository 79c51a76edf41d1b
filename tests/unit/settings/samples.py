"""Environments for the tests of the settings."""

from collections.abc import Mapping

from shared.errors import SettingsError
from shared.settings.settings import Settings

ONE, OTHER = "00000000-0000-4000-8000-00000000000A", "00000000-0000-4000-8000-00000000000b"
#: a key, in the form of one; made up
KEY = "c2VjcmV0LWtleQ=="
STORAGE = (
    f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={KEY};EndpointSuffix=core.windows.net"
)
SERVICE_BUS = (
    f"Endpoint=sb://b.servicebus.windows.net/;SharedAccessKeyName=app;SharedAccessKey={KEY}"
)

#: the least that the app starts with
LEAST: Mapping[str, str] = {
    "FORESTALL_SUBSCRIPTIONS": "*",
    "StateStorage": STORAGE,
    "ServiceBusConnection": SERVICE_BUS,
    "SCAN_SCHEDULE": "0 */15 * * * *",
    "RECOVER_SCHEDULE": "30 */5 * * * *",
}


def problems(env: Mapping[str, str]) -> tuple[str, ...]:
    """What is said of an environment with which the app starts nothing new, or cannot run."""
    try:
        found = Settings.from_env(env).policy_problems
    except SettingsError as refused:
        return refused.problems
    assert found, "nothing is wrong with it"
    return found


def names(found: tuple[str, ...]) -> list[str]:
    """The settings that problems are about."""
    return [each.partition(":")[0] for each in found]
