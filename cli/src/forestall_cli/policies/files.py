"""Policy files of this machine: which of them is the platform's, and how a version is written."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forestall_cli.client import ApiError

PLATFORM_FILE = "forestall.yaml"
_ENDINGS = (".yaml", ".yml", ".json")
#: of the document that the app reads
_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A file with the name under which it is published."""

    name: str
    text: str
    is_platform: bool

    def body(self) -> dict[str, object]:
        """As the app takes it."""
        return {"name": self.name, "text": self.text, "isPlatform": self.is_platform}


def read_files(paths: Sequence[str]) -> list[PolicyFile]:
    """The files, that of the platform first; ApiError names every one that cannot be read.

    A folder means each .yaml, .yml and .json file below it. The platform file is forestall.yaml.
    Names are relative to its folder, and so they are the same on each machine.
    """
    found, problems = [], []
    for each in paths:
        path = Path(each)
        inside = _below(path) if path.is_dir() else [path]
        if not inside:
            problems.append(f"{each}: the folder has no policy file")
        found += inside
    places = list(dict.fromkeys(found))
    platforms = [each for each in places if each.name == PLATFORM_FILE]
    if len(platforms) > 1:
        problems.append(f"more than one platform file: {', '.join(map(str, platforms))}")
    root = platforms[0].parent if platforms else None
    files = []
    for place in places:
        try:
            text = place.read_text(encoding="utf-8")
        except OSError as fault:
            problems.append(f"{place}: it cannot be read: {fault.strerror}. Check the path.")
        except UnicodeDecodeError as fault:
            problems.append(f"{place}: byte {fault.start} is no UTF-8. Save the file as UTF-8.")
        else:
            files.append(PolicyFile(_name(place, root), text, place.name == PLATFORM_FILE))
    if problems:
        raise ApiError("\n".join(problems))
    return sorted(files, key=lambda each: (not each.is_platform, each.name))


def version_document(files: Sequence[PolicyFile], by: str, at: str) -> str:
    """A version as the app reads it. `at`: an instant in UTC."""
    texts = [
        {"name": each.name, "text": each.text, "is_platform": each.is_platform} for each in files
    ]
    document = {"files": texts, "by": by, "published_at": at, "schema": _SCHEMA}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _below(folder: Path) -> list[Path]:
    found = [each for each in folder.rglob("*") if each.suffix in _ENDINGS and each.is_file()]
    return sorted(found, key=lambda each: each.as_posix())


def _name(path: Path, root: Path | None) -> str:
    if root is not None:
        try:
            return path.resolve().relative_to(root.resolve()).as_posix()
        except ValueError:
            pass
    return path.as_posix().removeprefix("./")
