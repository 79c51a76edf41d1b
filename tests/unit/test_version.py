"""The version is the same wherever it is shown, and each request that the app makes names it."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from forestall_cli import __version__ as of_the_command
from shared.version import USER_AGENT, VERSION

ROOT = Path(__file__).parents[2]
#: what makes an HTTP or AMQP client
CLIENTS = re.compile(
    r"\b(?:aiohttp\.ClientSession|TableServiceClient|ServiceBusClient|ContainerClient"
    r"|UserAgentPolicy)"
    r"(?:\.from_connection_string|\.from_container_url)?\("
)
MODULES = sorted(
    file
    for file in (ROOT / "shared/adapters").rglob("*.py")
    if CLIENTS.search(file.read_text(encoding="utf-8"))
)


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    azd = yaml.safe_load((ROOT / "azure.yaml").read_text(encoding="utf-8"))
    places = {
        "pyproject.toml": project["version"],
        "the command": of_the_command,
        "azure.yaml": azd["metadata"]["template"].removeprefix("forestall@"),
    }
    assert set(places.values()) == {VERSION}
    assert f"forestall/{VERSION}" == USER_AGENT


def test_clients_are_found() -> None:
    assert len(MODULES) >= 6


@pytest.mark.parametrize("module", MODULES, ids=lambda file: file.stem)
def test_every_client_names_the_app_and_its_version(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    clients = [found.end() for found in CLIENTS.finditer(text)]
    # Either the call has it, or the headers that the module sends with each request.
    for after in clients:
        call = text[after - 400 : after + 400]
        assert "USER_AGENT" in call or '"User-Agent": USER_AGENT' in text, call
