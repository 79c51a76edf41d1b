"""What a command found: the answer as a document, and its texts for people."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from forestall_cli.output.table import Table

#: the exit codes
FINE, REFUSED, USAGE, NEEDS_A_PERSON, INTERRUPTED = 0, 1, 2, 3, 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer. `document`: for `--json`.

    People get `text`, or `table` and the `notes` below it. `ids`: what other commands take.
    """

    document: object
    text: str = ""
    table: Table | None = None
    notes: Sequence[str] = ()
    ids: Sequence[str] | None = None
    code: int = FINE
    #: one line each for standard error
    complaints: Sequence[str] = field(default=())
