"""A first contact with a simulator, and a way to alter what it answers."""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from forestall_cli.contact.arm import over_http
from forestall_cli.contact.checks import results
from forestall_cli.contact.command import Outside, add_arguments, first_contact
from forestall_cli.contact.exchanges import Bundle, read
from forestall_cli.contact.results import Outcome
from sandbox.azure.arm.background import Running
from sandbox.azure.arm.pytest_plugin import start_arm
from tests.unit.arm.fleets import SUBSCRIPTION

__all__ = ["start_arm"]  # a fixture is used by being there

#: path and query in lower case, status, headers, decoded body -> what arrives instead
type Alter = Callable[[str, int, dict[str, str], Any], tuple[int, dict[str, str], Any]]


def unaltered(_: str, status: int, headers: dict[str, str], body: Any) -> Any:
    return status, headers, body


@dataclass
class Contact:
    """What one first contact did."""

    folder: Path
    alter: Alter = unaltered
    sent: list[tuple[str, str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    report: str = ""
    wait: Callable[[float], None] = lambda _: None

    def run(self, arm: Running, *options: str) -> Bundle:
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        out = self.folder / "bundle.json"
        given = parser.parse_args(
            ["--first-contact", "--endpoint", arm.base_url, "--out", str(out), *options]
        )
        answers = iter(self.typed)
        outside = Outside(
            az=lambda _: json.dumps({"accessToken": _token(arm), "subscription": SUBSCRIPTION}),
            transport=self._transport,
            ask=lambda _: next(answers),
            wait=self.wait,
            show=self.said.append,
        )
        self.report = first_contact(given, outside)
        return read(out)

    def _transport(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        self.sent.append((method, url))
        status, answered, raw = over_http(method, url, headers, body)
        plain = {name.lower(): value for name, value in answered.items()}
        decoded = json.loads(raw) if raw else None
        status, plain, decoded = self.alter(url.lower(), status, plain, decoded)
        return status, plain, json.dumps(decoded).encode()


def _token(arm: Running) -> str:
    url = (
        f"{arm.environment['IDENTITY_ENDPOINT']}?api-version=2019-08-01"
        "&resource=https://management.azure.com"
    )
    request = Request(url, headers={"X-IDENTITY-HEADER": "any"})
    with urlopen(request, timeout=30) as response:
        return str(json.loads(response.read())["access_token"])


def refuted(bundle: Bundle) -> set[str]:
    return {each.belief for each in results(bundle) if each.outcome is Outcome.REFUTED}


def confirmed(bundle: Bundle) -> set[str]:
    return {each.belief for each in results(bundle) if each.outcome is Outcome.CONFIRMED}


@pytest.fixture
def contact(tmp_path: Path) -> Contact:
    return Contact(folder=tmp_path)
