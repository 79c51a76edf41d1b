"""docs/command-line.md against the command.

Every command, option and HTTP path, and nothing else.
"""

import json
import re

import pytest

from forestall_cli.commands import COMMANDS
from forestall_cli.commands.policies import POLICY_ACTIONS
from tests.unit.cli.stub_app import ROOT, run

PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
ROWS = re.findall(
    r"^\| (`.+?`(?:, `.+?`)*) \| .+ \| `(GET|POST) (.+?)`(?:, `(.+?)`)? \|$", PAGE, re.MULTILINE
)


def name_of(row: str) -> str:
    """`jobs`, or `policy check` for a command that has actions."""
    first, _, rest = row.partition(" ")
    return f"{first} {rest.split()[0]}" if first == "policy" else first


SHOWN = {name_of(each): each for names, *_ in ROWS for each in re.findall(r"`(.+?)`", names)}
NAMES = [
    *(each for each in COMMANDS if each != "policy"),
    *(f"policy {each}" for each in POLICY_ACTIONS),
]

#: options that every command has, or every one that changes something
COMMON = {
    *("--help", "--url", "--installation", "--key-file", "--output", "--json", "--color"),
    *("--times", "--reason", "--by", "--yes"),
}


def test_every_command_is_described_and_nothing_else() -> None:
    assert set(SHOWN) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_command_takes_what_the_page_says(name: str) -> None:
    usage = run(*name.split(), "--help").stdout.partition("\n\n")[0]
    taken = set(re.findall(r"--[a-z-]+", usage)) - COMMON

    assert taken == set(re.findall(r"--[a-z-]+", SHOWN[name]))


def test_every_path_is_one_of_the_app() -> None:
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))["paths"]
    for _, method, path, other in ROWS:
        for each in (path, f"/api/v1{other}" if other else path):
            assert method.lower() in paths[each]
