"""An answer as the text to print, in the form that was asked for."""

import json
import os
import shutil
import sys
from argparse import Namespace
from datetime import UTC, datetime

import msgspec

from forestall_cli.errors import UsageError
from forestall_cli.output.aligned import aligned
from forestall_cli.output.answer import Answer
from forestall_cli.output.as_csv import as_csv
from forestall_cli.terminal.colour import has_colours, with_states
from forestall_cli.terminal.streams import is_terminal, takes_unicode


def printed(answer: Answer, given: Namespace, now: datetime | None = None) -> tuple[str, list[str]]:
    """The text for standard output, and the lines for standard error.

    UsageError where the answer has no such form.
    """
    form = "json" if given.json else given.output
    complaints = list(answer.complaints)
    match form:
        case "json":
            return f"{_json(answer.document)}\n", complaints
        case "ids" if answer.ids is not None:
            return "".join(f"{each}\n" for each in answer.ids), [*complaints, *answer.notes]
        case "csv" if answer.table is not None:
            return as_csv(answer.table), [*complaints, *answer.notes]
        case "ids" | "csv":
            raise UsageError(f"`forestall {given.command}` has no form {form}: use --json")
    if answer.table is None:
        return f"{answer.text}\n" if answer.text else "", complaints
    people = is_terminal(sys.stdout)
    text = aligned(
        answer.table,
        wide=form == "wide",
        columns=terminal_width(),
        times=given.times or ("local" if people else "utc"),
        now=now or datetime.now(UTC),
    )
    if has_colours(sys.stdout, os.environ, given.color):
        text = "\n".join(map(with_states, text.split("\n")))
    parts = [*([answer.text] if answer.text else []), text, *answer.notes]
    return "".join(f"{each}\n" for each in parts), complaints


def terminal_width() -> int | None:
    """The columns of the terminal; None where the output goes elsewhere."""
    return shutil.get_terminal_size().columns if is_terminal(sys.stdout) else None


def _json(document: object) -> str:
    """One document. Letters that the output does not have are escapes."""
    raw = msgspec.json.encode(document)
    if takes_unicode(sys.stdout):
        return msgspec.json.format(raw, indent=2).decode()
    return json.dumps(json.loads(raw), indent=2, ensure_ascii=True)
