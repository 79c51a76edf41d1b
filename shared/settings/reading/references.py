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

#: a reference, also with what people write wrong in one: blanks, other brackets, no `@`
_REFERENCE = re.compile(
    r"(?:@\s*|\A)Microsoft\s*[._]?\s*(KeyVault|AppConfiguration)\b", re.IGNORECASE
)
_SOUND = re.compile(r"@Microsoft\.(?:KeyVault|AppConfiguration)\s*\([^()]*\)", re.IGNORECASE)
#: the address of a secret, where the secret itself is expected
_ADDRESS = re.compile(
    r"https://[a-z0-9-]+\.(?:vault\.azure\.(?:net|cn)|vault\.usgovcloudapi\.net"
    r"|managedhsm\.azure\.(?:net|cn)|azconfig\.(?:io|azure\.(?:us|cn)))(?::\d+)?(?:[/?]\S*)?",
    re.IGNORECASE,
)
#: what pipelines and templates replace by a value: `#{X}#`, `$(X)`, `${X}`, `${{X}}`, `{{X}}`,
#: `__X__`, `%X%`, `<x>` and `[parameters('x')]`
_PLACEHOLDER = re.compile(
    r"#\{[^{}]+\}#?|\$\([^()]+\)|\$\{[^{}]+\}|\$\{\{[^{}]+\}\}|__[A-Za-z]\w*__"
    r"|\{\{[^{}]+\}\}|%[a-z_]\w*%|<[^<>]+>"
    r"|\[(?:parameters|variables|reference|concat)\(.*\)\]",
    re.IGNORECASE | re.DOTALL,
)
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
_EXAMPLES = {
    "Key Vault": "@Microsoft.KeyVault(SecretUri=https://VAULT.vault.azure.net/secrets/NAME)",
    "App Configuration": "@Microsoft.AppConfiguration(Endpoint=https://STORE.azconfig.io; Key=KEY)",
}
#: the platform's own report on references. Its form is known from Kudu's source.
#: UNCONFIRMED(key-vault-report): that Flex Consumption sets it.
_REPORT = "WEBSITE_KEYVAULT_REFERENCES"
_STATUS = re.compile(r"[A-Za-z]{1,40}")


def has_reference(text: str) -> bool:
    """Whether a value is a reference, or holds one, or stands for a value that is missing."""
    return _REFERENCE.search(text) is not None or bool(_missing(text.strip()))


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
        missing = _missing(text)
        if match is None:
            if missing:
                yield f"{name}: {missing}"
            continue
        kind, remedy = _REMEDIES[match[1].lower()]
        if _SOUND.search(text) is None:
            yield f"{name}: the {kind} reference is malformed. Write {_EXAMPLES[kind]}."
        elif not _SOUND.fullmatch(text):
            yield (
                f"{name}: the {kind} reference must be the whole value, "
                "without quotes or other text around it."
            )
        else:
            status = f" ({statuses[name]})" if name in statuses else ""
            yield f"{name}: the {kind} reference was not resolved{status}. {remedy}"


def _missing(text: str) -> str:
    """What is wrong with a value that stands for another; empty for any other value."""
    if _ADDRESS.fullmatch(text):
        return (
            "it is the address of a value, not the value. "
            f"Write a reference to it, such as {_EXAMPLES['Key Vault']}."
        )
    if _PLACEHOLDER.fullmatch(text):
        return (
            "it is a placeholder that nothing replaced. "
            "Write the value, or correct the pipeline that should write it."
        )
    return ""


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
