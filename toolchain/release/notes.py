"""The notes of a release: its section of the changelog, and what to do with the files.

Sample of a section::

    ## [0.2.0] - 2026-12-01

    ### Added

    - Something that a user notices.
"""

import re

_SECTION = re.compile(r"^## \[([^\]]+)\].*$", re.MULTILINE)
_CHECK = """\

## Check what you downloaded

```sh
sha256sum --check SHA256SUMS
gh attestation verify forestall.zip --repo OWNER/REPOSITORY
```
"""


class NoNotes(ValueError):
    """The changelog has nothing about the version. The text says what to write."""


def notes_for(changelog: str, version: str) -> str:
    """The section of a version, without its heading, and how to check the files.

    Raises NoNotes if there is no section, or if it is empty.
    """
    heads = list(_SECTION.finditer(changelog))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        if head[1] == version:
            text = changelog[head.end() : following.start() if following else None].strip()
            if not text:
                raise NoNotes(f"the section [{version}] of CHANGELOG.md is empty: write it first")
            return f"{text}\n{_CHECK}"
    raise NoNotes(f"CHANGELOG.md has no section [{version}]: rename [Unreleased] first")


def newest_notes(changelog: str, version: str) -> str:
    """What has changed since the last release; if nothing has, the notes of this version.

    Raises NoNotes if neither has a text.
    """
    try:
        return notes_for(changelog, "Unreleased")
    except NoNotes:
        return notes_for(changelog, version)
