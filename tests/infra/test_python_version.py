"""One Python version, wherever it is said."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.infra.deployments import INSTALLATIONS, resources, the_only, value_at

ROOT = Path(__file__).parents[2]


def said() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lowest = re.match(r">=(\d+\.\d+)", project["project"]["requires-python"])
    assert lowest is not None
    target = re.fullmatch(r"py(\d)(\d+)", project["tool"]["ruff"]["target-version"])
    assert target is not None
    return {
        ".python-version": (ROOT / ".python-version").read_text(encoding="utf-8").strip(),
        "requires-python": lowest[1],
        "ruff": ".".join(target.groups()),
        "mypy": project["tool"]["mypy"]["python_version"],
        "bicep": str(_deployed("development")),
    }


def _deployed(record: str) -> object:
    site = the_only(resources(record), "Microsoft.Web/sites")
    return value_at(site, "properties.functionAppConfig.runtime.version")


def disagreeing(versions: dict[str, str]) -> set[str]:
    """The places that say another version than `.python-version`."""
    return {place for place, version in versions.items() if version != versions[".python-version"]}


def test_every_place_says_the_same_version() -> None:
    assert disagreeing(said()) == set()


@pytest.mark.parametrize("record", INSTALLATIONS)
def test_every_installation_runs_on_it(record: str) -> None:
    assert _deployed(record) == said()[".python-version"]


@pytest.mark.parametrize("place", ["requires-python", "ruff", "mypy", "bicep"])
def test_a_place_that_says_another_one_is_found(place: str) -> None:
    assert disagreeing(said() | {place: "3.12"}) == {place}


def test_no_file_of_the_deployment_says_another_one() -> None:
    files = [
        *(ROOT / ".github/workflows").glob("*.yml"),
        ROOT / "azure.yaml",
        ROOT / "docs/deploy.md",
        ROOT / "README.md",
    ]
    mentions = {
        (path.name, version)
        for path in files
        if path.exists()
        for version in re.findall(
            r"[Pp]ython[ -]?(?:version:? ?)?['\"]?(3\.\d+)", path.read_text(encoding="utf-8")
        )
    }
    other = {(name, version) for name, version in mentions if version != said()[".python-version"]}
    assert other <= {("README.md", "3.9")}, "3.9 is what the toolchain starts with"
