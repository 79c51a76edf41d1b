"""A value of an answer in a few words."""

from forestall_cli.responses.jobs import LeaseView
from forestall_cli.responses.notices import AuthenticationView, ScanView


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
