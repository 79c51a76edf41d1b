"""The one exception of the toolchain; it carries the whole message that a person sees."""

from __future__ import annotations


class NotPrepared(Exception):
    """Something could not be prepared.

    `what` says in a sentence what failed, `remedy` what to do about it, `output` what the failing command said.
    """

    def __init__(self, what: str, *, remedy: str, output: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.output = output

    def __str__(self) -> str:
        said = [f"    | {line}" for line in self.output.strip().splitlines()[-LAST_LINES:]]
        return "\n".join([self.what, *said, f"  What to do: {self.remedy}"])


LAST_LINES = 30
