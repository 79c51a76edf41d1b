"""Policy files on this machine: one platform file, or a folder with one file for each owner.

Sample::

    policy/forestall.yaml          the platform's
    policy/groups/crm.yaml         an owner's; any other .yaml, .yml or .json file below the folder
"""

import asyncio
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from shared.domain.policy.files.document import PolicyFile
from shared.domain.policy.files.published import PublishedPolicy
from shared.errors import StorageUnavailable
from shared.ports.policies import PolicyName

PLATFORM_FILE = "forestall.yaml"
_ENDINGS = (".yaml", ".yml", ".json")
_MOST_FILES = 1_000


class FolderPolicies:
    """Implements the port Policies. It has one version: the files as they are now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: tuple[PolicyName, PublishedPolicy] | None = None

    async def names(self) -> Sequence[PolicyName]:
        """The files as they are now. Reads all of them."""
        files = await asyncio.to_thread(read_files, self._path)
        digest = sha256()
        for each in files:
            for part in (each.name, each.text):
                digest.update(f"{len(part)}:{part}".encode(errors="surrogatepass"))
        name = PolicyName(digest.hexdigest())
        self._last = (name, PublishedPolicy(files=files))
        return [name]

    async def read(self, name: PolicyName) -> PublishedPolicy:
        """The files as `names` saw them."""
        if self._last is None or self._last[0] != name:
            raise ValueError("the files have changed since")
        return self._last[1]


def read_files(path: Path) -> tuple[PolicyFile, ...]:
    """The platform file first, then the others by name. StorageUnavailable says which is missing.

    `path`: the platform file alone, or a folder that has it under the name PLATFORM_FILE.
    """
    try:
        if not path.is_dir():
            return (PolicyFile(path.name, _text(path), is_platform=True),)
        found = sorted(each for each in path.rglob("*") if each.suffix in _ENDINGS)
        if len(found) > _MOST_FILES:
            raise StorageUnavailable(f"{path} has more than {_MOST_FILES:,} policy files")
        platform = path / PLATFORM_FILE
        files = [PolicyFile(PLATFORM_FILE, _text(platform), is_platform=True)]
        files += [
            PolicyFile(each.relative_to(path).as_posix(), _text(each))
            for each in found
            if each != platform
        ]
    except OSError as fault:
        raise StorageUnavailable(f"{fault.filename}: {fault.strerror}") from fault
    return tuple(files)


def _text(path: Path) -> str:
    """A file that is not UTF-8 keeps its bytes as half characters: its reader names the place."""
    return path.read_text(encoding="utf-8", errors="surrogateescape")
