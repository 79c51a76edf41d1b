"""Notices as text for a terminal: the list, and one notice with the jobs that it led to."""

from collections.abc import Sequence

from forestall_cli.responses import NoticeList, NoticeTrace
from forestall_cli.tables import cell, in_columns, in_lines


def table(pages: Sequence[NoticeList], after: str | None) -> str:
    """One line per notice, newest first. `after`: where the list continues; None: it is whole."""
    listed = in_columns(
        ("at", "source", "outcome", "trackingId", "stage", "deliveredBy", "scans", "id"),
        (
            (
                each.at,
                each.source,
                each.outcome,
                each.tracking_id,
                each.stage,
                each.delivered_by,
                each.scans,
                each.id,
            )
            for page in pages
            for each in page.notices
        ),
    )
    return listed if after is None else f"{listed}\nmore: add --after {cell(after)}"


def trace(response: NoticeTrace) -> str:
    """One notice with all its fields, and a line per job."""
    jobs = [f"{each.state:14} {each.machine}  wave {each.wave}" for each in response.jobs]
    return "\n".join([*in_lines(response.notice), "", *(jobs or ["its scans planned no job"])])
