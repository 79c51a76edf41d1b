"""Answers as text in columns or lines. Does not depend on commands."""

from collections.abc import Iterable, Sequence

import msgspec

from forestall_cli.responses import AuthenticationView, LeaseView, Response, ScanView


def in_columns(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A head and rows, each column as wide as its widest cell."""
    lines = [tuple(head), *(tuple(map(cell, row)) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def as_json(response: Response) -> str:
    """The app's response as it is, for programs."""
    return msgspec.json.format(msgspec.json.encode(response), indent=2).decode()


def in_lines(response: Response) -> list[str]:
    """One line per field, under its name in JSON."""
    fields = msgspec.structs.fields(response)
    return [f"{each.encode_name:16} {cell(getattr(response, each.name))}" for each in fields]


def cell(value: object) -> str:
    """A value in a few words; a dash for none. Characters that control a terminal are left out."""
    match value:
        case AuthenticationView():
            text = f"{value.method} ({value.identity})"
        case LeaseView():
            text = f"{value.scope}#{value.token}"
        case ScanView():
            text = value.subscription
        case list() | tuple():
            text = ", ".join(map(cell, value))
        case None:
            text = ""
        case _:
            text = str(value)
    return "".join(each if each.isprintable() else " " for each in text) or "-"
