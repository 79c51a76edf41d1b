"""References to Key Vault and App Configuration that the platform did not replace by their values.

The platform puts the secret in the place of a reference that is the whole value of a setting. Where
it cannot, the app sees the reference itself (app-service-key-vault-references.md). That text is no
secret, and it reads like a malformed value.

Sample::

    StateStorage=@Microsoft.KeyVault(SecretUri=https://kv.example/secrets/x)
    WEBSITE_KEYVAULT_REFERENCES={"StateStorage": {"rawReference": "@Microsoft.KeyVault(...)",
                                                  "status": "SecretNotFound"}}
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping

#: what the Functions host needs, beside what the app reads itself. `X` stands for `X__...` too.
HOST_SETTINGS = frozenset(
    {
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
        "AzureWebJobsStorage",
        "FUNCTIONS_WORKER_RUNTIME",
        "ServiceBusConnection",
        "StateStorage",
    }
)

_REFERENCE = re.compile(r"@Microsoft\.(KeyVault|AppConfiguration)\s*\(", re.IGNORECASE)
_REMEDIES = {
    "keyvault": (
        "Key Vault",
        (
            "Check that the secret exists and that the app's identity has the role Key Vault "
            "Secrets User on the vault."
        ),
    ),
    "appconfiguration": (
        "App Configuration",
        (
            "Check that the key exists and that the app's identity has the role App Configuration "
            "Data Reader on the store."
        ),
    ),
}
#: the platform's own report on references. Its form is known from Kudu's source.
#: UNCONFIRMED(key-vault-report): that Flex Consumption sets it.
_REPORT = "WEBSITE_KEYVAULT_REFERENCES"
_STATUS = re.compile(r"[A-Za-z]{1,40}")


def has_reference(text: str) -> bool:
    """Whether a value is a reference, or holds one."""
    return _REFERENCE.search(text) is not None


def unresolved(env: Mapping[str, str], names: Collection[str]) -> Iterator[str]:
    """One problem for each of these settings, and of the host's, whose reference was not resolved.

    Nothing of its text.

    The platform's own variables are left out: its report on references holds the text of every
    reference, resolved or not.
    """
    statuses = _statuses(env.get(_REPORT, ""))
    for name in sorted(env):
        if name not in names and name.partition("__")[0] not in HOST_SETTINGS:
            continue
        text = env[name].strip()
        match = _REFERENCE.search(text)
        if match is None:
            continue
        kind, remedy = _REMEDIES[match[1].lower()]
        if match.start() > 0 or not text.endswith(")"):
            yield (
                f"{name}: the {kind} reference must be the whole value, "
                "without quotes or other text around it."
            )
        else:
            status = f" ({statuses[name]})" if name in statuses else ""
            yield f"{name}: the {kind} reference was not resolved{status}. {remedy}"


def _statuses(report: str) -> dict[str, str]:
    """Why references were not resolved, by the names of their settings.

    Empty where the platform does not say.
    """
    try:
        entries = json.loads(report) if report else {}
    except (ValueError, RecursionError):
        return {}
    if not isinstance(entries, dict):
        return {}
    found = {
        name: entry.get("status") for name, entry in entries.items() if isinstance(entry, dict)
    }
    return {
        name: text
        for name, text in found.items()
        if isinstance(text, str) and _STATUS.fullmatch(text)
    }
