"""Where the golden rows are: a folder for each release, a file for each value."""

from pathlib import Path

from shared.adapters.schemas import SCHEMAS

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent

#: the release whose rows may still change
IN_THE_MAKING = "0.3.0"
#: the words of every enumeration in a row or a message
WORDS = "words.json"
#: the rows of every table, with their keys and columns
ENTITIES = "entities.json"


def releases() -> list[str]:
    """Every release that has golden rows, the oldest first."""
    found = [each.name for each in FOLDER.iterdir() if each.is_dir() and each.name[0].isdigit()]
    return sorted(found, key=lambda version: tuple(map(int, version.split("."))))


def folder_of(release: str) -> Path:
    """The folder of a release."""
    return FOLDER / release


def file_name(kind: type) -> str:
    """The file with a value of a kind in which no field has its default."""
    ending = "row" if kind in SCHEMAS else "message"
    return f"filled-{kind.__name__}.{ending}.json"


def is_released(version: str) -> bool:
    """Whether the changelog has the version."""
    return f"\n## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def with_file(release: str, name: str) -> bool:
    """Whether a release has this file. The one in the making has all of them.

    A value of a kind that came later is missing in the folders of the releases before.
    """
    return release == IN_THE_MAKING or (folder_of(release) / name).exists()


def rows_without_version() -> list[str]:
    """Rows as release 0.1 wrote them. No release reads them."""
    folder = FOLDER / "without-version"
    return [each.read_text(encoding="utf-8") for each in sorted(folder.glob("*.row.json"))]
