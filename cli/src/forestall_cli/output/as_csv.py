"""A table as CSV (RFC 4180), in a form that no spreadsheet takes for something else.

Instants are `2026-12-06 00:00:00` in columns whose name ends in `_utc`. A text that a spreadsheet
would take for a formula, a number or a date begins with an apostrophe.
"""

import csv
import io
import re

from forestall_cli.output.table import Column, Kind, Table

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20")
_CONVERTED = re.compile(
    r"\s*(?:"
    r"[\d.,]*\d[\d.,]*(?:e[+-]?\d+)?%?"  # 007, 1.5, 7e5
    r"|\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?"  # 1-2, 3/4/26
    r"|\d{1,2}:\d{2}(?::\d{2})?"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-/ .]?\d{1,4}"
    r"|\d{1,2}[-/ .]?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(?:[-/ .]\d{1,4})?"
    r"|true|false"
    r")\s*",
    re.IGNORECASE,
)


def as_csv(table: Table) -> str:
    """All columns and rows, each line with CRLF at its end."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow([_head(each) for each in table.columns])
    for row in table.rows:
        writer.writerow(map(_value, table.columns, row))
    return made.getvalue()


def _head(column: Column) -> str:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column.name).lower().replace(" ", "_")
    return f"{name}_utc" if column.kind is Kind.INSTANT else name


def _value(column: Column, text: str) -> str:
    if text == "-":
        return ""
    match column.kind:
        case Kind.NUMBER:
            return text
        case Kind.INSTANT:
            return text.replace("T", " ").removesuffix("Z")
        case Kind.TEXT:
            return guarded(text)


def guarded(text: str) -> str:
    """The text, with an apostrophe where a spreadsheet would take it for something else."""
    if text.lstrip(" ").startswith(_FORMULA) or _CONVERTED.fullmatch(text):
        return f"'{text}"
    return text
