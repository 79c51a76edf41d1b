"""Answers of the app as text in columns. Knows no command."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def in_columns(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A head and rows, each column as wide as its widest cell."""
    lines = [tuple(head), *(tuple(map(cell, row)) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def in_lines(record: Mapping[str, Any]) -> list[str]:
    """One line for each property of a record."""
    return [f"{name:16} {cell(value)}" for name, value in record.items()]


def cell(value: object) -> str:
    """A value in a few words; a dash for none. Control characters, which could paint over a terminal, are left out."""
    match value:
        case {"method": method, "who": who}:
            text = f"{method} ({who})"
        case {"scope": scope, "token": token}:
            text = f"{scope}#{token}"
        case {"subscription": subscription}:
            text = str(subscription)
        case list():
            text = ", ".join(map(cell, value))
        case None:
            text = ""
        case _:
            text = str(value)
    return "".join(each if each.isprintable() else " " for each in text) or "-"
