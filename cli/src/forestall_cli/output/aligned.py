"""A table in aligned columns. On a terminal it fits the width, and nothing is cut elsewhere."""

from collections.abc import Sequence
from datetime import datetime

from forestall_cli.output.table import Column, Kind, Table
from forestall_cli.terminal.cells import cut, padded, width_of
from forestall_cli.terminal.times import shown

_GAP = "  "
_NARROWEST = 8


def aligned(
    table: Table,
    *,
    wide: bool,
    columns: int | None,
    times: str,
    now: datetime,
) -> str:
    """A head and rows, each column as wide as its widest cell.

    `columns`: of the terminal; None: no limit. `times`: a form of `shown`.
    """
    chosen = [place for place, each in enumerate(table.columns) if wide or not each.wide]
    heads = [table.columns[place] for place in chosen]
    lines = [
        [each.name for each in heads],
        *(
            [_text(table.columns[place], row[place], now, times) for place in chosen]
            for row in table.rows
        ),
    ]
    widths = [max(width_of(line[place]) for line in lines) for place in range(len(heads))]
    if columns is not None:
        widths = _fitted(widths, heads, columns)
    return "\n".join(_line(line, widths, is_cut=columns is not None) for line in lines)


def _text(column: Column, text: str, now: datetime, times: str) -> str:
    return shown(text, now, times) if column.kind is Kind.INSTANT else text


def _line(texts: Sequence[str], widths: Sequence[int], *, is_cut: bool) -> str:
    cells = [
        cut(text, width) if is_cut else text for text, width in zip(texts, widths, strict=True)
    ]
    return _GAP.join(map(padded, cells, widths)).rstrip()


def _fitted(widths: list[int], heads: Sequence[Column], columns: int) -> list[int]:
    """Narrower columns: first those that may be cut, the widest first, and then the others."""
    found = list(widths)
    for kept in (False, True):
        places = [place for place, each in enumerate(heads) if each.kept is kept]
        while (over := sum(found) + len(_GAP) * (len(found) - 1) - columns) > 0:
            widest = max(places, key=lambda place: found[place], default=None)
            if widest is None or found[widest] <= _NARROWEST:
                break
            found[widest] = max(_NARROWEST, found[widest] - over)
    return found
