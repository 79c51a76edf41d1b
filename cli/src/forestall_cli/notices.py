"""Notices as text for a terminal: the list, and one notice with the jobs that it led to."""

from forestall_cli.answers import NoticeList, NoticeTrace
from forestall_cli.tables import in_columns, in_lines


def table(answer: NoticeList) -> str:
    """One line per notice, newest first."""
    return in_columns(
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
            for each in answer.notices
        ),
    )


def trace(answer: NoticeTrace) -> str:
    """One notice with all its fields, and a line per job."""
    jobs = [f"{each.state:14} {each.machine}  wave {each.wave}" for each in answer.jobs]
    return "\n".join([*in_lines(answer.notice), "", *(jobs or ["its scans planned no job"])])
