"""The hops of a notice: the webhook takes a test notice, and the scan that it starts ends well."""

from collections.abc import Iterator
from typing import Any

import msgspec

from forestall_cli.errors import ApiError
from forestall_cli.output.cell import cell
from forestall_cli.rehearse.results import (
    Ending,
    Hop,
    Rehearsal,
    failed,
    left_out,
    passed,
    to_look_at,
)
from forestall_cli.responses.health import ScanStatusList, ScanStatusView
from forestall_cli.responses.notices import NoticeTrace
from forestall_cli.responses.rehearsal import ReceiptList
from forestall_cli.terminal.times import read_instant

WEBHOOK, SCAN = "webhook", "scan"
_EVERY = 3.0  # seconds between two looks
_TEST_BUTTON = (
    "in the portal, open the action group of the Service Health alert, choose Test, and then type"
    " `forestall test notice`"
)


def alert(rehearsal: Rehearsal) -> dict[str, Any]:
    """A Service Health alert in the common schema, as Azure Monitor posts it. It is a test.

    Its fields are those of learn.microsoft.com/azure/azure-monitor/alerts/alerts-common-schema.
    """
    return {
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {
            "essentials": {
                "monitoringService": "ServiceHealth",
                "alertTargetIDs": [f"/subscriptions/{rehearsal.subscription}"],
            },
            "alertContext": {
                "operationName": "Microsoft.ServiceHealth/maintenance/action",
                "properties": {
                    "title": f"Test notice of the rehearsal {rehearsal.id}",
                    "service": "Virtual Machines",
                    "incidentType": "Maintenance",
                    "trackingId": f"TEST-{rehearsal.id}",
                    "communicationId": f"TEST-{rehearsal.id}",
                    "stage": "Planned",
                },
            },
        },
    }


def begin(rehearsal: Rehearsal) -> Ending:
    """Post a test notice. Then wait for the scan that it starts."""
    posted = _posted(rehearsal)
    if isinstance(posted, Hop):
        return lambda: iter([posted, left_out(SCAN, "no test notice started one")])
    return lambda: _scan(rehearsal, posted)


def _posted(rehearsal: Rehearsal) -> str | Hop:
    """Post a test notice: its id, or the hop that did not work."""
    if rehearsal.subscription is None:
        return left_out(WEBHOOK, "no subscription is watched: set FORESTALL_SUBSCRIPTIONS")
    try:
        raw = rehearsal.app.fetch("/api/notices/service-health", alert(rehearsal))
        (receipt,) = msgspec.json.decode(raw, type=ReceiptList).notices
    except ApiError as fault:
        if "the app answered 401:" in str(fault) or "the app answered 403:" in str(fault):
            return to_look_at(WEBHOOK, f"{fault}. It takes Azure Monitor alone: {_TEST_BUTTON}")
        return failed(WEBHOOK, str(fault))
    except (msgspec.DecodeError, ValueError) as fault:
        return failed(WEBHOOK, f"its answer is not understood: {fault}")
    if not receipt.scans:
        return failed(WEBHOOK, f"the notice starts no scan: {cell(receipt.reason)}")
    return receipt.id


def _scan(rehearsal: Rehearsal, notice: str) -> Iterator[Hop]:
    """Wait until a scan has ended that began after the notice."""
    try:
        posted = rehearsal.app.get(NoticeTrace, "notices", notice).notice
    except ApiError as fault:
        yield failed(WEBHOOK, f"the notice was taken, and is not on record: {fault}")
        return
    yield passed(WEBHOOK, f"notice {notice}")
    since, until = read_instant(posted.at), rehearsal.clock() + rehearsal.patience
    subscription = posted.scans[0].subscription
    while True:
        status, fault_text = _status(rehearsal, subscription)
        ended = status and status.last_complete_at and read_instant(status.last_complete_at)
        if status and ended and since and ended >= since:
            yield passed(SCAN, f"{subscription}: {status.machines} machines")
            return
        if rehearsal.clock() >= until:
            break
        rehearsal.sleep(_EVERY)
    yield failed(SCAN, f"{subscription} was not scanned to its end {_why(status, fault_text)}")


def _status(rehearsal: Rehearsal, subscription: str) -> tuple[ScanStatusView | None, str]:
    try:
        found = rehearsal.app.get(ScanStatusList, "scans").scans
    except ApiError as fault:
        return None, str(fault)
    return next((each for each in found if each.subscription == subscription), None), ""


def _why(status: ScanStatusView | None, fault: str) -> str:
    if fault:
        return f"as far as the app says: {fault}"
    if status is None:
        return "and did not begin. Is the function scan_one disabled?"
    if status.failing_since is not None:
        return f"since {status.failing_since}: {cell(status.failure)}"
    if status.scan is not None:
        return (
            f"in time: {status.scan.looked_at} of {status.scan.machines} machines were looked at."
            " A large subscription takes longer: add --wait"
        )
    return "in time. Is the function scan_one disabled?"
