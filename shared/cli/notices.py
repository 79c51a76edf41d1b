"""Notices on the command line: the list, and one notice with the jobs that it led to. Changes nothing."""

from collections.abc import Mapping
from typing import Any

from shared.cli.rows import in_columns, in_lines

_COLUMNS = ("at", "source", "outcome", "trackingId", "stage", "deliveredBy", "scans", "id")


def table(answer: Mapping[str, Any]) -> str:
    """One line a notice, newest first."""
    return in_columns(_COLUMNS, ([each.get(name) for name in _COLUMNS] for each in answer["notices"]))


def story(answer: Mapping[str, Any]) -> str:
    """One notice with all that is known of it, and a line for each job."""
    jobs = [f"{job['state']:14} {job['machine']}  wave {job['wave']}" for job in answer["jobs"]]
    return "\n".join([*in_lines(answer["notice"]), "", *(jobs or ["its scans planned no job"])])
