"""The one command that stops the app without its storage. It needs Azure Resource Manager alone.

Source: `az functionapp stop`. The text has placeholders where the
platform does not set the two variables: UNCONFIRMED(stop-command-variables).
"""

import re
from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z0-9_.()-]{1,90}")


def stop_command(env: Mapping[str, str]) -> str:
    """The command, with the names of app and resource group where the platform tells them."""
    app = _name(env.get("WEBSITE_SITE_NAME", ""), "APP")
    group = _name(env.get("WEBSITE_RESOURCE_GROUP", ""), "GROUP")
    return f"az functionapp stop --name {app} --resource-group {group}"


def _name(text: str, placeholder: str) -> str:
    return text if _NAME.fullmatch(text) else placeholder
