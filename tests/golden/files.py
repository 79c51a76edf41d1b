"""Where the golden rows are: a folder for each release, a file for each value."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent

#: the release whose rows may still change
IN_THE_MAKING = "0.2.0"


def releases() -> list[str]:
    """Every release that has golden rows, the oldest first."""
    found = [each.name for each in FOLDER.iterdir() if each.is_dir() and each.name[0].isdigit()]
    return sorted(found, key=lambda version: tuple(map(int, version.split("."))))


def folder_of(release: str) -> Path:
    """The folder of a release."""
    return FOLDER / release


def is_released(version: str) -> bool:
    """Whether the changelog has the version."""
    return f"\n## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
