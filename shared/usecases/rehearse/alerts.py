"""One event for each alert rule that looks for events, so that each rule must find one.

Nothing has happened: each line names the rehearsal. infra/modules/operational-alerts.bicep has the
rules, and a test holds the two together.
"""

from collections.abc import Mapping

from shared.domain.rehearsal import subject_of
from shared.telemetry import log_warning
from shared.usecases.app import App
from shared.usecases.rehearse.start import RehearsalRefused, refusal


async def write_events(
    app: App, rehearsal: str, *, by: str
) -> Mapping[str, str] | RehearsalRefused:
    """Write the events into the log: what was written for each rule, by the rule's name.

    The operators get an alert of each rule. The audit trail says first who wanted that.
    """
    if (refused := await refusal(app, rehearsal)) is not None:
        return refused
    await app.record(subject_of(rehearsal), "rehearsal.about_to_alert", by=by)
    # Each name is written out, so that a test can compare it with the rules.
    log_warning("job.parked", rehearsal=rehearsal)
    log_warning("row.unreadable", rehearsal=rehearsal)
    log_warning("notification kind=scan.unreadable", rehearsal=rehearsal)
    log_warning("message.given_up", rehearsal=rehearsal)
    log_warning("deadline.at_risk", rehearsal=rehearsal)
    return {
        "stuck-jobs": "job.parked",
        "unreadable-rows": "row.unreadable",
        "scan-incomplete": "notification kind=scan.unreadable",
        "given-up-messages": "message.given_up",
        "deadline-at-risk": "deadline.at_risk",
    }
