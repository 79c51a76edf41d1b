"""Notices as text for a terminal: the list, and one notice with the jobs that it led to."""

from collections.abc import Sequence

from forestall_cli.output.answer import Answer
from forestall_cli.output.table import Table, columns
from forestall_cli.responses.notices import NoticeList, NoticeTrace
from forestall_cli.tables import cell, in_lines


def listed(pages: Sequence[NoticeList]) -> Answer:
    """One line per notice, newest first."""
    found = [each for page in pages for each in page.notices]
    after = pages[-1].next if pages else None
    return Answer(
        document={"notices": found, "next": after},
        table=Table.of(
            columns(
                "at@", "source", "outcome!", "trackingId", "stage", "deliveredBy", "scans", "id"
            ),
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
                for each in found
            ),
        ),
        notes=[] if after is None else [f"more: add --after {cell(after)}"],
        ids=[each.id for each in found],
    )


def trace(response: NoticeTrace) -> str:
    """One notice with all its fields, and a line per job."""
    jobs = [f"{each.state:14} {each.machine}  wave {each.wave}" for each in response.jobs]
    return "\n".join([*in_lines(response.notice), "", *(jobs or ["its scans planned no job"])])
