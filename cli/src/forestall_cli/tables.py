"""Answers as text in columns or lines. Does not depend on commands."""

from collections.abc import Iterable, Sequence

import msgspec

from forestall_cli.output.cell import cell
from forestall_cli.responses.response import Response
from forestall_cli.terminal.cells import padded, width_of

__all__ = ["cell", "in_columns", "in_lines"]


def in_columns(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A head and rows, each column as wide as its widest cell."""
    lines = [tuple(head), *(tuple(map(cell, row)) for row in rows)]
    widths = [max(width_of(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join("  ".join(map(padded, line, widths)).rstrip() for line in lines)


def in_lines(response: Response) -> list[str]:
    """One line per field, under its name in JSON."""
    fields = msgspec.structs.fields(response)
    return [f"{each.encode_name:16} {cell(getattr(response, each.name))}" for each in fields]
